"""One engine in a process of its own: a line ``work count`` on standard input is that many timed runs.

The answer is a line of JSON: their seconds, and the memory of the process in bytes, at its peak and now.
torch's threads keep spinning after a call and slow whatever runs next in the same process, so no two engines share one.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np
import psutil

from benchmarks import engines, layer_engines
from benchmarks.engines import Engine, load, model_file


def make(name: str, work: str, folder: Path) -> Engine:
    """The engine, ready to run a work."""
    kinds = layer_engines.ENGINES if work in layer_engines.LAYERS else engines.ENGINES
    return kinds[name](work, folder)


def export(works: list[str], folder: Path) -> None:
    """Write the ONNX models of some works."""
    import onnx

    for work in works:
        onnx.save(engines.onnx_of(load(work)[0]), model_file(work, folder))


def serve(name: str, folder: Path) -> None:
    """Answer line after line until there are no more."""
    ready: dict[str, Engine] = {}
    for line in sys.stdin:
        work, count = line.split()
        if work not in ready:
            ready[work] = make(name, work, folder)
            np.save(folder / f"{work}.{name}.npy", ready[work].forward())
        answer = {
            "seconds": ready[work].times(int(count)),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "resident": psutil.Process().memory_info().rss,
        }
        print(json.dumps(answer), flush=True)


def main() -> None:
    """Read the command line: an engine and a folder, or export, a folder and works."""
    name, folder, *works = sys.argv[1:]
    if name == "export":
        export(works, Path(folder))
    else:
        serve(name, Path(folder))


if __name__ == "__main__":
    main()
