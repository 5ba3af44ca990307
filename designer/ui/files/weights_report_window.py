"""What became of the tensors of a weights file, in a window that stays beside the work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.files.regular_file import printable_path
from designer.files.weight_matching import Match, WeightsReport
from designer.i18n import N_, _
from designer.layer_api.geometry import shape_text
from designer.layer_api.problems import printable
from designer.library.weights_loading import summary_of
from designer.ui.widgets.labels import wrapped
from designer.ui.widgets.theme import RHYTHM

_WAYS = {"name": N_("by name"), "suffix": N_("by the end of its name"), "order": N_("by order and shape")}

Row = tuple[str, str, str]


class WeightsReportWindow(QDialog):
    """A row for each tensor, those first that are not as one would expect."""

    def __init__(self, path: Path, report: WeightsReport, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Weights of {name}").format(name=printable_path(path.name)))
        self.summary = wrapped(summary_of(report), "text", self)
        self.table = QTreeWidget(self)
        self.table.setHeaderLabels([_("In the network"), _("In the file"), _("Result")])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setAccessibleName(_("Tensors"))
        for row in _rows(report):
            item = QTreeWidgetItem(self.table, [printable(text) for text in row])
            for place, text in enumerate(row):
                item.setToolTip(place, printable(text))
        header = self.table.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM)
        column.setSpacing(RHYTHM)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        self.resize(720, 420)


def _rows(report: WeightsReport) -> Iterator[Row]:
    for each in report.differing:
        shapes = _("another shape: {came}, wanted {wanted}").format(
            came=shape_text(each.came_shape), wanted=shape_text(each.wanted_shape)
        )
        yield each.wanted, each.came, shapes
    for name in report.missing:
        yield name, "", _("missing: stays as it was")
    for name in report.unexpected:
        yield "", name, _("unexpected: left out")
    for found in report.matched:
        yield found.wanted, found.came, _result(found)


def _result(found: Match) -> str:
    parts = [_(_WAYS[found.way])]
    if found.permutation is not None:
        parts.append(_("transposed"))
    if found.reshaped:
        parts.append(_("in another shape, value by value"))
    return ", ".join(parts)
