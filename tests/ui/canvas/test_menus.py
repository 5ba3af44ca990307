"""Context menus."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu

from designer.graph.design import Design, Edge
from designer.layer_api.registry import catalogue
from designer.ui.canvas.gestures.hits import OnEdge, OnNode
from designer.ui.canvas.menus import context_menu


def texts(menu):
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def entry(menu, *path):
    """The action at a path of texts."""
    for step in path[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text() == step)
    return next(action for action in menu.actions() if action.text() == path[-1])


def test_the_menu_of_a_node(canvas):
    canvas.session.select(["conv1"])
    menu = context_menu(canvas.view, OnNode("conv1"), QPointF())
    assert texts(menu) == [
        "Rename",
        "Duplicate",
        "Group",
        "Cut",
        "Copy",
        "Disconnect",
        "Delete",
        "Delete and reconnect",
    ]
    entry(menu, "Disconnect").trigger()
    assert canvas.design.edges == ()
    canvas.session.undo()
    entry(menu, "Delete and reconnect").trigger()
    assert canvas.design.edges == (Edge("image", "relu1"),)


def test_of_several_selected_nodes_the_one_that_was_clicked_is_renamed(canvas):
    canvas.session.select(["conv1", "relu1"])
    entry(context_menu(canvas.view, OnNode("conv1"), QPointF()), "Rename").trigger()
    assert canvas.view.editor.node == "conv1"


def test_an_entry_that_makes_no_sense_now_cannot_be_chosen(make_canvas):
    menu = context_menu(make_canvas(Design()).view, None, QPointF())
    enabled = {action.text(): action.isEnabled() for action in menu.actions() if not action.isSeparator()}
    assert [text for text, can in enabled.items() if can] == ["Add layer here", "Paste", "Zoom to 100 %"]


def test_a_node_without_wires_cannot_be_disconnected(canvas):
    canvas.session.select(["pool1"])
    menu = context_menu(canvas.view, OnNode("pool1"), QPointF())
    assert not entry(menu, "Disconnect").isEnabled()


def test_a_layer_is_inserted_on_a_wire(canvas):
    edge = Edge("conv1", "relu1")
    menu = context_menu(canvas.view, OnEdge(edge), QPointF())
    entry(menu, "Insert layer", "Normalisation", "Batch normalisation").trigger()
    assert canvas.design.inputs_of("relu1") == ("bn1",)
    assert canvas.design.inputs_of("bn1") == ("conv1",)
    assert len(canvas.labels()) == 1
    assert not any("Image input" in texts(action.menu()) for action in entry(menu, "Insert layer").menu().actions())


def test_a_wire_is_disconnected(canvas):
    edge = Edge("conv1", "relu1")
    entry(context_menu(canvas.view, OnEdge(edge), QPointF()), "Disconnect").trigger()
    assert edge not in canvas.design.edges


def test_every_layer_can_be_added_from_the_canvas(canvas):
    menu = context_menu(canvas.view, None, QPointF(100, 333))
    categories = [action.menu() for action in entry(menu, "Add layer here").menu().actions()]
    assert sum(len(category.actions()) for category in categories) == len(catalogue())
    entry(menu, "Add layer here", "Activation", "ReLU").trigger()
    assert canvas.design.nodes["relu2"].position == (104.0, 336.0)


def test_a_right_click_selects_what_it_is_on(canvas, qtbot):
    canvas.session.select(["image"])
    spot = canvas.body("conv1")
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, spot, canvas.view.viewport().mapToGlobal(spot), canvas_keys()
    )
    QCoreApplication.sendEvent(canvas.view.viewport(), event)
    assert canvas.session.selection == ("conv1",)
    menu = next(child for child in canvas.view.findChildren(QMenu) if child.isVisible())
    assert "Rename" in texts(menu)
    menu.close()


def test_a_menu_closes_when_what_it_is_about_may_be_gone(canvas, qtbot):
    spot = canvas.wire(Edge("image", "conv1"))
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, spot, canvas.view.viewport().mapToGlobal(spot), canvas_keys()
    )
    QCoreApplication.sendEvent(canvas.view.viewport(), event)
    menu = next(child for child in canvas.view.findChildren(QMenu) if child.isVisible())
    layers = entry(menu, "Insert layer").menu()
    menu.setActiveAction(layers.menuAction())
    qtbot.waitUntil(layers.isVisible)
    canvas.session.adopt(Design())
    assert not menu.isVisible()
    assert not layers.isVisible()


def canvas_keys():
    from PySide6.QtCore import Qt

    return Qt.KeyboardModifier.NoModifier
