"""Widgets that draw themselves anew when the theme changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QLabel

from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import current_theme, set_scheme


class Swatch(FollowsTheme, QLabel):
    """Notes the colour that the text would have."""

    def __init__(self, parent=None):
        super().__init__(parent)
        self.colours = []
        # A change of its own, as a font or style sheet brings one, before there is anything to draw.
        self.setPalette(QPalette(QColor("red")))
        self._follow_theme()

    def _apply_theme(self):
        self.colours.append(current_theme().text.name())


class LetteredSwatch(Swatch):
    CHANGES = Swatch.CHANGES | {QEvent.Type.FontChange}


@pytest.fixture
def light(qapp):
    sheet, palette, style = qapp.styleSheet(), qapp.palette(), qapp.style().objectName()
    set_scheme("light")
    yield current_theme().text.name()
    set_scheme("system")
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setStyle(style)


@pytest.mark.parametrize("shown", [True, False], ids=["seen", "never seen"])
def test_the_theme_is_applied_at_first_and_at_every_change(qtbot, light, shown):
    swatch = Swatch()
    qtbot.addWidget(swatch)
    if shown:
        swatch.show()
    QApplication.sendPostedEvents()
    assert set(swatch.colours) == {light}
    assert len(swatch.colours) == 1
    set_scheme("dark")
    QApplication.sendPostedEvents()
    assert swatch.colours[-1] == current_theme().text.name() != light
    set_scheme("light")
    QApplication.sendPostedEvents()
    assert swatch.colours[-1] == light


@pytest.mark.parametrize(("kind", "times"), [(Swatch, 1), (LetteredSwatch, 2)])
def test_other_changes_count_where_they_are_named(qtbot, light, kind, times):
    swatch = kind()
    qtbot.addWidget(swatch)
    font = swatch.font()
    font.setPointSizeF(font.pointSizeF() + 3)
    swatch.setFont(font)
    assert len(swatch.colours) == times
