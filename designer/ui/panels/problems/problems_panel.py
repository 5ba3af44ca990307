"""Every problem of the design in words; a click goes there, a button mends it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from designer.analysis.fixes import Fix
from designer.analysis.report import LayerReport, Report
from designer.i18n import N_, _, ngettext
from designer.ui.bridge import Bridge
from designer.ui.panels.problems.fix_finder import FixFinder
from designer.ui.panels.problems.problem_box import FixButtons, ThemedSign
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.labels import ThemedLabel, muted, scrolled, sized, wrapped
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.theme import RHYTHM, current_theme, mixed

SHOWN_AT_FIRST = 40
"""Problems shown before "show more": a design of many loose layers has one for each."""

ROOM_FOR_ONE_LINE = 560
"""Width in pixels from which on a problem and its fixes stand side by side."""


class ProblemsPanel(LazyPanel):
    """The problems in execution order.

    Signals
    -------
    count_changed(int)
        How many problems there are, also said by the window's title; told whether the panel is seen or not.
    """

    count_changed = Signal(int)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._limit = SHOWN_AT_FIRST
        self.count = 0
        self.rows: dict[str, ProblemRow] = {}
        self.fixes = FixFinder(self.session, self)
        self.fixes.found.connect(self._fixes_found)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(150)
        self._settled.timeout.connect(self._look_for_fixes)
        self.empty = _EmptyState(self)
        self.waiting = muted()
        self.more = QPushButton(self)
        self.more.clicked.connect(self._show_more)
        self._lay_out()
        self._count(self.session.report)
        bridge.changed.connect(lambda _change: self._forget_fixes())
        bridge.analysed.connect(self._analysed)
        bridge.selection_changed.connect(self._selection_changed)

    def _lay_out(self) -> None:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        self._column.setSpacing(4)
        self._column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self.waiting)
        self._column.addStretch()
        self.area = scrolled(inside, _("Problems"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.empty)
        column.addWidget(self.area)

    # -- following the session -------------------------------------------------------------------------------------

    def _analysed(self, report: Report) -> None:
        self._count(report)
        self._refresh_if_seen()

    def _count(self, report: Report) -> None:
        count = len(report.problems)
        if count != self.count:
            self.count = count
            self.setWindowTitle(_("Problems ({count})").format(count=count) if count else _("Problems"))
            self.count_changed.emit(count)

    def _selection_changed(self, _selection: object) -> None:
        if self.isVisible():
            self._mark_selected()

    def _forget_fixes(self) -> None:
        self._settled.stop()
        self.fixes.forget()

    def refresh(self) -> None:
        """Show the problems as they are now; rows that stay are used again."""
        self._stale = False
        report = self.session.report
        problems = report.problems
        shown = problems[: self._limit]
        wanted = {facts.id for facts in shown}
        for node in [node for node in self.rows if node not in wanted]:
            row = self.rows.pop(node)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, facts in enumerate(shown):
            row = self.rows.get(facts.id) or self._new_row(facts.id)
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
            row.show_problem(facts)
        rest = len(problems) - len(shown)
        self.more.setText(ngettext("Show {count} more", "Show {count} more", rest).format(count=rest))
        self.more.setVisible(rest > 0)
        self._show_waiting(report)
        self.empty.show_report(report)
        self.empty.setVisible(not problems)
        self.area.setVisible(bool(problems))
        self._mark_selected()
        if problems:
            self._settled.start()

    def _new_row(self, node: str) -> ProblemRow:
        row = ProblemRow(node, self)
        row.chosen.connect(lambda: self.session.select([node]))
        row.fixes.fix_chosen.connect(self._mend)
        self.rows[node] = row
        return row

    def _show_waiting(self, report: Report) -> None:
        waiting = sum(1 for facts in report.layers.values() if facts.waiting)
        text = ngettext("{count} layer waits for these.", "{count} layers wait for these.", waiting)
        self.waiting.show_text(text.format(count=waiting))
        self.waiting.setVisible(waiting > 0)

    def _mark_selected(self) -> None:
        for node, row in self.rows.items():
            row.set_selected(node in self.session.selection)

    def _show_more(self) -> None:
        self._limit += 4 * SHOWN_AT_FIRST
        self.refresh()

    # -- fixes -----------------------------------------------------------------------------------------------------

    def _look_for_fixes(self) -> None:
        """The current node's first, then as they stand."""
        if not self.isVisible():
            self._stale = True
            return
        for node, row in self.rows.items():
            known = self.fixes.known(node)
            if known is not None:
                row.fixes.show_fixes(known)
        ordered = sorted(self.rows, key=lambda node: node != self.session.current)
        self.fixes.want(ordered)

    def _fixes_found(self, node: str, fixes: tuple[Fix, ...]) -> None:
        if node in self.rows:
            self.rows[node].fixes.show_fixes(fixes)

    def _mend(self, fix: Fix) -> None:
        self.session.do(fix.edit)


class ProblemRow(QWidget):
    """One problem: sign, layer, words, and buttons that mend it.

    ``chosen()``: a click, or Enter and Space with the focus, wants to see the layer.
    """

    chosen = Signal()

    def __init__(self, node: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selected = False
        self._facts: LayerReport | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setToolTip(_("Go to {node}").format(node=node))
        self.name = ThemedLabel(node)
        self.name.setFont(sized(self.font(), 1.0, bold=True))
        self.message = wrapped(colour="text")
        self.fixes = FixButtons(self)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(RHYTHM, 5, RHYTHM, 5)
        self._grid.setHorizontalSpacing(RHYTHM)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(ThemedSign("warning", "problem", self), 0, 0, top)
        self._grid.addWidget(self.name, 0, 1, top)
        self._arrange()

    def _arrange(self) -> None:
        """Words beside the name and fixes to the right where there is room; else one below the other."""
        if self.width() >= ROOM_FOR_ONE_LINE:
            self._grid.addWidget(self.message, 0, 2)
            self._grid.addWidget(self.fixes, 0, 3, Qt.AlignmentFlag.AlignTop)
        else:
            self._grid.addWidget(self.message, 1, 1, 1, 2)
            self._grid.addWidget(self.fixes, 2, 1, 1, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may ask for another arrangement."""
        super().resizeEvent(event)
        if (event.oldSize().width() >= ROOM_FOR_ONE_LINE) != (self.width() >= ROOM_FOR_ONE_LINE):
            self._arrange()

    def show_problem(self, facts: LayerReport) -> None:
        """Say what is wrong; fixes come when they are found."""
        if facts is self._facts or facts.problem is None:
            return
        self._facts = facts
        self.message.show_text(facts.problem.message)
        self.setAccessibleName(f"{facts.id}: {facts.problem.message}")
        self.fixes.show_fixes(())

    def set_selected(self, selected: bool) -> None:
        """Whether the layer is selected."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click goes to the layer."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So do Enter and Space; arrows go to the next row."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(key == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card; in the selection's colour while its layer is selected; outlined with the focus."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.accent if self.hasFocus() else mixed(theme.window, theme.card_border, 0.8))
        painter.setBrush(theme.selection if self._selected else theme.card)
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        painter.end()


class _EmptyState(QWidget):
    """Nothing is wrong, or nothing is there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = ThemedSign("success", "success", self)
        self.text = muted()
        row = QHBoxLayout(self)
        row.setSpacing(RHYTHM)
        row.addStretch()
        row.addWidget(self.sign)
        row.addWidget(self.text)
        row.addStretch()

    def show_report(self, report: Report) -> None:
        """Tell a design without problems from one without layers."""
        self.sign.show_sign(*(("success", "success") if report.layers else ("hint", "muted")))
        self.text.show_text(
            _("No problems. Every layer's shape is known.")
            if report.layers
            else _("No layers yet. Problems will be listed here, with what would mend them.")
        )


PANEL = Panel("problems", N_("Problems"), Area.BOTTOM, 40, ProblemsPanel)
