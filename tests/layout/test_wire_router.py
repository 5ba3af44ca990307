"""Ways of wires that are followed through changes, and those among more cards than can be looked at."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.big_designs import dense_skips
from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Position
from designer.layout.cards import Span
from designer.layout.edge_routes import MOST_CHANGED, WireRouter, edge_routes
from designer.layout.layered import NODE_SIZE, layout
from designer.layout.passing_wires import struck

WIDTH, HEIGHT = NODE_SIZE
CELLS = st.tuples(st.integers(0, 8).map(lambda column: column * 112.0), st.integers(0, 6).map(lambda row: row * 52.0))


def led(router: WireRouter) -> set[Edge]:
    return {edge for edge, way in router.ways.items() if way}


def struck_by_lanes(places: dict[str, Position], ways: dict[Edge, tuple[Position, ...]]) -> set[str]:
    """Cards that a wire on its way to the right runs through while it is on its lane."""
    return {
        key
        for edge, way in ways.items()
        if way and places[edge.source][0] + WIDTH < places[edge.target][0]
        for (first, y), (last, _y) in pairwise(way)
        for key, (left, top) in places.items()
        if first < left + WIDTH and last > left and top < y < top + HEIGHT
    }


@given(st.lists(CELLS, min_size=12, max_size=12), st.lists(st.tuples(st.integers(0, 11), CELLS), max_size=6))
def test_after_any_moves_the_wires_that_are_led_are_those_that_would_be_led_anyway(
    cells: list[Position], moves: list[tuple[int, Position]]
) -> None:
    design = dense_skips(12)
    places = dict(zip(design.nodes, cells, strict=True))
    router = WireRouter(design, places)
    for number, place in moves:
        key = list(design.nodes)[number]
        places[key] = place
        before = dict(router.ways)
        told = router.update(moved={key: place})
        assert {edge for edge in design.edges if key in (edge.source, edge.target)} <= told.keys()
        assert {**before, **told} == router.ways
    # Which lane a wire has may depend on what came first; whether it needs one does not.
    assert led(router) == led(WireRouter(design, places))
    assert struck_by_lanes(places, router.ways) == set()


@given(st.lists(CELLS, min_size=12, max_size=12), st.integers(0, 11), CELLS)
def test_a_preview_answers_what_would_be_and_changes_nothing(
    cells: list[Position], number: int, place: Position
) -> None:
    design = dense_skips(12)
    places = dict(zip(design.nodes, cells, strict=True))
    key = list(design.nodes)[number]
    router = WireRouter(design, places)
    before = dict(router.ways)
    first = router.preview({key: place})
    assert router.preview({key: places[key]}) is not None
    assert router.ways == before
    assert router.preview({key: place}) == first
    assert {edge for edge in design.edges if key in (edge.source, edge.target)} <= first.keys()
    there = WireRouter(design, {**places, key: place})
    assert {edge for edge in first if first[edge]} == led(there) & first.keys()


def test_a_card_put_on_a_wire_of_others_makes_it_give_way_and_taken_away_again_lets_it_run_free() -> None:
    design = network("residual_block")
    places = layout(design)
    router = WireRouter(design, {**places, "stray": (0.0, -5000.0)})
    free = next(edge for edge, way in router.ways.items() if not way)
    x, y = places[free.source]
    told = router.update(moved={"stray": (x + WIDTH + 12, y)}, sizes={"stray": (24.0, HEIGHT)})
    assert told[free] != ()
    assert router.update(removed=["stray"])[free] == ()


def test_nodes_and_wires_come_and_go() -> None:
    design = network("resnet18")
    places = layout(design)
    gone = "layer2.0.downsample.0"
    wires = (*design.incoming[gone], *design.outgoing[gone])
    router = WireRouter(design, places)
    router.update(removed=[gone], edges_removed=wires)
    assert router.ways.keys() == set(design.edges) - set(wires)
    told = router.update(moved={gone: places[gone]}, edges_added=wires)
    assert told.keys() >= set(wires)
    assert led(router) == led(WireRouter(design, places))


def test_very_many_changes_at_once_give_what_a_new_router_gives() -> None:
    design = dense_skips(2 * MOST_CHANGED)
    places = layout(design)
    router = WireRouter(design, dict.fromkeys(places, (0.0, 0.0)))
    router.update(moved=places)
    assert router.ways == edge_routes(design, places)


def test_wires_between_cards_that_are_dragged_together_move_with_them() -> None:
    design = dense_skips(2 * MOST_CHANGED)
    places = layout(design)
    router = WireRouter(design, places)
    moved = [key for key in places if key != "node7"]
    told = router.preview({key: (places[key][0] + 40, places[key][1] - 16) for key in moved})
    for edge, way in told.items():
        if "node7" in (edge.source, edge.target):
            assert way == ()
        else:
            assert way == tuple((x + 40, y - 16) for x, y in router.ways[edge])
    assert told.keys() == set(design.edges)


def in_rows(design: Design, columns: int) -> dict[str, Position]:
    """Places in the order of creation, row by row, with room for lanes between the rows."""
    return {key: (224.0 * (number % columns), 800.0 * (number // columns)) for number, key in enumerate(design.nodes)}


@given(
    st.integers(0, 199),
    st.sampled_from([(224.0, 0.0), (-448.0, 0.0), (0.0, 104.0), (1120.0, -64.0)]),
    st.none() | st.tuples(st.integers(0, 199), CELLS),
)
@settings(max_examples=25)
def test_after_many_cards_have_moved_alike_wires_are_led_as_they_would_be_anyway(
    first: int, shift: Position, other: tuple[int, Position] | None
) -> None:
    design = dense_skips(200)
    places = in_rows(design, 50)
    router = WireRouter(design, places)
    keys = list(design.nodes)
    moved = {key: (places[key][0] + shift[0], places[key][1] + shift[1]) for key in keys[first:]}
    if other is not None:
        moved[keys[other[0]]] = other[1]
    before = dict(router.ways)
    told = router.update(moved=moved)
    assert {edge for edge in design.edges if moved.keys() & {edge.source, edge.target}} <= told.keys()
    assert {**before, **told} == router.ways
    assert led(router) == led(WireRouter(design, places | moved))
    assert struck_by_lanes(places | moved, router.ways) == set()
    # Back again, what runs between cards that moved alike is where it was.
    router.update(moved={key: places[key] for key in moved})
    assert led(router) == {edge for edge, way in before.items() if way}


def test_what_follows_in_a_row_takes_its_wires_along_and_few_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    design = dense_skips(3000)
    places = in_rows(design, 1000)
    router = WireRouter(design, places)
    looked_at = []

    def counted(*arguments: Any) -> Span | None:
        looked_at.append(arguments)
        return struck(*arguments)

    monkeypatch.setattr("designer.layout.edge_routes.struck", counted)
    row = [key for key, (x, y) in places.items() if y == 800.0 and x >= 100 * 224.0]
    before = dict(router.ways)
    told = router.update(moved={key: (places[key][0] + 224.0, places[key][1]) for key in row})
    inside = [edge for edge in design.edges if edge.source in row[30:-30] and edge.target in row[30:-30]]
    assert len(inside) > 1300
    for edge in inside:
        assert told[edge] == tuple((x + 224.0, y) for x, y in before[edge])
    # Those that lead into the row from before it, and from it to the next: about twenty skips each.
    assert 0 < len(looked_at) < 200


@pytest.mark.parametrize("columns", [1, 2, 50])
def test_piles_of_cards_take_no_longer_than_others(columns: int) -> None:
    design: Design = dense_skips(2000)
    places = {key: (300.0 * (number % columns), 0.0) for number, key in enumerate(design.nodes)}
    # Looking at every card for every wire, this took minutes.
    ways = edge_routes(design, places)
    assert list(ways) == list(design.edges)


def test_a_wire_among_very_many_cards_runs_directly() -> None:
    design = dense_skips(2000)
    places = {
        key: (float(number * 7919 % 20011), float(number * 104729 % 12007)) for number, key in enumerate(design.nodes)
    }
    ways = edge_routes(design, places)
    far = [edge for edge in design.edges if abs(places[edge.source][1] - places[edge.target][1]) > 6000]
    assert far
    assert {ways[edge] for edge in far} == {()}


def test_no_wire_is_compared_with_another_to_follow_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources stand in the order of their names, as their wires do; comparing wires takes ten times as long."""
    design = dense_skips(150)
    places = layout(design)
    router = WireRouter(design, places)
    monkeypatch.setattr(Edge, "__lt__", lambda *_wires: pytest.fail("two wires were compared"))
    found = router.update(
        moved={f"node{index}": (places[f"node{index}"][0], 4000.0 + index) for index in range(90, 120)}
    )
    assert {edge.source for edge in found} >= {f"node{index}" for index in range(90, 120)}
