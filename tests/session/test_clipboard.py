"""Copied layers are a spec as text: they can be pasted here, in another window, and in an editor."""

from __future__ import annotations

import json

import numpy as np
import pytest

from designer.files.spec_values import SpecError
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.graph.groups import Group
from designer.session.clipboard import copy_text, paste_edit
from designer.session.session import Session
from tests.helpers.networks import branchy


def test_copied_text_is_a_spec_of_the_chosen_nodes_and_the_wires_among_them() -> None:
    tree = json.loads(copy_text(branchy(), ["left", "concat", "stem"]))
    assert tree["format"] == "netdraft"
    assert [node["id"] for node in tree["nodes"]] == ["stem", "left", "concat"]
    assert [(edge["from"], edge["to"], edge["input"]) for edge in tree["edges"]] == [
        ("stem", "left", 0),
        ("left", "concat", 0),
    ]


def test_pasting_where_the_names_are_taken_gives_new_ones_and_keeps_the_wires() -> None:
    session = Session(branchy())
    text = copy_text(session.design, ["stem", "left"])
    assert session.do(paste_edit(text, (20.0, 30.0)))
    added = [node for node in session.design.nodes if node not in branchy().nodes]
    assert len(added) == 2
    stem, left = added
    assert session.design.inputs_of(left) == (stem,)
    for new, old in ((stem, "stem"), (left, "left")):
        node, origin = session.design.nodes[new], branchy().nodes[old]
        assert node.layer == origin.layer
        assert node.position == (origin.position[0] + 20, origin.position[1] + 30)
    assert session.document.undo_label == "Paste"
    session.undo()
    assert session.design == branchy()


def test_pasting_into_an_empty_design_keeps_the_names() -> None:
    session = Session(Design())
    session.do(paste_edit(copy_text(branchy(), branchy().nodes), (0.0, 0.0), "Duplicate"))
    assert session.design.nodes == branchy().nodes
    assert session.document.undo_label == "Duplicate"


def test_pasting_carries_whole_groups_under_fresh_names_into_the_group_that_was_entered() -> None:
    design = branchy().evolve(groups=(Group("paths", ("left",), (Group("0", ("right",), collapsed=True),)),))
    text = copy_text(design, ["left", "right", "concat"])
    pasted = paste_edit(text, (0.0, 0.0)).apply(design)
    assert set(pasted.grouping.groups) == {"paths", "paths.0", "paths2", "paths2.0"}
    assert len(pasted.group("paths2").members) == 1
    assert pasted.group("paths2.0").collapsed
    entered = paste_edit(text, (0.0, 0.0), into="paths").apply(design)
    assert set(entered.grouping.groups) == {"paths", "paths.0", "paths.paths", "paths.paths.0"}
    assert len(entered.group("paths").members) == 2, "left, and the copy of concat"
    alone = json.loads(copy_text(design, ["right"]))
    assert [group["name"] for group in alone["groups"]] == ["paths_0"]
    assert json.loads(copy_text(design, ["left"]))["groups"] == []


def test_given_weights_stay_behind() -> None:
    given = SetWeights({"mix": {"weight": np.zeros((5, 7, 1, 1)), "bias": np.zeros(5)}}).apply(branchy())
    assert "weights" not in json.loads(copy_text(given, ["mix"]))


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"format": "other"}', "https://example.org"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        paste_edit(text, (0.0, 0.0))
