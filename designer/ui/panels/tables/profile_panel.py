"""The profile of the last run: what each step took, how it was computed, and its share of the whole."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from designer.analysis.roofline import Device
from designer.engine.execute.profile import RunProfile
from designer.i18n import N_, _
from designer.layer_api.layer import Category
from designer.library.machine import this_machine
from designer.session.profile.table import least_times, to_csv, to_markdown, total_text
from designer.ui.bridge import Bridge
from designer.ui.panels.registry import Area, Panel
from designer.ui.panels.tables.layer_table import CopyActions, LayerTable, RowSelection
from designer.ui.panels.tables.profile_model import ProfileModel
from designer.ui.widgets.column_fit import ColumnFit
from designer.ui.widgets.labels import ElidedLabel, sized, wrapped
from designer.ui.widgets.latest_task import LatestTask
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.theme import RHYTHM


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
        self._device: Device | None = None
        self._measuring = LatestTask(self)
        self._measuring.done.connect(self._take_device)
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
        if _tells_nothing_new(profile, self.model.profile):
            return
        self._show(profile)

    def _show(self, profile: RunProfile) -> None:
        if profile.steps and self._device is None and not self._measuring.running:
            self._measuring.start(lambda _keep_on: this_machine())
        least = None if self._device is None else least_times(profile, self.session.report, self._device)
        with self.rows.unheard():
            self.model.show_profile(profile, least, self._device)
        self.total.show_text(total_text(profile))
        self._pages.setCurrentIndex(1 if profile.steps else 0)
        self._show_selection()

    def _take_device(self, device: Device) -> None:
        """Show the estimates beside the times: what the machine can do is known now."""
        self._device = device
        if self.model.profile.steps:
            self._show(self.model.profile)


def _tells_nothing_new(profile: RunProfile, shown: RunProfile) -> bool:
    """Whether a run only brought back what the profile in sight has seen computed: a click on a node may start one."""
    known = {step.node: attrs.evolve(step, remembered=True) for step in shown.steps}
    return bool(profile.steps) and all(step == known.get(step.node) for step in profile.steps)


class ProfileColumns(ColumnFit):
    """Names and bars share what the numbers leave; what is said beside them gives way where there is little room."""

    def _shared_out(self, room: int) -> Mapping[str, int]:
        name, time, share = 14, 10, 16
        rest = room - name - time - share
        given = {"time": time}
        for key, width in (("state", 12), ("least", 9), ("speed", 9), ("algorithm", 14)):
            given[key] = width if rest >= width else 0
            rest -= given[key]
        given["id"] = min(name + max(rest, 0), 40)
        # Without any rest the bars become shorter, down to the bare number.
        given["share"] = max(share + rest - (given["id"] - name), 9)
        return given


PANEL = Panel("profile", N_("Profile"), Area.BOTTOM, 50, ProfilePanel)
