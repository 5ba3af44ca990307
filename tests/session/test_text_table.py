"""Aligned lines of text."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from designer.analysis.analyse import analyse
from designer.cli.summary_text import print_summary
from designer.files import spec
from designer.gallery.catalogue import network
from designer.session.text_table import table_lines
from tests.helpers.networks import spec_chain, write_spec

ROWS = [("layer", "kind", "values"), ("a", "image_input", "12"), ("features.0.0", "relu", "1 234")]


def test_words_stand_on_the_left_and_numbers_on_the_right() -> None:
    assert table_lines(ROWS, (False, False, True)) == [
        "layer         kind         values",
        "a             image_input      12",
        "features.0.0  relu          1 234",
    ]


def test_wide_letters_take_two_cells_of_a_terminal() -> None:
    assert table_lines([("層", "1"), ("abc", "23")], (False, True)) == ["層    1", "abc  23"]


def test_where_the_terminal_is_narrow_names_are_cut_and_numbers_never() -> None:
    assert table_lines(ROWS, (False, False, True), 28) == [
        "layer      kind       values",
        "a          image_in…      12",
        "…ures.0.0  relu        1 234",
    ]
    narrowest = table_lines(ROWS, (False, False, True), 5)
    assert narrowest[1:] == ["a         image_i…      12", "…res.0.0  relu       1 234"]


def test_a_path_in_a_tree_loses_its_beginning_and_stays_indented() -> None:
    rows = [("stem", "1"), ("  layer1.0.conv1", "2"), ("    層1/層層層層層", "3"), ("  second_convolution", "4")]
    assert table_lines(rows, (False, True), 15) == [
        "stem          1",
        "  …1.0.conv1  2",
        "    …層層層   3",
        "  second_co…  4",
    ]


def test_numbers_alone_are_not_cut_on_the_narrowest_terminal() -> None:
    assert table_lines([("macs", "bytes"), ("1", "2")], (True, True), 3) == ["macs  bytes", "   1      2"]


def test_a_wide_letter_is_not_cut_in_half() -> None:
    assert table_lines([("層層層層層", "1")], (False, True), 11) == ["層層層 …  1"]


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_the_summary_has_a_line_for_each_layer(name: str) -> None:
    report, written = analyse(network(name)), io.StringIO()
    print_summary(report, written)
    title, header, *lines = written.getvalue().splitlines()
    assert title == report.name
    assert header.split() == ["layer", "kind", "output", "parameters", "MACs", "memory", "receptive", "field"]
    assert [line.split()[0] for line in lines[: len(report.layers)]] == list(report.layers)


def test_a_chain_far_longer_than_the_interpreter_recurses_is_summarised(tmp_path: Path) -> None:
    length = 3 * sys.getrecursionlimit()
    steps = [("image", "image_input", {"shape": [1, 8, 8]}), *((f"relu{i}", "relu", {}) for i in range(length))]
    report, written = analyse(spec.read(write_spec(tmp_path / "long.json", spec_chain(*steps))).design), io.StringIO()
    print_summary(report, written)
    assert report.status == "complete"
    assert written.getvalue().splitlines()[length + 2].split()[:2] == [f"relu{length - 1}", "relu"]
