"""The most probable classes of a softmax output, or of one whose classes have names."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.i18n import _
from designer.session.class_scores import ClassScores, percent
from designer.ui.widgets.theme import current_theme, mixed, tabular

ROW_GAP = 6
BAR_LETTERS, NAME_LETTERS = 30, 24
"""Width of the bars, and the most that a name takes, in average letters."""


class TopClasses(QWidget):
    """Five classes with their probabilities, the most probable first; where names are not known, numbers stand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[str, float], ...] = ()
        self._scores: ClassScores | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)

    def show_scores(self, scores: ClassScores) -> None:
        """Show the largest of the probabilities."""
        self._scores = scores
        self._rows = tuple(
            (scores.name(index) if scores.names else str(index), value) for index, value in scores.best()
        )
        self.setAccessibleName(_("Most probable classes"))
        self.setAccessibleDescription(", ".join(self.texts()))
        self.setToolTip("\n".join(self.texts()))
        self.updateGeometry()
        self.update()

    def texts(self) -> tuple[str, ...]:
        """The rows in words: ``class 7: 91.3 %``, ``tabby: 91.3 %``."""
        return () if self._scores is None else self._scores.lines()

    def sizeHint(self) -> QSize:
        """Room for the rows and a heading."""
        line = self.fontMetrics().height() + ROW_GAP
        width = self._name_width() + self.fontMetrics().averageCharWidth() * BAR_LETTERS
        return QSize(width, line * (len(self._rows) + 1) + 16)

    def _name_width(self) -> int:
        metrics = self.fontMetrics()
        longest = max((metrics.horizontalAdvance(name) for name, _value in self._rows), default=0)
        return min(longest, metrics.averageCharWidth() * NAME_LETTERS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name, bar and percentage in each row."""
        del event
        theme, painter = current_theme(), QPainter(self)
        painter.setFont(tabular(self.font()))
        metrics = painter.fontMetrics()
        line = metrics.height() + ROW_GAP
        area = QRectF(self.rect()).adjusted(8, 4, -8, -4)
        painter.setPen(theme.muted)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop, _("Most probable classes"))
        name_width = self._name_width()
        percent_width = metrics.horizontalAdvance("00.0 %")
        named = self._scores is not None and bool(self._scores.names)
        side = Qt.AlignmentFlag.AlignLeft if named else Qt.AlignmentFlag.AlignRight
        for place, (name, value) in enumerate(self._rows):
            row = QRectF(area.left(), area.top() + (place + 1) * line, area.width(), metrics.height())
            painter.setPen(theme.text)
            head = QRectF(row.left(), row.top(), name_width, row.height())
            painter.drawText(head, side, metrics.elidedText(name, Qt.TextElideMode.ElideRight, name_width))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight, percent(value))
            bar = QRectF(head.right() + 8, row.top() + 2, 0, row.height() - 4)
            room = row.right() - percent_width - 8 - bar.left()
            bar.setWidth(max(0.0, room * min(max(value, 0.0), 1.0)))
            painter.fillRect(QRectF(bar.left(), bar.top(), room, bar.height()), mixed(theme.window, theme.text, 0.07))
            painter.fillRect(bar, theme.accent if place == 0 else mixed(theme.accent, theme.window, 0.35))
        painter.end()
