"""Layers dragged from the palette onto the canvas, with hand-made drag events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

from designer.gallery.catalogue import network
from designer.graph.design import Edge
from designer.ui.canvas.gestures.drops import LAYER_MIME

COPY, LEFT, NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def mime(kind: str) -> QMimeData:
    made = QMimeData()
    made.setData(LAYER_MIME, kind.encode())
    return made


class Drag:
    """One drag over the canvas. Keeps its contents alive, as the platform does."""

    def __init__(self, canvas, contents):
        self.port, self.contents = canvas.view.viewport(), contents

    def enter(self, spot):
        return self._send(QDragEnterEvent(spot, COPY, self.contents, LEFT, NONE))

    def move(self, spot):
        return self._send(QDragMoveEvent(spot, COPY, self.contents, LEFT, NONE))

    def drop(self, spot):
        return self._send(QDropEvent(QPointF(spot), COPY, self.contents, LEFT, NONE))

    def leave(self):
        return self._send(QDragLeaveEvent())

    def _send(self, event):
        event.ignore()
        QCoreApplication.sendEvent(self.port, event)
        return event.isAccepted()


def test_a_layer_is_dropped_where_its_ghost_was(canvas):
    before, items = canvas.design, len(canvas.scene.items())
    drag = Drag(canvas, mime("dropout"))
    assert drag.enter(canvas.spot(QPointF(600, 330)))
    spot = canvas.spot(QPointF(700, 330))
    assert drag.move(spot)
    ghost = canvas.view._drop._ghost
    assert ghost.card.name == "dropout1"
    assert 0 < ghost.opacity() < 1
    place = (ghost.x(), ghost.y())
    assert canvas.design is before
    assert drag.drop(spot)
    node = canvas.design.nodes["dropout1"]
    assert node.position == place == (616.0, 296.0)
    assert canvas.session.selection == ("dropout1",)
    assert canvas.design.edges == before.edges
    assert len(canvas.scene.items()) == items + 1
    canvas.session.undo()
    assert canvas.design is before


def test_a_drag_that_leaves_leaves_nothing(canvas):
    items = len(canvas.scene.items())
    drag = Drag(canvas, mime("dropout"))
    drag.enter(canvas.spot(QPointF(600, 330)))
    assert len(canvas.scene.items()) == items + 1
    drag.leave()
    assert len(canvas.scene.items()) == items
    assert canvas.labels() == []


def test_a_layer_dropped_on_a_wire_is_inserted_and_the_rest_makes_room(canvas):
    before = canvas.design
    wire = Edge("conv1", "relu1")
    drag = Drag(canvas, mime("batch_norm"))
    spot = canvas.wire(wire)
    drag.enter(spot)
    assert canvas.scene.edges[wire].pen().color() == canvas.scene.appearance.theme.accent
    assert canvas.scene.nodes["relu1"].x() > 448
    drag.drop(spot)
    assert set(canvas.design.edges) == {Edge("image", "conv1"), Edge("conv1", "bn1"), Edge("bn1", "relu1")}
    assert canvas.design.nodes["bn1"].position == (448.0, 0.0)
    assert canvas.design.nodes["relu1"].position == (672.0, 0.0)
    assert canvas.session.selection == ("bn1",)
    assert len(canvas.labels()) == 1
    canvas.session.undo()
    assert canvas.design == before


def test_leaving_a_wire_puts_what_made_room_back(canvas):
    drag = Drag(canvas, mime("batch_norm"))
    drag.enter(canvas.wire(Edge("conv1", "relu1")))
    drag.move(canvas.spot(QPointF(700, 330)))
    assert canvas.scene.nodes["relu1"].pos() == QPointF(448, 0)
    drag.leave()
    assert canvas.scene.edges[Edge("conv1", "relu1")].pen().color() != canvas.scene.appearance.theme.accent


@pytest.mark.parametrize("name", ["residual_block", "lenet5"])
def test_no_card_is_covered_wherever_a_layer_is_inserted(make_canvas, name):
    design = network(name)
    for edge in design.edges:
        canvas = make_canvas(design)
        canvas.view.camera.centre_on(canvas.scene.edges[edge].middle())
        drag = Drag(canvas, mime("dropout"))
        drag.enter(canvas.wire(edge))
        drag.drop(canvas.wire(edge))
        assert canvas.design.inputs_of("dropout1") == (edge.source,)
        new = canvas.scene.nodes["dropout1"].card_rect()
        others = [item.card_rect() for key, item in canvas.scene.nodes.items() if key != "dropout1"]
        assert not any(new.intersects(other) for other in others), edge


def test_a_layer_dropped_on_a_card_stands_below_it(canvas):
    drag = Drag(canvas, mime("dropout"))
    spot = canvas.body("pool1")
    drag.enter(spot)
    drag.drop(spot)
    new, old = (canvas.scene.nodes[key].card_rect() for key in ("dropout1", "pool1"))
    assert new.top() == old.bottom()
    assert not any(new.intersects(item.card_rect()) for key, item in canvas.scene.nodes.items() if key != "dropout1")


def test_an_image_is_never_put_on_a_wire(canvas):
    drag = Drag(canvas, mime("image_input"))
    spot = canvas.wire(Edge("conv1", "relu1"))
    drag.enter(spot)
    drag.drop(spot)
    assert canvas.design.outgoing["image1"] == ()
    assert Edge("conv1", "relu1") in canvas.design.edges


def test_what_is_no_layer_is_left_to_the_window(canvas):
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("net.netdraft.json")])
    unknown = mime("no_such_layer")
    for contents in (files, unknown):
        drag = Drag(canvas, contents)
        assert not drag.enter(QPoint(200, 200))
        assert not drag.move(QPoint(210, 200))
        assert not drag.drop(QPoint(210, 200))
    assert canvas.labels() == []
