"""The docks around the canvas: where the panels stand at first, and putting them back there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget
from shiboken6 import isValid

from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.panels.registry import Area, Panel, panels
from designer.ui.shell.preferences import LAYOUT_VERSION

LEFT_WIDTH, RIGHT_WIDTH, BOTTOM_HEIGHT = 264, 328, 280
NARROWEST_BOTTOM = 280
"""Pixels; a panel that needs more scrolls or elides, so that the window fits on small screens."""

Side = Qt.DockWidgetArea
SIDES = {
    Area.LEFT: Side.LeftDockWidgetArea,
    Area.RIGHT: Side.RightDockWidgetArea,
    Area.BOTTOM: Side.BottomDockWidgetArea,
}

Kind = TypeVar("Kind", bound=QWidget)

_MOUSE = frozenset(
    (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseMove, QEvent.Type.ContextMenu)
)


class Docks(QObject):
    """The panels in their docks."""

    def __init__(self, bridge: Bridge, window: QMainWindow, known: Sequence[Panel] | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._panels = panels() if known is None else known
        self.by_name: dict[str, QDockWidget] = {}
        for panel in self._panels:
            self.by_name[panel.name] = self._build(panel, bridge)
        window.setDockNestingEnabled(True)
        window.setTabPosition(Side.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        # Both columns are as high as the window, so that what stands in them finds room.
        for corner, area in (
            (Qt.Corner.TopLeftCorner, Side.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, Side.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, Side.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Side.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)
        # Not at once: Qt tells of these in the middle of rearranging its docks, and of a press on a tab.
        self._titles = QTimer(self)
        self._titles.setSingleShot(True)
        self._titles.setInterval(0)
        self._titles.timeout.connect(self._spare_titles)
        for dock in self.by_name.values():
            dock.visibilityChanged.connect(self._spare_titles_soon)
            dock.topLevelChanged.connect(self._spare_titles_soon)
        self._arrange()
        self._spare_titles()
        self._original: QByteArray = window.saveState(LAYOUT_VERSION)

    def _build(self, panel: Panel, bridge: Bridge) -> QDockWidget:
        dock = QDockWidget(_(panel.title), self._window)
        dock.setObjectName(panel.name)
        widget = panel.kind(bridge, self._window)
        dock.setWidget(widget)
        if panel.area is Area.BOTTOM:
            widget.setMinimumWidth(NARROWEST_BOTTOM)
        if widget.windowTitle():
            dock.setWindowTitle(widget.windowTitle())
        widget.windowTitleChanged.connect(dock.setWindowTitle)
        _rest_unseen(dock, widget)
        dock.toggleViewAction().setObjectName(f"panel_{panel.name}")
        return dock

    def panel(self, kind: type[Kind]) -> Kind:
        """The panel of a class."""
        return self.all_of(kind)[0]

    def all_of(self, kind: type[Kind]) -> list[Kind]:
        """The panels that are of a class."""
        return [widget for dock in self.by_name.values() if isinstance(widget := dock.widget(), kind)]

    def _in(self, area: Area) -> list[QDockWidget]:
        return [self.by_name[panel.name] for panel in self._panels if panel.area is area]

    def _arrange(self) -> None:
        window = self._window
        for area in (Area.LEFT, Area.RIGHT):
            column = self._in(area)
            for dock in column[:1]:
                window.addDockWidget(SIDES[area], dock)
            for above, below in pairwise(column):
                window.splitDockWidget(above, below, Qt.Orientation.Vertical)
        bottom = self._in(Area.BOTTOM)
        for dock in bottom[:1]:
            window.addDockWidget(SIDES[Area.BOTTOM], dock)
        for first, second in pairwise(bottom):
            window.tabifyDockWidget(first, second)
        self._share_room()

    def _share_room(self) -> None:
        window = self._window
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        bottom = self._in(Area.BOTTOM)[0]
        bottom.raise_()
        columns = (self._in(Area.LEFT), self._in(Area.RIGHT))
        window.resizeDocks([column[0] for column in columns], [LEFT_WIDTH, RIGHT_WIDTH], horizontal)
        for area, column in zip((Area.LEFT, Area.RIGHT), columns, strict=True):
            window.resizeDocks(column, self._heights(area), vertical)
        window.resizeDocks([bottom], [BOTTOM_HEIGHT], vertical)

    def _heights(self, area: Area) -> list[int]:
        asked = [panel.height for panel in self._panels if panel.area is area]
        share = (self._window.height() - sum(asked)) // max(1, asked.count(0))
        return [height or max(1, share) for height in asked]

    def reset(self) -> None:
        """Put every panel and toolbar back to where it was on the first day."""
        self.restore(self._original)
        self._share_room()

    def restore(self, layout: QByteArray) -> bool:
        """Arrange the panels as a layout says that ``saveState`` gave; False where it cannot be read."""
        # Taken out first, they are not laid out once for each that moves; what cannot be read leaves them as they are.
        before = self._window.saveState(LAYOUT_VERSION)
        for dock in self.by_name.values():
            self._window.removeDockWidget(dock)
        known = self._window.restoreState(layout, LAYOUT_VERSION)
        if not known:
            self._window.restoreState(before, LAYOUT_VERSION)
        self._add_unremembered()
        self._drop_tab_bars()
        return known

    def _add_unremembered(self) -> None:
        """Put panels that a layout does not know, being younger, where they stand at first, behind the others."""
        for panel in self._panels:
            dock = self.by_name[panel.name]
            if self._window.dockWidgetArea(dock) is not Side.NoDockWidgetArea:
                continue
            placed = [
                other
                for other in self._in(panel.area)
                if self._window.dockWidgetArea(other) is SIDES[panel.area] and not other.isFloating()
            ]
            self._window.addDockWidget(SIDES[panel.area], dock)
            if panel.area is Area.BOTTOM and placed:
                front = next((other for other in placed if other.widget().isVisible()), placed[0])
                self._window.tabifyDockWidget(placed[-1], dock)
                front.raise_()
            dock.show()

    def _drop_tab_bars(self) -> None:
        """Delete the tab bars that Qt has put aside now: until its event loop comes by, they lie over those in use."""
        for bar in self._tab_bars():
            QCoreApplication.sendPostedEvents(bar, QEvent.Type.DeferredDelete.value)

    def _tab_bars(self) -> list[QTabBar]:
        return self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the mouse from a tab bar that Qt keeps outside the window for a single panel: dragging it crashes."""
        if event.type() in _MOUSE and isinstance(watched, QTabBar):
            return not self._window.rect().intersects(watched.geometry())
        return False

    def _spare_titles_soon(self, _news: bool) -> None:
        if isValid(self._titles):
            self._titles.start()

    def _spare_titles(self) -> None:
        """A panel in a tab has its title there; a second one would take room from what it shows."""
        if not isValid(self._window):
            return
        for bar in self._tab_bars():
            bar.installEventFilter(self)
            # Whole names, and arrows where they do not fit: five tabs of one letter each say nothing.
            bar.setElideMode(Qt.TextElideMode.ElideNone)
            bar.setUsesScrollButtons(True)
        for dock in self.by_name.values():
            tabbed = not dock.isFloating() and bool(self._window.tabifiedDockWidgets(dock))
            if tabbed != (dock.titleBarWidget() is not None):
                dock.setTitleBarWidget(QWidget(dock) if tabbed else None)  # type: ignore[arg-type]

    def bring(self, name: str) -> None:
        """Show a panel in front of those it shares its place with."""
        self.by_name[name].show()
        self.by_name[name].raise_()


def _rest_unseen(dock: QDockWidget, panel: QWidget) -> None:
    """Hide a panel whose tab is not in front: to Qt it would count as visible, and go on painting off the screen."""
    policy = panel.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    panel.setSizePolicy(policy)
    panel.hide()
    dock.visibilityChanged.connect(panel.setVisible)
