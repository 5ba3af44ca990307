"""Resident memory that acts on one design leave behind: edits, undo, selecting, runs; without a window and in one.

What the engine keeps under its budget is not counted: it is there to be used again, and ends where the budget does.
``python -m benchmarks.growth [acts]``. Target: less than 2 MB for 1,000 acts.
"""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from benchmarks.ui_latency import laid_out, open_window
from designer.analysis.analyse import with_input_shape
from designer.app import make_application
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.edits import MoveNodes, SetParameters
from designer.pictures.images import example_images, open_image
from designer.session.session import Session
from designer.ui.shell.main_window import MainWindow

ACTS = 1000
WARM_UP = 300
"""Acts before the first look: caches of fonts, allocators and the engine fill up."""

ROUNDS = 3
ACTS_A_RUN = 20
TARGET = 2.0


def design_of_70_layers() -> Design:
    """ResNet-18 on small images, so that runs are short."""
    return laid_out(with_input_shape(network("resnet18"), (3, 32, 32)))


class Acts:
    """Acts drawn at random, the same in every process, that do not make the design grow."""

    def __init__(self, session: Session, run: Callable[[], None], after: Callable[[], None] = lambda: None) -> None:
        self._session, self._run, self._after = session, run, after
        self._random = random.Random(7)
        self._convolutions = [key for key, node in session.design.nodes.items() if "filters" in node.layer.fields()]
        self._count = 0

    def resident(self) -> int:
        """Bytes of the process beside those that the engine keeps."""
        gc.collect()
        return psutil.Process().memory_info().rss - self._session.workspace.use().total

    def perform(self, count: int) -> None:
        """So many more."""
        for _act in range(count):
            self._one()
            self._after()
            self._count += 1
            if self._count % ACTS_A_RUN == 0:
                self._run()

    def _one(self) -> None:
        session, chance = self._session, self._random.random()
        node = self._random.choice(tuple(session.design.nodes))
        if chance < 0.2:
            filters = self._random.choice((16, 32, 64, 65))
            session.do(SetParameters(self._random.choice(self._convolutions), {"filters": filters}))
        elif chance < 0.4:
            session.do(MoveNodes({node: (self._random.random() * 1000, self._random.random() * 1000)}))
        elif chance < 0.65:
            session.undo()
        elif chance < 0.75:
            session.redo()
        else:
            session.select([node])


def grown(acts: Acts, count: int) -> list[float]:
    """Megabytes for 1,000 acts, round by round."""
    found = []
    acts.perform(WARM_UP)
    for _round in range(ROUNDS):
        before = acts.resident()
        acts.perform(count)
        found.append((acts.resident() - before) / 1e6 * 1000 / count)
    return found


def tell(name: str, found: list[float]) -> None:
    """One row of the table."""
    mean = sum(found) / len(found)
    rounds = "".join(f"{each:8.1f}" for each in found)
    print(f"{'!' if mean > TARGET else ' '} {name:<16}{mean:8.2f}   {rounds}", flush=True)


def without_window(count: int) -> None:
    """A session alone."""
    session = Session(design_of_70_layers())
    session.set_picture(open_image(example_images()[0].path))

    def run() -> None:
        job = session.start_job()
        if job is not None:
            job.run(lambda event: session.take(job, event))

    tell("session", grown(Acts(session, run), count))


def in_window(count: int) -> None:
    """A session with every view of it."""

    def run_in(window: MainWindow) -> None:
        waiting = QEventLoop()
        window.worker.ended.connect(waiting.quit)
        window.worker.run_now()
        waiting.exec()
        window.worker.ended.disconnect(waiting.quit)

    def paint() -> None:
        QApplication.sendPostedEvents()
        QApplication.processEvents()

    with open_window(design_of_70_layers(), "conv1") as window:
        window.session.set_picture(open_image(example_images()[0].path))
        tell("window", grown(Acts(window.session, lambda: run_in(window), paint), count))


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if sys.argv[1:] else ACTS
    print(f"resident memory, MB for 1,000 acts on 70 layers; mean and rounds of {count} acts; target {TARGET:.0f}")
    without_window(count)
    make_application()
    in_window(count)


if __name__ == "__main__":
    main()
