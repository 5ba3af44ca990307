"""Forward passes side by side: every engine in its own process, runs alternating, medians and ratios."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

NETWORKS = ("lenet5", "vgg16", "resnet18", "resnet50", "squeezenet1_1", "mobilenet_v2")
PAUSE = 0.3
"""Seconds before a turn; the OpenMP and BLAS threads of the engine before spin for some of it."""

PEERS = {"onnxruntime": "onnxruntime", "torch": "torch", "onnx.reference": "onnx"}


class EngineProcess:
    """A running engine."""

    def __init__(self, engine: str, network: str, folder: Path) -> None:
        self.engine = engine
        self.output = folder / f"{engine}.npy"
        self.seconds: list[float] = []
        self.peak = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.engine_process", engine, network, str(self.output)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> str:
        """The next line the engine prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.engine} stopped with {self.process.wait()}")
        return line

    def time_once(self, counted: bool) -> None:
        """One run; remembered where it counts."""
        assert self.process.stdin is not None
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        seconds, peak = self.answer().split()
        self.peak = int(peak)
        if counted:
            self.seconds.append(float(seconds))

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(network: str, rounds: int = 5, counted: int = 3) -> list[str]:
    """Lines of the table for one network.

    The engines take turns. Before each turn the threads that the engine before left spinning get time to fall asleep,
    and one run that is not counted brings the weights back into the caches.
    """
    engines = ["netdraft", *(name for name, module in PEERS.items() if importlib.util.find_spec(module))]
    with tempfile.TemporaryDirectory() as name:
        running = []
        for engine in engines:
            running.append(EngineProcess(engine, network, Path(name)))
            running[-1].answer()
        for _round in range(rounds):
            for process in running:
                time.sleep(PAUSE)
                for run in range(counted + 1):
                    process.time_once(run > 0)
        for process in running:
            process.close()
        reference = np.load(running[0].output)
        scale = float(np.abs(reference).max()) or 1.0
        lines = [f"{network}: {rounds} alternating turns of {counted} counted runs each"]
        own = statistics.median(running[0].seconds)
        for process in running:
            median = statistics.median(process.seconds)
            error = float(np.abs(np.load(process.output) - reference).max()) / scale
            lines.append(
                f"  {process.engine:<16}{median * 1e3:9.2f} ms  ({min(process.seconds) * 1e3:.2f} to"
                f" {max(process.seconds) * 1e3:.2f})  netdraft/this {own / median:6.2f}"
                f"  peak {process.peak / 1e6:7.0f} MB  difference {error:.1e}"
            )
    return lines


def main() -> None:
    """Print the table."""
    for network in sys.argv[1:] or NETWORKS:
        print("\n".join(compare(network)), flush=True)


if __name__ == "__main__":
    main()
