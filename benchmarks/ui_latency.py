"""How long the window is busy with one edit, and its longest silence while the engine works; one process, medians.

``python -m benchmarks.ui_latency``. Targets: 16 ms an edit at 40 nodes, 50 ms at 500, no silence over 50 ms, 100 ms
for another appearance or layout of the window.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.big_designs import chain
from designer.app import make_application
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.edits import MoveNodes, SetParameters
from designer.layout.layered import layout
from designer.pictures.images import example_images, open_image
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.preferences import Preferences

HEARTBEAT_MS = 5
TABS = ("feature_maps", "summary", "charts", "problems")


def laid_out(design: Design) -> Design:
    """The design with its cards placed as the automatic layout does."""
    return MoveNodes(layout(design)).apply(design)


@contextmanager
def open_window(design: Design, node: str) -> Iterator[MainWindow]:
    """A window on a design with a node selected, and settings of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NETDRAFT_STATE"] = folder  # no copies of measured designs among the user's
        session = Session(design)
        window = MainWindow(Bridge(session), Preferences(Path(folder) / "settings.ini"))
        window.worker.automatic = False
        window.resize(1280, 800)
        window.show()
        session.select([node])
        settle(0.5)
        yield window
        session.document.mark_saved()
        window.close()


def settle(seconds: float) -> None:
    """Let the window do what it still has to do."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def edit_times(
    window: MainWindow, node: str, filters: Callable[[int], int], count: int = 30
) -> list[tuple[float, float]]:
    """Milliseconds from an edit to the last repaint it causes: of the UI thread at work, and by the clock on the wall.

    They differ where other programs keep the machine busy.
    """
    times = []
    for index in range(count):
        edit = SetParameters(node, {"filters": filters(index)})
        busy, wall = time.thread_time(), time.perf_counter()
        window.session.do(edit)
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        times.append((1000 * (time.thread_time() - busy), 1000 * (time.perf_counter() - wall)))
        settle(0.02)
    return times


def longest_silence(window: MainWindow, before: Callable[[], None]) -> tuple[float, float, float]:
    """Longest and 99th percentile distance of two heartbeats while a run goes on, and the run's seconds."""
    gaps: list[int] = []
    clock = QElapsedTimer()

    def beat() -> None:
        gaps.append(clock.nsecsElapsed())
        clock.restart()

    heart = QTimer()
    heart.setInterval(HEARTBEAT_MS)
    heart.timeout.connect(beat)
    loop = QEventLoop()
    window.worker.ended.connect(loop.quit)
    QTimer.singleShot(300_000, loop.quit)
    before()
    clock.start()
    heart.start()
    began = time.perf_counter()
    window.worker.run_now()
    loop.exec()
    seconds = time.perf_counter() - began
    settle(0.3)
    heart.stop()
    ordered = sorted(gaps)
    return ordered[-1] / 1e6, ordered[int(0.99 * len(ordered))] / 1e6, seconds


def edit_lines(title: str, design: Design, first: str, middle: str, target: float) -> Iterator[str]:
    """A line for each panel in front and each place of the edit."""
    yield f"edit to repaint, {title}: ms of the UI thread, median (90 %), and by the clock; target {target:.0f}"
    with open_window(design, first) as window:
        for tab in TABS:
            window.docks.bring(tab)
            settle(0.3)
            for place, node in (("first", first), ("middle", middle)):
                window.session.select([node])
                settle(0.2)
                start = window.session.design.nodes[node].layer.filters  # type: ignore[attr-defined]
                times = edit_times(window, node, lambda index, start=start: start + 1 - index % 2)
                busy, wall = zip(*times, strict=True)
                median, high = statistics.median(busy), statistics.quantiles(busy, n=10)[-1]
                mark = " " if median <= target else "!"
                yield f" {mark} {tab:<13} {place:<7} {median:6.1f}  ({high:5.1f})  {statistics.median(wall):6.1f}"


def window_lines(target: float = 100.0) -> Iterator[str]:
    """A line for each act on the whole window, every panel and every form having been looked at."""
    yield f"another look of the window, VGG-16: ms of the UI thread, median (90 %); target {target:.0f}"
    with open_window(network("vgg16"), "features.0") as window:
        for tab in TABS:
            window.docks.bring(tab)
            settle(0.1)
        for node in window.session.design.order:
            window.session.select([node])
            settle(0.02)
        schemes = itertools.cycle(("scheme_dark", "scheme_light"))
        acts: dict[str, Callable[[], None]] = {
            "theme switch": lambda: window.commands[next(schemes)].trigger(),  # noqa: PLW0108 (the next scheme at every call)
            "reset layout": window.commands["reset_layout"].trigger,
        }
        for title, act in acts.items():
            times = []
            for _turn in range(12):
                busy = time.thread_time()
                act()
                QApplication.sendPostedEvents()
                QApplication.processEvents()
                times.append(1000 * (time.thread_time() - busy))
                settle(0.1)
            median, high = statistics.median(times), statistics.quantiles(times, n=10)[-1]
            yield f" {' ' if median <= target else '!'} {title:<21} {median:6.1f}  ({high:5.1f})"


def lines() -> Iterator[str]:
    """The table's lines."""
    make_application()
    yield from window_lines()
    yield from edit_lines("VGG-16 (40 nodes)", network("vgg16"), "features.0", "features.17", 16)
    yield from edit_lines("chain of 500 nodes", laid_out(chain(500)), "node1", "node251", 50)
    interval = 1000 * sys.getswitchinterval()
    yield f"silence of the window while VGG-16 runs (switch interval {interval:.1f} ms); target 50 ms"
    with open_window(network("vgg16"), "features.0") as window:
        picture = open_image(example_images()[0].path)
        for title in ("first run", "second run"):
            worst, usual, seconds = longest_silence(window, lambda: window.session.set_picture(picture))
            window.session.workspace.maps.clear()
            yield f"   {title:<12} longest {worst:6.1f} ms, 99 % {usual:5.1f} ms, run {seconds:.1f} s"


def main() -> None:
    """Print the table."""
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
