"""Keys and the commands behind them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge
from designer.layout.layered import layout

Key, Keys = Qt.Key, Qt.KeyboardModifier


def test_delete_removes_the_selected_nodes_in_one_step(canvas):
    before = canvas.design
    canvas.session.select(["conv1", "pool1"])
    canvas.key(Key.Key_Delete)
    assert set(canvas.design.nodes) == {"image", "relu1", "add1"}
    assert canvas.design.edges == ()
    assert canvas.session.selection == ()
    canvas.session.undo()
    assert canvas.design is before


def test_shift_delete_reconnects(canvas):
    canvas.session.select(["conv1"])
    canvas.key(Key.Key_Delete, Keys.ShiftModifier)
    assert canvas.design.edges == (Edge("image", "relu1"),)


def test_backspace_deletes_too(canvas):
    canvas.session.select(["relu1"])
    canvas.key(Key.Key_Backspace)
    assert "relu1" not in canvas.design.nodes


def test_select_all_and_escape(canvas):
    canvas.key(Key.Key_A, Keys.ControlModifier)
    assert set(canvas.session.selection) == set(canvas.design.nodes)
    canvas.key(Key.Key_Escape)
    assert canvas.session.selection == ()


def test_tab_walks_in_execution_order_and_leaves_at_the_ends(make_canvas, qtbot):
    canvas = make_canvas(network("lenet5"))
    order = list(canvas.design.order)
    walked = []
    for _step in order:
        canvas.key(Key.Key_Tab)
        walked.append(canvas.session.current)
    assert walked == order
    canvas.key(Key.Key_Tab, Keys.ShiftModifier)
    assert canvas.session.current == order[-2]


def test_tab_behind_the_last_node_goes_to_the_next_widget(canvas, qtbot):
    window, field = canvas.above_a_field(qtbot)
    canvas.view.setFocus()
    canvas.session.select([canvas.design.order[-1]])
    QTest.keyClick(canvas.view, Key.Key_Tab)
    assert window.focusWidget() is field
    canvas.view.setParent(None)


def test_alt_and_arrows_walk_along_the_wires(canvas):
    canvas.session.select(["conv1"])
    canvas.key(Key.Key_Right, Keys.AltModifier)
    assert canvas.session.current == "relu1"
    canvas.key(Key.Key_Left, Keys.AltModifier)
    canvas.key(Key.Key_Left, Keys.AltModifier)
    assert canvas.session.current == "image"
    canvas.drag(canvas.output("image"), canvas.input("pool1"))
    canvas.session.select(["conv1"])
    canvas.key(Key.Key_Down, Keys.AltModifier)
    assert canvas.session.current == "pool1"
    canvas.key(Key.Key_Up, Keys.AltModifier)
    assert canvas.session.current == "conv1"


def test_arrows_nudge_by_the_grid_and_a_row_of_them_is_one_step(canvas):
    before = canvas.design
    canvas.session.select(["pool1", "add1"])
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Down):
        canvas.key(key)
    assert canvas.design.nodes["pool1"].position == (240.0, 168.0)
    assert canvas.design.nodes["add1"].position == (464.0, 168.0)
    assert len(canvas.labels()) == 1
    canvas.session.undo()
    assert canvas.design == before


def test_nudging_after_another_gesture_is_another_step(canvas):
    canvas.session.select(["pool1"])
    canvas.key(Key.Key_Right)
    canvas.click(canvas.body("pool1"))
    canvas.key(Key.Key_Right)
    assert len(canvas.labels()) == 2


def test_copy_and_paste_into_another_window(canvas, make_canvas):
    canvas.session.select(["image", "conv1", "relu1"])
    canvas.key(Key.Key_C, Keys.ControlModifier)
    assert '"conv2d"' in QGuiApplication.clipboard().text()
    other = make_canvas(Design())
    other.key(Key.Key_V, Keys.ControlModifier)
    assert set(other.design.nodes) == {"image", "conv1", "relu1"}
    assert set(other.design.edges) == {Edge("image", "conv1"), Edge("conv1", "relu1")}
    assert other.design.nodes["conv1"].layer == canvas.design.nodes["conv1"].layer
    assert set(other.session.selection) == {"image", "conv1", "relu1"}
    assert other.labels() == ["Paste"]
    other.session.undo()
    assert dict(other.design.nodes) == {}


def covering(canvas):
    """Pairs of cards that touch."""
    boxes = [(key, canvas.scene.nodes[key].card_rect()) for key in canvas.design.nodes]
    return [(a, b) for i, (a, box) in enumerate(boxes) for b, other in boxes[:i] if box.intersects(other)]


def test_pasted_nodes_get_free_names_and_lie_beside_the_originals(canvas):
    canvas.session.select(["conv1", "relu1"])
    canvas.view.copy()
    canvas.view.pointer = None
    canvas.view.paste()
    canvas.view.paste()
    # Right and down by 32 pixels at a time: eight times until pool1 and add1 are passed, then three more.
    assert canvas.design.nodes["conv2"].position == (480.0, 256.0)
    assert canvas.design.nodes["conv3"].position == (576.0, 352.0)
    assert not covering(canvas)
    assert Edge("conv2", "relu2") in canvas.design.edges
    assert set(canvas.session.selection) == {"conv3", "relu3"}


def test_paste_goes_to_the_pointer(canvas):
    canvas.session.select(["pool1"])
    canvas.view.copy()
    canvas.move(canvas.spot(QPointF(700, 320)))
    canvas.view.paste()
    box = canvas.scene.nodes["pool2"].card_rect()
    assert abs(box.center().x() - 700) <= 4
    assert abs(box.center().y() - 320) <= 4
    assert (box.x() % 8, box.y() % 8) == (0, 0)


@pytest.mark.parametrize("chosen", [["pool1"], ["conv1", "relu1"], ["image", "conv1", "relu1", "pool1", "add1"]])
def test_what_is_pasted_on_a_card_goes_to_the_nearest_place_where_none_is(canvas, chosen):
    canvas.session.select(chosen)
    canvas.key(Key.Key_C, Keys.ControlModifier)
    before = canvas.design
    canvas.move(canvas.body("conv1"))
    canvas.key(Key.Key_V, Keys.ControlModifier)
    names = canvas.session.selection
    assert len(names) == len(chosen)
    assert not covering(canvas)
    shifts = {
        tuple(b - a for a, b in zip(before.nodes[old].position, canvas.design.nodes[new].position, strict=True))
        for old, new in zip(chosen, names, strict=True)
    }
    assert len(shifts) == 1, "the part keeps its form"


def test_a_copy_pasted_on_a_card_stays_near_the_pointer(canvas):
    canvas.session.select(["pool1"])
    canvas.key(Key.Key_C, Keys.ControlModifier)
    canvas.move(canvas.spot(QPointF(312, 36)))
    canvas.key(Key.Key_V, Keys.ControlModifier)
    # conv1 ends at 72 and pool1 begins at 160: no room between them, so it goes up, past the upper border of conv1.
    assert canvas.design.nodes["pool2"].position == (224.0, -96.0)


def test_copies_of_a_laid_out_network_lie_on_nothing(make_canvas):
    canvas = make_canvas(network("lenet5"))
    canvas.key(Key.Key_A, Keys.ControlModifier)
    canvas.key(Key.Key_D, Keys.ControlModifier)
    assert len(canvas.design.nodes) == 2 * len(network("lenet5").nodes)
    canvas.session.select(list(canvas.design.nodes)[2:5])
    canvas.key(Key.Key_D, Keys.ControlModifier)
    canvas.key(Key.Key_D, Keys.ControlModifier)
    assert not covering(canvas)


@pytest.mark.parametrize(
    "text", ["", "hello", "[1, 2]", '{"format": "netdraft", "version": 1, "nodes": [], "edges": []}']
)
def test_text_that_is_no_design_is_told_and_changes_nothing(canvas, text):
    before = canvas.design
    QGuiApplication.clipboard().setText(text)
    canvas.view.paste()
    assert canvas.design is before
    assert canvas.notices[-1].text.startswith("Nothing to paste")


def test_cut_is_copy_and_delete_in_one_step(canvas):
    before = canvas.design
    canvas.session.select(["pool1"])
    canvas.key(Key.Key_X, Keys.ControlModifier)
    assert "pool1" not in canvas.design.nodes
    assert canvas.labels() == ["Delete pool1"]
    canvas.view.paste(at=QPointF(312, 196))
    assert canvas.design.nodes["pool1"].layer == before.nodes["pool1"].layer


def test_duplicate_copies_wires_among_the_nodes(canvas):
    canvas.session.select(["conv1", "relu1"])
    canvas.key(Key.Key_D, Keys.ControlModifier)
    assert canvas.labels() == ["Duplicate"]
    assert canvas.design.inputs_of("relu2") == ("conv2",)
    assert canvas.design.inputs_of("conv2") == (None,)
    assert set(canvas.session.selection) == {"conv2", "relu2"}


def test_nothing_selected_nothing_copied(canvas):
    QGuiApplication.clipboard().setText("mine")
    canvas.view.copy()
    canvas.view.cut()
    canvas.view.duplicate()
    canvas.view.delete_selection()
    assert QGuiApplication.clipboard().text() == "mine"
    assert canvas.labels() == []


def test_the_automatic_layout_is_one_step_and_knows_the_cards_sizes(canvas):
    before = canvas.design
    canvas.view.auto_layout()
    places = {key: node.position for key, node in canvas.design.nodes.items()}
    assert places == layout(before, canvas.scene.node_sizes())
    assert canvas.labels() == ["Lay out"]
    boxes = [item.card_rect() for item in canvas.scene.nodes.values()]
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    canvas.session.undo()
    assert canvas.design == before


def test_f_fits_and_ctrl_0_is_life_size(make_canvas):
    canvas = make_canvas(network("resnet50"))
    canvas.key(Key.Key_F)
    assert canvas.view.camera.visible().contains(canvas.scene.content_rect())
    assert canvas.view.camera.zoom < 0.25
    canvas.key(Key.Key_0, Keys.ControlModifier)
    assert canvas.view.camera.zoom == 1.0
    canvas.key(Key.Key_Plus, Keys.ControlModifier)
    assert canvas.view.camera.zoom == 1.25
    canvas.key(Key.Key_Minus, Keys.ControlModifier)
    assert canvas.view.camera.zoom == 1.0


def test_keys_are_left_alone_during_a_gesture(canvas):
    canvas.session.select(["conv1"])
    start = canvas.body("conv1")
    canvas.press(start)
    canvas.move(start + QPoint(40, 40))
    canvas.key(Key.Key_Delete)
    assert "conv1" in canvas.design.nodes
    canvas.release(start + QPoint(40, 40))
