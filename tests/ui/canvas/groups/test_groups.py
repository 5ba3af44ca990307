"""Groups on the canvas, worked on with mouse and keys: every expectation is about the session's design."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.graph.design import Edge
from designer.graph.edits import Connect, MoveNodes, SetParameters
from designer.graph.folding import card_id
from designer.graph.group_edits import CollapseGroups, GroupNodes, NoteGroup
from designer.ui.canvas.gestures.hits import OnEdge, OnFrame, OnNode
from designer.ui.canvas.menus import context_menu
from tests.ui.canvas.test_menus import texts

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BLOCK = card_id("block")


@pytest.fixture
def grouped(canvas):
    """conv1 and relu1 in an open group."""
    canvas.session.do(GroupNodes(["conv1", "relu1"], "block"))
    canvas.view.camera.zoom_to(1.0)
    canvas.view.fit()
    return canvas


def title(canvas, path="block"):
    frame = next(frame for frame in canvas.scene.frames.all() if frame.path == path)
    return canvas.spot(QPointF(frame.title.center().x(), frame.title.top() + 10))


def press(canvas, key, keys=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(canvas.view, key, keys)


def test_ctrl_g_groups_and_asks_for_the_name(canvas):
    canvas.session.select(["conv1", "relu1"])
    press(canvas, Key.Key_G, CTRL)
    assert canvas.design.group("block1").members == ("conv1", "relu1")
    QTest.keyClicks(canvas.view.editor, "stem")
    QTest.keyClick(canvas.view.editor, Key.Key_Return)
    assert list(canvas.design.grouping.groups) == ["stem"]
    press(canvas, Key.Key_G, CTRL | SHIFT)
    assert canvas.design.groups == ()
    assert canvas.session.selection == ("conv1", "relu1")


def test_a_frame_is_around_its_members_and_grows_with_them(grouped):
    frame = grouped.scene.frames.all()[0].rect
    for node in ("conv1", "relu1"):
        assert frame.contains(grouped.scene.cards.rect(node))
    assert not frame.intersects(grouped.scene.cards.rect("image"))
    start = grouped.body("relu1")
    grouped.drag(start, start + (start - grouped.body("conv1")) / 4)
    grown = grouped.scene.frames.all()[0].rect
    assert grown.right() > frame.right()
    assert grown.contains(grouped.scene.cards.rect("relu1"))
    assert grouped.design.grouping.path_of("relu1") == "block"


def test_dragging_the_title_moves_the_members(grouped):
    before = {key: node.position for key, node in grouped.design.nodes.items()}
    spot = title(grouped)
    grouped.drag(spot, spot + (grouped.body("pool1") - grouped.body("conv1")) * 2)
    moved = [key for key, node in grouped.design.nodes.items() if node.position != before[key]]
    assert moved == ["conv1", "relu1"]
    assert grouped.session.selection == ("conv1", "relu1")
    grouped.session.undo()
    assert {key: node.position for key, node in grouped.design.nodes.items()} == before


def test_a_double_click_on_the_title_collapses_and_one_on_the_card_opens(grouped):
    before = grouped.design
    QTest.mouseDClick(grouped.view.viewport(), LEFT, pos=title(grouped))
    assert grouped.design.group("block").collapsed
    assert list(grouped.scene.nodes) == ["image", BLOCK, "pool1", "add1"]
    assert [(edge.source, edge.target) for edge in grouped.scene.edges] == [("image", BLOCK)]
    QTest.mouseDClick(grouped.view.viewport(), LEFT, pos=grouped.body(BLOCK))
    assert not grouped.design.group("block").collapsed
    assert grouped.design.nodes == before.nodes


def test_collapsing_changes_no_number_and_can_be_undone(grouped):
    design, report = grouped.design, grouped.session.report
    grouped.view.toggle_group("block")
    assert grouped.session.report is report
    grouped.session.undo()
    assert grouped.design is design
    assert list(grouped.scene.nodes) == list(design.nodes)


def test_the_card_says_what_is_inside(grouped):
    """3→8 channels, 3×3: 3·8·9 + 8 weights; stride 1 without padding leaves 30×30, so 216·900 multiply-adds."""
    grouped.session.do(NoteGroup("block", "Stem\nfirst try"))
    grouped.view.toggle_group("block")
    card = grouped.scene.card(BLOCK)
    assert (card.name, card.caption) == ("block", "Stem · 2 layers")
    assert card.shape == "3×32×32 → 8×30×30"
    assert card.group.sums == "224 params · 194\N{NO-BREAK SPACE}k MACs"


def test_the_worst_problem_inside_is_on_the_card(grouped):
    from designer.graph.edits import SetParameters

    grouped.view.toggle_group("block")
    grouped.session.do(SetParameters("conv1", {"kernel": 99}))
    assert grouped.scene.card(BLOCK).problem.startswith("conv1: ")
    grouped.session.undo()
    assert grouped.scene.card(BLOCK).problem == ""


def test_a_wire_drawn_from_a_card_leaves_the_node_inside(grouped):
    grouped.view.toggle_group("block")
    grouped.drag(grouped.output(BLOCK), grouped.input("pool1"))
    assert Edge("relu1", "pool1") in grouped.design.edges
    grouped.drag(grouped.input(BLOCK), grouped.spot(QPointF(300, 400)))
    assert Edge("image", "conv1") not in grouped.design.edges


def test_a_card_is_selected_dragged_and_deleted_as_a_whole(grouped):
    grouped.view.toggle_group("block")
    spot = grouped.body(BLOCK)
    grouped.click(spot)
    assert grouped.session.selection == ("conv1", "relu1")
    assert grouped.scene.nodes[BLOCK].selected
    before = [grouped.design.nodes[key].position for key in ("conv1", "relu1")]
    grouped.drag(spot, spot + (grouped.body("pool1") - grouped.body("add1")) / 2)
    after = [grouped.design.nodes[key].position for key in ("conv1", "relu1")]
    shifts = {(x - a, y - b) for (x, y), (a, b) in zip(after, before, strict=True)}
    assert len(shifts) == 1
    assert shifts != {(0.0, 0.0)}
    press(grouped, Key.Key_Delete)
    assert list(grouped.design.nodes) == ["image", "pool1", "add1"]


def test_a_node_is_dragged_into_a_frame_and_out_of_it(grouped):
    inside = grouped.scene.frames.all()[0].rect.center()
    grouped.drag(grouped.body("pool1"), grouped.spot(QPointF(inside.x(), inside.y() + 30)))
    assert grouped.design.group("block").members == ("conv1", "relu1", "pool1")
    assert grouped.session.document.undo_label == "Move into group block"
    grouped.session.undo()
    assert grouped.design.group("block").members == ("conv1", "relu1")
    far = grouped.spot(QPointF(inside.x(), inside.y() + 260))
    grouped.drag(grouped.body("relu1"), far)
    assert grouped.design.group("block").members == ("conv1",)


def test_enter_shows_only_the_group_and_escape_leaves_it(grouped):
    grouped.session.select(["conv1", "relu1"])
    press(grouped, Key.Key_Return)
    assert list(grouped.scene.nodes) == ["conv1", "relu1"]
    assert [button.text() for button in grouped.view.breadcrumbs.buttons] == ["Design", "block"]
    press(grouped, Key.Key_Escape)
    press(grouped, Key.Key_Escape)
    assert list(grouped.scene.nodes) == list(grouped.design.nodes)
    assert not grouped.view.breadcrumbs.isVisibleTo(grouped.view)


def test_what_is_selected_elsewhere_is_shown_though_another_group_has_been_entered(grouped):
    grouped.view.enter_group("block")
    grouped.session.select(["pool1"])
    grouped.view.reveal("pool1")
    assert "pool1" in grouped.scene.nodes


def test_f2_renames_the_selected_group(grouped):
    grouped.click(title(grouped))
    press(grouped, Key.Key_F2)
    QTest.keyClicks(grouped.view.editor, "stem")
    QTest.keyClick(grouped.view.editor, Key.Key_Return)
    assert list(grouped.design.grouping.groups) == ["stem"]
    assert list(grouped.design.nodes) == ["image", "conv1", "relu1", "pool1", "add1"]


def test_the_menu_of_a_group_has_what_can_be_done_to_it(grouped):
    grouped.click(title(grouped))
    wanted = {"Collapse or expand", "Enter group", "Repeat ×N in Series…", "Ungroup", "Rename"}
    assert wanted.issubset(texts(context_menu(grouped.view, OnFrame("block"), QPointF())))
    assert wanted.issubset(texts(context_menu(grouped.view, OnNode("conv1"), QPointF())))
    assert not wanted.issubset(texts(context_menu(grouped.view, OnEdge(grouped.design.edges[0]), QPointF())))


def test_layers_dropped_on_a_wire_to_a_card_go_between(grouped):
    from designer.ui.canvas.commands import insert_layer

    grouped.view.toggle_group("block")
    edge = next(iter(grouped.scene.edges))
    insert_layer(grouped.session, grouped.scene, "batch_norm", edge)
    assert {(edge.source, edge.target) for edge in grouped.design.edges} >= {("image", "bn1"), ("bn1", "conv1")}
    assert grouped.design.grouping.path_of("bn1") is None
    boxes = [grouped.scene.cards.rect(key) for key in grouped.scene.nodes]
    assert not [1 for n, one in enumerate(boxes) for other in boxes[:n] if one.intersects(other)]


def test_collapsing_from_outside_is_followed(grouped):
    grouped.session.do(CollapseGroups(["block"]))
    assert list(grouped.scene.nodes) == ["image", BLOCK, "pool1", "add1"]
    assert grouped.scene.nodes[BLOCK].card.name == "block"


def test_what_is_appended_to_a_card_stands_behind_it_and_not_in_the_group(grouped):
    grouped.view.toggle_group("block")
    grouped.click(grouped.body(BLOCK))
    grouped.session.append_layer("batch_norm")
    assert Edge("relu1", "bn1") in grouped.design.edges
    assert grouped.design.grouping.path_of("bn1") is None
    cards = grouped.scene.cards
    assert cards.rect("bn1").left() > cards.rect(BLOCK).right()


def test_what_is_added_while_a_group_has_been_entered_goes_into_it(grouped):
    grouped.view.enter_group("block")
    grouped.session.select([])
    grouped.session.append_layer("relu")
    assert grouped.design.grouping.path_of("relu2") == "block"
    assert "relu2" in grouped.scene.nodes
    grouped.view.leave_group()
    grouped.session.append_layer("relu")
    grouped.session.select([])
    grouped.session.append_layer("dropout")
    assert grouped.design.grouping.path_of("dropout1") is None


@pytest.mark.parametrize("collapsed", [True, False])
def test_a_group_is_repeated_in_one_step_and_nothing_is_covered(grouped, collapsed, monkeypatch):
    from PySide6.QtWidgets import QInputDialog

    monkeypatch.setattr(QInputDialog, "getInt", lambda *_arguments: (4, True))
    if collapsed:
        grouped.view.toggle_group("block")
    before = grouped.design
    grouped.session.select(["conv1", "relu1"])
    press(grouped, Key.Key_R, CTRL | SHIFT)
    assert list(grouped.design.grouping.groups) == ["block", "block2", "block3", "block4"]
    boxes = [grouped.scene.cards.rect(key) for key in grouped.scene.nodes]
    boxes += [frame.rect for frame in grouped.scene.frames.all()] if collapsed else []
    assert not [1 for n, one in enumerate(boxes) for other in boxes[:n] if one.intersects(other)]
    grouped.session.undo()
    assert grouped.design is before


def test_a_card_between_a_group_and_a_layer_is_dragged_with_both_wires(grouped):
    """Wires of the design and those that end at a card are two sorts, and are followed together."""
    grouped.session.do(Connect("relu1", "pool1"))
    grouped.session.do(Connect("pool1", "add1"))
    grouped.view.toggle_group("block")
    spot = grouped.body("pool1")
    before = grouped.design.nodes["pool1"].position
    grouped.drag(spot, spot + (spot - grouped.body("add1")) / 4)
    assert grouped.design.nodes["pool1"].position != before


def test_entering_a_group_without_wires_forgets_those_that_ran_in_lanes(grouped):
    """From add1 back to pool1 a wire turns round; of a group of one node no wire is left."""
    grouped.session.do(Connect("add1", "pool1"))
    grouped.session.do(GroupNodes(["image"], "alone"))
    assert grouped.scene.wires.laned_bounds().isValid()
    grouped.view.enter_group("alone")
    assert grouped.scene.content_rect() == grouped.scene.cards.rect("image")


def test_frames_are_painted_anew_only_where_a_change_makes_them_others(grouped, monkeypatch):
    painted = []
    monkeypatch.setattr(grouped.scene.frames_item, "update", lambda: painted.append(1))
    grouped.session.do(SetParameters("conv1", {"filters": 9}))
    assert painted == []
    grouped.session.do(MoveNodes({"conv1": (200.0, 40.0)}))
    assert painted
    painted.clear()
    # A problem in words makes its card taller, and the frame around it.
    before = grouped.scene.frames.all()[0].rect
    grouped.session.do(SetParameters("conv1", {"kernel": 99}))
    assert grouped.scene.frames.all()[0].rect.height() > before.height()
    assert painted
    painted.clear()
    grouped.session.do(NoteGroup("block", "stem"))
    assert painted
