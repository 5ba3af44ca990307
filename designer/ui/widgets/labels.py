"""What the panels are set in: a few kinds of text that follow the theme, and the area that scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from designer.graph.node_names import is_path
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import current_theme, tabular


class ThemedLabel(FollowsTheme, QLabel):
    """A label in one of the theme's text colours.

    ``colour`` is the name of the theme's attribute: ``text``, ``muted``, ``problem`` …
    """

    def __init__(self, text: str = "", colour: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self._painted: QColor | None = None
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self._follow_theme()

    def set_colour(self, colour: str) -> None:
        """Use another colour of the theme."""
        if colour != self._colour:
            self._colour = colour
            self._apply_theme()

    def show_text(self, text: str) -> None:
        """Set the text where it differs: a label lays itself out anew each time."""
        if text != self.text():
            self.setText(text)

    def _apply_theme(self) -> None:
        colour: QColor = getattr(current_theme(), self._colour)
        if colour != self._painted:
            self._painted = colour
            palette = QPalette(self.palette())
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)


def muted(text: str = "", parent: QWidget | None = None) -> ThemedLabel:
    """Text that explains: units, captions."""
    return ThemedLabel(text, "muted", parent)


class WrappedLabel(ThemedLabel):
    """Text over as many lines as its width asks for.

    Qt's word wrap is on only while it is needed: a layout with wrapping labels takes twice as long, at every keystroke.
    """

    def __init__(self, text: str = "", colour: str = "text", parent: QWidget | None = None) -> None:
        super().__init__(text, colour, parent)
        # Not Minimum: that takes the height of the label's own guess at a width; the panel would scroll for nothing.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._wrap()

    def show_text(self, text: str) -> None:
        """Set the text where it differs."""
        if text != self.text():
            self.setText(text)
            self._wrap()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may ask for more lines or fewer."""
        super().resizeEvent(event)
        self._wrap()

    def _wrap(self) -> None:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(line) for line in self.text().split("\n")), default=0)
        needed = widest > self.width()
        if needed != self.wordWrap():
            self.setWordWrap(needed)


def wrapped(text: str = "", colour: str = "muted", parent: QWidget | None = None) -> ThemedLabel:
    """Text over several lines."""
    return WrappedLabel(text, colour, parent)


def short_name(name: str, metrics: QFontMetrics | QFontMetricsF, width: float) -> str:
    """The name of a layer in one line; a path loses its beginning, which its neighbours share: "…1.2.conv1"."""
    mode = Qt.TextElideMode.ElideLeft if is_path(name) else Qt.TextElideMode.ElideMiddle
    if isinstance(metrics, QFontMetricsF):
        return metrics.elidedText(name, mode, width)
    return metrics.elidedText(name, mode, int(width))


class ElidedLabel(ThemedLabel):
    """One line that ends in an ellipsis where there is no room; the whole of it is the tooltip then."""

    def __init__(self, text: str = "", colour: str = "muted", parent: QWidget | None = None) -> None:
        super().__init__(text, colour, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As much as there is room for."""
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        tip = self.text() if shown != self.text() else ""
        if tip != self.toolTip():
            self.setToolTip(tip)
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


def selectable(label: QLabel) -> QLabel:
    """The label with text that can be selected by mouse and keyboard."""
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def sized(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """The font larger or smaller, with digits of one width."""
    changed = tabular(font)
    if font.pointSizeF() > 0:
        changed.setPointSizeF(font.pointSizeF() * factor)
    else:
        changed.setPixelSize(round(font.pixelSize() * factor))
    changed.setBold(bold)
    return changed


class ReasonLabel(WrappedLabel):
    """Why an input was refused; takes no room while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "problem", parent)
        self.setFont(sized(self.font(), 0.9))
        self.hide()

    def show_reason(self, reason: str) -> None:
        """Show why a value was refused, until :meth:`clear_reason`."""
        self.show_text(reason)
        self.setVisible(True)

    def clear_reason(self) -> None:
        """Nothing to say."""
        if self.text():
            self.clear()
            self.setVisible(False)


def scrolled(inside: QWidget, name: str = "") -> QScrollArea:
    """The widget in a frameless area that scrolls up and down only.

    With a ``name`` the Tab key stops at the area, so that the arrow keys scroll text; without one only at what is
    inside, which the area scrolls to.
    """
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(name)
    if not name:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area
