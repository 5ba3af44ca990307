"""One run: acts chosen by a seed, invariants in between. Each act has random numbers of its own, from seed and number.

So the same seed and numbers give the same acts, and a run can be repeated with some of the acts left out.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import psutil
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from tests.fuzz import panel_acts
from tests.fuzz.invariants import Invariant, invariants
from tests.fuzz.table import TABLE
from tests.fuzz.watch import Watch
from tests.fuzz.world import World

CHECK_EVERY = 50
MEASURE_EVERY = 1000
LAST_ACTS = 25
"""So many are told with a failure."""


@attrs.frozen
class Failure:
    """What was found after which act; ``acts`` are the last ones."""

    seed: int
    act: int
    found: tuple[str, ...]
    acts: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, act {self.act}; repeat with: make fuzz SEED={self.seed}", "the last acts:"]
        lines += [f"  {act}" for act in self.acts]
        return "\n".join([*lines, "found:", *self.found])


@attrs.define
class Measured:
    """What a run took: resident bytes after every thousand acts, and the longest act in seconds of the UI thread."""

    acts: int = 0
    seconds: float = 0.0
    resident: list[int] = attrs.field(factory=list)
    objects: list[int] = attrs.field(factory=list)
    stalls: list[tuple[float, str]] = attrs.field(factory=list)

    def stall(self, seconds: float, act: str) -> None:
        self.stalls = sorted([*self.stalls, (seconds, act)], reverse=True)[:5]


def fuzz(
    seed: int,
    numbers: Iterable[int],
    folder: Path,
    *,
    tell: Callable[[str], None] = lambda _act: None,
    until: float = float("inf"),
    ignore: str = "",
) -> tuple[Measured, Failure | None]:
    """Do the acts of these numbers in a window over an empty folder, until something is found or the time is over."""
    measured, began = Measured(), time.monotonic()
    with Watch(ignore) as watch:
        world = World(folder, watch, seed)
        checks = invariants()
        failure = None
        done: list[int] = []
        for number in numbers:
            if time.monotonic() > until:
                break
            done.append(number)
            _act(world, seed, number, measured, tell)
            if (watch.found or len(done) % CHECK_EVERY == 0) and (failure := _check(world, seed, number, checks)):
                break
            if len(done) % MEASURE_EVERY == 0:
                _measure(measured)
        else:
            failure = _check(world, seed, done[-1] if done else 0, checks)
        measured.acts, measured.seconds = len(done), time.monotonic() - began
        world.close()
        watch.read_stderr()
        if watch.found and failure is None:
            failure = Failure(seed, done[-1], tuple(watch.found), tuple(world.log))
    return measured, failure


def _act(world: World, seed: int, number: int, measured: Measured, tell: Callable[[str], None]) -> None:
    rng = random.Random(f"{seed}:{number}")
    world.log = world.log[-LAST_ACTS + 1 :]
    world.log.append(f"{number} ")
    began = time.thread_time()
    world.loops.begin(rng)
    try:
        _one(world, rng, tell)
    except Exception as error:  # noqa: BLE001 - an act that fails is a finding as well
        world.watch.exception(type(error), error, error.__traceback__)
    world.loops.end()
    world.pump()
    measured.stall(time.thread_time() - began, f"seed {seed}, act {world.log[-1]}")
    if not world.window.isVisible():
        world.reopen()


def _one(world: World, rng: random.Random, tell: Callable[[str], None]) -> None:
    """What is open is answered first; else an act of the table."""

    def begin(name: str) -> None:
        world.log[-1] += name
        tell(world.log[-1])

    popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
    if isinstance(popup, QMenu):
        begin("answer_menu")
        panel_acts.answer_menu(world, rng, popup)
    elif popup is not None:
        begin("answer_popup")
        panel_acts.answer_popup(world, rng, popup)
    elif isinstance(modal, QFileDialog):
        begin("answer_file_dialog")
        panel_acts.answer_file_dialog(world, rng, modal)
    elif modal is not None:
        begin("answer_dialog")
        panel_acts.answer_dialog(world, rng, modal)
    else:
        (act,) = rng.choices([act for act, _weight in TABLE], [weight for _act, weight in TABLE])
        begin(f"{act.__module__.rpartition('.')[2]}.{act.__name__}")
        act(world, rng)


def _check(world: World, seed: int, number: int, checks: Iterable[Invariant]) -> Failure | None:
    world.put_away()
    world.settle()
    if not world.window.isVisible():
        world.reopen()
    world.watch.read_stderr()
    if not world.watch.found:
        for check in checks:
            _hold(world, check)
    found = world.watch.found
    return Failure(seed, number, tuple(found), tuple(world.log)) if found else None


def _hold(world: World, check: Invariant) -> None:
    name = getattr(check, "__name__", type(check).__name__)
    try:
        for text in check(world):
            world.watch.add(f"{name}: {text}")
    except Exception as error:  # noqa: BLE001 - a check that fails is a finding as well
        world.watch.exception(type(error), error, error.__traceback__)
    world.pump()


def _measure(measured: Measured) -> None:
    gc.collect()
    measured.resident.append(psutil.Process().memory_info().rss)
    measured.objects.append(len(gc.get_objects()))
