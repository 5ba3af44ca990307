"""Opening and saving: dialogs in the window, files in the background, word of it in a notice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from designer.files import spec
from designer.files.regular_file import printable_path
from designer.files.tensor_files import SUFFIXES as WEIGHTS_SUFFIXES
from designer.files.weights_file import WeightsError
from designer.gallery.examples import Example
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.i18n import _
from designer.layout.overview_level import opened_large
from designer.layout.placing import placed
from designer.library import files
from designer.library.formats import OWN, readable, with_own_suffix
from designer.library.weights_loading import LoadedWeights, summary_of, with_file_weights
from designer.pictures.images import SUFFIXES, Picture, example_images, open_image
from designer.session.durability.disk_state import FileStamp, stamp_of
from designer.session.durability.versions import keep_version
from designer.session.notices import Choice, Level
from designer.session.session import Session
from designer.ui.files.clipboard_image import picture_of
from designer.ui.files.disk_watch import SUBJECT as DISK
from designer.ui.files.disk_watch import ChangedOnDisk, DiskWatch
from designer.ui.files.exports import Exports
from designer.ui.files.file_dialogs import FileDialogs
from designer.ui.files.file_names import (
    format_filters,
    opening,
    suggested_name,
    weights_filter,
)
from designer.ui.files.file_tasks import FileTasks
from designer.ui.files.local_path import local_path
from designer.ui.files.weights_report_window import WeightsReportWindow
from designer.ui.shell.notifications import Answer, ask_save
from designer.ui.shell.preferences import Preferences
from designer.ui.worker import BackgroundTasks


class FileCommands(QObject):
    """What the File menu does. Every reading is of a snapshot; where it fails, nothing has changed.

    Parameters
    ----------
    disk
        Is told what is opened and saved, and knows whether a file is still what it was.
    window
        What dialogs belong to.

    Signals: ``adopted()`` when another design has come: new, open, example.
    """

    adopted = Signal()

    def __init__(
        self, session: Session, tasks: BackgroundTasks, preferences: Preferences, disk: DiskWatch, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session, self._preferences, self._window, self._disk = session, preferences, window, disk
        self._tasks, self._dialogs = FileTasks(session, tasks), FileDialogs(preferences, window)
        self.exports = Exports(session, self._tasks, self._dialogs)
        self._adopted = 0
        self._on_disk: files.Saved | None = None
        self._disk.save_wanted.connect(self.save)

    # -- designs ---------------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Start an empty design."""
        self.when_saved(lambda: self._adopt(Design(name=_("Untitled")), None))

    def open(self) -> None:
        """Choose a design and open it."""
        self.when_saved(
            lambda: self._dialogs.ask_file("design", _("Open a design"), format_filters(readable()), self._read_design)
        )

    def open_path(self, path: Path) -> None:
        """Open a file by its suffix: a design, an image or weights."""
        suffix = path.suffix.lower()
        if suffix in SUFFIXES:
            self.read_image(path)
        elif suffix in WEIGHTS_SUFFIXES:
            self._read_weights(path)
        else:
            self.when_saved(lambda: self._read_design(path))

    def open_source(self, source: str) -> None:
        """Open what the command line named: a file, or ``gallery:NAME``, which has no file of its own."""
        if source.startswith(files.GALLERY_PREFIX):
            self.when_saved(
                lambda: self._tasks.start(
                    lambda: opened_large(files.load(source)),
                    lambda design: self._adopt(design, None),
                    _("building {name}").format(name=source.removeprefix(files.GALLERY_PREFIX)),
                )
            )
        else:
            self.open_path(Path(source))

    def open_example(self, example: Example) -> None:
        """Open a shipped example; saving it asks for a name."""

        def adopt(design: Design) -> None:
            self._adopt(design, None)
            self._session.notice(example.description)

        self.when_saved(lambda: self._tasks.start(lambda: files.load(example.path), adopt, opening(example.path)))

    def _read_design(self, path: Path) -> None:
        path = path.absolute()

        def read() -> tuple[FileStamp | None, files.Opened]:
            opened = _placed(files.open_design(path))
            return stamp_of(path, opened.saved.digest) if opened.saved is not None else None, opened

        def adopt(found: tuple[FileStamp | None, files.Opened]) -> None:
            known, opened = found
            # What came from another format has no file of its own yet: saving asks for a name.
            self._adopt(opened.design, path if opened.saved is not None else None, known)
            self._on_disk = opened.saved
            self._preferences.add_recent(path)
            self._tasks.warn(opened.notes)

        def failed(error: Exception) -> None:
            if isinstance(error, WeightsError):
                choice = Choice(_("Open without weights"), lambda: self._read_without_weights(path))
                self._session.notice(str(error), Level.ERROR, (choice,))
            else:
                self._tasks.tell(error)

        self._preferences.remember_folder("design", path)
        self._tasks.start(read, adopt, opening(path), failed=failed)

    def _read_without_weights(self, path: Path) -> None:
        def adopt(opened: files.Opened) -> None:
            self._adopt(opened.design, None)
            self._tasks.warn(opened.notes)

        self.when_saved(
            lambda: self._tasks.start(lambda: _placed(files.open_without_weights(path)), adopt, opening(path))
        )

    def adopt_unsaved(self, design: Design, path: Path | None = None, known: FileStamp | None = None) -> None:
        """Show a design that is on no disk as it is: recovered after a crash, or an earlier version."""
        self._adopt(design, path, known, saved=False)
        self._disk.check()  # the file may have changed since

    def _adopt(self, design: Design, path: Path | None, known: FileStamp | None = None, *, saved: bool = True) -> None:
        self._adopted += 1
        self._on_disk = None
        self._disk.follow(path, known)
        self._session.adopt(design, path, saved=saved)
        self.adopted.emit()

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save under the name the design has, or ask for one; ``then`` is called once it is on disk."""
        if self._session.path is None:
            self.save_as(then)
        else:
            self._write_design(self._session.path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a name and save."""
        dialog = self._dialogs.build("design", _("Save the design"), format_filters((OWN,)), saving=True)
        dialog.setDefaultSuffix(spec.SUFFIX.removeprefix("."))
        dialog.selectFile(
            self._session.path.name if self._session.path is not None else suggested_name(self._session.design)
        )
        dialog.fileSelected.connect(lambda name: self._write_completed(Path(name), then))
        dialog.open()

    def _write_completed(self, chosen: Path, then: Callable[[], None] | None) -> None:
        """Save under the name chosen in the dialog, or that name with the suffix it lacks."""
        path = with_own_suffix(chosen)
        if path != chosen and path.exists():
            # The dialog asked about replacing the name that was typed, not about this one.
            text = _("{name} exists already; choose it by its whole name to replace it")
            self._session.notice(text.format(name=printable_path(path.name)), Level.WARNING)
        else:
            self._write_design(path, then)

    def _write_design(self, path: Path, then: Callable[[], None] | None, *, over_changed: bool = False) -> None:
        """Save, but not over what another program has written into the document's file, unless the user said so."""
        design, adopted, disk, last = self._session.design, self._adopted, self._disk, self._on_disk
        before = self._session.document.saved if path == disk.path else None

        def write() -> tuple[FileStamp | None, files.Saved]:
            if not over_changed:
                disk.refuse_changed(path)
            with disk.own_writing(path):
                state = files.save(design, path, last=last)
            keep_version(path, design, before)
            return stamp_of(path, state.digest), state

        def saved(written: tuple[FileStamp | None, files.Saved]) -> None:
            after, state = written
            # Another design may have been opened meanwhile; the file is then no longer this window's.
            if adopted == self._adopted:
                self._on_disk = state
                disk.follow(path, after)
                self._session.saved_as(path, design)
            self._preferences.add_recent(path)
            self._session.notice(_("saved {path}").format(path=printable_path(path.name)), Level.SUCCESS)
            if then is not None:
                then()

        def failed(error: Exception) -> None:
            if isinstance(error, ChangedOnDisk):
                self._ask_over_changed(error, path, then)
            else:
                self._tasks.tell(error)

        self._preferences.remember_folder("design", path)
        self._tasks.start(write, saved, _("saving {name}").format(name=path.name), failed=failed, writes=True)

    def _ask_over_changed(self, error: ChangedOnDisk, path: Path, then: Callable[[], None] | None) -> None:
        choices = (
            Choice(_("Overwrite"), lambda: self._write_design(path, then, over_changed=True)),
            Choice(_("Save as…"), lambda: self.save_as(then)),
            Choice(_("Reload"), self._disk.reload),
        )
        self._session.notice(str(error), Level.WARNING, choices, DISK)

    def when_saved(self, then: Callable[[], None]) -> None:
        """Go on with ``then`` once unsaved changes are saved or given up; not at all where the user cancels."""
        if not self._session.document.modified:
            then()
            return

        def answered(answer: Answer) -> None:
            if answer is Answer.SAVE:
                self.save(then)
            elif answer is Answer.DISCARD:
                then()

        ask_save(self._window, self._session.title, answered)

    # -- images ----------------------------------------------------------------------------------------------------

    def open_image(self) -> None:
        """Choose an image and feed it to the network."""
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        filters = [_("Images ({patterns})").format(patterns=patterns)]
        self._dialogs.ask_file("image", _("Open an image"), filters, self.read_image)

    def read_image(self, path: Path) -> None:
        """Feed an image file to the network."""
        self._preferences.remember_folder("image", path)
        self._tasks.start(lambda: open_image(path), self._session.set_picture, opening(path))

    def open_example_image(self, name: str) -> None:
        """Feed a shipped image to the network."""
        path = next(example.path for example in example_images() if example.name == name)
        self._tasks.start(lambda: open_image(path), self._session.set_picture, opening(path))

    def paste_image(self) -> None:
        """Feed the clipboard's image to the network, or say that there is none."""
        if not self.take_dropped(QGuiApplication.clipboard().mimeData()):
            self._session.notice(_("the clipboard holds no image; copy one in another program"), Level.WARNING)

    def take_dropped(self, mime: QMimeData | None) -> bool:
        """Open files or an image that were dropped or pasted; whether there were any."""
        if mime is None:
            # Qt's answer to a clipboard that nobody has put anything on.
            return False
        paths = dropped_files(mime)
        if paths:
            for path in paths:
                self.open_path(path)
            return True
        image = mime.imageData() if mime.hasImage() else None
        if not isinstance(image, QImage) or image.isNull():
            return False

        def picture() -> Picture:
            return picture_of(image, _("clipboard"))

        self._tasks.start(picture, self._session.set_picture, _("reading the clipboard"))
        return True

    # -- weights ---------------------------------------------------------------------------------------------------

    def load_weights(self) -> None:
        """Choose a file of tensors and give them to the layers."""
        self._dialogs.ask_file("weights", _("Load weights"), [weights_filter(WEIGHTS_SUFFIXES)], self._report_weights)

    def _report_weights(self, path: Path) -> None:
        self._read_weights(path, report=True)

    def _read_weights(self, path: Path, *, report: bool = False) -> None:
        """Give the layers what a file has; the report opens at once where it was asked for by the menu.

        After a drop the keys stay with the canvas, and a notice offers it.
        """
        before = self._session.design

        def give(loaded: LoadedWeights) -> None:
            now = self._session.design.nodes
            given = {
                node: tensors
                for node, tensors in loaded.design.weights.items()
                if node in now and before.weights.get(node) is not tensors
            }
            if self._session.do(SetWeights(given)):
                window = partial(WeightsReportWindow, path, loaded.report, self._window)
                offer = (Choice(_("Report…"), lambda: window().show()),) if not loaded.report.complete else ()
                if report and offer:
                    window().show()
                self._session.notice(summary_of(loaded.report), Level.SUCCESS, () if report else offer)
                self._tasks.warn(loaded.notes)

        self._preferences.remember_folder("weights", path)
        self._tasks.start(lambda: with_file_weights(before, path), give, opening(path))


def dropped_files(mime: QMimeData) -> list[Path]:
    """Local files that are dragged or on the clipboard."""
    return [local_path(url) for url in mime.urls() if url.isLocalFile()]


def _placed(opened: files.Opened) -> files.Opened:
    """Lay out what has no place: of thousands of nodes that takes too long for the window."""
    return attrs.evolve(opened, design=placed(opened.design))
