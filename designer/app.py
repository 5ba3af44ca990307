"""The window put together, and what stands in for it where there is no display."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

from PySide6.QtCore import QEventLoop, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from designer import __version__
from designer.engine.images import example_images, open_image
from designer.gallery.examples import Example, examples
from designer.graph.atomic import atomic_write
from designer.graph.design import Design
from designer.i18n import _
from designer.interchange.table import to_markdown
from designer.layer_api.layer import Category
from designer.resources import resource
from designer.session import files
from designer.session.headless import run_image
from designer.session.notices import Level
from designer.session.session import Session
from designer.session.summary_text import print_summary
from designer.ui.bridge import Bridge
from designer.ui.main_window import SIZE, MainWindow
from designer.ui.theme import install_theme, set_scheme

LONGEST_RUN_MS = 60_000
SETTLE_MS = 400
"""For what follows a run: statistics of the maps, pictures scaled in the background."""

_log = logging.getLogger(__name__)


def run_window(file: str | None = None, image: str | None = None) -> int:
    """Open the window on a design (else an example) and an image (else an example); the exit status.

    Where there is no display, say so and leave the demo's files in ``build/demo`` instead.
    """
    if not has_display():
        sys.stderr.write(_("netdraft: no display; writing the example to {folder} instead").format(folder="build/demo"))
        sys.stderr.write("\n")
        return run_demo()
    application = make_application()
    session = Session()
    window = MainWindow(Bridge(session))
    with _survive(application, window):
        if file is None:
            start_with_example(session)
        if image is None:
            set_first_picture(window)
        window.show()
        window.worker.run_now()
        if file is not None:
            window.files.open_path(Path(file))
        if image is not None:
            window.files.read_image(Path(image))
        window.canvas.setFocus()
        return application.exec()


def run_demo(out: str | os.PathLike[str] = "build/demo") -> int:
    """Summarise and run the example without a display: summary, maps and a picture of the window; the exit status."""
    folder = Path(out)
    design = files.load(first_example().path)
    for line in _demo_files(design, folder):
        sys.stdout.write(line + "\n")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make_application()
    set_scheme("light")
    picture = folder / "window.png"
    _draw_window(picture)
    sys.stdout.write(_("wrote {path}").format(path=picture) + "\n")
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
    application = QApplication(["netdraft"])
    application.setApplicationName("netdraft")
    application.setApplicationDisplayName("")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("netdraft")
    application.setWindowIcon(QIcon(str(resource("netdraft.svg"))))
    install_theme(application)
    return application


def first_example() -> Example:
    """The example that shows most at first sight: colour, many maps, every kind of layer."""
    return next(example for example in examples() if example.name == "block_stack")


def start_with_example(session: Session) -> None:
    """Show the first example with its first convolution selected, so that numbers and maps are there to see."""
    session.adopt(files.load(first_example().path))
    design = session.design
    convolutions = (node for node in design.order if design.nodes[node].layer.category is Category.CONVOLUTION)
    session.select([node for node in (next(convolutions, None),) if node is not None])


def set_first_picture(window: MainWindow) -> None:
    """Feed the first example image, without hints about a fit that nobody has asked for."""
    hub = window.notifications
    hub.quiet = True
    window.worker.ended.connect(lambda: setattr(hub, "quiet", False), Qt.ConnectionType.SingleShotConnection)
    window.session.set_picture(open_image(example_images()[0].path))


# -- the demo --------------------------------------------------------------------------------------------------------


def _demo_files(design: Design, folder: Path) -> Iterator[str]:
    session = Session(design)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "summary.txt").open("w", encoding="utf-8") as text:
        print_summary(session.report, text)
    as_json = json.dumps(session.report.to_json(), ensure_ascii=False, indent=1) + "\n"
    for name, contents in (("summary.json", as_json), ("summary.md", to_markdown(session.report))):
        with atomic_write(folder / name) as stream:
            stream.write(contents.encode())
    for name in ("summary.txt", "summary.json", "summary.md"):
        yield _("wrote {path}").format(path=folder / name)
    yield from run_image(design, example_images()[0].path, folder / "maps")


def _draw_window(path: Path) -> None:
    session = Session()
    window = MainWindow(Bridge(session))
    start_with_example(session)
    set_first_picture(window)
    window.resize(SIZE)
    window.show()
    wait_for_maps(window)
    window.notifications.dismiss_all()
    window.grab().save(str(path))
    window.close()


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
    """Let a defect in a slot be a notice instead of the end, and Ctrl+C in the terminal a way to leave."""
    before = sys.excepthook

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("a defect", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            text = _("something went wrong: {reason}. The design is as it was; save it under another name.")
            window.session.notice(text.format(reason=f"{kind.__name__}: {error}"), Level.ERROR)

    sys.excepthook = report
    interrupt = Interrupt(application, window)
    try:
        yield
    finally:
        interrupt.close()
        sys.excepthook = before


class Interrupt(QObject):
    """Ctrl+C in the terminal closes the window; a second time it ends the program without a question.

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
        self._handler = signal.signal(signal.SIGINT, self._interrupted)
        self._count = 0

    def _drain(self) -> None:
        self._reader.recv(64)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1
        if self._count == 1:
            self._window.close()
        else:
            self._application.exit(130)

    def close(self) -> None:
        """Give the signal back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        signal.signal(signal.SIGINT, self._handler)
        self._reader.close()
        self._writer.close()
