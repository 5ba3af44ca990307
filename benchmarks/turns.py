"""Engines taking turns, each in a process of its own: what the tables of forward passes, layers and memory share."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 5
COUNTED = 4
"""Counted runs of a turn; one more before them brings the weights back into the caches."""

PAUSE = 0.3
"""Seconds before a turn; the OpenMP and BLAS threads of the engine before spin for some of it."""

SLOW = 0.5
"""Seconds of a run from which two counted runs in a turn do, and none before them."""

PEERS = {"onnxruntime": "onnxruntime", "torch": "torch", "onnx.reference": "onnx"}
"""Engine → module that it needs."""


def available(engines: Sequence[str]) -> list[str]:
    """Those engines that are installed; netdraft always is."""
    return [name for name in engines if name not in PEERS or importlib.util.find_spec(PEERS[name])]


class EngineProcess:
    """A running engine.

    Parameters
    ----------
    engine
        Its name.
    folder
        Where the models are, and where the first output of each is written as ``work.engine.npy``.
    """

    def __init__(self, engine: str, folder: Path) -> None:
        self.engine, self._folder = engine, folder
        self.seconds: list[float] = []
        self.peak = self.resident = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.engine_process", engine, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, work: str) -> None:
        """Let the process make the work ready and run it once; forget the times of the work before."""
        self.seconds = []
        self._time(work, 1)

    def time(self, work: str) -> None:
        """One turn."""
        slow = bool(self.seconds) and self.seconds[-1] > SLOW
        count = 2 if slow else COUNTED + 1
        self.seconds += self._time(work, count)[0 if slow else 1 :]

    def _time(self, work: str, count: int) -> list[float]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{work} {count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.engine} stopped with {self.process.wait()}")
        answer = json.loads(line)
        self.peak, self.resident = answer["peak"], answer["resident"]
        return [float(seconds) for seconds in answer["seconds"]]

    @property
    def median(self) -> float:
        """Median of the counted runs, in seconds."""
        return statistics.median(self.seconds)

    def output(self, work: str) -> Path:
        """File of the first output."""
        return self._folder / f"{work}.{self.engine}.npy"

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def running(engines: Sequence[str], folder: Path) -> Iterator[list[EngineProcess]]:
    """The engines that are installed, running."""
    processes = [EngineProcess(engine, folder) for engine in available(engines)]
    try:
        yield processes
    finally:
        for process in processes:
            process.close()


def export(works: Sequence[str], folder: Path) -> None:
    """Write the ONNX models that the peers read, in another process: none shall remember what it took to make them."""
    subprocess.run([sys.executable, "-m", "benchmarks.engine_process", "export", str(folder), *works], check=True)


def take_turns(processes: Sequence[EngineProcess], work: str, rounds: int = ROUNDS) -> None:
    """Time a work: before each turn the threads that the engine before left spinning get time to fall asleep."""
    for process in processes:
        process.begin(work)
    for _round in range(rounds):
        for process in processes:
            time.sleep(PAUSE)
            process.time(work)
