"""What this machine can do, measured once and remembered."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import platformdirs

from designer.analysis.roofline import Device
from designer.files.atomic import atomic_write
from designer.i18n import _

NAME = "this"
SIDE = 1024
"""Of the square matrices multiplied: 2·1024³ operations take 10 to 40 ms of a core, and three of them fit no cache."""

READ_VALUES = 1 << 25
"""float32 read in one go, 128 MB: more than any cache holds."""

LONGEST = 0.5
"""Seconds for each of the two measurements. The best turn counts: what is asked for is what the machine can do, and
another program may be running."""


def remembered_at() -> Path:
    """Where the measurement is kept: the system's place for what a program can make again."""
    return platformdirs.user_cache_path("netdraft", appauthor=False) / "machine.json"


def this_machine(path: Path | None = None, *, again: bool = False) -> Device:
    """Return this machine as NumPy uses it: float32 products with its BLAS, and reading from memory.

    Measured in a second at first, then read from a file, until processor, cores or NumPy change. With ``again`` it is
    measured anew: other programs may have been busy.
    """
    place = remembered_at() if path is None else path
    made_by = [platform.machine(), _processor(), os.cpu_count(), np.__version__]
    try:
        known = json.loads(place.read_bytes())
        if (
            not again
            and known["made_by"] == made_by
            and all(isinstance(known[key], float) and 0 < known[key] < 1e18 for key in ("operations", "bytes"))
        ):
            return _device(known["operations"], known["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    operations, read = _operations(), _bytes()
    facts = {"made_by": made_by, "operations": operations, "bytes": read}
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(place) as file:
            file.write(json.dumps(facts).encode())
    except OSError:
        pass  # It is measured again next time.
    return _device(operations, read)


def _device(operations: float, read: float) -> Device:
    return Device(NAME, _("this machine"), {"float32": operations}, read, _("measured with NumPy"))


def _processor() -> str:
    """The processor's name where the system says it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def _shortest(work: Callable[[], object]) -> float:
    best, end = math.inf, time.perf_counter() + LONGEST
    while True:
        began = time.perf_counter()
        work()
        ended = time.perf_counter()
        best = min(best, ended - began)
        if ended >= end:
            return best


def _operations() -> float:
    """Operations per second of a float32 matrix product."""
    random = np.random.default_rng(0)
    left, right = (random.random((SIDE, SIDE), np.float32) for _matrix in range(2))
    out = np.empty((SIDE, SIDE), np.float32)
    return 2.0 * SIDE**3 / _shortest(lambda: np.matmul(left, right, out=out))


def _bytes() -> float:
    """Bytes per second read from memory by all cores."""
    cores = os.cpu_count() or 1
    parts = np.array_split(np.zeros(READ_VALUES, np.float32) + 1, cores)
    with ThreadPoolExecutor(cores) as pool:
        return 4.0 * READ_VALUES / _shortest(lambda: list(pool.map(np.max, parts)))
