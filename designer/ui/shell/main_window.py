"""The window: canvas in the middle, panels around it, menus, toolbar and totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QToolButton, QVBoxLayout, QWidget

from designer.engine.options import EngineOptions
from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.view.canvas_view import CanvasView
from designer.ui.files.autosave import Autosave
from designer.ui.files.disk_watch import SUBJECT as DISK
from designer.ui.files.disk_watch import DiskWatch
from designer.ui.files.file_commands import FileCommands, dropped_files
from designer.ui.files.recovery_offer import RecoveryOffer
from designer.ui.shell.action_states import ActionStates
from designer.ui.shell.actions import MEMORY_SIZES, SEPARATOR, Actions
from designer.ui.shell.docks import Docks
from designer.ui.shell.help_windows import AboutWindow, ShortcutsWindow
from designer.ui.shell.notifications import MessagesWindow, Notifications
from designer.ui.shell.preferences import LAYOUT_VERSION, Preferences
from designer.ui.shell.totals_bar import TotalsBar
from designer.ui.shell.versions_menu import VersionsMenu
from designer.ui.shell.window_menus import WindowMenus
from designer.ui.shell.window_place import fit_to_screen
from designer.ui.widgets.theme import Scheme, icon, set_scheme
from designer.ui.worker import BackgroundTasks, Worker

SIZE = QSize(1280, 800)

TOOLS = ("new", "open", "save", SEPARATOR, "undo", "redo", SEPARATOR, "run", "stop", SEPARATOR, "lay_out", "fit")

Window = TypeVar("Window", bound=QWidget)


class MainWindow(QMainWindow):
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
        self.bridge, self.session = bridge, bridge.session
        # It goes with the window: its connections hold panels that hold it, a circle that Python does not see.
        bridge.setParent(self)
        self.preferences = preferences or Preferences()
        self._leaving = self._keep_copy = False
        self.setObjectName("main")
        self.setAcceptDrops(True)
        self.resize(SIZE)
        set_scheme(self.preferences.scheme)
        self.session.configure(attrs.evolve(self.session.settings, convention=self.preferences.convention))
        self.session.set_preprocessing(self.preferences.preprocessing)
        self.session.configure_engine(self.preferences.engine_options)
        self.tasks = BackgroundTasks(self)
        self.worker = Worker(bridge, self)
        self.worker.automatic = self.preferences.automatic_run
        self.upkeep = BackgroundTasks(self)
        """What nobody has asked for and nobody waits for, so that the bar at the bottom does not show it."""
        self.disk = DiskWatch(bridge, self.upkeep, self)
        self.autosave = Autosave(bridge, self.upkeep, lambda: self.disk.known, self)
        self.files = FileCommands(self.session, self.tasks, self.preferences, self.disk, self)
        self.recovery = RecoveryOffer(self.session, self.upkeep, self.files, self.autosave, self)
        self._build_canvas()
        self.totals = TotalsBar(bridge, self.tasks, self)
        self.setStatusBar(self.totals)
        self.tool_bar = QToolBar(_("Toolbar"), self)
        self.tool_bar.setObjectName("tools")
        self.addToolBar(self.tool_bar)
        self.docks = Docks(bridge, self)
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
        self.notifications = Notifications(self.bridge, host)

    def _build_actions(self) -> None:
        self.commands = Actions(self._handlers(), self, self.canvas)
        menus = self.commands.fill_menu_bar(self.menuBar())
        self.menus = WindowMenus(menus, self.files, self.preferences)
        VersionsMenu(menus["versions"], self.session, self.tasks, self.files)
        self.menus.fill_panels(dock.toggleViewAction() for dock in self.docks.by_name.values())
        self._build_tool_bar(menus["images"])
        self.states = ActionStates(self.bridge, self.commands, self)
        self.commands["auto_run"].setChecked(self.worker.automatic)
        options = self.session.engine_options
        self.commands["precise"].setChecked(options.precise)
        for name, size in MEMORY_SIZES.items():
            self.commands[name].setChecked(size == options.memory_bytes)
        self.commands[f"scheme_{self.preferences.scheme}"].setChecked(True)

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
        self._show_icons()

    def _show_icons(self) -> None:
        self.commands.refresh_icons()
        self.image_button.setIcon(icon("image"))

    def _handlers(self) -> dict[str, Callable[..., object]]:
        files, canvas, session = self.files, self.canvas, self.session
        return {
            "new": files.new,
            "open": files.open,
            "save": files.save,
            "save_as": files.save_as,
            "open_image": files.open_image,
            "load_weights": files.load_weights,
            "save_weights": files.save_weights,
            "export_png": lambda: self._export("png"),
            "export_npz": lambda: self._export("npz"),
            "quit": self.close,
            "undo": session.undo,
            "redo": session.redo,
            "cut": canvas.cut,
            "copy": canvas.copy,
            "paste": self._paste,
            "duplicate": canvas.duplicate,
            "delete": canvas.delete_selection,
            "delete_reconnect": canvas.delete_and_reconnect,
            "select_all": canvas.select_all,
            "rename": canvas.rename_current,
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "zoom_actual": lambda: canvas.zoom_to(1.0),
            "fit": canvas.fit,
            "reset_layout": self.docks.reset,
            "scheme_system": lambda _on: self._choose_scheme("system"),
            "scheme_light": lambda _on: self._choose_scheme("light"),
            "scheme_dark": lambda _on: self._choose_scheme("dark"),
            "run": self._run,
            "stop": self.worker.stop,
            "auto_run": self._choose_automatic,
            "precise": self._choose_precise,
            **{name: lambda _on, size=size: self._choose_memory(size) for name, size in MEMORY_SIZES.items()},
            "lay_out": canvas.auto_layout,
            "add_layer": self._search_layer,
            "shortcuts": lambda: self._show_once(ShortcutsWindow, lambda: ShortcutsWindow(self)),
            "messages": lambda: self._show_once(MessagesWindow, lambda: MessagesWindow(self.notifications, self)),
            "answer": self.notifications.focus_latest,
            "dismiss": self.notifications.dismiss_all,
            "about": lambda: self._show_once(AboutWindow, lambda: AboutWindow(self)),
        }

    def _connect(self) -> None:
        files, docks = self.files, self.docks
        for panel in (docks.feature_maps, docks.input_image):
            panel.open_image_wanted.connect(files.open_image)
            panel.paste_image_wanted.connect(files.paste_image)
            panel.example_image_wanted.connect(files.open_example_image)
            panel.image_dropped.connect(files.open_path)
        docks.feature_maps.export_wanted.connect(self._export)
        docks.feature_maps.run_requested.connect(self._run)
        self.totals.stop_wanted.connect(self.worker.stop)
        self.totals.problems_wanted.connect(lambda: docks.bring("problems"))
        self.bridge.file_changed.connect(self._show_title)
        self.disk.settled.connect(lambda: self.notifications.withdraw(DISK))
        # What comes next are the canvas's keys, wherever the focus was when the design was chosen.
        files.adopted.connect(self.canvas.setFocus)

    # -- commands --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        if self.session.picture is None:
            self.session.notice(_("open an image first, or choose one of the examples"))
            self.docks.bring("input_image")
        self.worker.run_now()

    def _export(self, kind: str) -> None:
        # What lies behind another panel is what was selected when it was last seen: in front it is renewed, and seen.
        self.docks.bring("feature_maps")
        self.files.export(kind, self.docks.feature_maps.export())

    def _choose_automatic(self, automatic: bool) -> None:
        self.worker.automatic = automatic
        self.preferences.automatic_run = automatic
        if automatic:
            self.worker.run_now()

    def _choose_engine(self, options: EngineOptions) -> None:
        self.preferences.engine_options = options
        self.session.configure_engine(options)

    def _choose_precise(self, precise: bool) -> None:
        self._choose_engine(attrs.evolve(self.session.engine_options, precise=precise))

    def _choose_memory(self, size: int) -> None:
        self._choose_engine(attrs.evolve(self.session.engine_options, memory_bytes=size))

    def _choose_scheme(self, scheme: Scheme) -> None:
        self.preferences.scheme = scheme
        set_scheme(scheme)

    def _paste(self) -> None:
        if not self.files.take_dropped(QGuiApplication.clipboard().mimeData()):
            self.canvas.paste()

    def _search_layer(self) -> None:
        self.docks.bring("palette")
        self.docks.palette.focus_search()

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
        if self.preferences.geometry is not None:
            self.restoreGeometry(self.preferences.geometry)
        if self.preferences.layout is not None:
            self.docks.restore(self.preferences.layout)
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

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved changes; then remember the layout and let every thread come to rest."""
        if self.session.document.modified and not self._leaving:
            event.ignore()
            self.files.when_saved(self._leave)
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

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "image_button"):
            self._show_icons()
        super().changeEvent(event)

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
