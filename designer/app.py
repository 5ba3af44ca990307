"""The window put together, and what stands in for it where there is no display."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

from PySide6.QtCore import QEventLoop, QObject, QSocketNotifier, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontMetrics, QIcon
from PySide6.QtWidgets import QApplication

from designer import __version__
from designer.files.atomic import atomic_write
from designer.gallery.examples import Example, examples
from designer.graph.design import Design
from designer.i18n import _
from designer.layer_api.layer import Category
from designer.library import files
from designer.pictures.images import example_images, open_image
from designer.resources import resource
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.collecting import IdleCollection
from designer.ui.files.defect_reports import DefectReports
from designer.ui.shell.main_window import SIZE, MainWindow
from designer.ui.shell.preferences import Preferences
from designer.ui.widgets.theme import install_theme

SWITCH_SECONDS = 0.001
DEMO_FOLDER = "build/demo"
LONGEST_RUN_MS = 60_000
SETTLE_MS = 400
"""For what follows a run: statistics of the maps, pictures scaled in the background."""

_log = logging.getLogger(__name__)


def run_window(file: str | None = None, image: str | None = None) -> int:
    """Open the window on a design (else an example) and an image (else an example); the exit status.

    Where there is no display, say so and leave the demo's files in ``build/demo`` instead.
    """
    if not has_display():
        where = _("netdraft: no display; leaving summary, feature maps and a picture of the window in {folder}")
        sys.stderr.write(where.format(folder=DEMO_FOLDER) + "\n")
        return run_demo(file=file, image=image)
    logging.basicConfig()
    application = make_application()
    session = Session()
    window = MainWindow(Bridge(session))
    with _survive(application, window):
        if file is None:
            show_design(session, files.load(first_example().path))
        if image is None:
            feed_quietly(window, example_images()[0].path)
        window.show()
        if file is not None:
            window.files.open_source(file)
        if image is not None:
            window.files.read_image(Path(image))
        window.worker.run_now()
        window.canvas.setFocus()
        window.recovery.look()
        return application.exec()


def run_demo(out: str | os.PathLike[str] = DEMO_FOLDER, *, file: str | None = None, image: str | None = None) -> int:
    """Summarise and run a design (else the example) without a display; the exit status.

    Leaves ``summary.txt``, ``.json`` and ``.md``, a folder of maps and ``window.png``.
    """
    folder = Path(out)
    design = files.load(file or first_example().path)
    photograph = image or example_images()[0].path
    for line in _demo_files(design, photograph, folder):
        sys.stdout.write(line + "\n")
    os.environ["QT_QPA_PLATFORM"] = os.environ.get("QT_QPA_PLATFORM") or "offscreen"
    make_application()
    _draw_window(design, photograph, folder / "window.png")
    sys.stdout.write(_("wrote {path}").format(path=folder / "window.png") + "\n")
    return 0


def has_display() -> bool:
    """Whether a window can be seen; on other systems than Linux there is always a screen."""
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in wanted)


def make_application() -> QApplication:
    """The Qt application with Netdraft's name and looks; the one there is where there is one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # A thread of the engine lets go of the interpreter lock after a millisecond, not after five: with several of them
    # at work the window otherwise waits long enough for its turn to be noticed.
    sys.setswitchinterval(SWITCH_SECONDS)
    application = QApplication(["netdraft"])
    IdleCollection(application)
    application.setApplicationName("netdraft")
    application.setApplicationDisplayName("")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("netdraft")
    application.setWindowIcon(QIcon(str(resource("netdraft.svg"))))
    if not QFontMetrics(application.font()).inFont("A"):
        # In the terminal: in the window nobody could read it. Without fonts Qt still lists families, of no letters.
        advice = _("netdraft: no font is installed, texts show as boxes; install one, such as fonts-dejavu-core")
        sys.stderr.write(advice + "\n")
    install_theme(application)
    return application


def first_example() -> Example:
    """The example that shows most at first sight: colour, many maps, every kind of layer."""
    return next(example for example in examples() if example.name == "block_stack")


def show_design(session: Session, design: Design) -> None:
    """Show a design with its first convolution selected, so that numbers and maps are there to see."""
    session.adopt(design)
    convolutions = (node for node in design.order if design.nodes[node].layer.category is Category.CONVOLUTION)
    session.select([node for node in (next(convolutions, None),) if node is not None])


def feed_quietly(window: MainWindow, photograph: str | os.PathLike[str]) -> None:
    """Feed a picture without hints about how it was fitted: nobody has asked for one yet."""
    hub = window.notifications
    hub.quiet = True
    window.worker.ended.connect(lambda: setattr(hub, "quiet", False), Qt.ConnectionType.SingleShotConnection)
    window.session.set_picture(open_image(photograph))


# -- the demo --------------------------------------------------------------------------------------------------------


def _demo_files(design: Design, photograph: str | os.PathLike[str], folder: Path) -> Iterator[str]:
    # Nothing of this is needed to open a window.
    from designer.analysis.analyse import analyse
    from designer.cli.summary_text import print_summary
    from designer.interchange.tables.summary import to_markdown
    from designer.session.headless import run_image

    report = analyse(design)
    folder.mkdir(parents=True, exist_ok=True)
    as_text = io.StringIO()
    print_summary(report, as_text)
    as_json = json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n"
    contents = {"summary.txt": as_text.getvalue(), "summary.json": as_json, "summary.md": to_markdown(report)}
    for name, text in contents.items():
        with atomic_write(folder / name) as stream:
            stream.write(text.encode())
        yield _("wrote {path}").format(path=folder / name)
    yield from run_image(design, photograph, folder / "maps")


def _draw_window(design: Design, photograph: str | os.PathLike[str], path: Path) -> None:
    """Draw the real window, with settings of its own: the user's are neither shown nor changed."""
    with tempfile.TemporaryDirectory() as folder, _without_platform_remarks():
        preferences = Preferences(Path(folder) / "netdraft.ini")
        preferences.scheme = "light"
        window = MainWindow(Bridge(Session()), preferences)
        window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.resize(SIZE)
        show_design(window.session, design)
        feed_quietly(window, photograph)
        window.show()
        wait_for_maps(window)
        window.grab().save(str(path))
        window.close()


@contextmanager
def _without_platform_remarks() -> Iterator[None]:
    """Keep to yourself what the offscreen platform cannot do: nobody asked it for a window on a screen."""

    def pass_on(_kind: QtMsgType, _where: object, text: str) -> None:
        if not text.startswith("This plugin does not support"):
            sys.stderr.write(text + "\n")

    before = qInstallMessageHandler(pass_on)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def wait_for_maps(window: MainWindow) -> None:
    """Let the window work until its run has ended and the panels have settled."""
    loop = QEventLoop()
    limit = QTimer()
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    settle = QTimer()
    settle.setSingleShot(True)
    settle.setInterval(SETTLE_MS)
    settle.timeout.connect(loop.quit)
    window.worker.ended.connect(settle.start)
    limit.start(LONGEST_RUN_MS)
    window.worker.run_now()
    loop.exec()


# -- surviving -------------------------------------------------------------------------------------------------------


@contextmanager
def _survive(application: QApplication, window: MainWindow) -> Iterator[None]:
    """Let a defect be a notice and a report instead of the end, and signals a way to leave that loses nothing."""
    before = sys.excepthook, threading.excepthook

    def log(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("a defect", exc_info=(kind, error, trace))

    def log_of_thread(given: threading.ExceptHookArgs) -> None:
        if given.exc_value is not None:
            log(given.exc_type, given.exc_value, given.exc_traceback)

    commands = window.commands
    reports = DefectReports(window.bridge, [commands[name] for name in commands], window)
    reports.watch_hard_crashes()
    sys.excepthook, threading.excepthook = log, log_of_thread
    interrupt = Interrupt(application, window)
    try:
        yield
    finally:
        interrupt.close()
        reports.close()
        sys.excepthook, threading.excepthook = before
        if window.isVisible():  # a second Ctrl+C has ended the loop: what is unsaved is offered at the next start
            window.leave_unsaved()


class Interrupt(QObject):
    """Ctrl+C in the terminal closes the window; a second time it ends the program without a question.

    SIGTERM and SIGHUP, as when the system shuts down or the terminal is closed, end it at once. What is unsaved is
    then offered at the next start.

    Python runs signal handlers only between its own instructions, and Qt's event loop is none; the byte that Python
    writes for every signal wakes Qt up.
    """

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        super().__init__(window)
        self._application, self._window = application, window
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._handlers = {signal.SIGINT: signal.signal(signal.SIGINT, self._interrupted)}
        for name in ("SIGTERM", "SIGHUP"):
            if (number := getattr(signal, name, None)) is not None:
                self._handlers[number] = signal.signal(number, self._terminated)
        self._count = 0

    def _drain(self) -> None:
        self._reader.recv(64)

    # A handler may run between any two instructions, in the middle of an edit too; the event loop runs between edits.

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        QTimer.singleShot(0, self._window.close if self._count == 1 else lambda: self._application.exit(130))

    def _terminated(self, number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, lambda: self._end(number))

    def _end(self, number: int) -> None:
        # Else the closed window ends the loop with 0 now and then.
        self._application.setQuitOnLastWindowClosed(False)
        self._window.leave_unsaved()
        # What a shell makes of a process that a signal has ended.
        self._application.exit(128 + number)

    def close(self) -> None:
        """Give the signals back."""
        self._application.setQuitOnLastWindowClosed(True)
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._reader.close()
        self._writer.close()
