"""The search for cycles is put back as it was, whatever happens."""

from __future__ import annotations

import gc
import json

import pytest

import designer
from designer.cli.collection import collection_paused
from designer.cli.main import main


def test_the_search_is_off_meanwhile_and_on_again_after_an_error():
    assert gc.isenabled()
    seen = []

    def fails():
        with collection_paused():
            seen.append(gc.isenabled())
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert seen == [False]
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off():
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_refused_command_leaves_the_search_on(capsys):
    assert main(["summary", "gallery:lenet6"]) == 2
    assert gc.isenabled()


@pytest.mark.parametrize("net", ["gallery:lenet5", "gallery:resnet18"])
def test_the_summary_has_one_line_for_each_layer_and_group_and_every_fact(net, capsys):
    """What a person compares line by line is one layer, or one group."""
    assert main(["summary", net, "--format", "json"]) == 0
    text = capsys.readouterr().out
    told, report = json.loads(text), designer.analyse(designer.load(net))
    assert told == json.loads(json.dumps(report.to_json()))
    lines = [json.loads(line.strip().rstrip(",")) for line in text.splitlines() if line.startswith("  {")]
    assert lines == [*told["layers"], *told["groups"]]


def test_an_empty_design_has_a_summary_too(tmp_path, capsys):
    path = tmp_path / "empty.netdraft.json"
    path.write_text('{"format": "netdraft", "version": 1, "name": "e", "nodes": [], "edges": []}', encoding="utf-8")
    assert main(["summary", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"] == []
