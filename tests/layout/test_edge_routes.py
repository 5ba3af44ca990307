"""Ways of wires around nodes, from positions alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Position
from designer.layout.cards import CLEARANCE
from designer.layout.edge_routes import edge_routes
from designer.layout.layered import LANE, NODE_SIZE, layout
from tests.helpers.counting import calls

WIDTH, HEIGHT = NODE_SIZE
STEP = WIDTH + 48


def skip(columns: int) -> tuple[Design, Edge]:
    """image → relu1 → … → add with a second wire from the image straight to the add."""
    net = NetworkBuilder("skip").image((3, 8, 8))
    for _column in range(columns):
        net.add("relu")
    net.add("add", after=(net.last or "", "image"), name="add")
    return net.design(), Edge("image", "add", 1)


def row(design: Design) -> dict[str, Position]:
    return {key: (index * STEP, 0.0) for index, key in enumerate(design.nodes)}


def runs_through(design: Design, places: dict[str, Position], edge: Edge, points: list[Position]) -> set[str]:
    """Nodes inside of which a sampled point of the drawn wire lies; an independent look at the picture."""
    inside = set()
    for (x0, y0), (x1, y1) in pairwise(points):
        for step in range(201):
            t = step / 200
            # Bézier with the control points (x0, y0), (middle, y0), (middle, y1), (x1, y1).
            middle = (x0 + x1) / 2
            x = x0 * (1 - t) ** 3 + 3 * middle * t * (1 - t) + x1 * t**3
            y = y0 * ((1 - t) ** 3 + 3 * t * (1 - t) ** 2) + y1 * (3 * t**2 * (1 - t) + t**3)
            inside |= {
                key
                for key, (left, top) in places.items()
                if key not in (edge.source, edge.target) and left < x < left + WIDTH and top < y < top + HEIGHT
            }
    return inside


def drawn(places: dict[str, Position], edge: Edge, way: tuple[Position, ...]) -> list[Position]:
    (x0, y0), (x1, y1) = places[edge.source], places[edge.target]
    return [(x0 + WIDTH, y0 + HEIGHT / 2), *way, (x1, y1 + HEIGHT / 2)]


def test_neighbours_are_joined_directly() -> None:
    design, long = skip(1)
    routes = edge_routes(design, row(design))
    assert [edge for edge, way in routes.items() if way] == [long]


def test_a_skip_connection_runs_below_everything_in_between() -> None:
    design, long = skip(3)
    way = edge_routes(design, row(design))[long]
    # From the left side of the first relu to the right side of the third, clear of the cards' bottoms.
    assert way == ((STEP, HEIGHT + CLEARANCE), (3 * STEP + WIDTH, HEIGHT + CLEARANCE))


def test_a_wire_is_left_alone_when_the_node_is_dragged_out_of_its_way() -> None:
    design, long = skip(1)
    places = row(design)
    assert edge_routes(design, places)[long] != ()
    assert edge_routes(design, {**places, "relu1": (STEP, 200.0)})[long] == ()


def test_a_lane_gives_way_to_cards_below() -> None:
    design, long = skip(1)
    (_x, y), _end = edge_routes(design, {**row(design), "under": (STEP, HEIGHT + CLEARANCE)})[long]
    assert y == -CLEARANCE


def test_nested_skips_get_lanes_of_their_own_the_shortest_next_to_the_nodes() -> None:
    net = NetworkBuilder("nested").image((3, 8, 8))
    net.add("relu", name="outer")
    net.add("relu", name="inner")
    net.add("relu", name="middle")
    net.add("add", after=("middle", "inner"), name="add_inner")
    net.add("add", after=("add_inner", "outer"), name="add_outer")
    design = net.design()
    routes = edge_routes(design, row(design))
    inner, outer = routes[Edge("inner", "add_inner", 1)][0][1], routes[Edge("outer", "add_outer", 1)][0][1]
    assert inner == HEIGHT + CLEARANCE
    assert outer == inner + LANE


def test_wires_of_one_source_share_their_lane() -> None:
    net = NetworkBuilder("shared").image((3, 8, 8))
    net.add("relu", name="first")
    net.add("relu", name="second")
    net.add("add", after=("second", "image"), name="join")
    net.add("add", after=("join", "image"), name="last")
    design = net.design()
    routes = edge_routes(design, row(design))
    near, far = routes[Edge("image", "join", 1)], routes[Edge("image", "last", 1)]
    assert near[0] == far[0]
    assert near[1][1] == far[1][1]
    assert near[1][0] < far[1][0]


def test_a_branch_that_ends_early_runs_straight_on_in_its_own_row() -> None:
    design = network("resnet18")
    places = layout(design)
    edge = Edge("layer2.0.downsample.1", "layer2.0.add", 1)
    way = edge_routes(design, places)[edge]
    assert {y for _x, y in way} == {places["layer2.0.downsample.1"][1] + HEIGHT / 2}


def test_the_wanted_wires_get_the_way_they_get_among_all() -> None:
    design = network("resnet34")
    places = layout(design)
    assert any(len(way) == 2 and way[1] < way[0] for way in edge_routes(design, places).values())
    everything = edge_routes(design, places)
    some = design.edges[20:60]
    assert edge_routes(design, places, edges=some) == {edge: everything[edge] for edge in some}
    assert edge_routes(design, places, edges=()) == {}


@pytest.mark.parametrize("name", ["residual_block", "resnet18", "resnet50", "squeezenet1_1"])
def test_no_wire_of_a_laid_out_network_runs_through_a_node(name: str) -> None:
    design = network(name)
    places = layout(design)
    routes = edge_routes(design, places)
    assert list(routes) == list(design.edges)
    for edge, way in routes.items():
        assert runs_through(design, places, edge, drawn(places, edge, way)) == set()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-20, 20)), min_size=1, max_size=6))
def test_no_lane_runs_through_a_node_wherever_the_nodes_were_dragged(cells: list[tuple[int, int]]) -> None:
    design, long = skip(len(cells))
    places: dict[str, Position] = {"image": (0.0, 0.0), "add": (7 * STEP, 0.0)}
    places |= {f"relu{index}": (column * STEP, 20.0 * y) for index, (column, y) in enumerate(cells, start=1)}
    way = edge_routes(design, places)[long]
    if not way:
        assert runs_through(design, places, long, drawn(places, long, ())) == set()
        return
    (first, y), (last, end) = way
    assert y == end
    assert places["image"][0] + WIDTH < first <= last < places["add"][0]
    for left, top in places.values():
        apart = y <= top - CLEARANCE or y >= top + HEIGHT + CLEARANCE
        assert apart or left + WIDTH <= first or left >= last


def test_the_work_of_routing_grows_with_the_wires() -> None:
    small, large = network("resnet50"), network("resnet152")
    places, more = layout(small), layout(large)
    few, many = calls(lambda: edge_routes(small, places)), calls(lambda: edge_routes(large, more))
    assert many < 1.25 * few * len(large.edges) / len(small.edges)
