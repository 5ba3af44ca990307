"""Automatic layout: what a reader of the canvas relies on, whatever the design."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.layout.layered import BAND_GAP, COLUMN_GAP, GRID, NODE_SIZE, ROW_GAP, Size, layout
from tests.helpers.counting import calls
from tests.helpers.designs import designs
from tests.helpers.rectangles import overlaps

WIDTH, HEIGHT = NODE_SIZE


def chain(length: int) -> Design:
    net = NetworkBuilder("chain").image((3, 64, 64))
    for _index in range(length - 1):
        net.add("relu")
    return net.design()


def inception(modules: int) -> Design:
    """Modules of four branches, fifteen nodes each, as GoogLeNet has them."""
    net = NetworkBuilder("modules").image((3, 64, 64))
    entry = net.add("relu")
    for _module in range(modules):
        ends = [net.add("relu", after=net.add("conv2d", after=entry))]
        for _branch in range(2):
            reduced = net.add("relu", after=net.add("conv2d", after=entry))
            ends.append(net.add("relu", after=net.add("conv2d", after=reduced)))
        pooled = net.add("max_pool2d", after=entry)
        ends.append(net.add("relu", after=net.add("conv2d", after=pooled)))
        entry = net.add("concat", after=ends)
        entry = net.add("relu", after=entry)
    return net.design()


@st.composite
def sized_designs(draw: st.DrawFn) -> tuple[Design, dict[str, Size]]:
    design = draw(designs(max_nodes=9, with_extras=False))
    size = st.tuples(st.floats(1, 400), st.floats(1, 300))
    return design, draw(st.fixed_dictionaries({}, optional=dict.fromkeys(design.nodes, size)))


aspects = st.none() | st.floats(0.2, 5.0)


@given(sized_designs(), st.sampled_from(["right", "down"]), aspects)
def test_no_two_cards_overlap_and_every_wire_runs_forward_or_to_a_later_row(
    sized: tuple[Design, dict[str, Size]], direction: str, aspect: float | None
) -> None:
    design, sizes = sized
    places = layout(design, sizes, direction=direction, aspect=aspect)
    assert list(places) == list(design.nodes)
    assert overlaps(places, sizes) == []
    along, across = (0, 1) if direction == "right" else (1, 0)
    for edge in design.edges:
        size = sizes.get(edge.source, NODE_SIZE)
        source, target = places[edge.source], places[edge.target]
        forward = source[along] + size[along] + COLUMN_GAP <= target[along]
        later_row = source[across] + size[across] + BAND_GAP <= target[across]
        assert forward or (later_row and aspect is not None)


@given(sized_designs())
def test_places_stand_on_the_grid_and_start_in_the_corner(sized: tuple[Design, dict[str, Size]]) -> None:
    design, sizes = sized
    places = layout(design, sizes)
    assert all(x % GRID == 0 and y % GRID == 0 for x, y in places.values())
    if places:
        assert min(x for x, _y in places.values()) == 0
        assert min(y for _x, y in places.values()) == 0


@given(sized_designs())
def test_the_same_design_and_sizes_give_the_same_places_wherever_the_nodes_were(
    sized: tuple[Design, dict[str, Size]],
) -> None:
    design, sizes = sized
    elsewhere = {key: attrs.evolve(node, position=(7.0, -3.0)) for key, node in design.nodes.items()}
    assert layout(design, sizes) == layout(design.evolve(nodes=elsewhere), sizes)


def test_a_chain_is_one_straight_compact_row() -> None:
    places = layout(chain(13), aspect=None)
    step = WIDTH + COLUMN_GAP
    assert list(places.values()) == [(index * step, 0.0) for index in range(13)]


def test_a_chain_of_cards_of_different_height_is_straight_through_their_middles() -> None:
    design = chain(3)
    places = layout(design, {"relu1": (176.0, 88.0)})
    middles = {key: places[key][1] + (88.0 if key == "relu1" else HEIGHT) / 2 for key in design.nodes}
    assert max(middles.values()) - min(middles.values()) < GRID


def test_a_network_can_run_down_the_page() -> None:
    places = layout(chain(3), direction="down")
    assert list(places.values()) == [(0.0, index * (HEIGHT + COLUMN_GAP)) for index in range(3)]


def test_a_skip_connection_leaves_the_trunk_straight() -> None:
    places = layout(network("residual_block"), aspect=None)
    assert {y for _x, y in places.values()} == {0.0}


def test_a_side_branch_stands_beside_the_trunk() -> None:
    design = network("resnet18")
    places = layout(design, aspect=None)
    rows = {key: y for key, (_x, y) in places.items()}
    assert {y for key, y in rows.items() if "downsample" not in key} == {0.0}
    assert {y for key, y in rows.items() if "downsample" in key} == {HEIGHT + ROW_GAP}


def test_branches_spread_around_the_trunk_without_crossings() -> None:
    places = layout(inception(1), aspect=None)
    # Creation order is top to bottom; the trunk runs through the first of the two longest branches.
    rows = [places[name][1] for name in ("conv1", "conv2", "conv4", "pool1")]
    assert rows == sorted(set(rows))
    assert places["relu1"][1] == places["conv2"][1] == places["concat1"][1]


def test_wires_swap_sides_rather_than_cross() -> None:
    net = NetworkBuilder("crossed").image((3, 8, 8))
    upper, lower = net.add("relu", after="image", name="upper"), net.add("relu", after="image", name="lower")
    net.add("tanh", after=lower, name="of_lower")
    net.add("tanh", after=upper, name="of_upper")
    places = layout(net.design())
    assert (places["upper"][1] < places["lower"][1]) == (places["of_upper"][1] < places["of_lower"][1])


def test_a_second_image_stands_just_before_its_reader() -> None:
    net = NetworkBuilder("two images").image((3, 8, 8))
    for _index in range(4):
        net.add("relu")
    trunk = net.last or ""
    net.add("image_input", name="other")
    net.add("add", after=(trunk, "other"), name="join")
    places = layout(net.design())
    assert places["other"][0] == places["relu4"][0]


def test_parts_without_a_wire_between_them_stand_below_each_other() -> None:
    net = NetworkBuilder("parts").image((3, 8, 8))
    net.add("relu")
    net.add("image_input", name="other")
    net.add("tanh", after="other")
    places = layout(net.design())
    assert places["image"][1] == places["relu1"][1] == 0.0
    assert places["other"][1] == places["tanh1"][1] >= HEIGHT + ROW_GAP


def test_nothing_to_lay_out() -> None:
    assert layout(Design()) == {}


@pytest.mark.parametrize(
    ("design", "larger", "times"),
    [(inception(9), inception(36), 542 / 137), (network("resnet50"), network("resnet152"), 517 / 177)],
)
def test_the_work_of_laying_out_grows_with_the_nodes(design: Design, larger: Design, times: float) -> None:
    assert len(larger.nodes) / len(design.nodes) == times
    assert calls(lambda: layout(larger)) < 1.25 * times * calls(lambda: layout(design))
    assert overlaps(layout(larger), {}) == []
