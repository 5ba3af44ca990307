"""Layers computed as one give the maps of the layers one by one; a node's maps do not depend on who else is watched."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse, with_input_shape
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import RunProfiled, plan_run, run, run_to_end
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import ResultCache, Workspace, all_weights
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import names, network
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.kernels.arrays.memory import Array
from designer.layer_api.operation import ChannelAffine
from tests.helpers.networks import chain
from tests.helpers.onnx_model import network_by_onnxruntime

SMALL = {
    "lenet5": (1, 32, 32),
    "block_stack": (3, 32, 32),
    "alexnet": (3, 67, 67),
    "inception_v3": (3, 75, 75),
    "dcgan_discriminator": (3, 64, 64),
    "yolov3_tiny": (3, 64, 64),
    "unet": (1, 188, 188),
    "m5": (1, 8000),
}
"""Input shapes; the other networks take 3×48×48."""

LIKE_ANOTHER = {
    *("alexnet_2012", "zfnet", "nin", "fcn32s", "fcn8s", "deeplabv3_resnet50", "densenet169", "densenet201"),
    *("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "resnet50_v1", "wide_resnet50_2", "mnasnet1_0"),
    *(
        "efficientnet_lite0",
        "ssdlite_mobilenet_v2",
        "ssdlite320_mobilenet_v3_large",
        "mobilenet_v3_large",
        "dense_as_convolution",
        "vgg16_convolutional",
    ),
}
"""Networks of the gallery whose blocks others have, or too large to be run here."""


def small(name: str) -> Design:
    design = network(name)
    source = design.sources()[0]
    declared = design.nodes[source].layer.output_shape(())
    shape = SMALL.get(name, (declared[0], *(min(size, 48) for size in declared[1:])))
    return with_random_norms(with_input_shape(design, shape))


def with_random_norms(design: Design, seed: int = 5) -> Design:
    """Scales and shifts of their own for every norm: initial ones change nothing."""
    random = np.random.default_rng(seed)
    tensors: dict[str, dict[str, Array]] = {}
    for node_id, facts in analyse(design).layers.items():
        layer = design.nodes[node_id].layer
        if facts.output_shape is not None and isinstance(layer.operation(facts.input_shapes), ChannelAffine):
            tensors[node_id] = {
                name: random.uniform(0.5, 1.5, spec.shape)
                if spec.initial == "ones"
                else random.normal(0, 0.3, spec.shape)
                for name, spec in layer.weights(facts.input_shapes).items()
            }
    return SetWeights(tensors).apply(design) if tensors else design


def image_of(design: Design, batch: int = 1, seed: int = 0) -> dict[str, Array]:
    random = np.random.default_rng(seed)
    return {
        source: random.random((batch, *design.nodes[source].layer.output_shape(())), dtype=np.float32)
        for source in design.sources()
    }


def maps_of(
    design: Design, images: Mapping[str, Array], keep: Collection[str] | None, workspace: Workspace, **options: Any
) -> dict[str, Array]:
    plan = plan_run(design, analyse(design), images, keep=keep, workspace=workspace, **options)
    return run_to_end(plan, images, workspace=workspace)


def profile_of(design: Design, images: Mapping[str, Array], keep: Collection[str] | None, **options: Any) -> RunProfile:
    *_events, last = run(plan_run(design, analyse(design), images, keep=keep, **options), images)
    assert isinstance(last, RunProfiled)
    return last.profile


def groups(design: Design, keep: Collection[str]) -> list[tuple[str, ...]]:
    return [step.nodes for step in profile_of(design, image_of(design), keep).steps]


def assert_close(found: Array, expected: Array, name: str) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5 * scale, err_msg=name)


@pytest.mark.parametrize("name", [name for name in names() if name not in LIKE_ANOTHER])
def test_as_one_and_one_by_one_agree_in_the_whole_gallery(name: str) -> None:
    design, workspace = small(name), Workspace()
    images = image_of(design, batch=2)
    everything = maps_of(design, images, None, workspace)
    last = design.order[-1]
    fused = maps_of(design, images, [last], workspace)[last]
    assert float(np.abs(fused).max()) > 0
    assert_close(fused, everything[last], last)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "residual_block", "lenet5", "mobilenet_v2"])
def test_a_nodes_maps_do_not_depend_on_who_else_is_watched(name: str) -> None:
    design, workspace = small(name), Workspace()
    images, last = image_of(design), design.order[-1]
    expected = maps_of(design, images, [last], workspace)[last]
    for watched in design.order[1 :: max(1, len(design.order) // 12)]:
        together = maps_of(design, images, [watched, last], workspace)
        alone = maps_of(design, images, [watched], workspace)
        assert together[last].tobytes() == expected.tobytes(), watched
        assert together[watched].tobytes() == alone[watched].tobytes(), watched


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "lenet5"])
def test_the_same_bits_whatever_was_remembered(name: str) -> None:
    design = small(name)
    images, last = image_of(design), design.order[-1]
    expected = maps_of(design, images, [last], Workspace())[last]
    workspace = Workspace()
    for watched in design.order[1 :: max(1, len(design.order) // 6)]:
        maps_of(design, images, [watched], workspace, cache=workspace.maps)
        # Only what was watched is remembered, so that the end is computed from there.
        step_by_step = maps_of(design, images, [last], workspace, cache=ThatForgetsNewMaps(workspace.maps))
        assert step_by_step[last].tobytes() == expected.tobytes(), watched


class ThatForgetsNewMaps(ResultCache):
    """What another cache remembers."""

    def __init__(self, other: ResultCache) -> None:
        super().__init__()
        self._other = other

    def get(self, key: Hashable) -> Array | None:
        return self._other.get(key)


def test_every_bit_is_the_same_where_all_are_watched_and_some_remembered() -> None:
    design, images = small("residual_block"), image_of(small("residual_block"))
    workspace = Workspace()
    first = maps_of(design, images, None, workspace, cache=workspace.maps)
    fresh = maps_of(design, images, None, Workspace())
    for name, array in first.items():
        assert array.tobytes() == fresh[name].tobytes()


# -- what becomes one


CONV = {"filters": 4, "kernel": 3, "padding": 1}


def test_convolution_norm_and_activation_are_one() -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("batch_norm", {}), ("relu", {}), ("max_pool2d", {}))
    assert groups(design, ["pool1"]) == [("conv1", "bn1", "relu1"), ("pool1",)]


def test_a_watched_node_ends_what_is_computed_as_one() -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("batch_norm", {}), ("relu", {}), ("max_pool2d", {}))
    assert groups(design, ["bn1", "pool1"]) == [("conv1", "bn1"), ("relu1",), ("pool1",)]
    # The norm's own weights are in the convolution's: what it was before, is computed apart.
    assert groups(design, ["conv1", "pool1"]) == [("conv1",), ("conv1", "bn1", "relu1"), ("pool1",)]


def test_where_all_are_watched_every_layer_is_computed_from_the_maps_of_the_one_before() -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("batch_norm", {}), ("relu", {}))
    steps = profile_of(design, image_of(design), None).steps
    assert [step.nodes for step in steps] == [("conv1",), ("bn1",), ("relu1",)]


def test_what_is_remembered_is_not_computed_again_as_one_with_its_reader() -> None:
    design, workspace = chain((3, 8, 8), ("conv2d", CONV), ("relu", {})), Workspace()
    images, remembering = image_of(design), {"cache": workspace.maps, "workspace": workspace}
    maps_of(design, images, ["conv1"], workspace, cache=workspace.maps)
    steps = profile_of(design, images, ["relu1"], **remembering).steps
    assert [(step.nodes, step.remembered) for step in steps] == [(("conv1",), True), (("relu1",), False)]


def test_a_concatenation_of_what_is_computed_in_its_place_copies_nothing() -> None:
    net = NetworkBuilder("join").image((3, 9, 9))
    branches = [net.add("conv2d", after="image", **CONV) for _branch in range(2)]
    net.add("concat", name="inner", after=branches)
    net.add("concat", name="outer", after=("inner", "image"))
    design = net.design()
    steps = {step.node: step.algorithm for step in profile_of(design, image_of(design), ["outer"]).steps}
    # The image is not computed: it has to be copied.
    assert (steps["inner"], steps["outer"]) == ("in place", "concat")


def test_dropout_is_gone_and_may_be_watched() -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("dropout", {}), ("relu", {}), ("tanh", {}))
    assert groups(design, ["tanh1"]) == [("conv1", "relu1"), ("tanh1",)]
    images, workspace = image_of(design), Workspace()
    maps = maps_of(design, images, ["dropout1", "tanh1"], workspace)
    assert maps["dropout1"].tobytes() == maps_of(design, images, ["conv1"], workspace)["conv1"].tobytes()
    np.testing.assert_allclose(maps["tanh1"], np.tanh(np.maximum(maps["dropout1"], 0)), rtol=1e-6)


def test_what_two_read_is_left_alone() -> None:
    net = NetworkBuilder("two readers").image((3, 8, 8))
    conv = net.add("conv2d", **CONV)
    relu = net.add("relu", after=conv)
    net.add("add", name="sum", after=(relu, conv))
    design = net.design()
    assert groups(design, ["sum"]) == [("conv1",), ("relu1",), ("sum",)]
    images, workspace = image_of(design), Workspace()
    maps = maps_of(design, images, None, workspace)
    np.testing.assert_array_equal(maps["sum"], np.maximum(maps["conv1"], 0) + maps["conv1"])


def test_rows_through_dense_layers_are_what_onnxruntime_makes_of_them() -> None:
    # As many rows as units: a scale of the rows that went into the weights of the units would fit, and be wrong.
    net = NetworkBuilder("rows").image((6, 5))
    net.add("dense", name="first", units=6)
    net.add("batch_norm", name="norm")
    net.add("relu", name="relu")
    net.add("concat", name="both", after=("relu", net.add("dense", name="second", units=6, after="image")))
    net.add("dense", name="end", units=4, bias=False)
    design = with_random_norms(net.design())
    images = image_of(design, batch=3)
    expected = network_by_onnxruntime(design, all_weights(design, analyse(design)), images)
    assert expected["end"].shape == (3, 12, 4)
    for watched in (["end"], ["norm"], None):
        for name, array in maps_of(design, images, watched, Workspace()).items():
            assert_close(array, {**expected, **images}[name], name)


def test_the_same_twice_is_no_residual() -> None:
    net = NetworkBuilder("twice").image((3, 8, 8))
    conv = net.add("conv2d", **CONV)
    net.add("add", name="sum", after=(conv, conv))
    net.add("concat", name="both", after=("sum", "sum"))
    design = net.design()
    assert groups(design, ["both"]) == [("conv1",), ("sum",), ("both",)]
    maps = maps_of(design, image_of(design), None, Workspace())
    np.testing.assert_array_equal(maps["sum"], maps["conv1"] * 2)
    np.testing.assert_array_equal(maps["both"], np.concatenate([maps["sum"]] * 2, axis=1))


def test_branches_are_computed_where_their_concatenation_wants_them() -> None:
    net = NetworkBuilder("join").image((3, 9, 9))
    left = net.add("conv2d", after="image", **CONV)
    right = net.add("max_pool2d", after="image", kernel=3, stride=1, padding=1)
    inner = net.add("concat", name="inner", after=(left, right))
    far = net.add("conv2d", after="image", **CONV)
    net.add("concat", name="outer", after=(far, inner, "image"))
    design = net.design()
    images, workspace = image_of(design, batch=2), Workspace()
    maps = maps_of(design, images, None, workspace)
    expected = np.concatenate([maps[far], maps[left], maps[right], images["image"]], axis=1)
    for keep in (None, ["outer"], ["outer", left], ["outer", "inner", right]):
        found = maps_of(design, images, keep, workspace)
        for node in found:
            assert found[node].tobytes() == maps[node].tobytes()
        np.testing.assert_array_equal(found["outer"], expected)
    assert np.shares_memory(maps["outer"], maps[left])


def test_what_lies_in_a_concatenation_is_not_written_over_its_input() -> None:
    """Two branches whose last layer could work in place, if the concatenation did not want it elsewhere."""
    net = NetworkBuilder("branches").image((3, 9, 9))
    ends = [net.add("softmax", after=net.add("conv2d", after="image", **CONV)) for _branch in range(2)]
    net.add("concat", name="cat", after=ends)
    design, workspace = net.design(), Workspace()
    images = image_of(design, batch=2)
    expected = one_by_one(design, images, workspace)["cat"]
    assert_close(maps_of(design, images, ["cat"], workspace)["cat"], expected, "cat")


def test_results_survive_later_runs() -> None:
    """Memory is used again, but never while somebody still looks at it."""
    design, workspace = chain((3, 150, 150), ("conv2d", CONV), ("relu", {}), ("tanh", {})), Workspace()
    first = maps_of(design, image_of(design, seed=1), ["tanh1"], workspace)["tanh1"]
    copy = first.copy()
    for seed in (2, 3):
        maps_of(design, image_of(design, seed=seed), ["tanh1"], workspace)
        maps_of(design, image_of(design, seed=seed), None, workspace)
    assert first.tobytes() == copy.tobytes()


def test_precise_does_without_winograd_and_has_keys_of_its_own() -> None:
    design = chain((64, 20, 20), ("conv2d", {"filters": 64, "kernel": 3, "padding": 1}))
    images, workspace = image_of(design), Workspace()
    remembering = {"cache": workspace.maps, "workspace": workspace}
    quick = profile_of(design, images, None, **remembering)
    precise = profile_of(design, images, None, **remembering, options=EngineOptions(precise=True))
    assert quick.steps[0].algorithm.startswith("winograd")
    assert not precise.steps[0].algorithm.startswith("winograd")
    assert not precise.steps[0].remembered
    assert profile_of(design, images, None, **remembering).steps[0].remembered


def test_a_profile_counts_multiply_adds_of_the_whole_batch() -> None:
    design = chain(
        (3, 8, 8), ("conv2d", CONV), ("batch_norm", {}), ("relu", {}), ("flatten", {}), ("dense", {"units": 5})
    )
    profile = profile_of(design, image_of(design, batch=3), ["fc1"])
    assert [step.nodes for step in profile.steps] == [("conv1", "bn1", "relu1"), ("flatten1",), ("fc1",)]
    # 8·8 places of 4 filters of 3·3·3; 256 values for each of 5 units; three images.
    assert [step.macs for step in profile.steps] == [3 * 64 * 4 * 27, 0, 3 * 256 * 5]
    assert profile.macs == 3 * (6912 + 1280)
    assert profile.of("bn1") is profile.steps[0]
    assert profile.seconds == pytest.approx(sum(step.seconds for step in profile.steps))
    assert sum(profile.share(step) for step in profile.steps) == pytest.approx(1)
    assert profile.steps[0].gflops == pytest.approx(2 * profile.steps[0].macs / profile.steps[0].seconds / 1e9)


# -- designs at random


KINDS = [
    "conv2d",
    "conv2d",
    "batch_norm",
    "batch_norm",
    "relu",
    "relu6",
    "leaky_relu",
    "tanh",
    "dropout",
    "add",
    "add",
    "concat",
    "max_pool2d",
    "avg_pool2d",
    "softmax",
]


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Layers of all kinds that fuse, each after one or two earlier ones of the same shape."""
    net = NetworkBuilder("random").image((4, 7, 6))
    made = ["image"]
    for _layer in range(draw(st.integers(1, 12))):
        source = draw(st.sampled_from(made[-4:]))
        kind = draw(st.sampled_from(KINDS))
        if kind == "conv2d":
            kernel = draw(st.sampled_from([1, 3]))
            groups = draw(st.sampled_from([1, 1, 4]))
            made.append(net.add(kind, after=source, filters=4, kernel=kernel, padding=kernel // 2, groups=groups))
        elif kind in ("add", "concat"):
            sources = [source, *draw(st.lists(st.sampled_from(made), min_size=1, max_size=2))]
            joined = net.add(kind, after=sources)
            made.append(net.add("conv2d", filters=4, kernel=1) if kind == "concat" else joined)
        elif kind.endswith("pool2d"):
            made.append(net.add(kind, after=source, kernel=3, stride=1, padding=1))
        else:
            made.append(net.add(kind, after=source))
    return with_random_norms(net.design(), draw(st.integers(0, 100)))


@settings(max_examples=60)
@given(st.data())
def test_as_one_and_one_by_one_agree_for_any_design(data: st.DataObject) -> None:
    design, workspace = data.draw(designs()), Workspace()
    images = image_of(design, batch=data.draw(st.integers(1, 2)))
    everything = maps_of(design, images, None, workspace)
    assert set(everything) == set(design.nodes)
    reference = one_by_one(design, images, workspace)
    watched = data.draw(st.sets(st.sampled_from(design.order), min_size=1, max_size=4))
    some = maps_of(design, images, watched, workspace)
    assert set(some) == watched
    for name in design.order:
        assert_close(everything[name], reference[name], name)
    for name in watched:
        assert_close(some[name], reference[name], name)
        assert some[name].tobytes() == maps_of(design, images, [name], workspace)[name].tobytes()


def one_by_one(design: Design, images: Mapping[str, Array], workspace: Workspace) -> dict[str, Array]:
    """Every layer's own forward pass."""
    report, maps = analyse(design), dict(images)
    for name in design.order:
        facts = report.layers[name]
        if facts.inputs:
            inputs = [maps[source] for source in facts.inputs if source is not None]
            maps[name] = design.nodes[name].layer.forward(inputs, workspace.weights.of(design, report, name))
    return maps
