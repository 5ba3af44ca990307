"""A spec file from disk to its table in the terminal: chains of layers, and sums of very many wires.

Seconds of one thread, as the command takes them: reading, analysing, writing the table. The growth of a chain is the
exponent n of seconds ~ layers^n; 1 is linear.
"""

from __future__ import annotations

import io
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.big_designs import chain
from designer.cli.summary_text import print_summary
from designer.files import spec
from designer.library.models import analyse, load

LENGTHS = (1_000, 10_000, 100_000)
SUMS, WIRES = 1_000, 1_000
TIMES = 3


def summarise(path: Path) -> None:
    print_summary(analyse(load(path)), io.StringIO())


def seconds(act: Callable[[], None]) -> float:
    taken = []
    for _turn in range(TIMES):
        start = time.thread_time()
        act()
        taken.append(time.thread_time() - start)
    return statistics.median(taken)


def wires_into_sums() -> dict[str, Any]:
    """Sums one after the other, each of whose inputs is the one before."""
    names = ["image", *(f"sum{index}" for index in range(SUMS))]
    nodes = [{"id": name, "kind": "add"} for name in names[1:]]
    edges = [
        {"from": source, "to": target, "input": port} for source, target in pairwise(names) for port in range(WIRES)
    ]
    image = {"id": "image", "kind": "image_input", "params": {"shape": [3, 32, 32]}}
    return {"format": spec.FORMAT, "version": spec.VERSION, "nodes": [image, *nodes], "edges": edges}


def main() -> int:
    print("summary: a file to its table, seconds of one thread")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"design{spec.SUFFIX}"
        before = None
        for length in LENGTHS:
            spec.write(chain(length), path)
            taken = seconds(lambda: summarise(path))
            growth = "" if before is None else f", growth {math.log10(taken / before):.2f}"
            print(f"  chain of {length:,} layers: {taken:.2f}{growth}", flush=True)
            before = taken
        path.write_text(json.dumps(wires_into_sums()), encoding="utf-8")
        print(f"  {SUMS * WIRES:,} wires into {SUMS:,} sums: {seconds(lambda: summarise(path)):.2f} (target 5)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
