"""Single 3×3 convolutions with bias and ReLU, as in VGG-16: netdraft beside onnxruntime and torch.

Weights and layout are prepared beforehand in every engine, see ``layer_engines``. Target: each at most 1.2 times the
better of the two.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.layer_designs import LAYERS
from benchmarks.turns import EngineProcess, export, running, take_turns

ENGINES = ("netdraft", "onnxruntime", "torch")
TARGET = 1.2


def line(work: str, processes: list[EngineProcess]) -> str:
    """The table's line for a layer, medians of all turns."""
    channels, filters, size = LAYERS[work]
    take_turns(processes, work)
    ours, *peers = processes
    times = "".join(f"{1e3 * process.median:13.2f}" for process in processes)
    ratio = ours.median / min(peer.median for peer in peers)
    speed = 2e-9 * 9 * channels * filters * size**2 / ours.median
    result = np.load(ours.output(work))
    error = max(float(np.abs(np.load(peer.output(work)) - result).max()) for peer in peers) / float(result.max())
    return f"{'!' if ratio > TARGET else ' '} {work:<13}{times}{ratio:9.2f}{speed:9.0f}{error:12.1e}"


def main() -> None:
    """Print the table."""
    works = sys.argv[1:] or list(LAYERS)
    with tempfile.TemporaryDirectory() as name:
        export(works, Path(name))
        with running(ENGINES, Path(name)) as processes:
            if len(processes) < 2:
                print("single layers: neither onnxruntime nor torch is installed")
                return
            print(f"3×3 convolution, bias and ReLU, one image: ms; target: ratio to the better peer ≤ {TARGET}")
            titles = "".join(f"{process.engine:>13}" for process in processes)
            print(f"  {'layer':<13}{titles}{'ratio':>9}{'GFLOP/s':>9}{'difference':>12}")
            for work in works:
                print(line(work, processes), flush=True)


if __name__ == "__main__":
    main()
