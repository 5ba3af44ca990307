"""The history: what is one step, what is unsaved, what is told."""

from __future__ import annotations

import numpy as np
import pytest

from designer.gallery.catalogue import network
from designer.graph import document as document_module
from designer.graph import edits
from designer.graph.compound_edits import Become
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.document import Change, Document, difference
from designer.layer_api.registry import make_layer
from tests.helpers.counting import CountedText
from tests.helpers.networks import chain


@pytest.fixture
def document() -> Document:
    return Document(chain((3, 8, 8), ("conv2d", {"filters": 4}), ("relu", {})))


def filters(count: int) -> edits.Edit:
    return edits.SetParameters("conv1", {"filters": count})


def steps(document: Document) -> list[str]:
    return [step.label for step in document.history()]


# -- steps


def test_each_edit_is_a_step_with_its_name(document: Document) -> None:
    document.do(filters(5))
    document.do(edits.Rename("relu1", "active"))
    assert steps(document) == ["Change filters of conv1", "Rename relu1 to active"]
    assert document.undo_label == "Rename relu1 to active"
    assert document.redo_label is None
    document.undo()
    assert document.undo_label == "Change filters of conv1"
    assert document.redo_label == "Rename relu1 to active"


def test_edits_with_the_same_token_are_one_step(document: Document) -> None:
    start = document.design
    for count in (5, 6, 7):
        document.do(filters(count), token="spin")
    assert steps(document) == ["Change filters of conv1"]
    document.undo()
    assert document.design is start
    document.redo()
    assert document.design.nodes["conv1"].layer == make_layer("conv2d", filters=7)


def test_sealing_ends_the_step(document: Document) -> None:
    document.do(filters(5), token="spin")
    document.seal()
    document.do(filters(6), token="spin")
    assert len(steps(document)) == 2


def test_another_token_another_edit_or_undo_ends_the_step(document: Document) -> None:
    document.do(filters(5), token="a")
    document.do(filters(6), token="b")
    document.do(filters(7))
    document.do(filters(8), token="b")
    document.do(filters(9), token="b")
    assert len(steps(document)) == 4
    document.undo()
    document.redo()
    document.do(filters(10), token="b")
    assert len(steps(document)) == 5


def test_edits_without_a_token_never_join(document: Document) -> None:
    document.do(filters(5))
    document.do(filters(6))
    assert len(steps(document)) == 2


def test_a_step_spun_back_to_its_start_is_no_step(document: Document) -> None:
    start = document.design
    document.do(filters(5), token="spin")
    document.do(filters(4), token="spin")
    assert document.design == start
    assert steps(document) == []
    assert not document.modified


def test_an_edit_that_changes_nothing_is_no_step_and_keeps_what_can_be_redone(document: Document) -> None:
    document.do(filters(5))
    document.undo()
    document.do(filters(4))
    assert steps(document) == []
    assert document.redo_label == "Change filters of conv1"


def test_an_edit_after_undo_forgets_what_could_be_redone(document: Document) -> None:
    document.do(filters(5))
    document.undo()
    document.do(filters(6))
    assert document.redo_label is None


def test_a_refused_edit_changes_nothing_and_tells_nobody(document: Document) -> None:
    document.do(filters(5))
    document.undo()
    told: list[Change] = []
    document.changed.connect(told.append)
    before = document.design
    with pytest.raises(DesignError):
        document.do(edits.Connect("relu1", "conv1"))
    assert document.design is before
    assert document.redo_label == "Change filters of conv1"
    assert told == []


def test_undo_at_the_start_and_redo_at_the_end_do_nothing(document: Document) -> None:
    before = document.design
    document.undo()
    document.redo()
    assert document.design is before


# -- unsaved


@pytest.mark.parametrize(("count", "kept"), [(5, 200), (20, 100)])
def test_the_history_ends_where_its_designs_have_many_nodes_but_never_before_a_hundred_steps(
    count: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_module, "HISTORY_NODES", 1000)
    nodes = [Node(f"relu{index}", make_layer("relu")) for index in range(count)]
    document = Document(Design(nodes={node.id: node for node in nodes}))
    for step in range(203):
        document.do(edits.MoveNodes({"relu1": (float(step + 1), 0.0)}))
    assert len(list(document.history())) == kept
    while document.undo_label is not None:
        document.undo()
    assert document.design.nodes["relu1"].position == (203.0 - kept, 0.0)


def test_a_new_document_is_saved_as_it_is(document: Document) -> None:
    assert not document.modified
    assert not Document().modified


def test_undo_back_to_the_saved_design_is_not_modified_and_past_it_is(document: Document) -> None:
    document.do(filters(5))
    document.mark_saved()
    assert not document.modified
    document.do(filters(6))
    assert document.modified
    document.undo()
    assert not document.modified
    document.undo()
    assert document.modified
    document.redo()
    assert not document.modified


def test_saving_ends_the_step_so_that_undo_returns_to_what_was_saved(document: Document) -> None:
    document.do(filters(5), token="spin")
    document.mark_saved()
    saved = document.design
    document.do(filters(6), token="spin")
    document.undo()
    assert document.design is saved


def test_an_example_is_on_no_disk(document: Document) -> None:
    document.mark_unsaved()
    assert document.modified
    document.do(filters(5))
    document.undo()
    assert document.modified


def test_opening_another_design_starts_over(document: Document) -> None:
    document.do(filters(5))
    other = Design(name="other")
    document.reset(other)
    assert document.design is other
    assert not document.modified
    assert document.undo_label is None
    assert document.redo_label is None


# -- word of changes


def test_every_change_is_told_with_what_changed(document: Document) -> None:
    told: list[Change] = []
    document.changed.connect(told.append)
    document.do(filters(5))
    document.do(edits.AddNode(Node("new", make_layer("relu")), after="relu1"))
    document.undo()
    assert [(change.added, change.removed, change.updated) for change in told] == [
        ((), (), ("conv1",)),
        (("new",), (), ()),
        ((), ("new",), ()),
    ]
    assert told[1].edges_added == (Edge("relu1", "new"),)
    assert told[2].edges_removed == (Edge("relu1", "new"),)
    assert told[-1].after is document.design


def test_what_can_be_undone_is_told_after_every_step(document: Document) -> None:
    labels: list[str | None] = []
    document.history_changed.connect(lambda: labels.append(document.undo_label))
    document.do(filters(5))
    document.undo()
    document.redo()
    document.mark_saved()
    assert labels == ["Change filters of conv1", None, "Change filters of conv1", "Change filters of conv1"]


# -- differences


def test_a_moved_node_is_moved_and_not_updated() -> None:
    before = chain((3, 8, 8), ("relu", {}))
    after = edits.MoveNodes({"relu1": (1, 2)}).apply(before)
    change = difference(before, after)
    assert change.moved == ("relu1",)
    assert change.updated == ()
    assert change.only_moved


WIRE = Edge("conv1", "relu1")


@pytest.mark.parametrize(
    "edit",
    [
        edits.Connect("image", "relu1"),
        edits.Disconnect({WIRE}),
        edits.AddNode(Node("new", make_layer("relu"))),
        edits.RemoveNodes({"relu1"}),
        filters(9),
        edits.SetWeights({"conv1": {"bias": np.zeros(4)}}),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_whatever_a_number_depends_on_is_more_than_a_move(document: Document, edit: edits.Edit) -> None:
    before = document.design
    assert not difference(before, edit.apply(before)).only_moved


def test_a_wire_that_is_drawn_or_cut_is_more_than_a_move(document: Document) -> None:
    whole = document.design
    cut = edits.Disconnect({WIRE}).apply(whole)
    assert not difference(whole, cut).only_moved
    assert not difference(cut, whole).only_moved


def test_a_renamed_node_is_removed_and_added() -> None:
    before = chain((3, 8, 8), ("relu", {}))
    change = difference(before, edits.Rename("relu1", "active").apply(before))
    assert (change.added, change.removed) == (("active",), ("relu1",))
    assert not change.only_moved


def test_given_weights_update_their_node_once() -> None:
    before = chain((3, 8, 8), ("conv2d", {"filters": 4}))
    after = edits.SetWeights({"conv1": {"bias": np.ones(4)}}).apply(before)
    assert difference(before, after).updated == ("conv1",)
    assert not difference(before, after).only_moved
    wider = edits.SetParameters("conv1", {"filters": 8}).apply(after)
    assert difference(before, wider).updated == ("conv1",)


def test_a_replaced_wire_is_removed_and_added() -> None:
    before = chain((3, 8, 8), ("relu", {}), ("tanh", {}))
    change = difference(before, edits.Connect("image", "tanh1").apply(before))
    assert change.edges_added == (Edge("image", "tanh1"),)
    assert change.edges_removed == (Edge("relu1", "tanh1"),)


def test_the_difference_of_large_designs_compares_no_wire_with_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = network("resnet152")
    after = edits.RemoveNodes(list(before.nodes)[100:300]).apply(before)
    compared, equal = [], Edge.__eq__
    monkeypatch.setattr(Edge, "__eq__", lambda self, other: (compared.append(1), equal(self, other))[1])
    change = difference(before, after)
    # Pair by pair there were 120,000.
    assert len(compared) <= len(before.edges)
    assert len(change.removed) == 200
    assert len(change.edges_removed) == len(before.edges) - len(after.edges)


def test_names_of_changed_nodes_are_not_compared_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each look-up takes a key of its own, so that a dictionary too has to compare: once.
    count = 400
    names = [f"node{index}" for index in range(count)]
    before = Design(nodes={CountedText(name): Node(name, make_layer("relu")) for name in names})
    after = before.evolve(
        nodes={CountedText(name): Node(name, make_layer("tanh")) for name in names},
        weights={name: {} for name in names},
    )
    monkeypatch.setattr(CountedText, "comparisons", 0)
    assert len(difference(before, after).updated) == count
    assert CountedText.comparisons < 12 * count


def test_the_same_design_differs_in_nothing() -> None:
    design = chain((3, 8, 8), ("relu", {}))
    change = difference(design, design)
    assert change.only_moved
    assert change.moved == ()


def test_a_new_name_of_the_design_is_a_change_of_nothing_on_the_canvas() -> None:
    before = chain((3, 8, 8), ("relu", {}))
    change = difference(before, edits.SetName("renamed").apply(before))
    assert change.after.name == "renamed"
    assert change.only_moved


def test_only_a_reset_replaces_the_design() -> None:
    """A value spun there and back leaves no history either."""
    document = Document(chain((3, 8, 8), ("conv2d", {"filters": 4})))
    told: list[bool] = []
    document.changed.connect(lambda change: told.append(change.replaced))
    for count in (5, 4):
        document.do(filters(count), token="spin")
    assert document.undo_label is None
    document.reset(Design())
    assert told == [False, False, True]


@pytest.mark.parametrize(
    ("names", "added", "removed", "updated"),
    [
        ("abcd", "", "", ""),
        ("abCd", "", "", "c"),
        ("abcdef", "ef", "", ""),
        ("aBcdef", "ef", "", "b"),
        ("abc", "", "d", ""),
        ("aecd", "e", "b", ""),
        ("abdc", "", "", ""),
        ("bcdae", "e", "", ""),
        ("eabcd", "e", "", ""),
        ("", "", "abcd", ""),
    ],
)
def test_nodes_may_have_come_gone_changed_and_changed_places(
    names: str, added: str, removed: str, updated: str
) -> None:
    """A capital letter is the node with another layer."""
    relu, tanh = make_layer("relu"), make_layer("tanh")
    before = Design(nodes={key: Node(key, relu) for key in "abcd"})
    nodes = {key: before.nodes.get(key) or Node(key.lower(), tanh if key.isupper() else relu) for key in names}
    change = difference(before, Design(nodes={node.id: node for node in nodes.values()}))
    assert (change.added, change.removed, change.updated) == (tuple(added), tuple(removed), tuple(updated))


def test_a_difference_found_beforehand_is_told_if_it_is_the_one(document: Document) -> None:
    told: list[Change] = []
    document.changed.connect(told.append)
    first, move = document.design, edits.MoveNodes({"conv1": (8.0, 8.0)})
    known = difference(first, move.apply(first))
    document.do(Become(known.after, "Lay out"), change=known)
    document.do(edits.MoveNodes({"conv1": (16.0, 8.0)}), change=known)
    assert told[0] is known
    assert told[1] == difference(known.after, document.design)
