"""Zoom, pan, reveal, pictures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer
from designer.ui.canvas.cards.node_item import NodeItem
from designer.ui.canvas.style import CanvasStyle
from designer.ui.widgets import theme

NO_KEYS = Qt.KeyboardModifier.NoModifier


STILL = QPoint()


def wheel(view, spot, angle=STILL, pixels=STILL, keys=NO_KEYS, phase=Qt.ScrollPhase.NoScrollPhase):
    port = view.viewport()
    event = QWheelEvent(
        QPointF(spot), QPointF(port.mapToGlobal(spot)), pixels, angle, Qt.MouseButton.NoButton, keys, phase, False
    )
    QCoreApplication.sendEvent(port, event)


def pinch(view, spot, by):
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        device,
        2,
        QPointF(spot),
        QPointF(spot),
        QPointF(view.viewport().mapToGlobal(spot)),
        by,
        QPointF(),
    )
    QCoreApplication.sendEvent(view.viewport(), event)


def same(one: QPointF, other: QPointF, within: float = 1.0) -> bool:
    return (one - other).manhattanLength() <= within


@pytest.mark.parametrize(("angle", "factor"), [(120, 1.25), (-120, 0.8), (60, 1.25**0.5)])
@pytest.mark.parametrize("keys", [NO_KEYS, Qt.KeyboardModifier.ControlModifier])
def test_the_wheel_zooms_at_the_pointer(canvas, angle, factor, keys):
    spot = canvas.body("relu1")
    below = canvas.view.mapToScene(spot)
    wheel(canvas.view, spot, QPoint(0, angle), keys=keys)
    assert canvas.view.camera.zoom == pytest.approx(factor)
    assert same(canvas.view.mapToScene(spot), below)


def test_the_zoom_has_bounds(canvas):
    for _turn in range(40):
        wheel(canvas.view, QPoint(300, 200), QPoint(0, 120))
    assert canvas.view.camera.zoom == 4.0
    for _turn in range(60):
        wheel(canvas.view, QPoint(300, 200), QPoint(0, -120))
    assert canvas.view.camera.zoom == pytest.approx(0.1)


def test_a_touchpad_pans(canvas):
    before = canvas.spot(QPointF(0, 0))
    wheel(canvas.view, QPoint(300, 200), QPoint(0, 40), QPoint(-30, 20), phase=Qt.ScrollPhase.ScrollUpdate)
    assert canvas.spot(QPointF(0, 0)) == before + QPoint(-30, 20)
    assert canvas.view.camera.zoom == 1.0


def test_pinching_zooms_at_the_fingers(canvas):
    spot = canvas.body("relu1")
    below = canvas.view.mapToScene(spot)
    pinch(canvas.view, spot, 0.5)
    assert canvas.view.camera.zoom == pytest.approx(1.5)
    assert same(canvas.view.mapToScene(spot), below)


def test_the_pill_tells_the_zoom_and_goes_back_to_life_size(canvas):
    pill = canvas.view._zoom_pill
    canvas.view.zoom_to(0.5)
    assert pill.text() == "50 %"
    QTest.mouseClick(pill, Qt.MouseButton.LeftButton)
    assert canvas.view.camera.zoom == 1.0
    assert pill.text() == "100 %"


def test_a_selection_from_elsewhere_is_moved_into_sight(make_canvas):
    canvas = make_canvas(network("vgg16"))
    last = canvas.design.order[-1]
    box = canvas.scene.nodes[last].card_rect()
    assert not canvas.view.camera.visible().contains(box)
    canvas.session.select([last])
    canvas.view.camera.finish()
    assert canvas.view.camera.visible().contains(box)
    assert canvas.view.camera.zoom == 1.0


def test_what_is_in_sight_does_not_move(canvas):
    before = canvas.view.camera.visible()
    canvas.session.select(["relu1"])
    canvas.view.camera.finish()
    assert canvas.view.camera.visible() == before


def test_center_on(canvas):
    canvas.view.center_on("add1")
    canvas.view.camera.finish()
    assert same(canvas.view.camera.centre(), canvas.scene.nodes["add1"].card_rect().center(), 2.0)


def test_a_long_network_is_opened_at_its_beginning_and_readable(make_canvas):
    canvas = make_canvas(Design())
    canvas.session.adopt(network("resnet50"))
    seen = canvas.view.camera.visible()
    assert canvas.view.camera.zoom == pytest.approx(0.6)
    assert seen.contains(canvas.scene.nodes["image"].card_rect())


@pytest.mark.parametrize("name", ["lenet5", "block_stack", "residual_block", "vgg16"])
def test_a_network_whose_names_can_be_read_then_is_opened_as_a_whole(make_canvas, name):
    canvas = make_canvas(Design())
    canvas.view.resize(690, 430)
    canvas.session.adopt(network(name))
    assert canvas.view.camera.visible().contains(canvas.scene.content_rect())
    assert canvas.view.camera.zoom >= 0.34


def test_a_layer_added_to_an_empty_canvas_does_not_move_it(make_canvas):
    canvas = make_canvas(Design())
    before = canvas.view.camera.visible()
    canvas.session.add_layer("relu", (400.0, 160.0))
    assert canvas.view.camera.visible() == before


def tooltips_at(canvas, spots, monkeypatch):
    told = []
    monkeypatch.setattr(
        "designer.ui.canvas.view.navigation.QToolTip.showText", lambda _where, text, _widget: told.append(text)
    )
    for spot in spots:
        event = QHelpEvent(QHelpEvent.Type.ToolTip, spot, canvas.view.viewport().mapToGlobal(spot))
        QCoreApplication.sendEvent(canvas.view.viewport(), event)
    return told


def test_tooltips_tell_which_input_a_port_is_and_what_comes_in(make_canvas, monkeypatch):
    image = Node("image1", make_layer("image_input", shape=(3, 8, 8)))
    join = Node("add1", make_layer("add"), position=(400.0, 0.0))
    relu = Node("relu1", make_layer("relu"), position=(800.0, 0.0))
    design = Design(nodes={node.id: node for node in (image, join, relu)}, edges=(Edge("image1", "add1"),))
    canvas = make_canvas(design)
    spots = (canvas.input("add1", 0), canvas.input("add1", 1), canvas.input("relu1"))
    told = [text.split("\n")[:2] for text in tooltips_at(canvas, spots, monkeypatch)]
    assert told == [
        ["input 1: image1, 3×8×8", "add1"],
        ["input 2: not connected", "add1"],
        ["input: not connected", "relu1"],
    ]


def test_tooltips_tell_all_of_a_card_and_the_shape_on_a_wire(canvas, monkeypatch):
    told = tooltips_at(canvas, (canvas.body("conv1"), canvas.wire(Edge("conv1", "relu1"))), monkeypatch)
    assert told == ["conv1\nConvolution 2D\n8 @ 3×3, s1\n8×30×30", "conv1 → relu1\n8×30×30"]


def test_the_picture_holds_the_whole_design_without_selection(canvas):
    plain = canvas.view.render_picture(1.0)
    canvas.session.select(["conv1"])
    canvas.view.zoom_to(0.1)
    assert canvas.view.render_picture(1.0) == plain
    box = canvas.scene.content_rect()
    assert (plain.width(), plain.height()) == (round(box.width() + 64), round(box.height() + 64))
    assert canvas.scene.nodes["conv1"].selected
    twice = canvas.view.render_picture()
    assert twice.width() == 2 * plain.width()
    corner = canvas.scene.nodes["conv1"].pos() - box.topLeft() + QPointF(32, 32)
    strip = twice.pixelColor(round(corner.x() * 2) + 4, round(corner.y() * 2) + 100)
    assert strip == QColor("#0072b2")


def test_a_picture_of_a_huge_design_has_bounds(make_canvas):
    picture = make_canvas(network("resnet152")).view.render_picture(2.0)
    assert picture.width() <= 16_000


def test_a_change_of_theme_repaints(canvas, qapp):
    themes = theme.light(), theme.dark()
    try:
        theme.set_scheme("dark")
        assert canvas.scene.appearance.theme is themes[1]
        dark = canvas.view.render_picture(1.0).pixelColor(2, 2)
        theme.set_scheme("light")
        assert canvas.scene.appearance.theme is themes[0]
        light = canvas.view.render_picture(1.0).pixelColor(2, 2)
    finally:
        theme.set_scheme("system")
        qapp.setStyleSheet("")
    assert (light, dark) == (themes[0].canvas, themes[1].canvas)


def inked(item: NodeItem, zoom: float) -> int:
    """Number of colours on a card painted at a zoom: text makes many."""
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QStyleOptionGraphicsItem

    image = QImage(200, 100, QImage.Format.Format_ARGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    painter.translate(10, 10)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return len({image.pixel(x, y) for x in range(200) for y in range(100)})


@pytest.mark.parametrize("zoom", [0.12, 0.2, 0.3, 0.45, 1.0])
def test_cards_are_painted_at_every_zoom(canvas, zoom):
    item = canvas.scene.nodes["conv1"]
    bare = NodeItem(type(item.card)(name=" ", kind="", category=item.card.category), item.style)
    assert isinstance(item.style, CanvasStyle)
    assert inked(item, zoom) > inked(bare, zoom)


def test_a_mouse_wheel_that_also_tells_pixels_zooms(canvas):
    wheel(canvas.view, QPoint(300, 200), QPoint(0, 120), QPoint(0, 15))
    assert canvas.view.camera.zoom == 1.25
