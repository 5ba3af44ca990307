"""Places of nodes and ways of wires: milliseconds for large designs, and how they grow with the number of nodes.

``python -m benchmarks.routing [size …]``. Without a window; the design has many skip connections.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from benchmarks.big_designs import dense_skips
from benchmarks.canvas import exponent
from designer.graph.design import Design, Node, Position
from designer.layer_api.registry import make_layer
from designer.layout.edge_routes import WireRouter
from designer.layout.inserting import appended
from designer.layout.layered import layout
from designer.layout.placing import usual_sizes

SIZES = (1_000, 5_000, 10_000)
TARGETS = {
    "lay out": 3_000,
    "route all wires, laid out": 400,
    "route all wires, in a grid": 400,
    "route all wires, anywhere": 400,
    "route all wires, all in one place": 400,
    "preview of one dragged card": 2,
    "re-route after one card has moved": 10,
    "insert a layer and make room": 100,
}
"""Act → milliseconds wanted at 10,000 nodes."""

MOVES = 25

Places = Mapping[str, Position]


def spent(act: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    gc.collect()
    start = time.thread_time()
    act()
    return 1000 * (time.thread_time() - start)


def places_of(design: Design) -> Iterator[tuple[str, Places]]:
    """Other places than the layout's."""
    chance = random.Random(1)
    yield "in a grid", {key: (index % 100 * 216.0, index // 100 * 104.0) for index, key in enumerate(design.nodes)}
    yield "anywhere", {key: (chance.random() * 22_400, chance.random() * 13_600) for key in design.nodes}
    yield "all in one place", dict.fromkeys(design.nodes, (0.0, 0.0))


def times(size: int) -> Iterator[tuple[str, float]]:
    """Every act at one size."""
    design = dense_skips(size)
    laid: dict[str, Position] = {}
    yield "lay out", spent(lambda: laid.update(layout(design)))
    yield "route all wires, laid out", statistics.median(spent(lambda: WireRouter(design, laid)) for _turn in range(3))
    for name, places in places_of(design):
        yield f"route all wires, {name}", spent(lambda places=places: WireRouter(design, places))  # type: ignore[misc]
    router = WireRouter(design, laid)
    moved = random.Random(2).sample(list(laid), MOVES)
    there = [{key: (laid[key][0] + 24, laid[key][1] + 40)} for key in moved]
    yield "preview of one dragged card", statistics.median(spent(lambda to=to: router.preview(to)) for to in there)  # type: ignore[misc]
    yield (
        "re-route after one card has moved",
        statistics.median(spent(lambda to=to: router.update(moved=to)) for to in there),  # type: ignore[misc]
    )
    sizes = usual_sizes(design)
    new = Node("new", make_layer("relu"))
    yield (
        "insert a layer and make room",
        statistics.median(
            spent(lambda key=key: appended(design, new, key, sizes).apply(design))
            for key in moved[:5]  # type: ignore[misc]
        ),
    )


def main() -> None:
    """Print the table."""
    sizes = [int(argument) for argument in sys.argv[1:]] or list(SIZES)
    table: dict[str, dict[int, float]] = {act: {} for act in TARGETS}
    for size in sizes:
        for act, milliseconds in times(size):
            table[act][size] = milliseconds
    print("places of nodes and ways of wires, many skip connections, ms of processor time")
    print(f"   {'nodes':<44}" + "".join(f"{size:>10,}" for size in sizes) + "   grows as n^   target")
    for act, measured in table.items():
        shown = "".join(f"{measured[size]:10.1f}" for size in sizes)
        mark = "!" if max(measured.values()) > TARGETS[act] else " "
        print(f" {mark} {act:<44}{shown}   {exponent(measured):>11}   {TARGETS[act]:>6,}", flush=True)


if __name__ == "__main__":
    main()
