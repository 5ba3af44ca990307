"""Initial weights follow their formulas and depend on a node's seed alone."""

from __future__ import annotations

import math
import threading

import attrs
import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.engine.remember.memory import Memory
from designer.engine.remember.workspace import WeightStore, all_weights
from designer.files.weight_names import by_node, given_weights
from designer.gallery.catalogue import network
from designer.graph.compound_edits import InsertOnEdge, Several
from designer.graph.design import Design, Node
from designer.graph.edits import AddNode, Edit, MoveNodes, RemoveNodes, Rename, SetParameters
from designer.initial_weights.draw import draw, reads_image
from designer.kernels.arrays.memory import Array
from designer.layer_api.initial_values import Constant, Identity, Initial, Uniform
from designer.layer_api.layer import WeightSpec
from designer.layer_api.registry import make_layer
from tests.helpers.networks import branchy, chain


def tensors_of(design: Design) -> dict[str, Array]:
    return all_weights(design, analyse(design))


@pytest.mark.parametrize("name", ["lenet5", "block_stack", "residual_block"])
def test_every_tensor_has_its_pytorch_name_and_shape(name: str) -> None:
    design = network(name)
    report = analyse(design)
    tensors = tensors_of(design)
    assert sum(array.size for array in tensors.values()) == report.totals.parameters + report.totals.buffers
    assert all(array.dtype == np.float32 and not array.flags.writeable for array in tensors.values())


def test_lenet_has_the_names_and_shapes_of_its_state_dict() -> None:
    shapes = {name: array.shape for name, array in tensors_of(network("lenet5")).items()}
    assert shapes == {
        "conv1.weight": (6, 1, 5, 5),
        "conv1.bias": (6,),
        "conv2.weight": (16, 6, 5, 5),
        "conv2.bias": (16,),
        "fc1.weight": (120, 400),
        "fc1.bias": (120,),
        "fc2.weight": (84, 120),
        "fc2.bias": (84,),
        "fc3.weight": (10, 84),
        "fc3.bias": (10,),
    }


def test_batch_norm_starts_as_the_identity() -> None:
    tensors = tensors_of(chain((4, 3, 3), ("batch_norm", {})))
    assert list(tensors) == ["bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"]
    assert [float(array[0]) for array in tensors.values()] == [1.0, 0.0, 0.0, 1.0]


WIDE = chain(
    (8, 9, 9),
    ("conv2d", {"filters": 128, "kernel": 3, "initializer": "he"}),
    ("conv2d", {"filters": 256, "kernel": 3, "groups": 4, "initializer": "xavier"}),
    ("flatten", {}),
    ("dense", {"units": 50, "initializer": "he"}),
    ("dense", {"units": 400}),
)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        # He et al. (2015): 2 / fan_in.
        ("conv1.weight", 2 / (8 * 9)),
        ("fc1.weight", 2 / (256 * 5 * 5)),
        # Glorot and Bengio (2010): 2 / (fan_in + fan_out), the variance of a uniform on ±√(6 / (fan_in + fan_out)).
        ("conv2.weight", 2 / (32 * 9 + 64 * 9)),
        ("fc2.weight", 2 / (50 + 400)),
    ],
)
def test_mean_and_variance_are_those_of_the_formula(name: str, variance: float) -> None:
    values = tensors_of(WIDE)[name].astype(np.float64).ravel()
    count = values.size
    # The sampling errors of mean and variance; five of them are passed once in a million draws, and the seed is fixed.
    assert abs(values.mean()) < 5 * math.sqrt(variance / count)
    kurtosis = 3.0 if "he" in scheme_of_name(name) else 1.8
    assert abs(values.var() - variance) < 5 * variance * math.sqrt((kurtosis - 1) / count)


def scheme_of_name(name: str) -> str:
    return "he" if name in ("conv1.weight", "fc1.weight") else "xavier"


def test_he_is_normal_and_xavier_uniform() -> None:
    tensors = tensors_of(WIDE)
    he = tensors["conv1.weight"].ravel() / math.sqrt(2 / 72)
    xavier = tensors["fc2.weight"].ravel() / math.sqrt(6 / 450)
    # Shares within one deviation, and beyond the bounds of the uniform.
    assert abs((np.abs(he) < 1).mean() - 0.6827) < 5 * math.sqrt(0.6827 * 0.3173 / he.size)
    assert np.abs(he).max() > 3
    assert np.abs(xavier).max() <= 1
    assert abs((np.abs(xavier) < 0.5).mean() - 0.5) < 5 * math.sqrt(0.25 / xavier.size)


def test_biases_start_at_zero() -> None:
    assert not tensors_of(WIDE)["conv1.bias"].any()


def test_layers_of_the_same_shape_differ() -> None:
    tensors = tensors_of(chain((4, 8, 8), *[("conv2d", {"filters": 4, "kernel": 3})] * 2))
    assert not np.array_equal(tensors["conv1.weight"], tensors["conv2.weight"])


EDITS_ELSEWHERE: list[Edit] = [
    AddNode(Node("new", make_layer("conv2d")), "stem"),
    Rename("left", "other"),
    RemoveNodes(["end"]),
    MoveNodes({"mix": (5.0, 5.0)}),
    SetParameters("skip", {"initializer": "xavier"}),
    InsertOnEdge(Node("drop", make_layer("dropout")), branchy().incoming["left"][0]),
    Several((RemoveNodes(["skip"]), AddNode(Node("skip", make_layer("relu")), "stem")), "replace"),
]


@pytest.mark.parametrize("edit", EDITS_ELSEWHERE, ids=lambda edit: type(edit).__name__)
def test_an_edit_elsewhere_changes_nothing_here(edit: Edit) -> None:
    design = branchy()
    edited = edit.apply(design)
    before, after = WeightStore(), WeightStore()
    for node_id in ("stem", "mix"):
        old = before.of(design, analyse(design), node_id)
        new = after.of(edited, analyse(edited), node_id)
        assert old.keys() == new.keys()
        assert all(np.array_equal(old[name], new[name]) for name in old), node_id


def test_a_new_name_keeps_the_weights() -> None:
    design = branchy()
    renamed = Rename("mix", "blend").apply(design)
    assert np.array_equal(tensors_of(renamed)["blend.weight"], tensors_of(design)["mix.weight"])


def test_another_seed_draws_other_weights() -> None:
    design = branchy()
    other = design.evolve(nodes={**design.nodes, "mix": attrs.evolve(design.nodes["mix"], seed=3)})
    assert not np.array_equal(tensors_of(other)["mix.weight"], tensors_of(design)["mix.weight"])


@pytest.mark.parametrize("initializer", ["he", "xavier", "filter_bank"])
def test_more_filters_leave_the_others_as_they_were(initializer: str) -> None:
    few, many = (
        tensors_of(chain((8, 9, 9), ("conv2d", {"filters": filters, "kernel": 3, "initializer": initializer})))
        for filters in (48, 130)
    )
    if initializer != "xavier":
        assert np.array_equal(few["conv1.weight"], many["conv1.weight"][:48])
    else:
        # Glorot's bound, √(6 / (fan_in + fan_out)), depends on the number of filters: only the scale may change.
        scale = math.sqrt((8 * 9 + 48 * 9) / (8 * 9 + 130 * 9))
        np.testing.assert_allclose(many["conv1.weight"][:48], few["conv1.weight"] * scale, rtol=1e-6)


def zero_mean(array: Array) -> bool:
    return bool(np.abs(array.reshape(len(array), -1).mean(axis=1)).max() < 1e-6)


@pytest.mark.parametrize(
    ("shape", "steps", "banked"),
    [
        ((3, 16, 16), [("conv2d", {"kernel": 3})], True),
        ((1, 16, 16), [("conv2d", {"kernel": 5})], True),
        ((3, 16, 16), [("zero_pad2d", {"padding": 1}), ("dropout", {}), ("conv2d", {"kernel": 3})], True),
        ((3, 16, 16), [("relu", {}), ("conv2d", {"kernel": 3})], False),
        ((5, 16, 16), [("conv2d", {"kernel": 3})], False),
        ((5, 16, 16), [("conv2d", {"kernel": 3, "initializer": "filter_bank"})], True),
        ((3, 16, 16), [("conv2d", {"kernel": 1})], False),
        ((3, 16, 16), [("conv2d", {"kernel": 1, "initializer": "filter_bank"})], False),
        ((3, 16, 16), [("conv2d", {"kernel": 3, "initializer": "he"})], False),
        ((3, 80, 80), [("conv2d", {"kernel": 70, "filters": 2})], False),
    ],
)
def test_a_convolution_that_reads_the_image_starts_with_the_filter_bank(
    shape: tuple[int, ...], steps: list[tuple[str, dict[str, object]]], banked: bool
) -> None:
    assert zero_mean(tensors_of(chain(shape, *steps))["conv1.weight"]) is banked


@pytest.mark.parametrize("kernel", [1, 70])
def test_a_filter_bank_that_has_no_pattern_of_that_size_is_drawn_by_he(kernel: int) -> None:
    bank, he = (
        tensors_of(chain((3, 80, 80), ("conv2d", {"kernel": kernel, "filters": 2, "initializer": initializer})))
        for initializer in ("filter_bank", "he")
    )
    np.testing.assert_array_equal(bank["conv1.weight"], he["conv1.weight"])


def test_what_reads_the_image_is_found_through_what_passes_it_on() -> None:
    design = chain((3, 8, 8), ("zero_pad2d", {}), ("conv2d", {}), ("conv2d", {}))
    assert [reads_image(design, node) for node in ("pad1", "conv1", "conv2", "image")] == [True, True, False, False]


def test_given_weights_are_used_as_they_are() -> None:
    design = chain((1, 4, 4), ("conv2d", {"filters": 1, "kernel": 1}))
    given = design.evolve(weights={"conv1": {"weight": np.full((1, 1, 1, 1), 7.0), "bias": np.ones(1)}})
    assert WeightStore().of(given, analyse(given), "conv1") is given.weights["conv1"]
    assert set(given_weights(given)) == {"conv1.weight", "conv1.bias"}
    assert given_weights(design) == {}


def test_a_layer_without_a_known_shape_has_no_weights() -> None:
    design = chain((1, 4, 4), ("conv2d", {"kernel": 9}))
    assert WeightStore().of(design, analyse(design), "conv1") == {}
    assert tensors_of(design) == {}


def test_drawn_weights_are_remembered_within_the_budget() -> None:
    design = chain((1, 4, 4), ("flatten", {}), ("dense", {"units": 100}), ("dense", {"units": 100}))
    report = analyse(design)
    # fc1 holds (16 + 1)·100 floats, fc2 (100 + 1)·100: only one of them fits.
    store = WeightStore(Memory(101 * 100 * 4))
    first = store.of(design, report, "fc1")
    assert store.of(design, report, "fc1") is first
    assert not store.must_draw(design, report, "fc1")
    second = store.of(design, report, "fc2")
    assert store.of(design, report, "fc2") is second
    assert store.must_draw(design, report, "fc1")
    again = store.of(design, report, "fc1")
    assert again is not first
    assert np.array_equal(again["weight"], first["weight"])


@pytest.mark.parametrize("initializer", ["he", "xavier", "filter_bank"])
def test_fewer_filters_are_the_same_whether_more_had_been_drawn_or_not(initializer: str) -> None:
    store, drawn = WeightStore(), {}
    for filters in (130, 100, 65, 30):
        design = chain((8, 9, 9), ("conv2d", {"filters": filters, "kernel": 3, "initializer": initializer}))
        drawn[filters] = store.of(design, analyse(design), "conv1")
        alone = WeightStore().of(design, analyse(design), "conv1")
        for name, tensor in alone.items():
            np.testing.assert_array_equal(drawn[filters][name], tensor)
            assert not drawn[filters][name].flags.writeable
    shared = {filters for filters in drawn if np.shares_memory(drawn[filters]["weight"], drawn[130]["weight"])}
    # A small part does not keep the whole alive; Xavier's bound changes with the number of filters.
    assert shared == ({130} if initializer == "xavier" else {130, 100, 65})


def test_threads_draw_the_same_weights() -> None:
    design, store = network("lenet5"), WeightStore()
    report = analyse(design)
    found: list[dict[str, Array]] = []
    threads = [threading.Thread(target=lambda: found.append(all_weights(design, report, store))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for tensors in found[1:]:
        assert all(np.array_equal(tensors[name], found[0][name]) for name in found[0])


def test_tensors_are_sorted_by_node_and_strangers_named() -> None:
    design = branchy()
    one = np.zeros(1)
    found, strangers = by_node(design, {"mix.weight": one, "mix.bias": one, "nobody.weight": one, "plain": one})
    assert {node: set(tensors) for node, tensors in found.items()} == {"mix": {"weight", "bias"}}
    assert strangers == ("nobody.weight", "plain")


def test_names_with_dots_belong_to_the_longest_node() -> None:
    design = Rename("mix", "layer1.0.conv1").apply(branchy())
    found, strangers = by_node(design, {"layer1.0.conv1.weight": np.zeros(1)})
    assert (list(found), strangers) == (["layer1.0.conv1"], ())


# -- values other than those of the layer's initialisation


def drawn(shape: tuple[int, ...], initial: Initial, seed: int = 1) -> Array:
    return draw(WeightSpec(shape, initial), "he", (seed, 0))


def test_a_constant_fills_the_tensor() -> None:
    np.testing.assert_array_equal(drawn((3,), Constant(0.25)), np.array([0.25] * 3, np.float32))


def test_an_identity_lets_every_input_through_as_it_is() -> None:
    np.testing.assert_array_equal(drawn((2, 3), Identity()), [[1, 0, 0], [0, 1, 0]])
    kernel = drawn((2, 2, 3, 3), Identity())
    assert kernel.sum() == 2
    assert kernel[0, 0, 1, 1] == kernel[1, 1, 1, 1] == 1
    image = np.random.default_rng(1).standard_normal((1, 2, 5, 5)).astype(np.float32)
    conv = make_layer("conv2d", filters=2, kernel=3, padding=1, bias=False)
    np.testing.assert_allclose(conv.forward([image], {"weight": kernel}), image, rtol=1e-6)


def test_a_vector_has_no_identity() -> None:
    with pytest.raises(ValueError, match="outputs and inputs are wanted"):
        drawn((4,), Identity())


def test_uniform_values_fill_their_range_and_depend_on_the_seed() -> None:
    values = drawn((100, 100), Uniform(2.0, 6.0))
    assert values.dtype == np.float32
    assert values.min() >= 2
    assert values.max() <= 6
    # Mean 4 and variance 16 / 12; of 10,000 values the mean is within 0.05 in all but one of 10⁵ draws.
    assert values.mean() == pytest.approx(4, abs=0.05)
    assert values.var() == pytest.approx(16 / 12, rel=0.05)
    np.testing.assert_array_equal(values, drawn((100, 100), Uniform(2.0, 6.0)))
    assert not np.array_equal(values, drawn((100, 100), Uniform(2.0, 6.0), seed=2))


def test_more_rows_begin_with_the_same_rows() -> None:
    for initial in (Constant(3), Uniform(-1, 2), Identity()):
        np.testing.assert_array_equal(drawn((8, 5), initial)[:4], drawn((4, 5), initial))
