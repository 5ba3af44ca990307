"""The panels around the canvas: which there are, where they stand at first, and putting them back there."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget
from shiboken6 import isValid

from designer.analysis.report import Report
from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.panels.charts.charts import ChartsPanel
from designer.ui.panels.form.parameters import ParametersPanel
from designer.ui.panels.image.input_image import InputImagePanel
from designer.ui.panels.inspector.inspector import InspectorPanel
from designer.ui.panels.maps.feature_maps import FeatureMapsPanel
from designer.ui.panels.palette.palette import PalettePanel
from designer.ui.panels.problems.problems import ProblemsPanel
from designer.ui.panels.tables.profile import ProfilePanel
from designer.ui.panels.tables.summary import SummaryPanel
from designer.ui.shell.preferences import LAYOUT_VERSION

LEFT_WIDTH, RIGHT_WIDTH, BOTTOM_HEIGHT, IMAGE_HEIGHT = 264, 328, 280, 400
BOTTOM = ("feature_maps", "summary", "charts", "problems", "profile")
NARROWEST_BOTTOM = 280
"""Pixels; a panel that needs more scrolls or elides, so that the window fits on small screens."""

Area = Qt.DockWidgetArea

_MOUSE = frozenset(
    (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseMove, QEvent.Type.ContextMenu)
)


class Docks(QObject):
    """The panels in their docks."""

    def __init__(self, bridge: Bridge, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.palette = PalettePanel(bridge, window)
        self.parameters = ParametersPanel(bridge, window)
        self.inspector = InspectorPanel(bridge, window)
        self.input_image = InputImagePanel(bridge, window)
        self.feature_maps = FeatureMapsPanel(bridge, window)
        self.summary = SummaryPanel(bridge, window)
        self.charts = ChartsPanel(bridge, window)
        self.problems = ProblemsPanel(bridge, window)
        self.profile = ProfilePanel(bridge, window)
        self.by_name: dict[str, QDockWidget] = {}
        for name, title, panel in (
            ("palette", _("Palette"), self.palette),
            ("parameters", _("Parameters"), self.parameters),
            ("inspector", _("Inspector"), self.inspector),
            ("input_image", _("Input image"), self.input_image),
            ("feature_maps", _("Feature maps"), self.feature_maps),
            ("summary", _("Summary"), self.summary),
            ("charts", _("Charts"), self.charts),
            ("problems", _("Problems"), self.problems),
            ("profile", _("Profile"), self.profile),
        ):
            dock = QDockWidget(title, window)
            dock.setObjectName(name)
            dock.setWidget(panel)
            if name in BOTTOM:
                panel.setMinimumWidth(NARROWEST_BOTTOM)
            _rest_unseen(dock, panel)
            dock.toggleViewAction().setObjectName(f"panel_{name}")
            self.by_name[name] = dock
        window.setDockNestingEnabled(True)
        window.setTabPosition(Area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        # Both columns are as high as the window, so that what stands in them finds room.
        for corner, area in (
            (Qt.Corner.TopLeftCorner, Area.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, Area.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, Area.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Area.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)
        for dock in self.by_name.values():
            dock.visibilityChanged.connect(self._spare_titles)
            dock.topLevelChanged.connect(self._spare_titles)
        self._arrange()
        self._spare_titles()
        self._original: QByteArray = window.saveState(LAYOUT_VERSION)
        bridge.analysed.connect(self._count_problems)
        self._count_problems(bridge.session.report)

    def _arrange(self) -> None:
        """The image stands beside the maps: pointing at a cell shows what it sees without a long way for the eye."""
        window, docks = self._window, self.by_name
        vertical = Qt.Orientation.Vertical
        left = [docks["palette"], docks["input_image"]]
        right = [docks["parameters"], docks["inspector"]]
        bottom = [docks[name] for name in BOTTOM]
        for column, area in ((left, Area.LeftDockWidgetArea), (right, Area.RightDockWidgetArea)):
            window.addDockWidget(area, column[0])
            window.splitDockWidget(column[0], column[1], vertical)
        window.addDockWidget(Area.BottomDockWidgetArea, bottom[0])
        for first, second in pairwise(bottom):
            window.tabifyDockWidget(first, second)
        self._share_room()

    def _share_room(self) -> None:
        window, docks = self._window, self.by_name
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        left = [docks["palette"], docks["input_image"]]
        right = [docks["parameters"], docks["inspector"]]
        bottom = docks[BOTTOM[0]]
        bottom.raise_()
        window.resizeDocks([left[0], right[0]], [LEFT_WIDTH, RIGHT_WIDTH], horizontal)
        window.resizeDocks(left, [window.height() - IMAGE_HEIGHT, IMAGE_HEIGHT], vertical)
        window.resizeDocks(right, [1, 1], vertical)
        window.resizeDocks([bottom], [BOTTOM_HEIGHT], vertical)

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
        self._drop_tab_bars()
        return known

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

    def _spare_titles(self, *_news: object) -> None:
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

    def _count_problems(self, report: Report) -> None:
        count = len(report.problems)
        self.by_name["problems"].setWindowTitle(_("Problems ({count})").format(count=count) if count else _("Problems"))


def _rest_unseen(dock: QDockWidget, panel: QWidget) -> None:
    """Hide a panel whose tab is not in front: to Qt it would count as visible, and go on painting off the screen."""
    policy = panel.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    panel.setSizePolicy(policy)
    panel.hide()
    dock.visibilityChanged.connect(panel.setVisible)
