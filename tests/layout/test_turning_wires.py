"""Ways of wires that run back, from positions alone: from row to row, and to nodes that were moved."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Position
from designer.layout.edge_routes import edge_routes
from designer.layout.layered import BAND_GAP, LANE, NODE_SIZE, layout
from tests.layout.test_layered import chain

WIDTH, HEIGHT = NODE_SIZE
STEP, DOWN = WIDTH + 48, HEIGHT + BAND_GAP
CELLS = st.tuples(st.integers(0, 5), st.integers(0, 3))

Way = tuple[Position, ...]


def corners(places: dict[str, Position], edge: Edge, way: Way) -> list[Position]:
    """The wire as straight pieces at right angles, from port to port."""
    (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
    start, end = (x0 + WIDTH, y0 + HEIGHT / 2), (x1, y1 + HEIGHT / 2)
    return [start, (way[0][0], start[1]), *way, (way[-1][0], end[1]), end]


def struck(places: dict[str, Position], points: list[Position]) -> set[str]:
    """Nodes whose card a straight piece runs through."""
    return {
        key
        for key, (x, y) in places.items()
        for (ax, ay), (bx, by) in pairwise(points)
        if min(ax, bx) < x + WIDTH and max(ax, bx) > x and min(ay, by) < y + HEIGHT and max(ay, by) > y
    }


def crossings(one: list[Position], other: list[Position]) -> int:
    """How often an upright piece of one crosses a level piece of the other."""

    def count(uprights: list[Position], levels: list[Position]) -> int:
        return sum(
            min(a[1], b[1]) < c[1] < max(a[1], b[1]) and min(c[0], d[0]) < a[0] < max(c[0], d[0])
            for a, b in pairwise(uprights)
            for c, d in pairwise(levels)
            if a[0] == b[0] and c[1] == d[1]
        )

    return count(one, other) + count(other, one)


def test_the_wire_to_the_next_row_runs_in_the_middle_between_the_rows() -> None:
    places: dict[str, Position] = {"image": (0.0, 0.0), "relu1": (STEP, 0.0), "relu2": (0.0, DOWN)}
    way = edge_routes(chain(3), places)[Edge("relu1", "relu2")]
    # Half a gap between columns out to the right, half a gap between rows down, half a gap beside the first column.
    assert way == ((STEP + WIDTH + 24, HEIGHT + 32), (-24.0, HEIGHT + 32))


def test_two_wires_from_row_to_row_run_side_by_side_and_do_not_cross() -> None:
    net = NetworkBuilder("two").image((3, 8, 8))
    upper, lower = net.add("relu", after="image", name="upper"), net.add("relu", after="image", name="lower")
    net.add("tanh", after=upper, name="of_upper")
    net.add("tanh", after=lower, name="of_lower")
    places: dict[str, Position] = {
        "image": (0.0, 52.0),
        "upper": (STEP, 0.0),
        "lower": (STEP, 104.0),
        "of_upper": (0.0, 256.0),
        "of_lower": (0.0, 360.0),
    }
    routes = edge_routes(net.design(), places)
    edges = Edge("upper", "of_upper"), Edge("lower", "of_lower")
    one, other = (corners(places, edge, routes[edge]) for edge in edges)
    assert routes[edges[0]][0][1] - routes[edges[1]][0][1] == LANE
    assert crossings(one, other) == 0
    assert not struck(places, one) | struck(places, other)


@pytest.mark.parametrize(("between", "below"), [(0.0, True), (-40.0, True), (40.0, False)])
def test_a_wire_back_within_a_row_runs_around_what_is_in_between(between: float, below: bool) -> None:
    design = chain(3)
    places = {"image": (2 * STEP, 0.0), "relu1": (0.0, 0.0), "relu2": (STEP, between)}
    edge = Edge("image", "relu1")
    way = edge_routes(design, places)[edge]
    assert len(way) == 2
    assert (way[0][1] > HEIGHT / 2) == below
    assert struck(places, corners(places, edge, way)) == set()


def test_a_wire_past_whole_rows_follows_a_lane_beside_each_of_its_ends() -> None:
    net = NetworkBuilder("far").image((3, 8, 8))
    net.add("relu", name="first")
    for index in range(6):
        # Cards that stand in the way between the columns of the other rows.
        net.add("relu", name=f"between{index}")
    net.add("add", after=(net.last or "", "first"), name="last")
    net.add("relu", after="first", name="beside")
    places = {f"between{index}": (index * STEP - 112.0, float(DOWN)) for index in range(6)}
    places |= {"image": (2 * STEP - 200.0, 2.0 * DOWN), "last": (2 * STEP, 2.0 * DOWN)}
    places |= {"first": (4 * STEP, 0.0), "beside": (5 * STEP, 0.0)}
    edge = Edge("first", "last", 1)
    way = edge_routes(net.design(), places)[edge]
    # Into the lane below its own row, down between two cards, and along the lane above the target's row.
    assert [y for _x, y in way] == [HEIGHT + 32.0] * 2 + [DOWN + HEIGHT + 32.0] * 2
    assert way[1][0] == way[2][0]
    assert struck(places, corners(places, edge, way)) == set()


@given(st.lists(CELLS, min_size=4, max_size=10, unique=True))
def test_wires_that_run_back_among_cards_in_cells_meet_none(cells: list[tuple[int, int]]) -> None:
    design = chain(len(cells))
    places = {key: (column * STEP, float(row * DOWN)) for key, (column, row) in zip(design.order, cells, strict=True)}
    routes = edge_routes(design, places)
    for edge, way in routes.items():
        if places[edge.target][0] < places[edge.source][0] + WIDTH:
            assert len(way) in (2, 4)
            assert struck(places, corners(places, edge, way)) == set()


@given(st.lists(CELLS, min_size=4, max_size=10, unique=True))
def test_lanes_of_different_sources_keep_apart(cells: list[tuple[int, int]]) -> None:
    design = chain(len(cells))
    places = {key: (column * STEP, float(row * DOWN)) for key, (column, row) in zip(design.order, cells, strict=True)}
    ways = [way for way in edge_routes(design, places).values() if way]
    lanes = [(min(a[0], b[0]), max(a[0], b[0]), a[1]) for way in ways for a, b in zip(way[::2], way[1::2], strict=True)]
    for number, (first, last, y) in enumerate(lanes):
        for other_first, other_last, other in lanes[:number]:
            assert first >= other_last or other_first >= last or y != other


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "resnet50", "squeezenet1_1"])
def test_every_row_ends_with_a_wire_to_the_next_that_meets_nothing(name: str) -> None:
    design: Design = network(name)
    places = layout(design)
    routes = edge_routes(design, places)
    back = {edge: way for edge, way in routes.items() if places[edge.target][0] < places[edge.source][0]}
    assert back
    for edge, way in back.items():
        assert places[edge.source][1] + HEIGHT < way[0][1] < places[edge.target][1]
        assert struck(places, corners(places, edge, way)) == set()
    lines = [corners(places, edge, way) for edge, way in back.items()]
    assert all(crossings(one, other) == 0 for index, one in enumerate(lines) for other in lines[:index])
