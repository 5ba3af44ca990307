"""An edit of VGG-16's last convolution, from the edit to the layer's new maps, as a share of a full run.

The same session, cache and workspace as the window's, without the window: the edit is done, the design analysed, a job
started, and the clock stops when the maps of the layer arrive. Every edit is to a value that was not there before, so
nothing is remembered of it. The full run computes every layer of the network and keeps all maps; its weights are ready.
Target: 5 % of it.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Mapping

import attrs

import designer
from designer.engine.execute.runner import LayerResult
from designer.graph.compound_edits import Several
from designer.graph.design import Design
from designer.graph.edits import Edit, SetParameters
from designer.pictures.images import example_images, open_image
from designer.session.runs import JobEvent
from designer.session.session import Session

LAYER = "features.28"
REPEATS = 9
TARGET = 0.05


@attrs.frozen
class SetSeed(Edit):
    """Other initial weights."""

    seed: int

    def apply(self, design: Design) -> Design:
        """The design with the layer's seed."""
        node = attrs.evolve(design.node(LAYER), seed=self.seed)
        return design.evolve(nodes={**design.nodes, LAYER: node})

    def label(self) -> str:
        """For the history."""
        return "seed"


def parameters(**changes: object) -> Edit:
    """An edit of the layer's fields."""
    return SetParameters(LAYER, changes)


ORIGINAL: Mapping[str, object] = {"padding": 1, "stride": 1, "dilation": 1, "filters": 512, "initializer": "he"}

SIDES = [sides for sides in itertools.product(((0, 1), (1, 1), (1, 2), (2, 2)), repeat=2) if sides != ((1, 1), (1, 1))]
"""Paddings before and after each axis: the maps become a little smaller or larger."""

EDITS: Mapping[str, Callable[[int], Edit]] = {
    "padding": lambda index: parameters(padding=SIDES[index]),
    "stride": lambda index: parameters(stride=2 + index),
    "dilation": lambda index: parameters(dilation=2 + index, padding=2 + index),
    "filters": lambda index: parameters(filters=511 - 8 * index),
    "initializer": lambda _index: parameters(initializer="xavier"),
    "seed": lambda index: SetSeed(1000 + index),
}
"""What is edited → the edit of that number; ORIGINAL comes back before each, and other weights before the last two."""

NEW_WEIGHTS = ("initializer", "seed")


def finish(session: Session) -> tuple[float, float]:
    """Run what is missing; seconds until the layer's maps arrived, and of these in the layer itself.

    Both are 0 where the maps were there.
    """
    job = session.start_job()
    assert job is not None
    arrived = [(0.0, 0.0)]
    began = time.perf_counter()

    def tell(event: JobEvent) -> None:
        session.take(job, event)
        if isinstance(event, LayerResult) and event.id == LAYER and event.seconds:
            arrived.append((time.perf_counter() - began, event.seconds))

    job.run(tell)
    return arrived[-1]


def full_runs(session: Session, count: int) -> list[float]:
    """Seconds of whole runs, with nothing remembered but weights."""
    times = []
    for _run in range(count):
        session.workspace.maps.clear()
        job = session.start_job()
        assert job is not None
        began = time.perf_counter()
        job.run(lambda event, job=job: session.take(job, event))  # type: ignore[misc]
        times.append(time.perf_counter() - began)
    return times


def edit_times(session: Session, what: str) -> list[tuple[float, float]]:
    """Seconds of the edits of a kind, and of these in the layer; the first of them warms up."""
    seeds = itertools.count(5000 + 100 * list(EDITS).index(what))
    times = []
    for index in range(REPEATS + 1):
        fresh = (SetSeed(next(seeds)),) if what in NEW_WEIGHTS else ()
        session.do(Several((parameters(**ORIGINAL), *fresh), "back"))
        finish(session)
        began = time.perf_counter()
        session.do(EDITS[what](index))
        done = time.perf_counter()
        run, layer = finish(session)
        times.append((done - began + run, layer))
    return times[1:]


def main() -> None:
    """Print the table."""
    session = Session(designer.load("gallery:vgg16"))
    session.set_picture(open_image(example_images()[0].path))
    full_runs(session, 2)
    full = statistics.median(full_runs(session, 10))
    print(f"edit of {LAYER} of VGG-16 to its maps; a full run, all maps kept: {1e3 * full:.0f} ms; target {TARGET:.0%}")
    print(f"  {'edit':<14}{'median ms':>10}{'in layer':>10}{'worst ms':>10}{'share':>9}{'worst':>9}")
    for what in EDITS:
        times, inside = zip(*edit_times(session, what), strict=True)
        median, layer, worst = statistics.median(times), statistics.median(inside), max(times)
        print(
            f"{'!' if median > TARGET * full else ' '} {what:<14}"
            f"{1e3 * median:10.1f}{1e3 * layer:10.1f}{1e3 * worst:10.1f}{median / full:9.1%}{worst / full:9.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
