"""The gallery's window, and the start page over an empty canvas: when they show, and what is done with a choice.

What they are made of is imported when one of them is first wanted: most starts want neither.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from designer.library.files import GALLERY_PREFIX
from designer.ui.bridge import Bridge
from designer.ui.canvas.view.canvas_view import CanvasView
from designer.ui.files.file_commands import FileCommands
from designer.ui.shell.preferences import Preferences
from designer.ui.worker import BackgroundTasks

if TYPE_CHECKING:
    from designer.ui.gallery.gallery_panel import GalleryState
    from designer.ui.gallery.gallery_window import GalleryWindow
    from designer.ui.gallery.start_page import StartPage
    from designer.ui.gallery.thumbnails import Thumbnails


class GalleryCommands(QObject):
    """What the window has to do with the gallery.

    Parameters
    ----------
    tasks
        Where thumbnails are drawn and recent files looked into.
    window
        What the gallery's window belongs to.
    """

    def __init__(
        self,
        bridge: Bridge,
        canvas: CanvasView,
        files: FileCommands,
        preferences: Preferences,
        tasks: BackgroundTasks,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._canvas, self._files = bridge.session, canvas, files
        self._preferences, self._tasks, self._window = preferences, tasks, window
        self._dismissed = False
        self.page: StartPage | None = None
        bridge.changed.connect(self._look)
        bridge.file_changed.connect(self._look)
        files.adopted.connect(self._begin_anew)
        canvas.viewport().installEventFilter(self)

    @cached_property
    def _state(self) -> GalleryState:
        from designer.ui.gallery.gallery_panel import GalleryState

        return GalleryState(self._preferences, self)

    @cached_property
    def _thumbnails(self) -> Thumbnails:
        from designer.ui.gallery.thumbnails import Thumbnails

        return Thumbnails(self._tasks, self)

    def new_window(self) -> GalleryWindow:
        """The gallery in a window, not shown yet."""
        from designer.ui.gallery.gallery_window import GalleryWindow

        window = GalleryWindow(self._state, self._thumbnails, self._preferences, self._window)
        window.chosen.connect(self.open_network)
        return window

    def open_network(self, name: str) -> None:
        """Open a network in the place of the design, having asked about unsaved changes."""
        self._files.open_source(GALLERY_PREFIX + name)

    # -- the start page --------------------------------------------------------------------------------------------

    def _begin_anew(self) -> None:
        self._dismissed = False
        self._look()

    def _dismiss(self) -> None:
        self._dismissed = True
        self._look()
        self._canvas.setFocus()

    def _look(self, _change: object = None) -> None:
        """Show the page over an empty design, and only there."""
        wanted = not self._session.design.nodes and not self._dismissed
        if not wanted:
            if self.page is not None:
                self.page.hide()
        elif self._canvas.isVisible():
            if self.page is None:
                self.page = self._build_page()
            if not self.page.isVisible():
                self._fill_recent(self.page)
                self._fit()
                self.page.show()
                self.page.raise_()

    def _build_page(self) -> StartPage:
        from designer.ui.gallery.start_page import StartPage

        page = StartPage(self._state, self._thumbnails, self._canvas)
        page.begun.connect(self._dismiss)
        page.open_wanted.connect(self._files.open)
        page.recent_wanted.connect(self._files.open_path)
        page.example_wanted.connect(self._files.open_example)
        page.network_wanted.connect(self.open_network)
        page.drag_came.connect(page.hide)
        return page

    def _fit(self) -> None:
        if self.page is not None:
            self.page.fit(self._canvas.width(), self._canvas.height())

    def _fill_recent(self, page: StartPage) -> None:
        from designer.ui.gallery.recent_files import what_it_is

        paths = self._preferences.recent_files
        page.show_recent(paths)

        def show(words: list[str]) -> None:
            for path, text in zip(paths, words, strict=True):
                page.describe(path, text)

        self._tasks.start(lambda: [what_it_is(path) for path in paths], show, _raise, "recent")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the canvas's size; come back when nothing has come of a drag."""
        if event.type() == QEvent.Type.Resize:
            self._fit()
        elif event.type() in (QEvent.Type.Show, QEvent.Type.DragLeave):
            self._look()
        return super().eventFilter(watched, event)


def _raise(error: Exception) -> None:
    raise error
