"""The numbers of the selected layer, each with the formula that gives it; sums where several are selected."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.analysis.fixes import Fix
from designer.i18n import N_, _, ngettext
from designer.ui.bridge import Bridge
from designer.ui.panels.inspector.node_facts import (
    Fact,
    facts_of_design,
    facts_of_node,
    facts_of_several,
    roots_of_waiting,
    share_text,
)
from designer.ui.panels.problems.fix_finder import FixFinder
from designer.ui.panels.problems.problem_box import ProblemBox
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, muted, scrolled, selectable, sized, wrapped
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.theme import RHYTHM, current_theme, icon, mixed


class ShareBar(QWidget):
    """A thin line, filled as far as the share of the whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setFixedHeight(3)

    def show_share(self, share: float | None) -> None:
        """0 to 1; None: an empty line."""
        if share != self._share:
            self._share = share or 0.0
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The whole in grey, the share in the accent."""
        theme = current_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(theme.window, theme.card_border, 0.6))
        painter.fillRect(QRectF(0, 0, self.width() * self._share, self.height()), theme.accent)
        painter.end()


class FactView(QWidget):
    """One fact: title and value on a line, the share under it, then the formulas."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fact: Fact | None = None
        self.title = muted()
        self.share = muted()
        self.value = ThemedLabel()
        self.value.setFont(sized(self.font(), 1.0, bold=True))
        self.bar = ShareBar(self)
        self.formulas = wrapped(colour="text")
        self.formulas.setFont(sized(self.font(), 1.0))
        self.remarks = wrapped()
        for label in (self.value, self.formulas, self.remarks):
            selectable(label)
        self.share.setFont(sized(self.font(), 0.9))
        self.share.setToolTip(_("Share of the whole network"))
        top = QHBoxLayout()
        top.setSpacing(RHYTHM)
        top.addWidget(self.title)
        top.addStretch()
        top.addWidget(self.share)
        top.addWidget(self.value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        for widget in (self.bar, self.formulas, self.remarks):
            column.addWidget(widget)

    def show_fact(self, fact: Fact) -> None:
        """Show it; only what differs is set."""
        if fact == self.fact:
            return
        self.fact = fact
        self.title.show_text(fact.title)
        self.title.setToolTip(fact.custom)
        self.value.show_text(fact.value)
        self.value.setToolTip(fact.exact)
        self.share.show_text("" if not fact.share else share_text(fact.share))
        self.bar.show_share(fact.share)
        self.bar.setVisible(fact.share is not None)
        self.formulas.show_text("\n".join(fact.formulas))
        self.formulas.setVisible(bool(fact.formulas))
        self.remarks.show_text("\n".join(fact.remarks))
        self.remarks.setVisible(bool(fact.remarks))


class InspectorPanel(FollowsTheme, LazyPanel):
    """Every number of the current node explains itself."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.views: list[FactView] = []
        self.title = ThemedLabel()
        self.title.setFont(sized(self.font(), 1.15, bold=True))
        self.subtitle = muted()
        self.copy = QToolButton(self)
        self.copy.setAutoRaise(True)
        self.copy.setIconSize(QSize(16, 16))
        self.copy.setToolTip(_("Copy all numbers and formulas"))
        self.copy.setAccessibleName(_("Copy all numbers and formulas"))
        self.copy.clicked.connect(self.copy_all)
        self.problem = ProblemBox(self)
        self.problem.hide()
        self.hint = wrapped()
        self.fixes = FixFinder(self.session, self)
        self._lay_out()
        self.problem.fix_chosen.connect(self._mend)
        self.problem.node_chosen.connect(lambda node: self.session.select([node]))
        self.fixes.found.connect(self._fixes_found)
        bridge.changed.connect(lambda _change: self.fixes.forget())
        bridge.analysed.connect(self._refresh_if_seen)
        bridge.selection_changed.connect(self._refresh_if_seen)
        self._follow_theme()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(RHYTHM)
        top.addWidget(self.title)
        top.addWidget(self.subtitle, 1)
        top.addWidget(self.copy)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        self._column.setSpacing(RHYTHM)
        self._column.addLayout(top)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.hint)
        self._column.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled(inside, _("Numbers of the selection")))

    def minimumSizeHint(self) -> QSize:
        """Wide enough for most formulas on one line."""
        return QSize(240, 120)

    def _apply_theme(self) -> None:
        self.copy.setIcon(icon("copy"))

    # -- following the session -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the numbers of what is selected now."""
        session, report = self.session, self.session.report
        if report.layers.keys() != session.design.nodes.keys():
            # The design has changed and is being analysed; word of that follows.
            self._stale = True
            return
        self._stale = False
        ids = session.selection
        if not ids:
            self._show(session.design.name, "", facts_of_design(report))
            self.hint.show_text(_("The whole network. Select a layer to see its numbers, and how each comes about."))
        elif len(ids) > 1:
            title = ngettext("{count} layer", "{count} layers", len(ids)).format(count=len(ids))
            self._show(title, _("together"), facts_of_several(report, ids))
        else:
            layer = session.design.nodes[ids[0]].layer
            self._show(ids[0], _(layer.label), facts_of_node(session.design, report, ids[0]))
        self.hint.setVisible(not ids)
        self._show_problem(ids[0] if len(ids) == 1 else None)

    def _show(self, title: str, subtitle: str, facts: Sequence[Fact]) -> None:
        self.title.show_text(title)
        self.subtitle.show_text(subtitle)
        self.copy.setEnabled(bool(facts))
        while len(self.views) < len(facts):
            view = FactView(self)
            self._column.insertWidget(2 + len(self.views), view)
            self.views.append(view)
        for index, view in enumerate(self.views):
            if index < len(facts):
                view.show_fact(facts[index])
            view.setVisible(index < len(facts))

    def _show_problem(self, node: str | None) -> None:
        facts = self.session.report.layers[node] if node is not None else None
        if facts is not None and facts.problem is not None:
            self.problem.show_problem(facts.problem.message)
            known = self.fixes.known(facts.id)
            if known is None:
                self.fixes.want([facts.id])
            else:
                self.problem.fixes.show_fixes(known)
        elif facts is not None and facts.waiting:
            self.problem.show_waiting(roots_of_waiting(self.session.report, facts.id))
        else:
            self.problem.hide()

    def _fixes_found(self, node: str, fixes: tuple[Fix, ...]) -> None:
        if self.session.selection == (node,):
            self.problem.fixes.show_fixes(fixes)

    def _mend(self, fix: Fix) -> None:
        self.session.do(fix.edit)

    # -- copying ---------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """All numbers and formulas in sight, as plain text."""
        shown = (view.fact for view in self.views if view.isVisibleTo(self) and view.fact is not None)
        heading = " · ".join(filter(None, (self.title.text(), self.subtitle.text())))
        return "\n".join([heading, *(fact.as_text() for fact in shown)])

    def copy_all(self) -> None:
        """Put :meth:`text` on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())


PANEL = Panel("inspector", N_("Inspector"), Area.RIGHT, 20, InspectorPanel)
