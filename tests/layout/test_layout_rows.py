"""Automatic layout in rows: where a long network is broken, and into what shape."""

from __future__ import annotations

from itertools import pairwise

import pytest

from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design, Position
from designer.layout.layered import BAND_GAP, COLUMN_GAP, LANE, NODE_SIZE, layout
from tests.helpers.rectangles import overlaps
from tests.layout.test_layered import chain, inception

WIDTH, HEIGHT = NODE_SIZE
STEP = WIDTH + COLUMN_GAP


def rows(design: Design, places: dict[str, Position]) -> list[list[str]]:
    """Nodes row by row: a row reaches from one free strip as high as ``BAND_GAP`` to the next."""
    found: list[list[str]] = []
    low = 0.0
    for key in sorted(design.nodes, key=lambda key: places[key][1]):
        if not found or places[key][1] >= low + BAND_GAP:
            found.append([])
        found[-1].append(key)
        low = max(low, places[key][1] + HEIGHT)
    return found


def sheet(places: dict[str, Position]) -> tuple[float, float]:
    return max(x for x, _y in places.values()) + WIDTH, max(y for _x, y in places.values()) + HEIGHT


def zoom(places: dict[str, Position]) -> float:
    """At which all of it fits into 690×430 pixels with 32 around it and the wires at both sides."""
    width, height = sheet(places)
    return min((690 - 64) / (width + 48), (430 - 64) / height)


@pytest.mark.parametrize("length", range(1, 7))
def test_six_cards_stay_one_row(length: int) -> None:
    assert layout(chain(length)) == {key: (index * STEP, 0.0) for index, key in enumerate(chain(length).order)}


def test_a_row_begins_at_the_left_below_the_row_before() -> None:
    design = chain(12)
    places = layout(design)
    # Three rows of four are 848 wide and 344 high, two rows of six 1296 by 208; 848 / 1.8 is the least of all.
    assert [len(row) for row in rows(design, places)] == [4, 4, 4]
    assert list(places.values()) == [
        (column * STEP, row * (HEIGHT + BAND_GAP)) for row in range(3) for column in range(4)
    ]


def test_a_block_stack_has_a_row_for_every_block() -> None:
    design = network("block_stack")
    ends = [row[-1] for row in (sorted(row, key=design.order.index) for row in rows(design, layout(design)))]
    assert ends == ["pool1", "pool2", "pool3", "softmax"]


def test_a_row_of_vgg16_ends_with_a_pooling_layer() -> None:
    design = network("vgg16")
    places = {key: node.position for key, node in design.nodes.items()}
    ends = [row[-1] for row in (sorted(row, key=design.order.index) for row in rows(design, places))]
    assert {design.nodes[end].layer.kind for end in ends[:5]} == {"max_pool2d"}


@pytest.mark.parametrize(("name", "least"), [("lenet5", 0.65), ("block_stack", 0.45), ("vgg16", 0.39)])
def test_an_example_is_legible_as_a_whole_in_a_small_window(name: str, least: float) -> None:
    assert zoom(layout(network(name))) >= least


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "squeezenet1_1", "residual_block"])
def test_no_row_ends_inside_a_block(name: str) -> None:
    design = network(name)
    places = layout(design)
    row_of = {key: number for number, row in enumerate(rows(design, places)) for key in row}
    crossing = [(row_of[edge.source], row_of[edge.target]) for edge in design.edges]
    crossing = [(source, target) for source, target in crossing if source != target]
    # Exactly one wire from each row to the next.
    assert sorted(crossing) == [(row, row + 1) for row in range(max(row_of.values()))]


def test_a_module_with_branches_is_kept_whole() -> None:
    design = inception(3)
    row_of = {key: number for number, row in enumerate(rows(design, layout(design))) for key in row}
    assert all(row_of[edge.source] == row_of[edge.target] for edge in design.edges if edge.target.startswith("concat"))


def u_net() -> Design:
    """Four levels of skip connections, one inside the other: no place in the middle is crossed by one wire."""
    net = NetworkBuilder("u").image((3, 64, 64))
    kept = []
    for _level in range(4):
        for _index in range(4):
            net.add("relu")
        kept.append(net.last or "")
    for skip in reversed(kept):
        for _index in range(4):
            net.add("relu")
        net.add("add", after=(skip, net.last or ""))
    return net.design()


def test_what_is_wider_than_a_row_is_broken_all_the_same() -> None:
    design = u_net()
    places = layout(design)
    assert overlaps(places, {}) == []
    assert 1.0 < sheet(places)[0] / sheet(places)[1] < 3.0


def test_there_is_a_lane_for_every_wire_from_row_to_row() -> None:
    design = u_net()
    places = layout(design)
    found = rows(design, places)
    for number, (upper, lower) in enumerate(pairwise(found)):
        above, below = set().union(*found[: number + 1]), set().union(*found[number + 1 :])
        wires = {edge.source for edge in design.edges if edge.source in above and edge.target in below}
        free = min(places[key][1] for key in lower) - max(places[key][1] + HEIGHT for key in upper)
        assert free >= BAND_GAP + LANE * (len(wires) - 1)


@pytest.mark.parametrize(
    "design", [network("resnet50"), network("vgg16"), network("resnet152"), inception(9), chain(200)]
)
def test_a_long_network_has_about_the_shape_of_a_canvas(design: Design) -> None:
    width, height = sheet(layout(design))
    assert 1.2 < width / height < 2.7


def test_a_wider_canvas_gets_longer_rows() -> None:
    design = chain(60)
    shapes = [sheet(layout(design, aspect=aspect)) for aspect in (0.5, 1.0, 2.0, 4.0)]
    assert [width for width, _height in shapes] == sorted({width for width, _height in shapes})


def test_a_network_that_runs_down_is_broken_into_columns() -> None:
    places = layout(chain(40), direction="down")
    width, height = sheet(places)
    assert 1.2 < width / height < 2.7
    assert places["image"] == (0.0, 0.0)
    assert places["relu1"] == (0.0, HEIGHT + COLUMN_GAP)
