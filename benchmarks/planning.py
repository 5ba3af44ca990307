"""How long a run of ResNet-50 takes to start: its plan alone, after edits that changed no weights, and from nothing.

With a cache it is the window's way, where all maps are kept and what is upstream of the edit is remembered; without one
it is that of a script that keeps the last layer. The design's analysis is not counted: it was needed before. Edits
alternate between two designs of the same session. Target: 2 ms after an edit.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import attrs

from benchmarks.engines import load
from designer.analysis.analyse import analyse
from designer.analysis.report import Report
from designer.engine.compile.plan import Plan
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.workspace import ResultCache, Workspace
from designer.graph.compound_edits import InsertOnEdge
from designer.graph.design import Design, Node
from designer.graph.edits import Edit, Rename, SetParameters
from designer.kernels.arrays.memory import Array
from designer.layer_api.registry import make_layer

REPEATS = 30
TARGET_MS = 2.0


def edits(design: Design) -> Mapping[str, Edit | None]:
    """Title → what is edited; None: nothing, another node is selected and its maps are wanted."""
    wires = design.edges
    early = next(edge for edge in wires if edge.source == design.order[1])
    middle = next(edge for edge in wires if edge.source == design.order[len(design.order) // 2])
    kernels = [node for node in design.order if "stride" in design.nodes[node].layer.fields()]
    return {
        "ReLU after the first layer": InsertOnEdge(Node("new", make_layer("relu")), early),
        "ReLU in the middle": InsertOnEdge(Node("new", make_layer("relu")), middle),
        "stride of the first layer": SetParameters(kernels[0], {"stride": 4}),
        "renamed layer": Rename(design.order[len(design.order) // 2], "renamed"),
        "another node selected": None,
    }


@attrs.frozen
class Situation:
    """What the plans of a row have in common."""

    images: Mapping[str, Array]
    workspace: Workspace
    cache: ResultCache | None

    def plan(self, design: Design, report: Report, keep: list[str] | None) -> tuple[float, Plan]:
        """Seconds, and the plan."""
        began = time.perf_counter()
        made = plan_run(design, report, self.images, keep=keep, cache=self.cache, workspace=self.workspace)
        return time.perf_counter() - began, made


def after_edit(design: Design, edit: Edit | None, images: Mapping[str, Array], cached: bool) -> float:
    """Median seconds of the plan after the edit."""
    before = analyse(design), design
    edited = design if edit is None else edit.apply(design)
    after = (before[0] if edit is None else analyse(edited)), edited
    situation = Situation(images, Workspace(), ResultCache() if cached else None)
    keep = None if cached else [design.order[-1]]
    _seconds, plan = situation.plan(design, before[0], keep)
    if cached:
        run_to_end(plan, images, workspace=situation.workspace)
    times = []
    for _repeat in range(REPEATS):
        situation.plan(before[1], before[0], keep)
        wanted = keep if cached or edit is not None else [design.order[len(design.order) // 2]]
        times.append(situation.plan(after[1], after[0], wanted)[0])
    return statistics.median(times)


def from_nothing(design: Design, images: Mapping[str, Array], cached: bool) -> float:
    """Median seconds of the first plan of a session."""
    report = analyse(design)
    make: Callable[[], ResultCache | None] = ResultCache if cached else lambda: None
    keep = None if cached else [design.order[-1]]
    times = [Situation(images, Workspace(), make()).plan(design, report, keep)[0] for _repeat in range(REPEATS)]
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    design, images = load("resnet50")
    print(f"plan of a run of ResNet-50, ms, medians of {REPEATS}; target {TARGET_MS:.0f} ms after an edit")
    print(f"  {'':<28}{'all kept, cache':>16}{'last kept':>11}")
    for title, edit in edits(design).items():
        times = [1e3 * after_edit(design, edit, images, cached) for cached in (True, False)]
        print(f"{'!' if max(times) > TARGET_MS else ' '} {title:<28}{times[0]:16.2f}{times[1]:11.2f}", flush=True)
    times = [1e3 * from_nothing(design, images, cached) for cached in (True, False)]
    print(f"  {'from nothing':<28}{times[0]:16.2f}{times[1]:11.2f}", flush=True)


if __name__ == "__main__":
    main()
