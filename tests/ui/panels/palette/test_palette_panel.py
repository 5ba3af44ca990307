"""The palette: search, append, drag."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QDrag, QKeyEvent
from PySide6.QtTest import QTest

from designer.gallery.catalogue import network
from designer.gallery.ready_blocks import BLOCKS
from designer.layer_api.layer import Category
from designer.layer_api.registry import catalogue
from designer.library import blocks
from designer.session.blocks import save_selection_as_block
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas.gestures.drops import LAYER_MIME
from designer.ui.panels.palette.layer_search import layer_tooltip, ranked
from designer.ui.panels.palette.palette_panel import PalettePanel


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def palette(qtbot, session):
    bridge = Bridge(session)
    panel = PalettePanel(bridge)
    bridge.setParent(panel)
    qtbot.addWidget(panel)
    panel.resize(232, 480)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def entry(palette, kind):
    """The row of a kind."""
    return next(item for item in palette.tree._entries() if item.data(0, Qt.ItemDataRole.UserRole) == kind)


def centre(palette, kind):
    palette.tree.scrollToItem(entry(palette, kind))
    return palette.tree.visualItemRect(entry(palette, kind)).center()


def test_every_layer_is_there_under_its_category(palette):
    assert set(palette.tree.kinds()) == set(catalogue())
    headings = [palette.tree.topLevelItem(row).text(0) for row in range(palette.tree.topLevelItemCount())]
    assert headings == [*(category.value for category in Category), "Blocks"]
    assert [block.name for block in palette.tree.blocks()] == list(BLOCKS)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("conv", "conv2d"),
        ("max", "max_pool2d"),
        ("fc", "dense"),
        ("residual", "add"),
        ("bn", "batch_norm"),
        ("LEAKY", "leaky_relu"),
        ("global_avg", "global_avg_pool"),
        ("average pool", "avg_pool2d"),
    ],
)
def test_search_as_you_type_finds_by_name_kind_and_other_names(palette, query, first):
    QTest.keyClicks(palette.search, query)
    assert palette.tree.kinds()[0] == first
    assert palette.tree.current_kind() == first


def test_what_begins_with_the_query_comes_first():
    kinds = [layer.kind for layer in ranked("conv", catalogue().values())]
    assert kinds.index("conv2d") < kinds.index("conv_transpose2d")
    assert [layer.kind for layer in ranked("relu", catalogue().values())][:3] == ["relu", "relu6", "leaky_relu"]


def test_the_description_is_searched_too(palette):
    QTest.keyClicks(palette.search, "ioffe")
    assert palette.tree.kinds() == ["batch_norm"]


def test_nothing_found_is_told(palette):
    QTest.keyClicks(palette.search, "xyz")
    assert palette.tree.kinds() == []
    assert palette.tree.topLevelItem(0).text(0) == "no layer matches «xyz»"
    QTest.keyClick(palette.search, Qt.Key.Key_Escape)
    assert palette.search.text() == ""
    assert len(palette.tree.kinds()) == len(catalogue())


def test_enter_appends_the_best_match_after_the_current_node(palette, session):
    session.add_layer("image_input", (0.0, 0.0))
    QTest.keyClicks(palette.search, "conv")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert session.design.inputs_of("conv1") == ("image",)
    assert session.selection == ("conv1",)
    assert session.document.undo_label == "Add conv1"


def test_up_and_down_move_in_the_list_from_the_search_field(palette, session):
    QTest.keyClicks(palette.search, "relu")
    kinds = palette.tree.kinds()
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.tree.current_kind() == kinds[1]
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    QTest.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.tree.current_kind() == kinds[0]
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert [node.layer.kind for node in session.design.nodes.values()] == [kinds[1]]


def test_a_double_click_appends(palette, session):
    spot = centre(palette, "relu")
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert list(session.design.nodes) == ["relu1"]


def test_enter_in_the_list_appends(palette, session):
    palette.tree.setCurrentItem(entry(palette, "dense"))
    QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert list(session.design.nodes) == ["fc1"]


def test_a_block_is_found_and_added_with_enter(palette, session):
    session.adopt(network("lenet5"))
    session.select(["pool1"])
    palette.focus_search()
    QTest.keyClicks(palette.search, "bottleneck")
    assert palette.tree.kinds() == []
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert set(session.design.group("bottleneck").members) == set(session.selection)
    assert session.report.problems == ()
    QTest.keySequence(palette.search, "Ctrl+Z")


def test_a_block_of_ones_own_comes_and_goes(palette, session, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "folder", lambda: tmp_path)
    session.adopt(network("lenet5"))
    session.select(["conv1", "tanh1"])
    assert save_selection_as_block(session, "stem")
    assert palette.tree.blocks()[-1].name == "stem"
    item = palette.tree._entries()[-1]
    menu = palette.tree.menu_of(item)
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Add",
        "Add as branch",
        "Delete this block",
    ]
    menu.actions()[-1].trigger()
    assert [block.name for block in palette.tree.blocks()] == list(BLOCKS)


def test_a_click_on_a_category_folds_it(palette):
    heading = palette.tree.topLevelItem(1)
    spot = palette.tree.visualItemRect(heading).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert not heading.isExpanded()
    assert "conv2d" not in palette.tree.kinds()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert heading.isExpanded()


def test_dragging_carries_the_kind_and_a_picture_of_the_card(palette, monkeypatch):
    carried = []
    monkeypatch.setattr(
        QDrag,
        "exec",
        lambda drag, _actions: carried.append((bytes(drag.mimeData().data(LAYER_MIME).data()), drag.pixmap())),
    )
    spot = centre(palette, "flatten")
    port = palette.tree.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseMove(port, spot + QPoint(5, 5))
    QTest.mouseMove(port, spot + QPoint(30, 10))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=spot + QPoint(30, 10))
    (kind, pixmap) = carried[0]
    assert kind == b"flatten"
    assert pixmap.width() > 150


def test_the_tooltip_tells_what_the_layer_does_and_its_fields():
    text = layer_tooltip(catalogue()["conv2d"])
    assert "Convolution over an image" in text
    assert "Dilation" in text
    assert "Size of the window, a number per axis in the order of the shape." in text


def test_focus_search_selects_what_is_there(palette):
    palette.search.setText("old")
    palette.focus_search()
    assert palette.search.hasFocus()
    assert palette.search.selectedText() == "old"


def test_keys_that_mean_nothing_to_the_list_are_typed(palette):
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    palette.search.keyPressEvent(event)
    assert palette.search.text() == ""


def test_rows_are_painted(palette):
    image = palette.grab().toImage()
    colours = {image.pixelColor(1, y).name() for y in range(60, image.height())}
    # The strips of the first categories: grey, blue, green.
    assert {"#999999", "#0072b2", "#009e73"} <= colours


@pytest.fixture
def between(session):
    """image → conv1, the image selected."""
    session.add_layer("image_input", (0.0, 0.0))
    session.append_layer("conv2d")
    session.select(["image"])
    return session


def test_enter_inserts_and_shift_enter_branches(palette, between):
    QTest.keyClicks(palette.search, "tanh")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert between.design.inputs_of("conv1") == ("tanh1",)
    between.select(["image"])
    QTest.keyClicks(palette.search, "tanh")
    QTest.keyClick(palette.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert between.design.inputs_of("tanh1") == ("image",)
    assert between.design.inputs_of("tanh2") == ("image",)
    assert between.design.outgoing["tanh2"] == ()


def test_shift_enter_in_the_list_branches(palette, between):
    palette.tree.setCurrentItem(entry(palette, "tanh"))
    QTest.keyClick(palette.tree, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert between.design.inputs_of("conv1") == ("image",)
    assert between.design.inputs_of("tanh1") == ("image",)


@pytest.mark.parametrize(
    ("keys", "before_conv"),
    [(Qt.KeyboardModifier.NoModifier, "tanh1"), (Qt.KeyboardModifier.AltModifier, "image")],
)
def test_a_double_click_inserts_and_with_alt_it_branches(palette, between, keys, before_conv):
    spot = centre(palette, "tanh")
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, keys, spot)
    assert between.design.inputs_of("conv1") == (before_conv,)
    assert between.design.inputs_of("tanh1") == ("image",)


def test_the_menu_of_a_layer_offers_both(palette, between, qtbot):
    menu = palette.tree.menu_of(entry(palette, "tanh"))
    assert [action.text() for action in menu.actions()] == ["Add", "Add as branch"]
    menu.actions()[1].trigger()
    assert between.design.inputs_of("conv1") == ("image",)
    between.select(["image"])
    menu.actions()[0].trigger()
    assert between.design.inputs_of("conv1") == ("tanh2",)
    assert palette.tree.menu_of(palette.tree.topLevelItem(0)) is None
