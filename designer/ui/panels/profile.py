"""The profile of the last run: what each step took, how it was computed, and its share of the whole."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.layer import Category
from designer.session.profile_table import to_csv, to_markdown, total_text
from designer.ui.bridge import Bridge
from designer.ui.panels.column_fit import ColumnFit
from designer.ui.panels.labels import ElidedLabel, sized, wrapped
from designer.ui.panels.layer_table import CopyActions, LayerTable, RowSelection
from designer.ui.panels.lazy_panel import LazyPanel
from designer.ui.panels.profile_model import ProfileModel
from designer.ui.theme import RHYTHM


class ProfilePanel(LazyPanel):
    """A table of the steps; its selection is the session's, both ways."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.model = ProfileModel(self._category_of, self)
        self.table = LayerTable(_("Time of the layers"), self)
        self.table.setModel(self.model)
        self.columns = ProfileColumns(self.table, [column.key for column in self.model.shown_columns], self)
        self.rows = RowSelection(self.table, self.model, self.session, self)
        self.total = ElidedLabel("", "text")
        self.total.setFont(sized(self.font(), 1.0, bold=True))
        self.copying = CopyActions(
            self.table, lambda: to_csv(self.model.profile), lambda: to_markdown(self.model.profile)
        )
        self.empty = wrapped(_("Run the network on an image to see where the time goes."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        bridge.profiled.connect(self._refresh_if_seen)
        bridge.selection_changed.connect(self._mark_if_seen)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(RHYTHM, 4, RHYTHM, 4)
        bar.setSpacing(RHYTHM)
        bar.addWidget(self.total, 1)
        for button in self.copying.buttons:
            bar.addWidget(button)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)

    def _category_of(self, node_id: str) -> Category | None:
        node = self.session.design.nodes.get(node_id)
        return None if node is None else node.layer.category

    # -- following the session -------------------------------------------------------------------------------------

    def _show_selection(self) -> None:
        self.rows.show()

    def refresh(self) -> None:
        """Show the last run's profile and the selection as they are now."""
        self._stale = False
        profile = self.session.profile
        with self.rows.unheard():
            self.model.show_profile(profile)
        self.total.show_text(total_text(profile))
        self._pages.setCurrentIndex(1 if profile.steps else 0)
        self._show_selection()


class ProfileColumns(ColumnFit):
    """Names and bars share what the numbers leave; how it was computed gives way where there is little room."""

    def _shared_out(self, room: int) -> Mapping[str, int]:
        given = {"state": 12, "time": 10, "speed": 9, "share": 16, "algorithm": 0}
        rest = room - sum(given.values())
        if rest >= 30:
            given["algorithm"] = 14
            rest -= given["algorithm"]
        given["id"] = min(max(rest, 14), 40)
        given["share"] += max(0, rest - given["id"])
        return given
