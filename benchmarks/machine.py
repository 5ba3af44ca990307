"""What this machine can do, and where each network stands against it, measured in the same run.

Matrix products are NumPy's with its own BLAS, float32, the best of many: 1024 × 1024 × 1024, and 49 rows by 2048 × 512
as in the last layers of ResNet-50. Reading is finding the largest of 256 MB of numbers, shared by the threads. Addition
is that of two arrays of 64 KB, which stay in the cache. Operations are two for each multiply-add in the definition of
the layers, so a network may stand above 100 %: Winograd's convolutions multiply less.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.engines import load
from benchmarks.forward import NETWORKS
from benchmarks.turns import running, take_turns
from designer.analysis.analyse import analyse
from designer.kernels.arrays.memory import Array

ROUNDS = 3
READ_VALUES = 1 << 26
ADDED_VALUES = 1 << 14


def shortest(work: Callable[[], object], count: int = 20) -> float:
    """Seconds of the fastest call: what is asked for is what the machine can do."""
    times = []
    for _run in range(count):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times[1:])


def noise(*shape: int) -> Array:
    """Random float32."""
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def product_gflops(rows: int, inner: int, columns: int, threads: int) -> float:
    """Billions of operations a second of a matrix product."""
    left, right, out = noise(rows, inner), noise(inner, columns), np.empty((rows, columns), np.float32)
    with threadpool_limits(threads, user_api="blas"):
        return 2e-9 * rows * inner * columns / shortest(lambda: np.matmul(left, right, out=out), 50)


def read_bandwidth(threads: int) -> float:
    """Bytes a second that so many threads read from memory."""
    parts = np.array_split(noise(READ_VALUES), threads)
    with ThreadPoolExecutor(threads) as pool:
        return 4 * READ_VALUES / shortest(lambda: list(pool.map(np.max, parts)))


def addition_seconds() -> float:
    """Seconds for each value of an addition in the cache."""
    left, right, out = noise(ADDED_VALUES), noise(ADDED_VALUES), np.empty(ADDED_VALUES, np.float32)

    def hundred() -> None:
        for _call in range(100):
            np.add(left, right, out=out)

    return shortest(hundred) / (100 * ADDED_VALUES)


def main() -> None:
    """Print both tables."""
    peak, bandwidth = product_gflops(1024, 1024, 1024, 2), read_bandwidth(2)
    print("what the machine can do")
    print(f"  matrix product 1024³, 1 / 2 threads    {product_gflops(1024, 1024, 1024, 1):.0f} / {peak:.0f} GFLOP/s")
    one, two = (product_gflops(49, 2048, 512, threads) for threads in (1, 2))
    print(f"  matrix product of 49 rows, 1 / 2       {one:.0f} / {two:.0f} GFLOP/s")
    print(f"  memory read, 1 / 2 threads             {read_bandwidth(1) / 1e9:.1f} / {bandwidth / 1e9:.1f} GB/s")
    print(f"  addition in the cache                  {1e9 * addition_seconds():.3f} ns per value", flush=True)
    print("where each network stands, one image: the time at the peak, and of reading the weights once")
    print(f"  {'network':<15}{'GFLOP':>8}{'at peak':>9}{'weights':>9}{'ms':>9}{'GFLOP/s':>9}{'of peak':>9}")
    for network in NETWORKS:
        totals = analyse(load(network)[0]).totals
        with tempfile.TemporaryDirectory() as name, running(["netdraft"], Path(name)) as processes:
            take_turns(processes, network, ROUNDS)
            seconds = processes[0].median
        operations, reading = 2e-9 * totals.macs, totals.weight_bytes / bandwidth
        print(
            f"  {network:<15}{operations:8.3f}{1e3 * operations / peak:9.2f}{1e3 * reading:9.2f}"
            f"{1e3 * seconds:9.2f}{operations / seconds:9.0f}{operations / seconds / peak:9.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
