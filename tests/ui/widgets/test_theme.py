from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QSpinBox,
    QTreeWidget,
    QWidget,
)

from designer.layer_api.layer import Category
from designer.resources import resource
from designer.ui.widgets import theme as themes

BOTH = pytest.mark.parametrize("theme", [themes.light(), themes.dark()], ids=lambda theme: theme.name)
ICONS = sorted(path.stem for path in resource("icons").glob("*.svg"))


def luminance(colour: QColor) -> float:
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_measured_as_wcag_says():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.005)  # the well-known near miss


@BOTH
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "problem", "warning", "success"])
@pytest.mark.parametrize("surface", ["window", "canvas", "card"])
def test_text_is_readable_on_every_surface(theme, ink, surface):
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= 4.5


@BOTH
def test_text_is_readable_on_a_selection(theme):
    assert contrast(theme.text, theme.selection) >= 4.5


@BOTH
@pytest.mark.parametrize("line", ["accent", "wire"])
def test_lines_that_mean_something_are_seen(theme, line):
    """WCAG 1.4.11: 3 : 1 for graphics."""
    assert contrast(getattr(theme, line), theme.canvas) >= 3.0


@BOTH
def test_the_palette_is_readable(theme):
    palette = themes.palette_of(theme)
    role = palette.ColorRole
    pairs = [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.PlaceholderText, role.Base),
        (role.HighlightedText, role.Highlight),
        (role.ToolTipText, role.ToolTipBase),
        (role.Link, role.Window),
    ]
    assert {pair: ratio for pair in pairs if (ratio := contrast(*map(palette.color, pair))) < 4.5} == {}


@BOTH
def test_selected_words_in_a_field_are_readable(theme):
    palette = themes.field_palette_of(theme)
    assert contrast(palette.highlight().color(), palette.highlightedText().color()) >= 4.5


@pytest.mark.parametrize("field", [QSpinBox, QLineEdit, QComboBox])
@pytest.mark.parametrize("name", ["light", "dark"])
def test_fields_have_an_outline_that_is_seen(scheme, qtbot, field, name):
    """WCAG 1.4.11: 3 : 1 for the boundary of what can be entered into."""
    scheme(name)
    theme = themes.current_theme()
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    first, second = field(), field()
    row.addWidget(first)
    row.addWidget(second)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    qtbot.waitUntil(second.hasFocus)
    picture = window.grab().toImage()
    plain, focused = (picture.pixelColor(each.x(), each.geometry().center().y()) for each in (first, second))
    assert contrast(plain, theme.window) >= 3.0
    assert contrast(focused, theme.window) >= 3.0
    # Boxes to choose from show the focus only while the keyboard moves it, which no window system here can tell.
    assert field is QComboBox or focused.hsvSaturation() > 2 * plain.hsvSaturation()


def test_the_scheme_can_be_chosen(scheme, qapp, qtbot):
    scheme("dark")
    assert themes.current_theme().name == "dark"
    assert qapp.palette().window().color() == themes.dark().window
    scheme("light")
    assert themes.current_theme().name == "light"
    assert qapp.palette().window().color() == themes.light().window


def test_widgets_hear_of_a_change(scheme, qtbot):
    scheme("light")
    label = QLabel("7")
    qtbot.addWidget(label)
    heard = []

    class Ear(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.PaletteChange:
                heard.append(themes.current_theme().name)
            return False

    ear = Ear()
    label.installEventFilter(ear)
    scheme("dark")
    assert "dark" in heard


def test_a_change_reaches_every_widget_without_styling_each_anew(scheme, qtbot):
    """Styling and laying out 900 widgets anew took half a second. The picture is that of a window opened so."""

    def window() -> QWidget:
        whole = QMainWindow()
        qtbot.addWidget(whole)
        whole.setCentralWidget(QTreeWidget())
        whole.addToolBar("tools").addAction("Run")
        whole.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, QDockWidget("Left"))
        whole.statusBar().addWidget(QCheckBox("checked"))
        whole.statusBar().addWidget(QLineEdit("text"))
        whole.resize(400, 300)
        whole.show()
        return whole

    scheme("light")
    seasoned = window()
    styled = []

    class Ear(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.StyleChange:
                styled.append(watched)
            return False

    ear = Ear()
    for widget in (seasoned, *seasoned.findChildren(QWidget)):
        widget.installEventFilter(ear)
    light = seasoned.grab().toImage()
    scheme("dark")
    assert styled == []
    dark = seasoned.grab().toImage()
    assert dark == window().grab().toImage()
    scheme("light")
    assert seasoned.grab().toImage() == light != dark


def test_the_appearance_there_is_chosen_again_changes_nothing(scheme, qtbot):
    scheme("dark")
    label = QLabel("7")
    qtbot.addWidget(label)
    told = []

    class Ear(QObject):
        def eventFilter(self, watched, event):
            if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
                told.append(event.type())
            return False

    ear = Ear()
    label.installEventFilter(ear)
    scheme("dark")
    assert told == []
    scheme("light")
    assert told == [QEvent.Type.PaletteChange]


def test_every_category_has_its_own_colour_and_mark():
    assert len({themes.category_colour(category).name() for category in Category}) == len(Category)
    marks = [themes.category_mark(category) for category in Category]
    assert len(set(marks)) == len(Category)
    assert all(len(mark) == 1 for mark in marks)


def test_tabular_digits_have_one_width(qapp):
    widths = {QFontMetricsF(themes.tabular(qapp.font())).horizontalAdvance(digit) for digit in "0123456789"}
    assert len(widths) == 1


@pytest.mark.parametrize("name", ICONS)
def test_icons_are_drawn_alike(name):
    root = ET.parse(resource(f"icons/{name}.svg")).getroot()
    assert root.get("viewBox") == "0 0 24 24"
    assert (root.get("stroke"), root.get("stroke-width")) == ("currentColor", "1.75")


@pytest.mark.parametrize("name", ICONS)
def test_icons_leave_a_margin_and_fill_their_field(name, qapp):
    image = themes.tinted_icon(name, QColor("black")).pixmap(48, 48).toImage()
    inked = [(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 100]
    columns, rows = {x for x, _y in inked}, {y for _x, y in inked}
    assert min(columns | rows) >= 2
    assert max(columns | rows) <= 45
    assert max(max(columns) - min(columns), max(rows) - min(rows)) >= 24


def test_an_icon_has_the_colour_of_the_text(scheme):
    for name in ("light", "dark"):
        scheme(name)
        image = themes.icon("stop").pixmap(64, 64).toImage()
        colours = {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        }
        assert colours == {themes.current_theme().text.name()}


def test_an_unknown_icon_fails_with_its_name(qapp):
    with pytest.raises(FileNotFoundError, match="no_such_icon"):
        themes.icon("no_such_icon")
