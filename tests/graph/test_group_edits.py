"""Groups of nodes, and what edits make of them. Trees are written as nested dicts of names, nodes in a list."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from designer.files import spec
from designer.graph.compound_edits import AddPart, InsertAfter, InsertOnEdge, groups_among
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.document import Document
from designer.graph.edits import AddNode, Edit, RemoveNodes, Rename
from designer.graph.group_edits import (
    CollapseGroups,
    ColourGroup,
    Dissolve,
    GroupNodes,
    MoveToGroup,
    NoteGroup,
    RenameGroup,
    group_name,
)
from designer.graph.group_rules import check_groups
from designer.graph.groups import Group, Groups
from designer.layer_api.registry import make_layer
from tests.helpers.counting import CountedText
from tests.helpers.grouped import blocks


def tree(groups: Groups) -> dict[str, Any]:
    """Names → nodes and inner groups."""
    return {group.name: [*group.members, tree(group.groups)] if group.groups else [*group.members] for group in groups}


def made(groups: Mapping[str, list[Any]]) -> Groups:
    """The groups that :func:`tree` writes so."""
    return tuple(
        Group(
            name,
            tuple(entry for entry in inside if isinstance(entry, str)),
            made(next((entry for entry in inside if isinstance(entry, dict)), {})),
        )
        for name, inside in groups.items()
    )


def chain(groups: Mapping[str, list[Any]] | None = None, count: int = 6) -> Design:
    """image → a → b → c → …"""
    names = ["image", *"abcdefghijklm"[: count - 1]]
    nodes = {name: Node(name, make_layer("relu" if name != "image" else "image_input")) for name in names}
    edges = tuple(Edge(source, target) for source, target in pairwise(names))
    return Design(nodes=nodes, edges=edges, groups=made(groups or {}))


NESTED = {"stage": ["a", {"0": ["b"], "1": ["c", "d"]}], "head": ["e"]}


def relu(name: str) -> Node:
    return Node(name, make_layer("relu"))


@pytest.mark.parametrize(
    ("edit", "wanted"),
    [
        (GroupNodes(["image", "e"], "ends"), {"stage": NESTED["stage"], "ends": ["image", {"head": ["e"]}]}),
        (GroupNodes(["a", "b"], "new"), {"stage": [{"1": ["c", "d"], "new": ["a", {"0": ["b"]}]}], "head": ["e"]}),
        (GroupNodes(["c"], "new"), {"stage": ["a", {"0": ["b"], "1": ["d", {"new": ["c"]}]}], "head": ["e"]}),
        (GroupNodes(["c", "d"], "new"), {"stage": ["a", {"0": ["b"], "new": [{"1": ["c", "d"]}]}], "head": ["e"]}),
        (
            GroupNodes(["c", "d"], "new", "stage.1"),
            {"stage": ["a", {"0": ["b"], "1": [{"new": ["c", "d"]}]}], "head": ["e"]},
        ),
        (
            GroupNodes(["b", "c", "d", "e"], "new"),
            {"stage": ["a"], "new": [{"0": ["b"], "1": ["c", "d"], "head": ["e"]}]},
        ),
        (Dissolve("stage.1"), {"stage": ["a", "c", "d", {"0": ["b"]}], "head": ["e"]}),
        (Dissolve("stage"), {"stage_0": ["b"], "stage_1": ["c", "d"], "head": ["e"]}),
        (RenameGroup("stage", "layer1"), {"layer1": NESTED["stage"], "head": ["e"]}),
        (RenameGroup("stage.0", "first"), {"stage": ["a", {"first": ["b"], "1": ["c", "d"]}], "head": ["e"]}),
        (MoveToGroup(["e"], "stage.0"), {"stage": ["a", {"0": ["b", "e"], "1": ["c", "d"]}]}),
        (MoveToGroup(["b", "image"], None), {"stage": ["a", {"1": ["c", "d"]}], "head": ["e"]}),
        (MoveToGroup([], None, ["stage.1"]), {"stage": ["a", {"0": ["b"]}], "head": ["e"], "stage_1": ["c", "d"]}),
        (MoveToGroup(["d"], "head", ["stage.1"]), {"stage": ["a", {"0": ["b"]}], "head": ["e", {"1": ["c", "d"]}]}),
        (MoveToGroup([], "stage", ["head"]), {"stage": ["a", {"0": ["b"], "1": ["c", "d"], "head": ["e"]}]}),
        (RemoveNodes(["e", "b"]), {"stage": ["a", {"1": ["c", "d"]}]}),
        (RemoveNodes(["a", "b", "c", "d"]), {"head": ["e"]}),
        (Rename("c", "conv"), {"stage": ["a", {"0": ["b"], "1": ["conv", "d"]}], "head": ["e"]}),
        (Rename("image", "photo"), NESTED),
        (AddNode(relu("x"), after="b"), {"stage": ["a", {"0": ["b", "x"], "1": ["c", "d"]}], "head": ["e"]}),
        (AddNode(relu("x"), after="image"), NESTED),
        (AddNode(relu("x")), NESTED),
        (InsertAfter(relu("x"), "d"), {"stage": ["a", {"0": ["b"], "1": ["c", "d", "x"]}], "head": ["e"]}),
        (InsertOnEdge(relu("x"), Edge("c", "d")), {"stage": ["a", {"0": ["b"], "1": ["c", "d", "x"]}], "head": ["e"]}),
        (InsertOnEdge(relu("x"), Edge("b", "c")), {"stage": ["a", "x", {"0": ["b"], "1": ["c", "d"]}], "head": ["e"]}),
        (InsertOnEdge(relu("x"), Edge("d", "e")), NESTED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_edit_makes_of_the_groups(edit: Edit, wanted: dict[str, Any]) -> None:
    document = Document(chain(NESTED))
    before = document.design
    document.do(edit)
    assert tree(document.design.groups) == wanted
    check_groups(document.design.groups, document.design.nodes)
    assert edit.label()
    document.undo()
    assert document.design is before


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (GroupNodes([], "new"), "nothing to group"),
        (GroupNodes(["z"], "new"), "there is no node z"),
        (GroupNodes(["image"], "stage"), "there is a group stage already; choose another name"),
        (GroupNodes(["image"], "a.b"), "a name has no dot"),
        (GroupNodes(["image"], "0"), "group 0: '0' cannot be a name"),
        (GroupNodes(["image"], ""), "cannot be a name"),
        (GroupNodes(["image"], "x" * 81), "cannot be a name"),
        (Dissolve("nowhere"), "there is no group nowhere"),
        (RenameGroup("stage.0", "1"), "there is a group stage.1 already"),
        (RenameGroup("stage", "0"), "cannot be a name"),
        (RenameGroup("stage", "s" * 79), "cannot be a name"),
        (CollapseGroups(["stage", "nowhere"]), "there is no group nowhere"),
        (ColourGroup("stage", "blue"), "group stage: 'blue' came as its colour, one like #0072b2 is wanted"),
        (NoteGroup("nowhere", "x"), "there is no group nowhere"),
        (MoveToGroup(["e"], "nowhere"), "there is no group nowhere"),
        (MoveToGroup(["z"], "stage"), "there is no node z"),
        (MoveToGroup([], "stage.0", ["stage"]), "group stage cannot be moved into itself"),
        (AddPart((relu("x"),), (), "Paste", groups=made({"new": ["y"]})), "group new: there is no node y"),
        (AddPart((relu("x"),), (), "Paste", into="nowhere"), "there is no group nowhere"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_is_refused_in_words(edit: Edit, says: str) -> None:
    with pytest.raises(DesignError) as refused:
        edit.apply(chain(NESTED))
    assert says in str(refused.value)


def test_groups_of_one_name_in_different_groups_get_names_of_their_own_in_a_common_one() -> None:
    design = chain({"left": ["a", {"0": ["b"]}], "right": ["c", {"0": ["d"]}]})
    grouped = GroupNodes(["b", "d"], "both").apply(design)
    assert tree(grouped.groups) == {"left": ["a"], "right": ["c"], "both": [{"0": ["b"], "1": ["d"]}]}


def test_looks_are_kept_by_all_other_edits() -> None:
    document = Document(chain(NESTED))
    for edit in (
        CollapseGroups(["stage.1"]),
        ColourGroup("stage.1", "#0072b2"),
        NoteGroup("stage.1", "see figure 5"),
        RenameGroup("stage.1", "last"),
        RenameGroup("stage", "layer"),
        RemoveNodes(["c"]),
        Rename("d", "conv"),
    ):
        document.do(edit)
    wanted = Group("last", ("conv",), collapsed=True, colour="#0072b2", note="see figure 5")
    assert document.design.group("layer.last") == wanted
    document.do(CollapseGroups(["layer.last"], collapsed=False))
    assert not document.design.group("layer.last").collapsed


def test_collapsing_changes_no_node_wire_or_number() -> None:
    changes = []
    document = Document(chain(NESTED))
    assert document.design.incoming
    document.changed.connect(changes.append)
    document.do(CollapseGroups(["stage", "head"]))
    assert [(change.regrouped, change.only_moved) for change in changes] == [(True, True)]
    assert changes[0].after.nodes is changes[0].before.nodes
    assert changes[0].after.incoming is changes[0].before.incoming
    document.do(CollapseGroups(["stage", "head"]))
    assert len(changes) == 1


def duplicate(design: Design, ids: list[str]) -> Design:
    groups, into = groups_among(design, ids)
    part = AddPart(tuple(design.nodes[key] for key in ids), (), "Duplicate", groups=groups, into=into)
    return part.apply(design)


@pytest.mark.parametrize(
    ("ids", "wanted"),
    [
        (["d"], {"stage": ["a", {"0": ["b"], "1": ["c", "d", "d1"]}], "head": ["e"]}),
        (["e"], {**NESTED, "head2": ["e1"]}),
        (["b", "c", "d"], {"stage": ["a", {"0": ["b"], "1": ["c", "d"], "stage_0": ["b1"], "stage_1": ["c1", "d1"]}],
                           "head": ["e"]}),
        (["a", "e"], {**NESTED, "head2": ["e1"]}),
    ],
)  # fmt: skip
def test_copies_carry_their_groups_under_fresh_names(ids: list[str], wanted: dict[str, Any]) -> None:
    assert tree(duplicate(chain(NESTED), ids).groups) == wanted


def test_a_name_for_a_group_is_one_that_is_free_there() -> None:
    design = chain({"block1": ["a", {"block1": ["b"]}], "block3": ["c"]})
    assert group_name(design, ["d", "e"]) == "block2"
    assert group_name(design, ["a"]) == "block2"
    assert group_name(chain(), ["a"]) == "block1"


def test_groups_are_found_once_for_all_designs_that_share_them() -> None:
    design = chain(NESTED)
    grouping = design.grouping
    assert design.evolve(name="other").grouping is grouping
    assert RemoveNodes(["image"]).apply(design).grouping is grouping
    assert RemoveNodes(["e"]).apply(design).grouping is not grouping


def test_an_edit_leaves_the_groups_that_it_does_not_touch_the_same_objects() -> None:
    design = chain(NESTED)
    changed = Rename("c", "conv").apply(design)
    assert changed.group("head") is design.group("head")
    assert changed.group("stage.0") is design.group("stage.0")
    assert changed.group("stage.1") is not design.group("stage.1")


@pytest.mark.parametrize(
    "edit",
    [
        GroupNodes(["n4321", "n4322"], "new"),
        GroupNodes([f"n{index}" for index in range(10_000)], "all"),
        Dissolve("stage50.3"),
        CollapseGroups([f"stage{index}" for index in range(100)]),
        MoveToGroup(["n17"], "stage99"),
        RemoveNodes(["n4321"]),
        InsertAfter(relu("x"), "n4321"),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_of_ten_thousand_nodes_none_is_looked_for_in_a_list(edit: Edit) -> None:
    design = blocks(10_000)
    assert design.grouping.of_node
    CountedText.comparisons = 0
    edit.apply(design)
    # A handful for each node, where a search in lists would take fifty million.
    assert CountedText.comparisons < 15 * 10_000


def test_a_file_holds_the_groups_and_gives_them_back() -> None:
    looks = Group("0", ("a", "b"), collapsed=True, colour="#0072B2", note="two", extra={"later": [1, {"x": None}]})
    design = chain().evolve(groups=(Group("stage", ("c",), (looks,)),))
    written = spec.to_json(design)["groups"]
    assert written == [
        {
            "name": "stage",
            "nodes": ["c"],
            "groups": [
                {
                    "name": "0",
                    "nodes": ["a", "b"],
                    "collapsed": True,
                    "colour": "#0072B2",
                    "note": "two",
                    "later": [1, {"x": None}],
                }
            ],
        }
    ]
    assert spec.parse(spec.dump(design)).design == design
