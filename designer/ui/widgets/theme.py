"""Colours, fonts and icons: light and dark, following the system unless told otherwise.

Fusion on every platform, so that the window looks the same everywhere, with a neutral palette, one accent colour and a
style sheet that only rounds what Fusion leaves square.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import attrs
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QScrollBar,
    QStatusBar,
    QTabBar,
    QToolBar,
    QToolButton,
)

from designer.interchange.figures.palette import CATEGORY_COLOURS
from designer.layer_api.layer import Category
from designer.resources import resource

Scheme = Literal["system", "light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark")

RHYTHM = 8
"""Pixels that margins and gaps are multiples of."""

_SCHEME_PROPERTY = "netdraft_scheme"
_ICON_SIZES = (16, 20, 32, 48)


@attrs.frozen
class Theme:
    """The colours of one scheme. Text on any of the surfaces has a contrast of at least 4.5 : 1.

    Surfaces: ``window`` (panels, menus), ``canvas``, ``card`` (nodes, text fields, lists), ``selection`` (behind
    selected rows and words; text on it is ``text``). Text: ``text``, ``muted``, ``accent`` (links, what is current, the
    outline of selected nodes and the keyboard focus), ``problem``, ``warning``, ``success``. Lines: ``dots``,
    ``card_border``, ``wire``.
    """

    name: Literal["light", "dark"]
    window: QColor
    canvas: QColor
    dots: QColor
    card: QColor
    card_border: QColor
    text: QColor
    muted: QColor
    accent: QColor
    selection: QColor
    problem: QColor
    warning: QColor
    success: QColor
    wire: QColor


@cache
def light() -> Theme:
    """The light theme."""
    return Theme(
        name="light",
        window=QColor("#f4f5f6"),
        canvas=QColor("#fafbfc"),
        dots=QColor("#d5d9de"),
        card=QColor("#ffffff"),
        card_border=QColor("#cdd2d8"),
        text=QColor("#1d2126"),
        muted=QColor("#58606b"),
        accent=QColor("#0062b1"),
        selection=QColor("#c3defa"),
        problem=QColor("#b3261e"),
        warning=QColor("#815000"),
        success=QColor("#19713a"),
        wire=QColor("#7c8592"),
    )


@cache
def dark() -> Theme:
    """The dark theme."""
    return Theme(
        name="dark",
        window=QColor("#1e2125"),
        canvas=QColor("#17191c"),
        dots=QColor("#373c43"),
        card=QColor("#2d3239"),
        card_border=QColor("#4e5560"),
        text=QColor("#e7e9ec"),
        muted=QColor("#a6adb8"),
        accent=QColor("#6cb6ff"),
        selection=QColor("#1e4a77"),
        problem=QColor("#ff8f85"),
        warning=QColor("#f2b84b"),
        success=QColor("#67d391"),
        wire=QColor("#8a93a0"),
    )


def current_theme() -> Theme:
    """The theme in force: the scheme chosen with :func:`set_scheme`, or else the system's."""
    application = QGuiApplication.instance()
    chosen = application.property(_SCHEME_PROPERTY) if application is not None else None
    if chosen in ("light", "dark"):
        return dark() if chosen == "dark" else light()
    if application is None:
        return light()
    return dark() if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else light()


def set_scheme(scheme: Scheme) -> None:
    """Choose the appearance; every widget gets a ``PaletteChange`` event."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    application.setProperty(_SCHEME_PROPERTY, scheme)
    hints = QGuiApplication.styleHints()
    # From Qt 6.8 on the title bar and native dialogs follow too.
    if hasattr(hints, "setColorScheme"):
        hints.setColorScheme(
            {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(scheme, Qt.ColorScheme.Unknown)
        )
    _paint(application)


def install_theme(application: QApplication) -> None:
    """Give the application its style, and follow the system from now on."""
    application.setStyle("Fusion")
    _paint(application)
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: _paint(application))


def _paint(application: QApplication) -> None:
    theme = current_theme()
    palette = palette_of(theme)
    # Qt tells of another scheme while it is being set, so this is called twice for one switch.
    another = application.palette() != palette
    if another:
        application.setPalette(palette)
        for kind in FIELDS:
            application.setPalette(field_palette_of(theme), kind)  # type: ignore[arg-type]  # its stubs want bytes
    if application.styleSheet() != STYLE_SHEET:
        application.setStyleSheet(STYLE_SHEET)
    elif another:
        _polish_anew(application)


def _polish_anew(application: QApplication) -> None:
    """Let the style sheet look up the palette's colours again: it remembers those of a widget's first painting."""
    style = application.style()
    for widget in application.allWidgets():
        # With a style sheet in force Qt does not hand the application's palette on; colours of a widget's own stay.
        widget.setPalette(widget.palette())
        if isinstance(widget, _OF_THE_SHEET):
            style.unpolish(widget)
            style.polish(widget)
            widget.update()


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """The first colour with a ``share`` (0 to 1) of the second."""
    channels = zip(first.getRgb()[:3], second.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * share) for a, b in channels))


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette of a theme."""
    palette = QPalette(theme.window)
    role = QPalette.ColorRole
    raised = mixed(theme.window, theme.card, 0.6)
    for where, colour in (
        (role.Window, theme.window),
        (role.WindowText, theme.text),
        (role.Base, theme.card),
        (role.AlternateBase, mixed(theme.card, theme.window, 0.5)),
        (role.ToolTipBase, theme.card),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Text, theme.text),
        (role.Button, raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.problem),
        (role.Light, mixed(theme.card, theme.text, 0.05) if theme.name == "dark" else theme.card),
        (role.Midlight, mixed(theme.window, theme.card_border, 0.4)),
        (role.Mid, theme.card_border),
        (role.Dark, mixed(theme.card_border, theme.text, 0.25)),
        (role.Shadow, mixed(theme.window, QColor("black"), 0.6)),
        (role.Highlight, theme.selection),
        (role.HighlightedText, theme.text),
        (role.Link, theme.accent),
        (role.LinkVisited, theme.accent),
        (role.Accent, theme.accent),
    ):
        palette.setColor(where, colour)
    faint = mixed(theme.text, theme.window, 0.55)
    for where in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, faint)
    return palette


FIELDS = ("QAbstractSpinBox", "QCheckBox", "QComboBox", "QLineEdit")
"""Qt's names of the widgets that something is entered in."""


def field_palette_of(theme: Theme) -> QPalette:
    """Qt's palette for widgets that something is entered in: their outline is one that can be seen.

    Fusion outlines them in the window's colour made darker, on dark windows next to nothing, and with the focus in
    that of a selection made darker, which is paler still. The style sheet gives selected words their own.
    """
    palette = palette_of(theme)
    palette.setColor(QPalette.ColorRole.Window, theme.wire.lighter(OUTLINE_DARKER))
    hue, saturation, value = theme.accent.hue(), theme.accent.saturation(), theme.accent.value()
    if value > BRIGHTEST_FOCUS:
        # Fusion makes it paler: to begin with, it is stronger.
        focus = QColor.fromHsv(hue, min(255, saturation + 55), value)
    else:
        focus = QColor.fromHsv(hue, saturation, min(BRIGHTEST_FOCUS, value * FOCUS_DARKER // 100))
    palette.setColor(QPalette.ColorRole.Highlight, focus)
    palette.setColor(QPalette.ColorRole.HighlightedText, theme.window if theme.name == "dark" else theme.card)
    return palette


OUTLINE_DARKER, FOCUS_DARKER, BRIGHTEST_FOCUS = 140, 125, 200
"""How Fusion makes outlines of the palette's colours: per cent darker, and the value up to which it does just that."""


STYLE_SHEET = """
    QToolTip { background: palette(base); color: palette(window-text); }
    QToolTip { border: 1px solid palette(mid); padding: 4px 6px; }
    QToolBar { background: palette(window); border: 0; border-bottom: 1px solid palette(mid); }
    QToolBar { padding: 3px 6px; spacing: 2px; }
    QToolBar::separator { background: palette(mid); width: 1px; margin: 5px 5px; }
    QToolBar QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 3px 4px; }
    QToolBar QToolButton:hover:enabled { background: palette(midlight); }
    QToolBar QToolButton:pressed, QToolBar QToolButton:checked { background: palette(midlight); }
    QToolBar QToolButton:pressed, QToolBar QToolButton:checked { border-color: palette(mid); }
    QToolBar QToolButton:focus { border-color: palette(link); }
    QToolBar QToolButton[popupMode="2"] { padding-right: 16px; }
    QToolBar QToolButton::menu-indicator { subcontrol-position: right center; right: 4px; }
    QStatusBar { background: palette(window); border-top: 1px solid palette(mid); }
    QStatusBar::item { border: 0; }
    QDockWidget { color: palette(placeholder-text); font-weight: 600; }
    QDockWidget::title { background: palette(window); padding: 5px 8px; text-align: left; }
    QMainWindow::separator { background: palette(mid); width: 1px; height: 1px; }
    QMainWindow::separator:hover { background: palette(link); }
    QTabBar { qproperty-drawBase: 0; }
    QTabBar::tab { color: palette(placeholder-text); padding: 6px 12px; }
    QTabBar::tab { border: 0; border-bottom: 2px solid transparent; }
    QTabBar::tab:hover { color: palette(window-text); background: palette(midlight); }
    QTabBar::tab:selected { color: palette(window-text); border-bottom: 2px solid palette(link); }
    QTabBar::tab:focus { color: palette(link); }
    QScrollBar { background: transparent; border: 0; margin: 0; }
    QScrollBar:vertical { width: 11px; }
    QScrollBar:horizontal { height: 11px; }
    QScrollBar::handle { background: palette(dark); border-radius: 3px; margin: 2px 3px; }
    QScrollBar::handle:vertical { min-height: 28px; margin: 2px 3px; }
    QScrollBar::handle:horizontal { min-width: 28px; margin: 3px 2px; }
    QScrollBar::handle:hover, QScrollBar::handle:pressed { background: palette(placeholder-text); }
    QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
    QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
    """
"""Colours are the palette's, so that the sheet is set once: setting another one polishes and lays out every widget of
the application, a third of a millisecond each."""

_OF_THE_SHEET = (QToolBar, QToolButton, QStatusBar, QDockWidget, QMainWindow, QTabBar, QScrollBar)
"""The widgets that the style sheet has rules for."""


_CATEGORY_MARKS: Mapping[Category, str] = {
    Category.INPUT: "▣",
    Category.CONVOLUTION: "∗",
    Category.POOLING: "▽",
    Category.NORMALISATION: "σ",
    Category.ACTIVATION: "ƒ",
    Category.DENSE: "≡",
    Category.MERGE: "⊕",
    Category.SHAPE: "▱",
}


def category_colour(category: Category) -> QColor:
    """The colour of a category's strip and marks; the same in both themes, never for text."""
    return QColor(CATEGORY_COLOURS[category])


def category_mark(category: Category) -> str:
    """One sign per category, so that colour is never the only difference."""
    return _CATEGORY_MARKS[category]


def tabular(font: QFont) -> QFont:
    """The font with digits of one width, so that columns of numbers line up and do not jitter."""
    tuned = QFont(font)
    tuned.setFeature(QFont.Tag("tnum"), 1)
    return tuned


def icon(name: str) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in the theme's text colour; ask again after a ``PaletteChange``."""
    theme = current_theme()
    return _tinted(name, theme.text.name(), mixed(theme.text, theme.window, 0.6).name())


def tinted_icon(name: str, colour: QColor) -> QIcon:
    """The icon in a colour of its own: the signs of notices."""
    return _tinted(name, colour.name(), colour.name())


@cache
def _tinted(name: str, colour: str, disabled: str) -> QIcon:
    source = resource(f"icons/{name}.svg").read_text(encoding="utf-8")
    drawn = QIcon()
    for mode, tint in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
        renderer = QSvgRenderer(QByteArray(source.replace("currentColor", tint).encode()))
        for size in _ICON_SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            drawn.addPixmap(pixmap, mode)
    return drawn
