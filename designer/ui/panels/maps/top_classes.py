"""The most probable classes of a softmax output."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.ui.widgets.theme import current_theme, mixed, tabular

SHOWN = 5
ROW_GAP = 6


class TopClasses(QWidget):
    """Five classes with their probabilities, the most probable first; names are not known, so numbers stand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[tuple[int, float], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)

    def show_values(self, values: Array) -> None:
        """Show the largest of the values (F,)."""
        best = np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")[:SHOWN]
        self._rows = tuple((int(index), float(values[index])) for index in best)
        self.setAccessibleName(_("Most probable classes"))
        self.setAccessibleDescription(", ".join(self.texts()))
        self.updateGeometry()
        self.update()

    def texts(self) -> tuple[str, ...]:
        """The rows in words: ``class 7: 91.3 %``."""
        return tuple(
            _("class {number}: {percent}").format(number=index, percent=_percent(value)) for index, value in self._rows
        )

    def sizeHint(self) -> QSize:
        """Room for the rows and a heading."""
        line = self.fontMetrics().height() + ROW_GAP
        return QSize(self.fontMetrics().averageCharWidth() * 34, line * (len(self._rows) + 1) + 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Number, bar and percentage in each row."""
        del event
        theme, painter = current_theme(), QPainter(self)
        painter.setFont(tabular(self.font()))
        metrics = painter.fontMetrics()
        line = metrics.height() + ROW_GAP
        area = QRectF(self.rect()).adjusted(8, 4, -8, -4)
        painter.setPen(theme.muted)
        painter.drawText(area, Qt.AlignmentFlag.AlignTop, _("Most probable classes"))
        number_width = max((metrics.horizontalAdvance(str(index)) for index, _value in self._rows), default=0)
        percent_width = metrics.horizontalAdvance("00.0 %")
        for place, (index, value) in enumerate(self._rows):
            row = QRectF(area.left(), area.top() + (place + 1) * line, area.width(), metrics.height())
            painter.setPen(theme.text)
            number = QRectF(row.left(), row.top(), number_width, row.height())
            painter.drawText(number, Qt.AlignmentFlag.AlignRight, str(index))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight, _percent(value))
            bar = QRectF(number.right() + 8, row.top() + 2, 0, row.height() - 4)
            room = row.right() - percent_width - 8 - bar.left()
            bar.setWidth(max(0.0, room * min(max(value, 0.0), 1.0)))
            painter.fillRect(QRectF(bar.left(), bar.top(), room, bar.height()), mixed(theme.window, theme.text, 0.07))
            painter.fillRect(bar, theme.accent if place == 0 else mixed(theme.accent, theme.window, 0.35))
        painter.end()


def _percent(value: float) -> str:
    return f"{100.0 * value:.1f} %" if np.isfinite(value) else "–"
