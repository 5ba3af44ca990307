"""What large designs cost the window's thread: milliseconds from an act to its last repaint, and how that grows.

``python -m benchmarks.canvas [size …]``. Each size in a process of its own, in a window of 1280×800 without a screen.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QMarginsF, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.big_designs import chain, dense_skips
from benchmarks.ui_latency import laid_out, open_window, settle
from designer.app import make_application
from designer.graph.design import Design
from designer.graph.edits import MoveNodes, RemoveNodes, SetParameters
from designer.ui.shell.main_window import MainWindow

SIZES = (1_000, 5_000, 10_000)
REMOVED = 1_000
TOO_LONG = 20_000.0
"""Milliseconds: an act that took longer is not measured at larger sizes."""

TARGETS = {
    "open to painted, dense": 2_000,
    "hover, dense": 8,
    "drag all, per mouse move, dense": 33,
    "edit of all layers, Charts in front, dense": 250,
    "append a layer, dense": 100,
    "delete 1,000 nodes, dense": 500,
    "undo of that, dense": 500,
    "lay out, dense": 50,
    "select all, chain": 50,
    "zoom frame, all in view, chain": 33,
}
"""Act → milliseconds wanted at 10,000 nodes."""

Times = dict[str, float]


def busy(act: Callable[[], object]) -> float:
    """Milliseconds of this thread for an act and all that it leaves to the event loop, the repaint last."""
    start = time.thread_time()
    act()
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    return 1000 * (time.thread_time() - start)


def median_of(act: Callable[[int], object], count: int = 9) -> float:
    """Median over repetitions; fewer of what is slow."""
    times = [busy(lambda: act(0))]
    while len(times) < (3 if times[0] > 1000 else count):
        index = len(times)
        times.append(busy(lambda index=index: act(index)))  # type: ignore[misc]
    return statistics.median(times)


def drag(window: MainWindow) -> float:
    """All nodes dragged, everything in view: one mouse move."""
    canvas, port = window.canvas, window.canvas.viewport()
    canvas.select_all()
    # The press is made in life size, where a card is easy to hit.
    canvas.zoom_to(1.0)
    canvas.camera.centre_on(window.scene.cards.rect("node30").center())
    settle(0.3)
    spot = port.rect().center()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    canvas.fit()
    settle(0.3)
    result = median_of(lambda index: QTest.mouseMove(port, spot + QPoint(40 + 3 * (index % 5), 40 + 2 * (index % 3))))
    assert window.scene.cards.corner("node31").toTuple() != window.session.design.nodes["node31"].position
    canvas.cancel_gesture()
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    settle(0.3)
    return result


def hover(window: MainWindow) -> float:
    """The pointer moved across cards and wires in life size."""
    canvas = window.canvas
    canvas.zoom_to(1.0)
    canvas.camera.centre_on(window.scene.cards.rect("node30").center())
    settle(0.3)
    middle = canvas.viewport().rect().center()
    return median_of(
        lambda index: QTest.mouseMove(canvas.viewport(), middle + QPoint(37 * (index % 8), 11 * (index % 5))), 40
    )


def zoom(window: MainWindow) -> float:
    """A change of zoom with everything in view before and after."""
    canvas = window.canvas
    canvas.fit()
    settle(0.3)
    box = window.scene.content_rect()
    return median_of(lambda index: canvas.camera.fit(box.marginsAdded(QMarginsF(*4 * [200.0 * (index % 5)]))), 15)


def laying_out(window: MainWindow) -> float:
    """Lay Out on this thread: the layout itself is found by another."""
    session, before = window.session, window.session.design
    start = time.thread_time()
    window.canvas.auto_layout()
    while session.design is before:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    return 1000 * (time.thread_time() - start)


def dense_times(size: int, wanted: Callable[[str], bool]) -> Iterator[tuple[str, float]]:
    """Acts on the design with many skip connections."""
    design = laid_out(dense_skips(size))
    with open_window(Design(), "") as window:
        session = window.session
        yield "open to painted, dense", busy(lambda: session.adopt(design))
        settle(1.0)
        if wanted("hover, dense"):
            yield "hover, dense", hover(window)
        if wanted("drag all, per mouse move, dense"):
            yield "drag all, per mouse move, dense", drag(window)
        session.select(["node30"])
        window.docks.bring("charts")
        settle(0.5)
        if wanted("edit of all layers, Charts in front, dense"):
            yield (
                "edit of all layers, Charts in front, dense",
                median_of(lambda index: session.do(SetParameters("image", {"shape": (8, 33 + index, 32)})), 5),
            )
        window.docks.bring("feature_maps")
        settle(0.3)
        if wanted("append a layer, dense"):
            session.select([f"node{size - 1}"])
            settle(0.5)
            yield "append a layer, dense", median_of(lambda _index: session.append_layer("relu"), 5)
        first = (size - REMOVED) // 2
        removed = [key for key in design.nodes if key != "image"][first : first + REMOVED]
        if wanted("delete 1,000 nodes, dense"):
            session.select([])
            settle(0.5)
            yield "delete 1,000 nodes, dense", busy(lambda: session.do(RemoveNodes(removed)))
            settle(0.5)
            yield "undo of that, dense", busy(session.undo)
            settle(0.5)
        window.session.do(MoveNodes({"image": (-400.0, 88.0)}))
        if wanted("lay out, dense"):
            yield "lay out, dense", laying_out(window)


def chain_times(size: int, wanted: Callable[[str], bool]) -> Iterator[tuple[str, float]]:
    """Acts on the chain."""
    with open_window(laid_out(chain(size)), "node30") as window:
        if wanted("zoom frame, all in view, chain"):
            yield "zoom frame, all in view, chain", zoom(window)
        if wanted("select all, chain"):
            times = []
            for _turn in range(5):
                window.session.select([])
                settle(0.2)
                times.append(busy(window.canvas.select_all))
            yield "select all, chain", statistics.median(times)


def measure(size: int, skipped: list[str]) -> None:
    """The child's part: print every time as a line of JSON, so that nothing is lost when it is ended."""
    make_application()
    for times in (chain_times, dense_times):
        for act, milliseconds in times(size, lambda act: act not in skipped):
            print(json.dumps([act, milliseconds]), flush=True)


@contextmanager
def child(size: int, skipped: list[str]) -> Iterator[Iterator[str]]:
    """The lines of a process that measures one size."""
    command = [sys.executable, "-m", "benchmarks.canvas", "--child", str(size), *skipped]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield iter(process.stdout)
    process.wait()


def exponent(times: Mapping[int, float]) -> str:
    """Slope of the times over the sizes, both as logarithms: 1 is proportional, 2 quadratic."""
    sizes = sorted(times)
    if len(sizes) < 2:
        return "-"
    first, last = sizes[0], sizes[-1]
    return f"{math.log(times[last] / max(times[first], 0.01)) / math.log(last / first):.1f}"


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--child"]:
        measure(int(sys.argv[2]), sys.argv[3:])
        return
    sizes = [int(argument) for argument in sys.argv[1:]] or list(SIZES)
    table: dict[str, dict[int, float]] = {act: {} for act in TARGETS}
    for size in sizes:
        slow = [act for act, times in table.items() if any(time > TOO_LONG for time in times.values())]
        with child(size, slow) as lines:
            for line in lines:
                act, milliseconds = json.loads(line)
                table[act][size] = milliseconds
    print("the window's thread, ms from an act to its last repaint (– : too slow at the size before)")
    print(f"   {'nodes':<44}" + "".join(f"{size:>10,}" for size in sizes) + "   grows as n^   target")
    for act, times in table.items():
        shown = "".join(f"{times[size]:10.1f}" if size in times else f"{'–':>10}" for size in sizes)
        mark = "!" if max(times.values(), default=math.inf) > TARGETS[act] else " "
        print(f" {mark} {act:<44}{shown}   {exponent(times):>11}   {TARGETS[act]:>6,}", flush=True)


if __name__ == "__main__":
    main()
