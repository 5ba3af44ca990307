"""What everything on the canvas is painted with: the theme's colours and fonts of fixed pixel sizes, made once."""

from __future__ import annotations

from functools import cached_property

import attrs
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPen

from designer.layer_api.layer import Category
from designer.ui.widgets.theme import Theme, category_colour, current_theme, mixed, tabular

STRIP = 4.0
"""Width of the category's strip at the left edge of a card."""


def _font(base: QFont, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = tabular(base)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


@attrs.frozen(eq=False)
class Type:
    """A font and its metrics."""

    font: QFont
    metrics: QFontMetricsF


@attrs.frozen(eq=False, slots=False)
class CanvasStyle:
    """Pens, brushes and fonts of one theme; a new one is made when the theme or the font changes."""

    theme: Theme
    base: QFont
    _tints: dict[Category, QColor] = attrs.field(factory=dict, init=False)
    _types: dict[tuple[int, bool], Type] = attrs.field(factory=dict, init=False)

    @cached_property
    def name(self) -> Type:
        """The node's name on a card."""
        return self.sized(13)

    @cached_property
    def small(self) -> Type:
        """The kind, a problem, the pill on a wire."""
        return self.sized(11, bold=False)

    @cached_property
    def line(self) -> Type:
        """Caption and shape."""
        return self.sized(12, bold=False)

    @cached_property
    def mark_font(self) -> QFont:
        """The category's sign."""
        return _font(self.base, 12, QFont.Weight.DemiBold)

    @cached_property
    def card_pen(self) -> QPen:
        """A card's outline."""
        return QPen(self.theme.card_border, 1.0)

    @cached_property
    def problem_pen(self) -> QPen:
        """The outline of a card with a problem."""
        return QPen(self.theme.problem, 1.5)

    @cached_property
    def accent_pen(self) -> QPen:
        """The outline of a selected card."""
        return QPen(self.theme.accent, 2.0)

    @cached_property
    def shadow(self) -> QColor:
        """A hint of depth below a card."""
        return QColor(0, 0, 0, 70 if self.theme.name == "dark" else 18)

    @cached_property
    def halo(self) -> QColor:
        """Around the current node and around ports that may connect."""
        colour = QColor(self.theme.accent)
        colour.setAlpha(52)
        return colour

    @cached_property
    def card_brush(self) -> QBrush:
        """A card's face."""
        return QBrush(self.theme.card)

    def tint(self, category: Category) -> QColor:
        """A card's face from far away, when only its category can be told."""
        if category not in self._tints:
            self._tints[category] = mixed(self.theme.card, category_colour(category), 0.22)
        return self._tints[category]

    def sized(self, pixels: int, bold: bool = True) -> Type:
        """Type of a size; larger on a card seen from further away."""
        key = (pixels, bold)
        if key not in self._types:
            font = _font(self.base, pixels, QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
            self._types[key] = Type(font, QFontMetricsF(font))
        return self._types[key]


def canvas_style(base: QFont) -> CanvasStyle:
    """The style of the theme in force, with the fonts of ``base``'s family."""
    return CanvasStyle(current_theme(), base)
