"""Forward passes side by side: every engine in its own process, runs alternating, medians and ratios."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.turns import export, running, take_turns

NETWORKS = ("vgg16", "resnet50", "resnet18", "mobilenet_v2", "squeezenet1_1", "lenet5")
ENGINES = ("netdraft", "onnxruntime", "torch", "onnx.reference")

TARGETS = {
    "vgg16": {"onnxruntime": 0.95},
    "resnet50": {"onnxruntime": 1.25, "torch": 1.0},
    "mobilenet_v2": {"onnxruntime": 2.0},
    "squeezenet1_1": {"onnxruntime": 1.25, "torch": 1.0},
    "lenet5": {"onnxruntime": 1.25, "torch": 1.0},
}
"""Network → engine → our time divided by its, at most."""

REFERENCE_TARGET = 0.1
"""The same for onnx.reference and every network."""


def compare(network: str) -> list[str]:
    """Lines of the table for one network; the outputs are compared with ours, relative to its largest value."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export([network], folder)
        with running(ENGINES, folder) as processes:
            take_turns(processes, network)
        ours = np.load(processes[0].output(network))
        scale = float(np.abs(ours).max()) or 1.0
        own = processes[0].median
        lines = [f"{network:<15}{'ms':>9}{'from':>9}{'to':>9}{'runs':>6}  ours/this  target  peak MB  difference"]
        for process in processes:
            wanted = TARGETS.get(network, {}).get(process.engine)
            if process.engine == "onnx.reference":
                wanted = REFERENCE_TARGET
            ratio, error = own / process.median, float(np.abs(np.load(process.output(network)) - ours).max()) / scale
            mark = "" if wanted is None else f"{'≤' if ratio <= wanted else '!'} {wanted:.2f}"
            lines.append(
                f"  {process.engine:<13}{1e3 * process.median:9.2f}{1e3 * min(process.seconds):9.2f}"
                f"{1e3 * max(process.seconds):9.2f}{len(process.seconds):6d}{ratio:11.3f}{mark:>8}"
                f"{process.peak / 1e6:9.0f}{error:12.1e}"
            )
    return lines


def main() -> None:
    """Print the table."""
    print("forward passes of one image; each engine in its own process, taking turns; medians; ! misses its target")
    for network in sys.argv[1:] or NETWORKS:
        print("\n".join(compare(network)), flush=True)


if __name__ == "__main__":
    main()
