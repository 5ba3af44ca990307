"""The window: canvas in the middle, panels around it, menus, toolbar and totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QVBoxLayout, QWidget

from designer.engine.options import EngineOptions
from designer.i18n import _
from designer.session.session import Session
from designer.ui.action_entry import SEPARATOR
from designer.ui.bridge import Bridge
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.view.canvas_view import CanvasView
from designer.ui.files.autosave import Autosave
from designer.ui.files.disk_watch import SUBJECT as DISK
from designer.ui.files.disk_watch import DiskWatch
from designer.ui.files.file_commands import FileCommands, dropped_files
from designer.ui.files.recovery_offer import RecoveryOffer
from designer.ui.gallery.gallery_commands import GalleryCommands
from designer.ui.panels.image.image_invitation import ImageDropTarget
from designer.ui.panels.maps.feature_maps_panel import FeatureMapsPanel
from designer.ui.panels.palette.palette_panel import PalettePanel
from designer.ui.shell.actions import TOOLS
from designer.ui.shell.docks import Docks
from designer.ui.shell.help_windows import AboutWindow, ShortcutsWindow
from designer.ui.shell.messages_window import MessagesWindow
from designer.ui.shell.notifications import Notifications
from designer.ui.shell.preferences import LAYOUT_VERSION, Preferences
from designer.ui.shell.totals_bar import TotalsBar
from designer.ui.shell.versions_menu import VersionsMenu
from designer.ui.shell.window_actions import Actions
from designer.ui.shell.window_menus import WindowMenus
from designer.ui.shell.window_place import fit_to_screen
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import Scheme, icon, set_scheme
from designer.ui.worker import BackgroundTasks, Worker

SIZE = QSize(1280, 800)

Window = TypeVar("Window", bound=QWidget)


class MainWindow(FollowsTheme, QMainWindow):
    """One session in one window.

    Parameters
    ----------
    bridge
        Its session is what the window shows.
    preferences
        Read now, and written when the window closes.
    """

    def __init__(self, bridge: Bridge, preferences: Preferences | None = None) -> None:
        super().__init__()
        self.bridge = bridge
        self.session: Session = bridge.session
        # It goes with the window: its connections hold panels that hold it, a circle that Python does not see.
        bridge.setParent(self)
        self.preferences = preferences or Preferences()
        self._leaving = self._keep_copy = self._waiting_to_close = False
        self.setObjectName("main")
        self.setAcceptDrops(True)
        self.resize(SIZE)
        set_scheme(self.preferences.scheme)
        self.session.configure(attrs.evolve(self.session.settings, convention=self.preferences.convention))
        self.session.set_preprocessing(self.preferences.preprocessing)
        self.session.configure_engine(self.preferences.engine_options)
        self.tasks = BackgroundTasks(self)
        self.worker: Worker = Worker(bridge, self)
        self.worker.automatic = self.preferences.automatic_run
        self.upkeep = BackgroundTasks(self)
        """What nobody has asked for and nobody waits for, so that the bar at the bottom does not show it."""
        self.disk = DiskWatch(bridge, self.upkeep, self)
        self.autosave = Autosave(bridge, self.upkeep, lambda: self.disk.known, self)
        self.files: FileCommands = FileCommands(self.session, self.tasks, self.preferences, self.disk, self)
        self.recovery = RecoveryOffer(self.session, self.upkeep, self.files, self.autosave, self)
        self._build_canvas()
        self.canvas.take_clipboard = self.files.take_dropped
        self.gallery: GalleryCommands = GalleryCommands(
            bridge, self.canvas, self.files, self.preferences, self.upkeep, self
        )
        self.totals = TotalsBar(bridge, self.tasks, self)
        self.setStatusBar(self.totals)
        self.tool_bar = QToolBar(_("Toolbar"), self)
        self.tool_bar.setObjectName("tools")
        self.addToolBar(self.tool_bar)
        self.docks: Docks = Docks(bridge, self)
        self._build_actions()
        self._connect()
        self._restore()
        self._show_title()

    # -- building --------------------------------------------------------------------------------------------------

    def _build_canvas(self) -> None:
        host = QWidget(self)
        column = QVBoxLayout(host)
        column.setContentsMargins(0, 0, 0, 0)
        self.scene = CanvasScene(self.bridge, self)
        self.canvas = CanvasView(self.scene, self.bridge, host, self.tasks)
        column.addWidget(self.canvas)
        self.setCentralWidget(host)
        self.notifications: Notifications = Notifications(self.bridge, host)

    def _build_actions(self) -> None:
        self.commands = Actions(self)
        menus = self.commands.fill_menu_bar(self.menuBar())
        self.menus = WindowMenus(menus, self.files, self.preferences)
        VersionsMenu(menus["versions"], self.session, self.tasks, self.files)
        self.menus.fill_panels(dock.toggleViewAction() for dock in self.docks.by_name.values())
        self._build_tool_bar(menus["images"])

    def _build_tool_bar(self, images: QMenu) -> None:
        self.tool_bar.setIconSize(QSize(20, 20))
        self.tool_bar.setMovable(False)
        self.commands.fill_tool_bar(self.tool_bar, (*TOOLS, SEPARATOR))
        run = self.tool_bar.widgetForAction(self.commands["run"])
        assert isinstance(run, QToolButton)
        self.image_button = QToolButton(self.tool_bar)
        self.image_button.setText(_("Image"))
        self.image_button.setToolTip(_("Choose the image that is fed to the network"))
        self.image_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.image_button)
        menu.addAction(self.commands["open_image"])
        menu.addSeparator()
        menu.addActions(images.actions())
        self.image_button.setMenu(menu)
        for button in (run, self.image_button):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.tool_bar.addWidget(self.image_button)
        self._follow_theme()

    def _apply_theme(self) -> None:
        self.commands.refresh_icons()
        self.image_button.setIcon(icon("image"))

    def _connect(self) -> None:
        files, docks = self.files, self.docks
        for panel in docks.all_of(ImageDropTarget):
            panel.open_image_wanted.connect(files.open_image)
            panel.paste_image_wanted.connect(files.paste_image)
            panel.example_image_wanted.connect(files.open_example_image)
            panel.image_dropped.connect(files.open_path)
        maps = docks.panel(FeatureMapsPanel)
        maps.export_wanted.connect(self.export)
        maps.run_requested.connect(self.run)
        self.totals.stop_wanted.connect(self.worker.stop)
        self.totals.problems_wanted.connect(lambda: docks.bring("problems"))
        self.bridge.file_changed.connect(self._show_title)
        self.disk.settled.connect(lambda: self.notifications.withdraw(DISK))
        # What comes next are the canvas's keys, wherever the focus was when the design was chosen.
        files.adopted.connect(self.canvas.setFocus)

    # -- commands --------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Compute the feature maps; without an image, show where one is chosen."""
        if self.session.picture is None:
            self.session.notice(_("open an image first, or choose one of the examples"))
            self.docks.bring("input_image")
        self.worker.run_now()

    def export(self, kind: str) -> None:
        """Write the feature maps in view: ``png`` or ``npz``."""
        # What lies behind another panel is what was selected when it was last seen: in front it is renewed, and seen.
        self.docks.bring("feature_maps")
        self.files.exports.maps(kind, self.docks.panel(FeatureMapsPanel).export())

    def choose_automatic(self, automatic: bool) -> None:
        """Run after every edit, or only when asked to."""
        self.worker.automatic = automatic
        self.preferences.automatic_run = automatic
        if automatic:
            self.worker.run_now()

    def _choose_engine(self, options: EngineOptions) -> None:
        self.preferences.engine_options = options
        self.session.configure_engine(options)

    def choose_precise(self, precise: bool) -> None:
        """Compute without the short cuts that cost digits, or with them."""
        self._choose_engine(attrs.evolve(self.session.engine_options, precise=precise))

    def choose_memory(self, size: int) -> None:
        """Keep as many bytes from run to run."""
        self._choose_engine(attrs.evolve(self.session.engine_options, memory_bytes=size))

    def choose_scheme(self, scheme: Scheme) -> None:
        """Appear light, dark, or as the system."""
        self.preferences.scheme = scheme
        set_scheme(scheme)

    def search_layer(self) -> None:
        """Give the keyboard to the palette's search."""
        self.docks.bring("palette")
        self.docks.panel(PalettePanel).focus_search()

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        self._show_once(ShortcutsWindow, lambda: ShortcutsWindow(self))

    def show_messages(self) -> None:
        """List every notice so far."""
        self._show_once(MessagesWindow, lambda: MessagesWindow(self.notifications, self))

    def show_gallery(self) -> None:
        """List the networks of the literature."""
        from designer.ui.gallery.gallery_window import GalleryWindow

        self._show_once(GalleryWindow, self.gallery.new_window)

    def show_about(self) -> None:
        """Say which version this is."""
        self._show_once(AboutWindow, lambda: AboutWindow(self))

    def _show_once(self, kind: type[Window], build: Callable[[], Window]) -> None:
        """Show a window of this kind: the one that is open, or a new one."""
        window = self.findChild(kind) or build()
        fit_to_screen(window)
        window.show()
        window.raise_()
        window.activateWindow()

    # -- title, layout, leaving ------------------------------------------------------------------------------------

    def _show_title(self) -> None:
        title = _("{name}[*] — Netdraft").format(name=self.session.title.replace("[*]", "[*][*]"))
        # Both go to the window system, and every edit comes by here.
        if title != self.windowTitle():
            self.setWindowTitle(title)
        if self.session.document.modified != self.isWindowModified():
            self.setWindowModified(self.session.document.modified)

    def _restore(self) -> None:
        """Take up place and layout of the last time; what cannot be read leaves them as they are."""
        # Docks before maximizing: a layout too large for a hidden maximized window Qt keeps and applies at some later
        # resize, even in the middle of showing a tab, when it frees what it is walking through.
        if self.preferences.layout is not None:
            self.docks.restore(self.preferences.layout)
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        fit_to_screen(self)

    def _remember(self) -> None:
        self.preferences.geometry = self.saveGeometry()
        self.preferences.layout = self.saveState(LAYOUT_VERSION)
        self.preferences.convention = self.session.settings.convention
        self.preferences.preprocessing = self.session.preprocessing

    def _leave(self) -> None:
        self._leaving = True
        self.close()

    def leave_unsaved(self) -> None:
        """Close without a question; what is unsaved is offered at the next start."""
        self._keep_copy = True
        self._leave()

    def _close_when_written(self) -> None:
        """Wait for the files that are being written, in sight and with the button that stops them."""
        if self._waiting_to_close:
            return
        self._waiting_to_close = True
        self.session.notice(
            _("{label}: the window closes when this is done, or when you stop it").format(
                label=self.tasks.writing[0].label
            )
        )

        # A child of the window: it is not asked to close once it has gone.
        closing = QTimer(self)
        closing.setSingleShot(True)
        closing.timeout.connect(self.close)

        def look() -> None:
            if not self.tasks.writing:
                self.tasks.changed.disconnect(look)
                self._waiting_to_close = False
                closing.start()

        self.tasks.changed.connect(look)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes; then remember the layout and let every thread come to rest."""
        if self.session.document.modified and not self._leaving:
            event.ignore()
            self.files.when_saved(self._leave)
            return
        if self.tasks.writing and not self._keep_copy:
            event.ignore()
            self._close_when_written()
            return
        self._remember()
        self.notifications.dismiss_all()
        self.worker.close()
        self.canvas.laying_out.stop()
        self.tasks.close()
        self.disk.close()
        self.recovery.close()
        self.autosave.close(keep=self._keep_copy)
        super().closeEvent(event)

    # -- files dropped on the window -------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and images."""
        if dropped_files(event.mimeData()) or event.mimeData().hasImage():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Anywhere will do."""
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        if self.files.take_dropped(event.mimeData()):
            event.acceptProposedAction()
