"""A canvas on a small network, and hands to work on it with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer
from designer.session.notices import Notice
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.view.canvas_view import CanvasView

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def chain() -> Design:
    """image → conv1 → relu1, and apart from them pool1 and add1; every card lies apart from the others."""
    nodes = (
        Node("image", make_layer("image_input", shape=(3, 32, 32)), (0.0, 0.0)),
        Node("conv1", make_layer("conv2d", filters=8), (224.0, 0.0)),
        Node("relu1", make_layer("relu"), (448.0, 0.0)),
        Node("pool1", make_layer("max_pool2d", kernel=2), (224.0, 160.0)),
        Node("add1", make_layer("add"), (448.0, 160.0)),
    )
    edges = (Edge("image", "conv1"), Edge("conv1", "relu1"))
    return Design(name="chain", nodes={node.id: node for node in nodes}, edges=edges)


class Canvas:
    """A session with its scene and view, and what a hand can do to them."""

    def __init__(self, session: Session, view: CanvasView, bridge: Bridge) -> None:
        self.session = session
        self.view = view
        self.scene = view.canvas
        self.bridge = bridge
        self.notices: list[Notice] = []
        bridge.noticed.connect(self.notices.append)

    @property
    def design(self) -> Design:
        return self.session.design

    def above_a_field(self, qtbot: QtBot) -> tuple[QWidget, QLineEdit]:
        """A window that holds the canvas and below it another widget that takes the focus."""
        window, field = QWidget(), QLineEdit()
        qtbot.addWidget(window)
        column = QVBoxLayout(window)
        column.addWidget(self.view)
        column.addWidget(field)
        window.show()
        qtbot.waitExposed(window)
        return window, field

    def spot(self, place: QPointF) -> QPoint:
        """The viewport's pixel of a place in the scene."""
        return self.view.mapFromScene(place)

    def body(self, node: str) -> QPoint:
        """A pixel of a card below its name."""
        box = self.scene.nodes[node].card_rect()
        return self.spot(QPointF(box.center().x(), box.top() + 50))

    def name(self, node: str) -> QPoint:
        return self.spot(self.scene.nodes[node].name_rect().center())

    def output(self, node: str) -> QPoint:
        return self.spot(self.scene.nodes[node].output_point())

    def input(self, node: str, port: int = 0) -> QPoint:
        return self.spot(self.scene.nodes[node].input_point(port))

    def wire(self, edge: Edge) -> QPoint:
        return self.spot(self.scene.edges[edge].middle())

    def press(self, spot: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.view.viewport(), button, keys, spot)

    def move(self, spot: QPoint) -> None:
        QTest.mouseMove(self.view.viewport(), spot)

    def release(self, spot: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseRelease(self.view.viewport(), button, keys, spot)

    def click(self, spot: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.view.viewport(), LEFT, keys, spot)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press, move in two steps, let go."""
        self.press(start, button, keys)
        self.move((start + end) / 2)
        self.move(end)
        self.release(end, button, keys)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.view, key, keys)

    def labels(self) -> list[str]:
        """Names of the steps that can be undone."""
        return [step.label for step in self.session.document.history()]


@pytest.fixture
def make_canvas(qtbot: QtBot) -> Callable[[Design], Canvas]:
    """Open a canvas on a design, at 100 %, the origin near its upper left corner."""

    def make(design: Design) -> Canvas:
        session = Session(design)
        bridge = Bridge(session)
        scene = CanvasScene(bridge)
        view = CanvasView(scene, bridge)
        # The view owns what it shows, so that all go together.
        scene.setParent(view)
        bridge.setParent(view)
        qtbot.addWidget(view)
        view.resize(900, 500)
        view.show()
        qtbot.waitExposed(view)
        view.setFocus()
        view.zoom_to(1.0)
        view.camera.centre_on(QPointF(400, 200))
        return Canvas(session, view, bridge)

    return make


@pytest.fixture
def canvas(make_canvas: Callable[[Design], Canvas]) -> Canvas:
    return make_canvas(chain())
