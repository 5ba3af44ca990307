"""The surface other programs rely on: the summary's JSON and the Python functions, as they are documented.

Every worked example of the teaching article that the layers can express goes through a spec file and the command line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import psutil
import pytest
from PIL import Image

import designer
from designer.cli.main import main
from designer.graph.edits import SetParameters
from tests.helpers.networks import chain, spec_chain, spec_of, write_spec

Summary = dict[str, Any]


@pytest.fixture
def summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The JSON that ``netdraft summary`` prints of a spec (or of what else NET may be), read back."""

    def summarise(net: str | Mapping[str, Any], *options: str) -> Summary:
        source = net if isinstance(net, str) else str(write_spec(tmp_path / "net.netdraft.json", net))
        assert main(["summary", source, "--format", "json", *options]) == 0
        printed = capsys.readouterr()
        assert printed.err == ""
        result: Summary = json.loads(printed.out)
        return result

    return summarise


def layer(summary: Summary, node_id: str) -> dict[str, Any]:
    [found] = [entry for entry in summary["layers"] if entry["id"] == node_id]
    return dict(found)


# ------------------------------------------------------------------------------------------------ the summary's JSON

DOCUMENTED = ["name", "status", "totals", "layers"]
DOCUMENTED_TOTALS = [
    "layers",
    "parameters",
    "trainable_parameters",
    "macs",
    "activation_bytes",
    "peak_activation_bytes",
    "weight_bytes",
]
DOCUMENTED_LAYER = [
    "id",
    "kind",
    "inputs",
    "output_shape",
    "parameters",
    "macs",
    "activation_bytes",
    "receptive_field",
    "problem",
]


def test_the_summary_has_the_documented_keys_in_order(summary: Any) -> None:
    """Keys may be added between; those documented keep name and order."""
    whole = summary("gallery:lenet5")
    assert [key for key in whole if key in ("name", "status", "totals", "layers")] == [
        "name",
        "status",
        "totals",
        "layers",
    ]
    assert [key for key in whole["totals"] if key in DOCUMENTED_TOTALS] == DOCUMENTED_TOTALS
    for entry in whole["layers"]:
        assert [key for key in entry if key in DOCUMENTED_LAYER] == DOCUMENTED_LAYER
        if entry["receptive_field"] is not None:
            assert list(entry["receptive_field"]) == ["size", "stride", "start"]


def test_what_is_added_to_the_documented_keys_is_known_here(summary: Any) -> None:
    """A key that appears or goes is a change of the public surface: it is written down here first."""
    whole = summary("gallery:lenet5")
    assert set(whole) - set(DOCUMENTED) == {"batch", "dtype", "convention", "groups"}
    assert set(whole["totals"]) - set(DOCUMENTED_TOTALS) == {"buffers", "operations"}
    assert set(whole["layers"][0]) - set(DOCUMENTED_LAYER) == {"buffers", "operations", "weight_bytes"}


GROUP_KEYS = {
    "path", "status", "members", "inputs", "outputs", "input_shapes", "output_shapes", "layers", "parameters",
    "trainable_parameters", "buffers", "macs", "operations", "activation_bytes", "weight_bytes", "problem",
}  # fmt: skip


def test_the_summary_has_subtotals_of_groups(summary: Any) -> None:
    groups = {entry["path"]: entry for entry in summary("gallery:resnet18")["groups"]}
    assert list(groups)[:3] == ["layer1", "layer1.0", "layer1.1"]
    assert all(set(entry) == GROUP_KEYS for entry in groups.values())
    block = groups["layer1.0"]
    # Two 3×3 convolutions of 64 channels on 56×56, each normalised.
    assert block["parameters"] == 2 * (64 * 64 * 9 + 2 * 64)
    assert block["macs"] == 2 * 64 * 64 * 9 * 56 * 56
    assert (block["input_shapes"], block["output_shapes"]) == ([[64, 56, 56]], [[64, 56, 56]])
    assert (block["inputs"], block["outputs"]) == (["maxpool"], ["layer1.0.relu"])
    report = designer.analyse(designer.load("gallery:resnet18"))
    assert report.groups["layer1.0"].parameters == block["parameters"]


def test_lenet_has_its_figures(summary: Any) -> None:
    whole = summary("gallery:lenet5")
    assert (whole["name"], whole["status"]) == ("LeNet-5", "complete")
    totals = whole["totals"]
    assert (totals["layers"], totals["parameters"], totals["trainable_parameters"]) == (12, 61706, 61706)
    assert totals["macs"] == 416520
    assert totals["weight_bytes"] == 4 * 61706
    # The example of the documentation.
    conv1 = layer(whole, "conv1")
    assert {key: conv1[key] for key in DOCUMENTED_LAYER} == {
        "id": "conv1",
        "kind": "conv2d",
        "inputs": ["image"],
        "output_shape": [6, 28, 28],
        "parameters": 156,
        "macs": 117600,
        "activation_bytes": 18816,
        "receptive_field": {"size": [5, 5], "stride": [1, 1], "start": [0, 0]},
        "problem": None,
    }
    # Values of image, two convolutions and their tanh, two poolings, the flattened vector, three dense and two tanh.
    values = 32 * 32 + 2 * 6 * 28 * 28 + 6 * 14 * 14 + 2 * 16 * 10 * 10 + 16 * 5 * 5 + 400 + 2 * 120 + 2 * 84 + 10
    assert totals["activation_bytes"] == 4 * values
    # The peak is at the first tanh: its input and its output.
    assert totals["peak_activation_bytes"] == 4 * 2 * 6 * 28 * 28


def test_vgg16_has_its_figures(summary: Any) -> None:
    whole = summary("gallery:vgg16")
    assert whole["totals"]["parameters"] == 138_357_544
    assert whole["totals"]["macs"] == 15_470_264_320
    fields = [entry["receptive_field"] for entry in whole["layers"] if entry["kind"] == "max_pool2d"]
    assert [field["size"][0] for field in fields] == [6, 16, 44, 100, 212]
    assert fields[-1]["stride"] == [32, 32]
    # Activations in place: what ReLU, dropout, flatten and softmax write is not counted.
    kinds = ("image_input", "conv2d", "max_pool2d", "dense")
    values = sum(entry["activation_bytes"] for entry in whole["layers"] if entry["kind"] in kinds) // 4
    assert values == 15_237_608


@pytest.mark.parametrize(
    ("options", "operations"),
    [((), 117_600), (("--convention", "flops"), 235_200), (("--convention", "tf-slim"), 235_200 + 6 * 28 * 28)],
    ids=str,
)
def test_macs_stay_macs_and_operations_follow_the_convention(summary: Any, options: Any, operations: int) -> None:
    conv1 = layer(summary("gallery:lenet5", *options), "conv1")
    assert (conv1["macs"], conv1["operations"]) == (117_600, operations)


def test_input_batch_and_data_type_are_taken_from_the_options(summary: Any) -> None:
    whole = summary("gallery:vgg16", "--input", "3x256x320", "--batch", "3", "--dtype", "float16")
    first = whole["layers"][1]
    assert first["output_shape"] == [64, 256, 320]
    assert first["activation_bytes"] == 3 * 2 * 64 * 256 * 320
    assert first["macs"] == 3 * 64 * 256 * 320 * 27
    # Another size no longer fits the first dense layer's given number of inputs; weights that are drawn adapt.
    assert (whole["batch"], whole["dtype"], whole["status"]) == (3, "float16", "complete")


def test_a_partial_design_is_summarised_with_lower_bounds(summary: Any) -> None:
    tree = spec_chain(
        ("image", "image_input", {"shape": [3, 8, 8]}),
        ("conv1", "conv2d", {"filters": 4, "kernel": 3}),
        ("conv2", "conv2d", {"kernel": 9}),
        ("relu1", "relu", {}),
    )
    whole = summary(tree)
    assert whole["status"] == "partial"
    assert whole["totals"]["parameters"] == (27 + 1) * 4
    assert whole["totals"]["layers"] == 3
    broken, waiting = layer(whole, "conv2"), layer(whole, "relu1")
    assert broken["problem"].startswith("kernel 9×9 spans 9×9 but the padded input is 6×6")
    assert (broken["output_shape"], broken["receptive_field"], broken["parameters"]) == (None, None, 0)
    assert (waiting["problem"], waiting["output_shape"]) == (None, None)


def test_a_free_input_is_null(summary: Any) -> None:
    whole = summary(spec_of([{"id": "a", "kind": "add"}, {"id": "i", "kind": "image_input"}], [("i", "a", 1)]))
    assert layer(whole, "a")["inputs"] == [None, "i"]


# ----------------------------------------------------------------------------------------------- the worked examples

IMAGE = ("image", "image_input")


@pytest.mark.parametrize(
    ("shape", "kind", "parameters", "output", "weights"),
    [
        # Dense against convolution: 1000×1000 pixels to 10⁶ units, and one shared 10×10 kernel.
        ([10**6], "dense", {"units": 10**6, "bias": False}, [10**6], 10**12),
        ([1, 1000, 1000], "conv2d", {"filters": 1, "kernel": 10, "bias": False}, [1, 991, 991], 100),
        # Convolution: one filter gives one map, six give six.
        ([3, 32, 32], "conv2d", {"filters": 1, "kernel": 5}, [1, 28, 28], 76),
        ([3, 32, 32], "conv2d", {"filters": 6, "kernel": 5}, [6, 28, 28], 456),
        # "Same" for odd kernels and stride 1: padding 0, 1, 2, 3.
        *(
            ([1, 9, 9], "conv2d", {"filters": 1, "kernel": k, "padding": (k - 1) // 2}, [1, 9, 9], k * k + 1)
            for k in (1, 3, 5, 7)
        ),
        *(
            ([1, 9, 9], "conv2d", {"filters": 1, "kernel": k, "padding": "same"}, [1, 9, 9], k * k + 1)
            for k in (1, 3, 5, 7)
        ),
        # Output size.
        ([1, 4, 4], "conv2d", {"filters": 1, "kernel": 3}, [1, 2, 2], 10),
        ([1, 5, 5], "conv2d", {"filters": 1, "kernel": 3, "padding": 1}, [1, 5, 5], 10),
        ([3, 227, 227], "conv2d", {"filters": 96, "kernel": 11, "stride": 4}, [96, 55, 55], 34_944),
        # Parameters, with bias and without.
        ([3, 32, 32], "conv2d", {"filters": 10, "kernel": 5, "padding": 2}, [10, 32, 32], 760),
        ([3, 32, 32], "conv2d", {"filters": 10, "kernel": 5, "padding": 2, "bias": False}, [10, 32, 32], 750),
        # 1×1 mixes channels and leaves space alone.
        ([256, 56, 56], "conv2d", {"filters": 64, "kernel": 1, "bias": False}, [64, 56, 56], 16_384),
        # Not in the first layer: what a stride-1 3×3 writes dwarfs a stride-2 7×7.
        ([3, 256, 256], "conv2d", {"filters": 64, "kernel": 3, "padding": 1}, [64, 256, 256], 1_792),
        ([3, 256, 256], "conv2d", {"filters": 64, "kernel": 7, "stride": 2, "padding": 3}, [64, 128, 128], 9_472),
        # A dense layer over 7×7×512 is a 7×7 convolution.
        ([25_088], "dense", {"units": 4096}, [4096], 102_764_544),
        ([512, 7, 7], "conv2d", {"filters": 4096, "kernel": 7}, [4096, 1, 1], 102_764_544),
        ([512, 12, 12], "conv2d", {"filters": 4096, "kernel": 7}, [4096, 6, 6], 102_764_544),
        # Rounding: pooling floors or ceils.
        ([1, 64, 64], "max_pool2d", {"kernel": 3, "stride": 2, "padding": 1}, [1, 32, 32], 0),
        ([1, 64, 64], "max_pool2d", {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}, [1, 33, 33], 0),
    ],
    ids=str,
)
def test_worked_examples_of_one_layer(
    summary: Any, shape: list[int], kind: str, parameters: Mapping[str, Any], output: list[int], weights: int
) -> None:
    whole = summary(spec_chain((*IMAGE, {"shape": shape}), ("layer", kind, parameters)))
    assert whole["status"] == "complete"
    assert layer(whole, "layer")["output_shape"] == output
    assert layer(whole, "layer")["parameters"] == weights


@pytest.mark.parametrize(("dtype", "size"), [("int8", 10_240), ("float16", 20_480), ("float32", 40_960)])
def test_the_memory_of_ten_maps(summary: Any, dtype: str, size: int) -> None:
    """The article counts one byte per value."""
    tree = spec_chain((*IMAGE, {"shape": [3, 32, 32]}), ("ten", "conv2d", {"filters": 10, "kernel": 5, "padding": 2}))
    assert layer(summary(tree, "--dtype", dtype), "ten")["activation_bytes"] == size


def weights_of(summary: Any, channels: int, *kernels: tuple[int, Any]) -> int:
    """Parameters of convolutions one after the other, each (filters, kernel), without bias."""
    steps = [
        (f"c{index}", "conv2d", {"filters": filters, "kernel": kernel, "padding": "same", "bias": False})
        for index, (filters, kernel) in enumerate(kernels)
    ]
    return int(summary(spec_chain((*IMAGE, {"shape": [channels, 16, 16]}), *steps))["totals"]["parameters"])


def test_small_kernels_stacked_see_as_much_and_weigh_less(summary: Any) -> None:
    assert weights_of(summary, 64, (64, 7)) == 49 * 64**2 == 200_704
    assert weights_of(summary, 64, (64, 3), (64, 3), (64, 3)) == 27 * 64**2 == 110_592
    for count, field in ((2, 5), (3, 7)):
        steps = [(f"c{index}", "conv2d", {"kernel": 3}) for index in range(count)]
        whole = summary(spec_chain((*IMAGE, {"shape": [1, 16, 16]}), *steps))
        assert layer(whole, f"c{count - 1}")["receptive_field"]["size"] == [field, field]


def test_bottleneck_and_asymmetric_pair(summary: Any) -> None:
    assert weights_of(summary, 256, (256, 3)) == 589_824
    assert weights_of(summary, 256, (128, 1), (128, 3), (256, 1)) == 212_992
    assert weights_of(summary, 64, (64, 3)) == 36_864
    assert weights_of(summary, 64, (64, [1, 3]), (64, [3, 1])) == 24_576


def test_the_receptive_field_example(summary: Any) -> None:
    """14×14×3: fields 3, 5, 6, 10, outputs 12, 10, 5, 3."""
    whole = summary(
        spec_chain(
            (*IMAGE, {"shape": [3, 14, 14]}),
            ("a", "conv2d", {"kernel": 3}),
            ("b", "conv2d", {"kernel": 3}),
            ("c", "max_pool2d", {"kernel": 2}),
            ("d", "conv2d", {"kernel": 3}),
        )
    )
    found = [layer(whole, node) for node in "abcd"]
    assert [entry["receptive_field"]["size"] for entry in found] == [[3, 3], [5, 5], [6, 6], [10, 10]]
    assert [entry["receptive_field"]["stride"] for entry in found] == [[1, 1], [1, 1], [2, 2], [2, 2]]
    assert [entry["output_shape"][1] for entry in found] == [12, 10, 5, 3]


def test_both_sides_of_a_residual_join_must_agree(summary: Any) -> None:
    def block(filters: int) -> Summary:
        nodes = [
            {"id": "image", "kind": "image_input", "params": {"shape": [16, 8, 8]}},
            {"id": "f", "kind": "conv2d", "params": {"filters": filters, "kernel": 3, "padding": 1}},
            {"id": "sum", "kind": "add"},
        ]
        result: Summary = summary(spec_of(nodes, [("image", "f"), ("f", "sum", 0), ("image", "sum", 1)]))
        return result

    assert layer(block(16), "sum")["output_shape"] == [16, 8, 8]
    assert layer(block(8), "sum")["problem"] == "inputs are 8×8×8 and 16×8×8; they must have the same shape"


def test_padding_puts_the_start_of_the_field_outside(summary: Any) -> None:
    tree = spec_chain(
        (*IMAGE, {"shape": [3, 224, 224]}),
        ("c", "conv2d", {"kernel": 7, "stride": 2, "padding": 3}),
        ("p", "max_pool2d", {"kernel": 3, "stride": 2, "padding": 1}),
    )
    whole = summary(tree)
    assert layer(whole, "c")["receptive_field"] == {"size": [7, 7], "stride": [2, 2], "start": [-3, -3]}
    # 7 + (3 − 1)·2 = 11; −3 − 1·2 = −5.
    assert layer(whole, "p")["receptive_field"] == {"size": [11, 11], "stride": [4, 4], "start": [-5, -5]}


# --------------------------------------------------------------------------------------------------- Python


def test_the_documented_functions_are_there() -> None:
    assert {"load", "analyse", "run", "weights", "save", "Model"} <= set(designer.__all__)
    for name in designer.__all__:
        assert getattr(designer, name).__doc__ or name == "Model"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = designer.nonsense


def test_the_report_holds_the_facts_of_the_summary(summary: Any) -> None:
    model = designer.load("gallery:resnet18")
    assert designer.analyse(model).to_json() == summary("gallery:resnet18")
    small = designer.analyse(model, input_shape=(3, 64, 96), batch=2, dtype="int8", convention="flops")
    options = ("--input", "3x64x96", "--batch", "2", "--dtype", "int8", "--convention", "flops")
    assert small.to_json() == summary("gallery:resnet18", *options)
    # Published: torchvision's ResNet-18.
    assert designer.analyse(model).totals.parameters == 11_689_512
    assert designer.analyse(model).totals.macs == 1_814_073_344


def image_of(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def test_run_takes_an_array_or_a_dict_and_keeps_what_is_wanted() -> None:
    model = designer.load("gallery:lenet5")
    image = image_of(2, 1, 32, 32)
    everything = designer.run(model, {"image": image}, keep="all")
    assert set(everything) == {entry["id"] for entry in designer.analyse(model).to_json()["layers"]}
    assert everything["conv1"].shape == (2, 6, 28, 28)
    assert everything["fc3"].shape == (2, 10)
    assert all(array.dtype == np.float32 for array in everything.values())
    for keep in (["pool1", "fc3"], ("pool1", "fc3"), {"pool1", "fc3"}):
        some = designer.run(model, image, keep=keep)
        assert set(some) == {"pool1", "fc3"}
        assert all(np.array_equal(some[name], everything[name]) for name in some)
    assert list(designer.run(model, image, keep="fc3")) == ["fc3"]
    # One image without a batch.
    single = designer.run(model, image[0], keep="fc3")["fc3"]
    np.testing.assert_allclose(single, everything["fc3"][:1], rtol=1e-5, atol=1e-6)


def test_a_runner_gives_for_every_batch_what_run_gives() -> None:
    model = designer.load("gallery:lenet5")
    runner = designer.Runner(model, keep=["pool1", "fc3"])
    images = [np.random.default_rng(seed).random((2, 1, 32, 32), dtype=np.float32) for seed in (0, 1, 2, 3)]
    results = [runner.run(image) for image in images]
    results.append(runner.run(images[0][:1]))
    for image, found in zip([*images, images[0][:1]], results, strict=True):
        wanted = designer.run(model, image, keep=["pool1", "fc3"])
        assert set(found) == {"pool1", "fc3"}
        assert all(np.array_equal(found[name], wanted[name]) for name in wanted)
        assert not found["fc3"].flags.writeable


def test_layers_of_one_seed_have_the_weights_they_have_alone() -> None:
    """What was drawn for one layer is the beginning of another's only where both are drawn alike."""
    steps = [
        ("conv2d", {"filters": 8, "kernel": 3, "padding": 1, "bias": False}),
        ("conv2d", {"filters": 8, "kernel": 3, "padding": 1}),
        ("conv_transpose2d", {"filters": 8, "kernel": 3}),
        ("conv2d", {"filters": 16, "kernel": 3, "padding": 1}),
        ("conv_transpose2d", {"filters": 8, "kernel": 3}),
        ("batch_norm", {}),
    ]
    model = chain((8, 9, 9), *steps)
    alike = model.evolve(nodes={name: attrs.evolve(node, seed=5) for name, node in model.nodes.items()})
    together = designer.weights(alike)
    for name in model.order:
        others = {other: node if other == name else model.nodes[other] for other, node in alike.nodes.items()}
        alone = designer.weights(alike.evolve(nodes=others))
        for tensor in (tensor for tensor in together if tensor.rpartition(".")[0] == name):
            np.testing.assert_array_equal(together[tensor], alone[tensor], err_msg=tensor)


def test_the_refusal_of_weights_counts_running_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    model = chain((3, 8, 8), ("conv2d", {"filters": 4, "kernel": 3}), ("batch_norm", {}))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=0))
    # Four filters of 27 taps and a bias; scale, shift, mean and variance of four channels; four bytes each.
    with pytest.raises(designer.RunRefused, match="the weights need 512\N{NO-BREAK SPACE}B of memory"):
        designer.weights(model)


def test_a_runner_takes_another_size_and_refuses_what_run_refuses() -> None:
    model = designer.load("gallery:resnet18")
    runner = designer.Runner(model, input_shape=(3, 64, 64), keep="fc")
    assert runner.run(image_of(3, 64, 64))["fc"].shape == (1, 1000)
    with pytest.raises(designer.UserError, match="nowhere"):
        designer.Runner(model, keep=["nowhere"])
    with pytest.raises(designer.UserError, match="wanted"):
        runner.run(image_of(3, 32, 32))


def test_run_takes_any_kind_of_number_and_lets_the_caller_s_array_be() -> None:
    model = designer.load("gallery:lenet5")
    image = image_of(1, 1, 32, 32)
    exact = designer.run(model, image.astype(np.float64), keep="fc3")["fc3"]
    assert np.array_equal(exact, designer.run(model, image, keep="fc3")["fc3"])
    bytes_ = (image * 255).astype(np.uint8)
    assert designer.run(model, bytes_.tolist(), keep="image")["image"].max() == bytes_.max()
    kept = designer.run(model, image, keep="image")["image"]
    before = kept.copy()
    image[:] = 7
    assert np.array_equal(kept, before)


def test_run_on_another_input_shape() -> None:
    model = designer.load("gallery:lenet5")
    maps = designer.run(model, image_of(1, 1, 40, 36), input_shape=(1, 40, 36), keep="pool2")
    assert maps["pool2"].shape == (1, 16, 7, 6)


@pytest.mark.parametrize(
    ("images", "keep", "says"),
    [
        (np.zeros((1, 3, 32, 32)), "all", "image: an array of shape"),
        (np.zeros((5, 5)), "all", "image: an array of shape"),
        ({}, "all", "no array came for the input image"),
        ({"image": np.zeros((1, 1, 32, 32)), "conv1": np.zeros((1, 6, 28, 28))}, "all", "there is no input conv1"),
        (np.zeros((1, 1, 32, 32)), ["conv1", "nothing"], "there is no layer nothing"),
        (np.array(["a"]), "all", "image: an array of numbers is wanted"),
        (np.zeros((1, 1, 32, 32), complex), "all", "image: an array of numbers is wanted"),
        ([[1, 2], [3]], "all", "image: an array of numbers is wanted"),
        (None, "all", "image: an array of numbers is wanted"),
    ],
    ids=range(9),
)
def test_what_cannot_be_run_is_refused_in_one_line(images: Any, keep: Any, says: str) -> None:
    with pytest.raises(designer.UserError, match=says) as refused:
        designer.run(designer.load("gallery:lenet5"), images, keep=keep)
    assert "\n" not in str(refused.value)


def test_a_wanted_layer_with_a_problem_says_why() -> None:
    model = SetParameters("pool2", {"kernel": 99}).apply(designer.load("gallery:lenet5"))
    image = np.zeros((1, 1, 32, 32))
    with pytest.raises(designer.UserError, match=r"pool2 cannot be computed: kernel 99×99"):
        designer.run(model, image, keep=["pool2"])
    with pytest.raises(designer.UserError, match="fc1 cannot be computed: a layer before it has a problem"):
        designer.run(model, image, keep=["fc1"])
    assert set(designer.run(model, image)) == {"image", "conv1", "tanh1", "pool1", "conv2", "tanh2"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"input_shape": (0, 3)}, "shape"),
        ({"input_shape": ("a",)}, "shape"),
        ({"batch": 0}, "batch: 0 came"),
        ({"dtype": "float8"}, "data type: float8 came, one of float32, float16, int8 is wanted"),
        ({"convention": "mine"}, "convention: mine came, one of torchvision, flops, tf-slim is wanted"),
    ],
    ids=str,
)
def test_senseless_options_are_refused(options: Any, says: str) -> None:
    with pytest.raises(designer.UserError, match=says):
        designer.analyse(designer.load("gallery:lenet5"), **options)


def test_weights_are_those_the_run_uses() -> None:
    model = designer.load("gallery:lenet5")
    tensors = designer.weights(model)
    maps = designer.run(model, image_of(1, 1, 32, 32))
    expected = maps["tanh4"] @ tensors["fc3.weight"].T + tensors["fc3.bias"]
    np.testing.assert_allclose(maps["fc3"], expected, rtol=1e-5, atol=1e-6)


def test_weights_too_large_for_any_machine_are_refused(tmp_path: Path) -> None:
    tree = spec_chain((*IMAGE, {"shape": [10**6]}), ("fc", "dense", {"units": 10**8}))
    with pytest.raises(designer.UserError, match=r"the weights need 400\.00"):
        designer.weights(designer.load(write_spec(tmp_path / "net.json", tree)))


def test_a_model_survives_saving_and_loading(tmp_path: Path) -> None:
    model = designer.load("gallery:residual_block")
    path = tmp_path / "block.netdraft.json"
    designer.save(model, path)
    again = designer.load(path)
    assert again == model
    image = image_of(1, 3, 64, 64)
    first, second = designer.run(model, image), designer.run(again, image)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert [file.name for file in tmp_path.iterdir()] == ["block.netdraft.json"]


# ------------------------------------------------------------------------------------------------ the process around it

SETTINGS_OF_THE_PROCESS = """
import faulthandler, json, locale, logging, os, signal, sys, threading, warnings
import numpy as np
from threadpoolctl import ThreadpoolController

def settings():
    logs = [logging.getLogger(name) for name in (None, "PIL")]
    return {
        "BLAS": [library["num_threads"] for library in ThreadpoolController().info()],
        "cores": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [],
        "niceness": os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0,
        "errors": np.geterr(),
        "warnings": [str(entry) for entry in warnings.filters],
        "logging": [[log.level, str(log.handlers)] for log in logs],
        "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)],
        "hooks": [str(sys.excepthook), str(threading.excepthook), faulthandler.is_enabled()],
        "locale": locale.setlocale(locale.LC_ALL),
        "environment": dict(os.environ),
        "standard error": os.fstat(2).st_ino,
    }

import PIL.Image
PIL.Image.init()
before = settings()
import designer
for name in designer.__all__:
    getattr(designer, name)
assert settings() == before, "importing"
assert threading.active_count() == 1
from designer.pictures.images import open_image
open_image(sys.argv[1])
designer.run(designer.load("gallery:lenet5"), np.zeros((1, 32, 32), np.float32))
assert settings() == before, "running"
print("as before")
"""


def test_neither_importing_nor_running_changes_the_process_around_it(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    Image.new("RGB", (4, 4)).save(picture)
    ended = subprocess.run(
        [sys.executable, "-c", SETTINGS_OF_THE_PROCESS, str(picture)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ended.stdout.strip(), ended.stderr) == ("as before", "")
