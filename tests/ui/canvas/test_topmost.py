"""Cards on top of each other: what is seen at a place is what takes the pointer, by real events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu

from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer
from designer.ui.canvas.gestures.gestures import DragNodes
from designer.ui.canvas.gestures.hits import OnInput, OnNode, OnOutput
from designer.ui.canvas.gestures.wire_gestures import DrawWire

COVERED_OUTPUT, COVERED_INPUT = QPointF(376.0, 236.0), QPointF(500.0, 236.0)


@pytest.fixture
def pile(make_canvas):
    """``over`` was created last and covers the output of ``left`` and the input of ``right``; cards are 176×72."""
    nodes = (
        Node("image", make_layer("image_input", shape=(3, 32, 32)), (0.0, 0.0)),
        Node("left", make_layer("relu"), (200.0, 200.0)),
        Node("right", make_layer("relu"), (500.0, 200.0)),
        Node("over", make_layer("tanh"), (350.0, 192.0)),
    )
    return make_canvas(Design(nodes={node.id: node for node in nodes}))


@pytest.mark.parametrize("place", [COVERED_OUTPUT, COVERED_INPUT])
def test_a_press_on_a_covered_port_takes_the_card_above_it(pile, place):
    spot = pile.spot(place)
    pile.press(spot)
    assert isinstance(pile.view.gesture, DragNodes)
    pile.release(spot)
    assert pile.session.selection == ("over",)


@pytest.mark.parametrize("place", [COVERED_OUTPUT, COVERED_INPUT])
def test_the_pointer_shows_what_a_press_would_take(pile, place):
    pile.move(pile.spot(place))
    assert pile.scene.hovered == OnNode("over")
    assert pile.scene.nodes["over"].hovered
    assert not pile.scene.nodes["left"].lit_output
    assert not pile.scene.nodes["right"].lit_inputs
    assert pile.view.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_wire_dropped_on_a_covered_input_goes_to_the_card_above_it(pile):
    pile.drag(pile.output("image"), pile.spot(COVERED_INPUT))
    assert pile.design.edges == (Edge("image", "over"),)


def test_a_wire_drawn_backwards_onto_a_covered_output_comes_from_the_card_above_it(pile):
    pile.drag(pile.input("left"), pile.spot(COVERED_OUTPUT))
    assert pile.design.edges == (Edge("over", "left"),)


def test_the_menu_is_that_of_the_card_above(pile):
    spot = pile.spot(COVERED_OUTPUT)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, spot, pile.view.viewport().mapToGlobal(spot), Qt.KeyboardModifier.NoModifier
    )
    QCoreApplication.sendEvent(pile.view.viewport(), event)
    assert pile.session.selection == ("over",)
    for menu in pile.view.findChildren(QMenu):
        menu.close()


def test_a_selected_card_comes_to_the_top_and_its_port_with_it(pile):
    pile.session.select(["left"])
    pile.press(pile.spot(COVERED_OUTPUT))
    assert isinstance(pile.view.gesture, DrawWire)
    assert pile.view.gesture.fixed == OnOutput("left")
    pile.view.cancel_gesture()
    pile.release(pile.spot(COVERED_OUTPUT))


def test_beside_its_dot_a_port_above_leaves_a_card_to_be_taken(pile):
    # 7 pixels from the input of the selected card: on the body of the card below it.
    pile.session.select(["right"])
    assert pile.scene.hit(COVERED_INPUT + QPointF(-3.0, 0.0), 1.0) == OnInput("right", 0)
    assert pile.scene.hit(COVERED_INPUT + QPointF(-7.0, 0.0), 1.0) == OnNode("over")


@pytest.mark.parametrize("zoom", [1.0, 0.25, 0.1, 0.03])
def test_from_afar_the_ports_of_neighbours_do_not_reach_over_a_card(canvas, zoom):
    # At a zoom of 0.1 eight pixels of the screen are 80 of the scene; the neighbours' ports stand 48 beside the card.
    assert canvas.scene.hit(canvas.scene.nodes["conv1"].card_rect().center(), zoom) == OnNode("conv1")
