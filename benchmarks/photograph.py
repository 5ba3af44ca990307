"""A photograph of 12 megapixels through VGG-16's convolutions: time, memory, and how soon it could be stopped."""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

import designer
from designer.analysis.analyse import analyse
from designer.engine.compile.plan import weight_bytes
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Design
from designer.graph.edits import RemoveNodes, SetParameters
from designer.kernels.arrays.memory import Array

SHAPE = (3, 3000, 4000)


class Gaps:
    """Notes the time between checkpoints.

    Parameters
    ----------
    shown
        How many of the longest are remembered.
    """

    def __init__(self, shown: int = 5) -> None:
        self._shown = shown
        self._last = time.perf_counter(), ""
        self.count = 0
        self.longest: dict[tuple[str, str], float] = {}
        """Between which nodes' checkpoints → seconds."""

    def __call__(self, node_id: str, fraction: float) -> None:
        """Progress was reported."""
        now = time.perf_counter()
        before, node_before = self._last
        place = (node_before, node_id)
        self.longest[place] = max(now - before, self.longest.get(place, 0.0))
        self._last = now, node_id
        self.count += 1

    def lines(self) -> list[str]:
        """The longest."""
        found = sorted(self.longest.items(), key=lambda item: -item[1])[: self._shown]
        return [f"    {seconds * 1e3:7.1f} ms  {before} to {after}" for (before, after), seconds in found]


def design_for(shape: tuple[int, int, int]) -> Design:
    """VGG-16 up to its last pooling, for images of that shape."""
    design = designer.load("gallery:vgg16")
    last = design.order.index("features.30")
    design = RemoveNodes(list(design.order[last + 1 :])).apply(design)
    return SetParameters("image", {"shape": shape}).apply(design)


def peak_bytes() -> int:
    """The most that the process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def lines(shape: tuple[int, int, int]) -> list[str]:
    """The table's lines, of a run from nothing: weights are drawn and memory is handed out on the way."""
    design = design_for(shape)
    report, workspace = analyse(design), Workspace()
    images: dict[str, Array] = {"image": np.random.default_rng(7).random((1, *shape), dtype=np.float32)}
    last, before = design.order[-1], peak_bytes()
    gaps = Gaps()
    began = time.perf_counter()
    plan = plan_run(design, report, images, keep=[last], workspace=workspace)
    run_to_end(plan, images, workspace=workspace, progress=gaps)
    seconds = time.perf_counter() - began
    used, weights = peak_bytes() - before, weight_bytes(design, report, report.layers)
    macs = sum(facts.macs for facts in report.layers.values())
    return [
        f"photograph: {shape[2]} x {shape[1]}, VGG-16's convolutions, the last layer kept",
        f"  time               {seconds:9.2f} s   ({2e-9 * macs / seconds:.0f} GFLOP/s of plain sums)",
        f"  peak of memory     {used / 1e6:9.0f} MB  beside the program and the image",
        f"    live activations {plan.program.peak_bytes / 1e6:9.0f} MB",
        f"    weights          {weights / 1e6:9.0f} MB",
        f"    the rest         {(used - weights - plan.program.peak_bytes) / 1e6:9.0f} MB",
        f"  checkpoints        {gaps.count:9}     the longest times between two:",
        *gaps.lines(),
    ]


def main() -> None:
    """Print the table; height and width may be given."""
    height, width = (int(size) for size in sys.argv[1:3] or SHAPE[1:])
    print("\n".join(lines((SHAPE[0], height, width))), flush=True)


if __name__ == "__main__":
    main()
