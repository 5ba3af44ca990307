"""Mouse gestures: each is done with real events, taken back with one undo, and cancelled without a trace."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from designer.graph.design import Edge
from designer.graph.edits import MoveNodes
from designer.ui.canvas.gestures.gestures import DragNodes, Pan
from designer.ui.canvas.gestures.wire_gestures import DrawWire, Rewire
from tests.ui.canvas.conftest import chain

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def place(canvas, node):
    return canvas.design.nodes[node].position


def once(canvas, before):
    """Exactly one step was made, and one undo takes it back."""
    assert len(canvas.labels()) == 1
    canvas.session.undo()
    assert canvas.design == before


def assert_shown_as_in_the_design(canvas):
    for node in canvas.design.nodes.values():
        assert canvas.scene.nodes[node.id].pos().toTuple() == node.position
        assert canvas.scene.cards.corner(node.id).toTuple() == node.position
    for edge in canvas.design.edges:
        path = canvas.scene.edges[edge].path()
        assert path.pointAtPercent(0.0) == canvas.scene.nodes[edge.source].output_point()
        assert path.pointAtPercent(1.0) == canvas.scene.nodes[edge.target].input_point(edge.input)


def test_dragging_a_card_moves_the_node_onto_the_grid_in_one_step(canvas):
    before = canvas.design
    start = canvas.body("pool1")
    canvas.drag(start, start + QPoint(43, 30))
    assert place(canvas, "pool1") == (264.0, 192.0)
    assert canvas.scene.nodes["pool1"].pos() == QPointF(264, 192)
    assert canvas.labels() == ["Move pool1"]
    once(canvas, before)
    assert canvas.scene.nodes["pool1"].pos() == QPointF(224, 160)


def test_wires_follow_while_a_card_is_dragged(canvas):
    start = canvas.body("conv1")
    canvas.press(start)
    canvas.move(start + QPoint(0, 40))
    assert canvas.design.nodes["conv1"].position == (224.0, 0.0)
    path = canvas.scene.edges[Edge("image", "conv1")].path()
    assert path.pointAtPercent(1.0) == canvas.scene.nodes["conv1"].input_point(0) == QPointF(224, 76)
    canvas.release(start + QPoint(0, 40))


def test_all_selected_nodes_are_dragged_together(canvas):
    before = canvas.design
    canvas.session.select(["conv1", "relu1"])
    start = canvas.body("conv1")
    canvas.drag(start, start + QPoint(16, 80))
    assert (place(canvas, "conv1"), place(canvas, "relu1")) == ((240.0, 80.0), (464.0, 80.0))
    assert canvas.session.selection == ("relu1", "conv1")
    once(canvas, before)


def test_shift_keeps_to_one_axis(canvas):
    start = canvas.body("pool1")
    canvas.drag(start, start + QPoint(20, 80), keys=SHIFT)
    # QTest's moves carry no modifiers, the release does.
    assert place(canvas, "pool1") == (224.0, 240.0)


@pytest.mark.parametrize(
    ("way", "wanted"), [(QPoint(16, 80), (227.0, 240.0)), (QPoint(80, 16), (304.0, 163.0))], ids=["down", "right"]
)
def test_on_a_locked_axis_a_card_off_the_grid_keeps_its_place_on_the_other(make_canvas, way, wanted):
    canvas = make_canvas(MoveNodes({"pool1": (227.0, 163.0)}).apply(chain()))
    start = canvas.body("pool1")
    canvas.drag(start, start + way, keys=SHIFT)
    assert place(canvas, "pool1") == wanted


def test_escape_puts_a_dragged_card_back(canvas):
    before = canvas.design
    start = canvas.body("pool1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 60))
    assert isinstance(canvas.view.gesture, DragNodes)
    assert canvas.scene.nodes["pool1"].pos() != QPointF(224, 160)
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.view.gesture is None
    assert canvas.scene.nodes["pool1"].pos() == QPointF(224, 160)
    canvas.release(start + QPoint(60, 60))
    assert canvas.design is before


def test_losing_the_focus_cancels(canvas):
    before = canvas.design
    start = canvas.body("pool1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 60))
    canvas.view.clearFocus()
    assert canvas.view.gesture is None
    assert canvas.scene.nodes["pool1"].pos() == QPointF(224, 160)
    canvas.release(start + QPoint(60, 60))
    assert canvas.design is before


def test_a_release_that_went_elsewhere_cancels(canvas):
    before = canvas.design
    start = canvas.body("pool1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 60))
    spot = QPointF(start + QPoint(80, 80))
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        spot,
        QPointF(canvas.view.viewport().mapToGlobal(spot.toPoint())),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QCoreApplication.sendEvent(canvas.view.viewport(), event)
    assert canvas.view.gesture is None
    assert canvas.design is before
    assert canvas.scene.nodes["pool1"].pos() == QPointF(224, 160)
    canvas.release(start)


def test_a_change_from_elsewhere_cancels(canvas):
    start = canvas.body("pool1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 60))
    canvas.session.add_layer("relu", (0.0, 320.0))
    assert canvas.view.gesture is None
    canvas.release(start + QPoint(60, 60))
    assert place(canvas, "pool1") == (224.0, 160.0)
    assert canvas.labels() == ["Add relu2"]


def test_undoing_another_move_in_the_middle_of_a_drag_puts_the_dragged_card_back(canvas):
    canvas.session.do(MoveNodes({"relu1": (448.0, 320.0)}))
    start = canvas.body("conv1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 200))
    assert canvas.scene.nodes["conv1"].pos() == QPointF(288, 200)
    canvas.session.undo()
    assert canvas.view.gesture is None
    assert canvas.design == chain()
    assert_shown_as_in_the_design(canvas)
    canvas.release(start + QPoint(60, 200))
    assert_shown_as_in_the_design(canvas)


def test_undoing_the_move_of_the_dragged_card_in_the_middle_of_a_drag_puts_it_back(canvas):
    canvas.session.do(MoveNodes({"conv1": (224.0, 80.0)}))
    start = canvas.body("conv1")
    canvas.press(start)
    canvas.move(start + QPoint(60, 120))
    canvas.session.undo()
    canvas.release(start + QPoint(60, 120))
    assert canvas.design == chain()
    assert_shown_as_in_the_design(canvas)


def test_a_click_selects_and_ctrl_toggles(canvas):
    canvas.click(canvas.body("conv1"))
    assert canvas.session.selection == ("conv1",)
    canvas.click(canvas.body("relu1"), CTRL)
    assert canvas.session.selection == ("conv1", "relu1")
    canvas.click(canvas.body("conv1"), CTRL)
    assert canvas.session.selection == ("relu1",)
    canvas.click(canvas.body("pool1"))
    assert canvas.session.selection == ("pool1",)
    canvas.click(canvas.spot(QPointF(100, 320)))
    assert canvas.session.selection == ()
    assert canvas.labels() == []


def test_a_click_on_one_of_several_selected_nodes_selects_it_alone(canvas):
    canvas.session.select(["conv1", "relu1"])
    canvas.click(canvas.body("conv1"))
    assert canvas.session.selection == ("conv1",)


def test_a_rubber_band_selects_what_it_touches(canvas):
    canvas.session.select(["image"])
    canvas.drag(canvas.spot(QPointF(210, 300)), canvas.spot(QPointF(500, 200)))
    assert set(canvas.session.selection) == {"pool1", "add1"}


def test_ctrl_adds_to_the_selection(canvas):
    canvas.session.select(["image"])
    canvas.drag(canvas.spot(QPointF(210, 300)), canvas.spot(QPointF(300, 200)), keys=CTRL)
    assert canvas.session.selection == ("image", "pool1")


def test_a_cancelled_rubber_band_leaves_the_selection(canvas):
    canvas.session.select(["image"])
    canvas.press(canvas.spot(QPointF(210, 300)))
    canvas.move(canvas.spot(QPointF(500, 200)))
    assert canvas.scene.nodes["pool1"].selected
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.session.selection == ("image",)
    assert [key for key, item in canvas.scene.nodes.items() if item.selected] == ["image"]


def test_a_wire_is_drawn_from_an_output_to_an_input(canvas):
    before = canvas.design
    canvas.drag(canvas.output("conv1"), canvas.input("pool1"))
    assert set(canvas.design.edges) - set(before.edges) == {Edge("conv1", "pool1")}
    assert canvas.scene.nodes["pool1"].card.shape == "8×15×15"
    once(canvas, before)


def test_a_wire_is_drawn_backwards(canvas):
    before = canvas.design
    canvas.drag(canvas.input("add1", 1), canvas.output("relu1"))
    assert set(canvas.design.edges) - set(before.edges) == {Edge("relu1", "add1", 1)}
    once(canvas, before)


def test_a_wire_dropped_on_a_card_goes_to_its_first_free_input(canvas):
    canvas.drag(canvas.output("conv1"), canvas.body("add1"))
    canvas.drag(canvas.output("relu1"), canvas.body("add1"))
    canvas.drag(canvas.output("image"), canvas.body("add1"))
    assert canvas.design.inputs_of("add1") == ("conv1", "relu1", "image")


def test_a_wire_drawn_backwards_may_be_dropped_on_a_card(canvas):
    canvas.drag(canvas.input("pool1"), canvas.body("relu1"))
    assert canvas.design.inputs_of("pool1") == ("relu1",)


def test_dropping_on_a_taken_input_replaces_its_wire(canvas):
    before = canvas.design
    canvas.drag(canvas.output("image"), canvas.input("relu1"))
    assert canvas.design.inputs_of("relu1") == ("image",)
    assert len(canvas.design.edges) == 2
    once(canvas, before)


def test_a_cycle_is_refused_with_a_notice(canvas):
    before = canvas.design
    canvas.drag(canvas.output("relu1"), canvas.input("conv1"))
    assert canvas.design is before
    assert "cycle" in canvas.notices[-1].text
    assert set(canvas.scene.edges) == set(before.edges)


def test_a_wire_is_caught_by_a_port_nearby(canvas):
    canvas.drag(canvas.output("conv1"), canvas.input("add1", 1) + QPoint(-15, 6))
    assert canvas.design.inputs_of("add1") == (None, "conv1")


def test_a_wire_let_go_in_the_void_is_none(canvas):
    before = canvas.design
    canvas.drag(canvas.output("relu1"), canvas.spot(QPointF(700, 300)))
    assert canvas.design is before
    assert canvas.notices == []


def test_while_a_wire_is_drawn_the_ports_tell_where_it_may_end(canvas):
    canvas.press(canvas.output("conv1"))
    canvas.move(canvas.spot(QPointF(420, 120)))
    assert isinstance(canvas.view.gesture, DrawWire)
    lit = {key: set(item.lit_inputs) for key, item in canvas.scene.nodes.items() if item.lit_inputs}
    # One more than the two ports of an addition: it takes any number of inputs.
    assert lit == {"relu1": {0}, "pool1": {0}, "add1": {0, 1, 2}}
    dim = {key for key, item in canvas.scene.nodes.items() if item.opacity() < 1}
    assert dim == {"image"}
    canvas.key(Qt.Key.Key_Escape)
    assert not any(item.lit_inputs or item.spare or item.opacity() < 1 for item in canvas.scene.nodes.values())
    canvas.release(canvas.input("pool1"))
    assert canvas.labels() == []


def test_a_wire_end_is_moved_to_another_input_in_one_step(canvas):
    before = canvas.design
    canvas.drag(canvas.input("relu1"), canvas.input("pool1"))
    assert set(canvas.design.edges) == {Edge("image", "conv1"), Edge("conv1", "pool1")}
    assert canvas.labels() == ["Move the wire of conv1 to pool1"]
    once(canvas, before)


def test_a_wire_end_in_the_void_removes_the_wire(canvas):
    before = canvas.design
    canvas.drag(canvas.input("relu1"), canvas.spot(QPointF(420, 320)))
    assert canvas.design.edges == (Edge("image", "conv1"),)
    once(canvas, before)
    assert canvas.scene.edges[Edge("conv1", "relu1")].isVisible()


def test_a_wire_end_put_back_changes_nothing(canvas):
    before = canvas.design
    spot = canvas.input("relu1")
    canvas.press(spot)
    canvas.move(spot + QPoint(-60, 60))
    assert isinstance(canvas.view.gesture, Rewire)
    assert not canvas.scene.edges[Edge("conv1", "relu1")].isVisible()
    canvas.move(spot)
    canvas.release(spot)
    assert canvas.design is before
    assert canvas.scene.edges[Edge("conv1", "relu1")].isVisible()


def test_a_cancelled_rewiring_leaves_the_wire(canvas):
    before = canvas.design
    canvas.press(canvas.input("relu1"))
    canvas.move(canvas.spot(QPointF(420, 320)))
    canvas.key(Qt.Key.Key_Escape)
    canvas.release(canvas.spot(QPointF(420, 320)))
    assert canvas.design is before
    assert canvas.scene.edges[Edge("conv1", "relu1")].isVisible()


def test_rewiring_into_a_cycle_is_refused_and_the_wire_stays(canvas):
    canvas.drag(canvas.output("relu1"), canvas.input("pool1"))
    before = canvas.design
    canvas.drag(canvas.input("pool1"), canvas.input("conv1"))
    assert canvas.design is before
    assert "cycle" in canvas.notices[-1].text


@pytest.mark.parametrize("way", [QPoint(80, -40), QPoint(-33, 17)])
def test_the_middle_button_pans(canvas, way):
    start = canvas.spot(QPointF(100, 300))
    canvas.drag(start, start + way, button=Qt.MouseButton.MiddleButton)
    assert canvas.spot(QPointF(100, 300)) == start + way


def test_space_and_drag_pans(canvas, qtbot):
    start = canvas.body("conv1")
    qtbot.keyPress(canvas.view, Qt.Key.Key_Space)
    canvas.press(start)
    assert isinstance(canvas.view.gesture, Pan)
    canvas.move(start + QPoint(50, 20))
    canvas.release(start + QPoint(50, 20))
    qtbot.keyRelease(canvas.view, Qt.Key.Key_Space)
    assert canvas.body("conv1") == start + QPoint(50, 20)
    assert canvas.labels() == []
    canvas.press(canvas.body("conv1"))
    assert isinstance(canvas.view.gesture, DragNodes)
    canvas.release(canvas.body("conv1"))


def test_escape_takes_panning_back(canvas):
    start = canvas.spot(QPointF(100, 300))
    canvas.press(start, Qt.MouseButton.MiddleButton)
    canvas.move(start + QPoint(50, 20))
    canvas.key(Qt.Key.Key_Escape)
    assert canvas.spot(QPointF(100, 300)) == start
    canvas.release(start, Qt.MouseButton.MiddleButton)


def test_dragging_to_the_border_scrolls(canvas, qtbot):
    start = canvas.body("relu1")
    canvas.press(start)
    edge = QPoint(canvas.view.viewport().width() - 4, start.y())
    canvas.move(edge)
    left = canvas.view.camera.visible().left()
    qtbot.waitUntil(lambda: canvas.view.camera.visible().left() > left + 40)
    canvas.release(edge)
    assert place(canvas, "relu1")[0] > canvas.view.camera.visible().right() - 250
    assert not canvas.view._border.isActive()


def test_a_click_on_a_wire_chooses_it_for_deletion(canvas):
    before = canvas.design
    canvas.click(canvas.wire(Edge("conv1", "relu1")))
    canvas.key(Qt.Key.Key_Delete)
    assert canvas.design.edges == (Edge("image", "conv1"),)
    once(canvas, before)


def test_pointing_at_a_wire_tells_the_tensors_shape(canvas):
    canvas.move(canvas.wire(Edge("conv1", "relu1")))
    assert canvas.scene.pill.isVisible()
    assert canvas.scene.pill.text == "8×30×30"
    canvas.move(canvas.spot(QPointF(100, 320)))
    assert not canvas.scene.pill.isVisible()
