"""The design as a value."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given

from designer.graph.design import Design, DesignError, Edge, Node, default_seed, freeze
from designer.layer_api.registry import make_layer
from tests.helpers.designs import designs
from tests.helpers.networks import branchy


def net(*names: str, edges: tuple[Edge, ...] = ()) -> Design:
    return Design(nodes={name: Node(name, make_layer("add")) for name in names}, edges=edges)


@given(designs(with_extras=False))
def test_every_node_comes_after_its_inputs(design: Design) -> None:
    place = {node: index for index, node in enumerate(design.order)}
    assert sorted(place) == sorted(design.nodes)
    assert all(place[edge.source] < place[edge.target] for edge in design.edges)


def test_without_wires_the_order_is_that_of_creation() -> None:
    assert net("b", "a", "c").order == ("b", "a", "c")


def test_branches_run_one_after_the_other_in_the_order_of_their_wires() -> None:
    assert branchy().order == ("image", "stem", "left", "right", "concat", "mix", "skip", "add", "end")


def test_inputs_stand_in_port_order_with_free_ports_between() -> None:
    design = net("a", "b", "join", edges=(Edge("b", "join", 2), Edge("a", "join", 0)))
    assert design.inputs_of("join") == ("a", None, "b")
    assert design.inputs_of("a") == (None, None)
    assert [edge.source for edge in design.incoming["join"]] == ["a", "b"]
    assert [edge.target for edge in design.outgoing["a"]] == ["join"]


def test_what_leads_where() -> None:
    design = net("a", "b", "c", edges=(Edge("a", "b"), Edge("b", "c")))
    assert design.reaches("a", "c")
    assert design.reaches("a", "a")
    assert not design.reaches("c", "a")


def test_an_unknown_node_is_named() -> None:
    with pytest.raises(DesignError, match="there is no node c"):
        net("a").node("c")


def test_new_ids_take_the_first_free_number() -> None:
    design = net("conv1", "conv3")
    assert design.new_id("conv") == "conv2"
    assert design.new_id("conv", taken=["conv2"]) == "conv4"


def test_a_first_image_needs_no_number() -> None:
    assert net().new_id("image") == "image"
    assert net("image").new_id("image") == "image1"


def test_the_seed_comes_from_the_first_name_and_stays_the_same_everywhere() -> None:
    # CRC-32 of "conv1" (the checksum of zip and PNG).
    assert default_seed("conv1") == Node("conv1", make_layer("relu")).seed
    assert default_seed("123456789") == 0xCBF43926


def test_nodes_cannot_be_changed_in_place() -> None:
    design = net("a")
    with pytest.raises(TypeError):
        design.nodes["b"] = design.nodes["a"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        design.name = "other"  # type: ignore[misc]


def test_equality_looks_into_weights() -> None:
    one, same = net("a"), net("a")
    assert one == same
    zeros = one.evolve(weights={"a": {"w": freeze(np.zeros(2))}})
    assert zeros == one.evolve(weights={"a": {"w": freeze(np.zeros(2))}})
    assert zeros != one.evolve(weights={"a": {"w": freeze(np.ones(2))}})
    assert zeros != one
    nan = one.evolve(weights={"a": {"w": freeze([np.nan])}})
    assert nan == one.evolve(weights={"a": {"w": freeze([np.nan])}})


def test_frozen_arrays_share_nothing_with_their_origin() -> None:
    mine = np.arange(3, dtype=np.float32)
    frozen = freeze(mine)
    mine[0] = 9
    assert frozen.tolist() == [0, 1, 2]
    assert not frozen.flags.writeable


def wiring_of(design: Design) -> tuple[object, ...]:
    return design.incoming, design.outgoing, design.order, {node: design.inputs_of(node) for node in design.nodes}


@given(designs())
def test_what_is_taken_over_of_an_earlier_designs_wiring_is_what_would_be_found_anew(design: Design) -> None:
    wiring_of(design)
    moved = {key: attrs.evolve(node, position=(9.0, 9.0)) for key, node in design.nodes.items()}
    more = {**design.nodes, "more": Node("more", make_layer("add"))}
    other = {key: attrs.evolve(node, layer=make_layer("concat")) for key, node in design.nodes.items()}
    turned = dict(reversed(design.nodes.items()))
    for changes in ({"nodes": moved}, {"nodes": more}, {"nodes": other}, {"nodes": turned}, {"edges": ()}):
        evolved = design.evolve(**changes)
        assert wiring_of(evolved) == wiring_of(Design(nodes=evolved.nodes, edges=evolved.edges))


def test_designs_that_differ_in_places_or_parameters_share_what_is_known_of_their_wires() -> None:
    """A history of a thousand moves would else hold the wiring a thousand times."""
    design = branchy()
    wiring_of(design)
    stem = design.nodes["stem"]
    for node in (attrs.evolve(stem, position=(9.0, 9.0)), attrs.evolve(stem, layer=make_layer("conv2d", filters=9))):
        evolved = design.evolve(nodes={**design.nodes, "stem": node})
        assert evolved.incoming is design.incoming
        assert evolved.outgoing is design.outgoing
        assert evolved.order is design.order


def test_images_are_where_a_network_begins() -> None:
    assert branchy().sources() == ("image",)
