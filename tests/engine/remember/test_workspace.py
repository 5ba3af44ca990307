"""Results are found again exactly when nothing they depend on has changed."""

from __future__ import annotations

import gc
import itertools
import weakref

import attrs
import numpy as np
import pytest

from designer.analysis.analyse import analyse, with_input_shape
from designer.engine.compile.wiring import wiring
from designer.engine.remember.keys import KeyMaker, result_keys
from designer.engine.remember.memory import Memory
from designer.engine.remember.workspace import ResultCache
from designer.gallery.catalogue import network
from designer.graph.compound_edits import InsertOnEdge
from designer.graph.design import Design, Edge, Node
from designer.graph.edits import (
    AddNode,
    Edit,
    MoveNodes,
    Rename,
    SetName,
    SetParameters,
    SetWeights,
)
from designer.kernels.arrays.memory import Array
from designer.layer_api.registry import make_layer
from tests.helpers.counting import calls
from tests.helpers.networks import branchy, chain

IMAGE = np.zeros((1, 3, 12, 10), np.float32)


MAKER = KeyMaker()


def keys_of(design: Design, image: Array = IMAGE) -> dict[str, object]:
    return dict(result_keys(design, analyse(design), {"image": image}, MAKER))


def differing(edit: Edit) -> set[str]:
    """Nodes of the branchy network whose results an edit makes invalid."""
    before, after = keys_of(branchy()), keys_of(edit.apply(branchy()))
    return {name for name in before if after.get(name) != before[name]}


def test_equal_designs_have_equal_keys_and_no_two_layers_share_one() -> None:
    first, second = keys_of(branchy()), keys_of(branchy())
    assert first == second
    assert {hash(key) for key in first.values()} == {hash(key) for key in second.values()}
    assert len(set(first.values())) == len(branchy().nodes)


@pytest.mark.parametrize(
    ("edit", "invalid"),
    [
        (SetParameters("mix", {"filters": 5}), set()),
        (SetParameters("mix", {"bias": False}), {"mix", "add", "end"}),
        (SetParameters("left", {"stride": 1, "kernel": 5, "padding": 2}), {"left", "concat", "mix", "add", "end"}),
        (SetWeights({"skip": {"weight": np.zeros((5, 4, 3, 3)), "bias": np.zeros(5)}}), {"skip", "add", "end"}),
        (MoveNodes({"stem": (900.0, 900.0)}), set()),
        (SetName("another"), set()),
        (AddNode(Node("more", make_layer("relu")), "stem"), set()),
        (InsertOnEdge(Node("more", make_layer("relu")), branchy().incoming["skip"][0]), {"skip", "add", "end"}),
    ],
    ids=["filters", "bias", "stride", "weights", "move", "name", "add", "insert"],
)
def test_an_edit_makes_only_what_lies_downstream_invalid(edit: Edit, invalid: set[str]) -> None:
    assert differing(edit) == invalid


def test_renaming_keeps_results() -> None:
    before, after = keys_of(branchy()), keys_of(Rename("stem", "trunk").apply(branchy()))
    assert after["trunk"] == before["stem"]
    assert after["end"] == before["end"]


def test_another_seed_another_result_for_layers_that_draw_weights() -> None:
    design = branchy()
    reseeded = design.evolve(
        nodes={
            key: attrs.evolve(node, seed=7) if key in ("mix", "right") else node for key, node in design.nodes.items()
        }
    )
    before, after = keys_of(design), keys_of(reseeded)
    assert {name for name in before if before[name] != after[name]} == {"mix", "add", "end"}


def test_weights_and_images_count_by_identity() -> None:
    assert keys_of(branchy(), IMAGE.copy())["stem"] != keys_of(branchy())["stem"]
    tensors = {"weight": np.ones((5, 7, 1, 1)), "bias": np.ones(5)}
    given = SetWeights({"mix": tensors}).apply(branchy())
    moved = MoveNodes({"mix": (1.0, 2.0)}).apply(given)
    assert keys_of(moved) == keys_of(given)
    again = SetWeights({"mix": tensors}).apply(branchy())
    assert keys_of(again)["mix"] != keys_of(given)["mix"]


def test_a_key_keeps_nothing_alive_and_no_later_image_or_weights_have_it() -> None:
    keys, gone = [], []
    for _attempt in range(50):
        # Freed and made again, arrays mostly get the address of the one before.
        image, weights = np.zeros((1, 3, 12, 10), np.float32), np.ones((5, 7, 1, 1), np.float32)
        design = SetWeights({"mix": {"weight": weights, "bias": np.ones(5)}}).apply(branchy())
        gone += [weakref.ref(image), weakref.ref(design.weights["mix"]["weight"])]
        keys += [keys_of(design, IMAGE)["mix"], keys_of(design, image)["stem"]]
        keys_of(branchy())
        del image, weights, design
    assert len(set(keys)) == 100
    gc.collect()
    assert not any(reference() is not None for reference in gone)


def test_keys_of_another_maker_are_others_where_arrays_are_meant() -> None:
    assert (
        result_keys(branchy(), analyse(branchy()), {"image": IMAGE}, KeyMaker())["stem"] != keys_of(branchy())["stem"]
    )


def test_input_order_matters() -> None:
    design = branchy()
    swapped = design.evolve(
        edges=tuple(
            attrs.evolve(edge, input=1 - edge.input) if edge.target == "concat" else edge for edge in design.edges
        )
    )
    assert keys_of(swapped)["concat"] != keys_of(design)["concat"]


def test_layers_without_a_result_have_no_key() -> None:
    design = SetParameters("left", {"padding": 0}).apply(branchy())
    assert set(keys_of(design)) == {"image", "stem", "left", "right", "skip"}
    assert dict(result_keys(branchy(), analyse(branchy()), {}, MAKER)) == {}


def test_equal_keys_of_a_deep_residual_network_are_compared_at_once() -> None:
    """152 layers, 50 joins of two paths: walking every path would be 2⁵⁰ comparisons."""
    design = network("resnet152")
    report = analyse(design)
    images = {"image": np.zeros((1, 3, 224, 224), np.float32)}
    first, second = (result_keys(design, report, images, MAKER) for _time in range(2))
    assert first == second
    assert calls(lambda: first == second) < 10 * len(design.nodes)


def test_a_chain_of_thousands_has_keys() -> None:
    nodes = [Node("image", make_layer("image_input", shape=(1, 2, 2)))]
    nodes += [Node(f"relu{index}", make_layer("relu")) for index in range(3000)]
    wires = tuple(Edge(source.id, target.id) for source, target in itertools.pairwise(nodes))
    design = Design(nodes={node.id: node for node in nodes}, edges=wires)
    image = np.zeros((1, 1, 2, 2), np.float32)
    assert keys_of(design, image) == keys_of(design, image)


def maps(kilobytes: int) -> Array:
    return np.zeros(kilobytes * 250, np.float32)


def test_the_least_recently_used_results_go_first() -> None:
    cache = ResultCache(Memory(3000))
    one, two, three, four = (maps(1) for _index in range(4))
    for key, array in (("one", one), ("two", two), ("three", three)):
        cache.put(key, array)
    assert cache.get("one") is one
    cache.put("four", four)
    assert cache.get("two") is None
    assert [cache.get(key) for key in ("one", "three", "four")] == [one, three, four]


def test_putting_a_known_key_again_changes_nothing_but_its_age() -> None:
    cache = ResultCache(Memory(2000))
    first = maps(1)
    cache.put("one", first)
    cache.put("two", maps(1))
    cache.put("one", maps(1))
    assert cache.get("one") is first
    cache.put("three", maps(1))
    assert cache.get("two") is None
    assert cache.get("one") is first


def test_what_alone_exceeds_the_budget_is_kept_until_the_next() -> None:
    cache = ResultCache(Memory(1000))
    cache.put("large", maps(5))
    assert cache.get("large") is not None
    cache.put("small", maps(1))
    assert cache.get("large") is None
    assert cache.get("small") is not None


def test_cleared_it_holds_nothing() -> None:
    cache = ResultCache(Memory(1000))
    cache.put("one", maps(1))
    cache.clear()
    assert cache.get("one") is None
    cache.put("two", maps(1))
    assert cache.get("two") is not None


@pytest.mark.parametrize("changes", [{"padding": 1}, {"stride": 2}, {"filters": 7}])
def test_keys_taken_over_are_those_made_anew(changes: dict[str, int]) -> None:
    # The first two change the sizes of all maps that follow, and of weights those of the first dense layer only.
    before = network("lenet5")
    images = {before.sources()[0]: np.zeros((1, *before.nodes[before.sources()[0]].layer.output_shape(())), np.float32)}
    first = next(name for name in before.order if "filters" in before.nodes[name].layer.fields())
    after = SetParameters(first, changes).apply(before)
    maker = KeyMaker()
    owns = []
    for design in (before, after, before):
        report = analyse(design)
        assert result_keys(design, report, images, maker) == result_keys(design, report, images, maker.anew())
        wires = wiring(design, report, images)
        owns.append(maker.own(design, report, wires))
        assert owns[-1] == KeyMaker().own(design, report, wires)
    assert owns[0] == owns[2] != owns[1]


def test_rows_of_more_features_have_other_weights() -> None:
    maker = KeyMaker()
    before = chain((4, 5), ("dense", {"units": 3}))
    for design in (before, with_input_shape(before, (4, 6))):
        report = analyse(design)
        wires = wiring(design, report, design.sources())
        assert maker.own(design, report, wires) == KeyMaker().own(design, report, wires)
