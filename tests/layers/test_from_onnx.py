"""What a layer writes to ONNX comes back as the same layer, and what cannot be read is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from designer.kernels.arrays.memory import Array
from designer.layer_api import registry
from designer.layer_api.emit import OnnxCall
from designer.layer_api.layer import Layer
from designer.layer_api.onnx_operator import CannotRead, LayerRead, OnnxOperator
from designer.layer_api.registry import catalogue, layer_class, make_layer, read_onnx
from tests.helpers.layer_cases import Case, cases, for_each_kind

NOT_KEPT = {"initializer", "initial"}
"""Fields that ONNX has no place for."""

BECOMES = {
    "adaptive_avg_pool2d": "avg_pool2d",
    "adaptive_max_pool2d": "max_pool2d",
    "depthwise_conv2d": "conv2d",
    "output": "identity",
    "spatial_dropout": "identity",
    "stochastic_depth": "identity",
}
"""Kinds that come back as another, which computes the same on maps of this size."""

SEVERAL: dict[str, Callable[[Case], bool]] = {
    # Until opset 20, 21 and 24 these have no operator of their own.
    "gelu": lambda case: True,
    "silu": lambda case: True,
    # No operator at all, or one whose channels come in another order.
    "channel_shuffle": lambda case: True,
    # Until opset 19 Pad cannot go round, and what is cut off is a Slice.
    "pad2d": lambda case: case.layer.mode == "circular" or np.min(case.layer.padding) < 0,  # type: ignore[attr-defined]
    "group_norm": lambda case: True,
    # Of the last axes, and of images only.
    "layer_norm": lambda case: not case.layer._is_last(case.inputs[0]),  # type: ignore[attr-defined]
    "local_response_norm": lambda case: len(case.inputs[0]) != 3,
    "class_token": lambda case: True,
    "locally_connected2d": lambda case: True,
    "pixel_unshuffle2d": lambda case: True,
    # ``Attention`` is of opset 23; a product neither transposes nor scales.
    "scaled_dot_product_attention": lambda case: True,
    "matmul": lambda case: case.layer.transpose or case.layer.scale != 1,  # type: ignore[attr-defined]
    # A matrix product with rows takes no bias, and a slope for each channel has to broadcast over the map.
    "dense": lambda case: len(case.inputs[0]) == 2,
    "prelu": lambda case: case.layer.per_channel and len(case.inputs[0]) > 1,  # type: ignore[attr-defined]
}
"""Kinds that go out as several operators, and when; each of these comes back by itself."""

every_computing_layer = pytest.mark.parametrize(
    "cls", [pytest.param(cls, id=kind) for kind, cls in catalogue().items() if not cls.is_source()]
)


def read(case: Case, call: OnnxCall, weights: Mapping[str, Array]) -> LayerRead:
    names = [f"input{index}" for index in range(len(case.inputs))]
    shapes = dict(zip(names, case.inputs, strict=True))
    # Through ONNX's own form, which keeps numbers in float32 and texts as bytes.
    node = helper.make_node(call.op, list(call.inputs), ["output"], **call.attributes)
    attributes = {kept.name: helper.get_attribute_value(kept) for kept in node.attribute}
    plain = {name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()}
    operator = OnnxOperator(node.op_type, tuple(node.input), plain, shapes)
    return read_onnx(operator, {**weights, **call.constants})


def as_kept(case: Case) -> Layer:
    """The layer as ONNX has it: numbers in float32, padding and rounding as what they do to maps of this size."""
    fields: dict[str, Any] = {}
    window = case.layer.window(case.inputs)
    for name, value in case.layer.parameters().items():
        if name in NOT_KEPT:
            continue
        fields[name] = float(str(np.float32(value))) if isinstance(value, float) else value
    if fields.get("epsilon") == 0:
        # Less than float32 can hold, and zero would divide a constant channel by zero.
        fields["epsilon"] = 1e-38
    if fields.get("rate") == 1:
        # No runtime takes a Dropout that leaves nothing, so it goes out as Identity.
        return make_layer("identity")
    if fields.get("padding") == "same":
        assert window is not None
        fields["padding"] = window.padding
    if "stride" in case.layer.fields() and case.layer.fields()["stride"].optional:
        fields["stride"] = None if fields["stride"] == fields["kernel"] else fields["stride"]
    if fields.get("ceil_mode"):
        floored = case.layer.replace(ceil_mode=False).output_shape(case.inputs)
        fields["ceil_mode"] = floored != case.output
    if fields.get("per_channel"):
        # A single channel has one slope either way.
        fields["per_channel"] = case.inputs[0][0] > 1
    if "count_include_pad" in fields and not np.any(fields["padding"]):
        fields["count_include_pad"] = True
    return plainest(type(case.layer).from_parameters(fields), case)


def plainest(layer: Layer, case: Case) -> Layer:
    """The layer that is read where several say the same."""
    fields = layer.parameters()
    if layer.kind == "layer_norm":
        return layer.replace(axes=tuple(range(-len(fields["axes"]), 0)))
    if layer.kind == "pad2d" and fields["mode"] != "constant":
        return layer.replace(value=0.0)
    if layer.kind == "pad2d" and fields["value"] == 0:
        return make_layer("zero_pad2d", padding=fields["padding"])
    if layer.kind == "resize2d":
        return layer.replace(
            scale=2.0,
            size=case.output[1:],
            rounding=fields["rounding"] if fields["mode"] == "nearest" else "round_prefer_ceil",
        )
    if layer.kind == "reshape":
        *before, last = fields["shape"]
        laid = len(before) < len(case.inputs[0]) and tuple(before) == case.inputs[0][: len(before)]
        if laid and last in (-1, case.output[-1]):
            return make_layer("flatten", axis=len(case.output))
    return layer


@every_computing_layer
@for_each_kind(20)
@given(st.data())
def test_out_and_in_is_the_same_layer_with_the_same_weights(cls: type[Layer], data: st.DataObject) -> None:
    case = data.draw(cases(cls))
    weights = case.weights(seed=1)
    calls = case.layer.to_onnx(case.inputs)
    if len(calls) > 1:
        assert cls.kind in BECOMES or SEVERAL[cls.kind](case)
        return
    found = read(case, calls[0], weights)
    if cls.kind not in BECOMES:
        assert found.layer == as_kept(case)
    else:
        assert found.layer.kind == BECOMES[cls.kind]
    assert list(found.weights) == list(weights)
    for name, array in found.weights.items():
        np.testing.assert_array_equal(array, weights[name])
        assert array.dtype == np.float32
    inputs = case.arrays(seed=2)
    assert found.layer.output_shape(case.inputs) == case.output
    np.testing.assert_allclose(
        found.layer.forward(inputs, found.weights), case.layer.forward(inputs, weights), rtol=1e-4, atol=1e-5
    )


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_rows_through_a_dense_layer_come_back_but_for_the_addition_of_the_bias(
    rows: int, features: int, units: int, bias: bool
) -> None:
    layer = make_layer("dense", units=units, bias=bias)
    case = Case(layer, ((rows, features),), (rows, units))
    weights, [turned, product, *added] = case.weights(seed=1), layer.to_onnx(case.inputs)
    # What is made of constants alone is a constant to whoever reads a file.
    constants = {**weights, turned.output: weights[turned.inputs[0]].transpose(turned.attributes["perm"])}
    found = read(case, product, constants)
    assert found.layer == layer.replace(bias=False)
    np.testing.assert_array_equal(found.weights["weight"], weights["weight"])
    assert [(call.op, call.inputs) for call in added] == [("Add", (product.output, "bias"))] * bias


@every_computing_layer
def test_an_attribute_that_is_not_known_is_refused_by_name(cls: type[Layer]) -> None:
    for op in cls.onnx_operators:
        inputs = ("x", "y") if cls.min_inputs > 1 else ("x",)
        with pytest.raises(CannotRead) as caught:
            cls.from_onnx(OnnxOperator(op, inputs, {"novelty": 1}), {})
        told = str(caught.value)
        assert told.startswith(f"{op}: ")
        assert "novelty" in told or "missing" in told or "axes" in told or "bounds" in told


def test_what_is_no_operator_says_so() -> None:
    told = {
        "image_input": "an input of the graph",
        "adaptive_avg_pool2d": "AveragePool",
        "channel_shuffle": "no channel shuffle",
        "adaptive_max_pool2d": "MaxPool",
        "class_token": "no learned token",
        "depthwise_conv2d": "no depthwise convolution",
        "locally_connected2d": "no locally connected layer",
        "output": "one of the graph",
        "pixel_unshuffle2d": "in another order",
    }
    for kind, words in told.items():
        with pytest.raises(CannotRead, match=words):
            type(make_layer(kind)).from_onnx(OnnxOperator("Any", ("x",)), {})


KERNEL = np.arange(8 * 3 * 3 * 3, dtype=np.float32).reshape(8, 3, 3, 3)
SQUARE = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def operator(op: str, *constants: Any, shape: tuple[int, ...] | None = None, **attributes: Any) -> LayerRead:
    names = tuple("" if value is None else f"c{index}" for index, value in enumerate(constants))
    held = {name: np.asarray(value) for name, value in zip(names, constants, strict=True) if name}
    return read_onnx(OnnxOperator(op, ("x", *names), attributes, {} if shape is None else {"x": shape}), held)


@pytest.mark.parametrize(
    ("found", "kind", "parameters"),
    [
        # Defaults are those of the operators' definitions (ONNX opset 19), not those of the layers.
        (operator("Conv", KERNEL), "conv2d", {"filters": 8, "kernel": 3, "bias": False}),
        (operator("Conv", KERNEL, auto_pad="SAME_UPPER"), "conv2d", {"filters": 8, "bias": False, "padding": "same"}),
        (operator("MaxPool", kernel_shape=[3, 3]), "max_pool2d", {"kernel": 3, "stride": 1}),
        (operator("AveragePool", kernel_shape=[2, 2], strides=[2, 2]), "avg_pool2d", {}),
        (
            operator("AveragePool", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1]),
            "avg_pool2d",
            {"padding": 1, "count_include_pad": False},
        ),
        (operator("LeakyRelu", alpha=0.20000000298023224), "leaky_relu", {"slope": 0.2}),
        (operator("LeakyRelu"), "leaky_relu", {}),
        (operator("Clip", 0.0, 6.0), "relu6", {}),
        (operator("Clip", min=0.0, max=6.0), "relu6", {}),
        (operator("Clip", 0.0, 1.0), "clip", {}),
        (operator("Clip", None, 1.0), "clip", {"low": -1e38}),
        (operator("Clip", min=-3.4028234663852886e38, max=2.5), "clip", {"low": -1e38, "high": 2.5}),
        (operator("Clip", -1.0, 1.0), "hard_tanh", {}),
        (operator("Gelu"), "gelu", {}),
        (operator("Gelu", approximate="tanh"), "gelu", {"approximate": "tanh"}),
        (operator("Swish"), "silu", {}),
        (operator("PRelu", np.ones((8, 1, 1)), shape=(8, 4, 4)), "prelu", {"per_channel": True}),
        (operator("PRelu", np.ones((1, 8, 1, 1)), shape=(8, 4, 4)), "prelu", {"per_channel": True}),
        (operator("PRelu", np.ones(1), shape=(8, 4, 4)), "prelu", {}),
        (operator("LayerNormalization", np.ones((7, 7)), np.ones((7, 7)), axis=2), "layer_norm", {"axes": (-2, -1)}),
        (operator("LayerNormalization", np.full(4, 2.0), shape=(9, 4), axis=2), "layer_norm", {"axes": -1}),
        (
            operator("GroupNormalization", np.ones(8), np.ones(8), shape=(8, 4, 4), num_groups=2),
            "group_norm",
            {"groups": 2},
        ),
        (operator("GroupNormalization", [1, 2], [3, 4], shape=(8, 4, 4), num_groups=2), "group_norm", {"groups": 2}),
        (operator("LRN", size=5, alpha=0.0005, bias=2.0), "local_response_norm", {"alpha": 5e-4, "k": 2.0}),
        (operator("Mul", np.ones((1, 8, 1, 1)), shape=(8, 4, 4)), "channel_scale", {}),
        (operator("Softmax", shape=(10,)), "softmax", {}),
        (operator("Dropout"), "dropout", {}),
        (operator("Dropout", ratio=0.25), "dropout", {"rate": 0.25}),
        (operator("Reshape", [1, -1]), "flatten", {}),
        (operator("Reshape", [-1, 12], shape=(3, 2, 2)), "flatten", {}),
        (operator("Reshape", [1, 64, 196], shape=(64, 14, 14)), "flatten", {"axis": 2}),
        (operator("Reshape", [1, 3, 4]), "reshape", {"shape": (3, 4)}),
        (operator("Reshape", [-1, 0, 3, 8], shape=(4, 24)), "reshape", {"shape": (4, 3, 8)}),
        (operator("Transpose", perm=[0, 2, 1]), "permute", {}),
        (operator("ReduceMean", axes=[2, 3]), "reduce_mean", {"keepdims": True}),
        (operator("ReduceMax", [-1], keepdims=0), "reduce_max", {"axes": -1}),
        (operator("DepthToSpace", blocksize=2, mode="CRD"), "pixel_shuffle2d", {}),
        # A file says the largest whole number where it means the end.
        (operator("Slice", [1], [2**63 - 1], [2]), "slice", {"axis": 2, "start": 1}),
        (operator("Slice", starts=[1], ends=[3], axes=[1]), "slice", {"start": 1, "end": 3}),
        (operator("Slice", [1, 2], [-1, 9], [2, 3], shape=(4, 9, 9)), "crop2d", {"cropping": ((1, 1), (2, 0))}),
        (operator("Resize", None, [1, 1, 2, 3], mode="nearest"), "upsample2d", {"scale": (2, 3)}),
        (
            operator("Resize", None, None, [1, 4, 10, 20], shape=(4, 5, 5), mode="linear"),
            "upsample2d",
            {"scale": (2, 4), "mode": "bilinear"},
        ),
        (operator("Pad", [0, 0, 1, 2, 0, 0, 3, 4], 0.0), "zero_pad2d", {"padding": [[1, 3], [2, 4]]}),
        (operator("Pad", pads=[0, 0, 1, 1, 0, 0, 1, 1], value=0.0), "zero_pad2d", {}),
        (operator("Pad", [0, 0, 1, 1, 0, 0, 1, 1], mode="reflect"), "pad2d", {}),
        (
            operator("Pad", [0, 0, -1, 1, 0, 0, 1, 0], mode="wrap"),
            "pad2d",
            {"padding": [[-1, 1], [1, 0]], "mode": "circular"},
        ),
        (operator("Pad", [0, 0, 1, 1, 0, 0, 1, 1], 2.0), "pad2d", {"mode": "constant", "value": 2.0}),
        (
            operator("Resize", None, [1, 1, 2, 2], mode="cubic"),
            "resize2d",
            {"mode": "bicubic"},
        ),
        (
            operator("Resize", None, [1, 1, 1.5, 2], shape=(3, 4, 4), mode="linear"),
            "resize2d",
            {"size": (6, 8)},
        ),
        (
            operator("Resize", None, [1, 1, 0.5, 0.5], shape=(3, 4, 4)),
            "resize2d",
            {"mode": "nearest", "scale": 0.5, "rounding": "round_prefer_floor"},
        ),
        (
            operator("Resize", None, None, [1, 3, 9, 7], mode="linear", coordinate_transformation_mode="align_corners"),
            "resize2d",
            {"size": (9, 7), "coordinates": "align_corners"},
        ),
        (operator("Gemm", SQUARE.T), "dense", {"units": 3, "bias": False}),
    ],
)
def test_files_by_other_programs(found: LayerRead, kind: str, parameters: dict[str, Any]) -> None:
    assert found.layer == make_layer(kind, **parameters)


def test_factors_and_transposition_go_into_the_weights_of_a_dense_layer() -> None:
    found = operator("Gemm", SQUARE.T, np.float32(7), alpha=2.0, beta=3.0)
    np.testing.assert_array_equal(found.weights["weight"], [[2, 4], [6, 8], [10, 12]])
    np.testing.assert_array_equal(found.weights["bias"], [21, 21, 21])
    product = operator("MatMul", SQUARE.T)
    np.testing.assert_array_equal(product.weights["weight"], SQUARE)
    assert product.layer == make_layer("dense", units=3, bias=False)


def test_output_padding_is_read() -> None:
    weight = np.ones((4, 2, 3, 3), np.float32)
    found = operator("ConvTranspose", weight, strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    # PyTorch's ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1) doubles: 7 → 14.
    assert found.layer.output_shape([(4, 7, 7)]) == (2, 14, 14)


@pytest.mark.parametrize(
    ("op", "constants", "attributes", "words"),
    [
        ("Einsum", (), {}, "Einsum: no layer reads this operator"),
        ("Conv", (), {}, "Conv: weight is missing"),
        ("Conv", (KERNEL,), {"auto_pad": "SAME_LOWER"}, "auto_pad is SAME_LOWER"),
        ("Conv", (KERNEL[..., np.newaxis, np.newaxis],), {}, "it works on 4 spatial axes; Convolution 2D works on 2"),
        ("Conv", (KERNEL,), {"pads": [1, 1]}, "pads has 2 numbers; 4 are wanted"),
        ("Conv", (KERNEL,), {"pads": [-1, 0, 0, 0]}, "Conv: padding"),
        ("Conv", (KERNEL,), {"strides": [0, 1]}, "Conv: stride"),
        ("Conv", (KERNEL,), {"kernel_shape": [5, 5]}, r"kernel_shape is \[5, 5\]"),
        ("ConvTranspose", (KERNEL,), {"output_shape": [9, 9]}, "the attribute 'output_shape' is not known"),
        ("ConvTranspose", (KERNEL,), {"output_padding": [-1, 1]}, "ConvTranspose: output_padding"),
        ("MaxPool", (), {"kernel_shape": [2, 2], "dilations": [2, 2]}, r"dilations is \[2, 2\]"),
        ("MaxPool", (), {"kernel_shape": [2, 2, 2, 2]}, "it works on 4 spatial axes"),
        ("MaxPool", (), {"kernel_shape": [2, 2], "storage_order": 1}, "storage_order is 1"),
        ("PRelu", (np.ones((4, 4)),), {}, "the slope is 4×4; one number, or one for each channel"),
        ("PRelu", (), {}, "PRelu: slope is missing"),
        ("HardSigmoid", (), {}, "alpha and beta are 0.2 and 0.5; only 1/6 and 1/2"),
        ("Selu", (), {"alpha": 2.0}, "alpha is 2.0; only 1.67"),
        ("Swish", (), {"alpha": 2.0}, "alpha is 2.0; only 1.0"),
        ("LeakyRelu", (), {"alpha": 99.0}, "LeakyRelu: slope"),
        ("LayerNormalization", (), {}, "scale is missing"),
        ("Mul", (), {}, "Mul: two inputs"),
        ("LayerNormalization", (np.ones(4),), {"axis": 0}, "the axis is 0"),
        ("LRN", (), {"size": 4}, "size is 4; an odd one"),
        ("Mul", (np.ones((4, 4)),), {}, "the scale is 4×4"),
        ("Softmax", (), {}, "the axis is -1; only 1"),
        ("Concat", (), {"axis": 0}, "the axis is 0; it joins batches"),
        ("BatchNormalization", (np.ones(3),), {}, "BatchNormalization: bias is missing"),
        ("Dropout", (0.5, True), {}, "training_mode is set"),
        ("Flatten", (), {"axis": 2}, "axis is 2; only 1 can be read"),
        ("Reshape", ([1, 3, 0, 4],), {}, r"the shape is \[3, 0, 4\]"),
        ("Reshape", ([-1, 3, -1],), {}, r"the shape is \[3, -1\]"),
        ("Transpose", (), {"perm": [1, 0, 2]}, r"perm is \[1, 0, 2\]"),
        ("Transpose", (), {}, "perm is missing"),
        ("ReduceMean", (), {}, "axes is missing"),
        ("ReduceMax", ([0, 1],), {}, "it reduces the batch too"),
        ("DepthToSpace", (), {"blocksize": 2}, "mode is DCR; only CRD"),
        ("Slice", ([0], [1], [0]), {}, "it takes a part of the batch"),
        ("Slice", ([0, 0], [1, 1], [1, 2]), {}, "a slice along one axis can be read"),
        ("Resize", (None, [1, 1, 1.5, 2]), {}, "whole ones of height and width"),
        (
            "Resize",
            (None, [1, 1, 2, 2]),
            {"coordinate_transformation_mode": "tf_crop_and_resize"},
            "tf_crop_and_resize",
        ),
        ("Resize", (None, [1, 1, 2, 2]), {"mode": "cubic", "cubic_coeff_a": -0.5}, "cubic with half_pixel"),
        ("Resize", (), {}, "scales are missing"),
        ("Pad", ([0, 0, 1, 1, 0, 0, 1, 1],), {"mode": "symmetric"}, "mode is symmetric"),
        ("Pad", ([0, 1, 1, 1, 0, 0, 1, 1],), {}, "it pads channels or images"),
        ("Gemm", (SQUARE,), {"transA": 1}, "transA is 1; only 0"),
        ("Gemm", (SQUARE, np.ones(7)), {}, "the bias is 7; a vector is wanted"),
        ("MatMul", (KERNEL,), {}, "a matrix is wanted"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    op: str, constants: tuple[Any, ...], attributes: dict[str, Any], words: str
) -> None:
    with pytest.raises(CannotRead, match=words) as caught:
        operator(op, *constants, **attributes)
    assert str(caught.value).startswith(f"{op}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("inputs", "constants", "words"),
    [
        (("x", "w"), {}, "weight is computed by other operators; a constant is wanted"),
        (("w", "w"), {"w": KERNEL}, "its input is a constant"),
        (("x", "w", "w", "w"), {"w": KERNEL}, "it has 4 inputs; 1 to 3 are wanted"),
        ((), {}, "it has 0 inputs"),
    ],
)
def test_inputs_in_the_wrong_place_are_refused(
    inputs: tuple[str, ...], constants: dict[str, Array], words: str
) -> None:
    with pytest.raises(CannotRead, match=words):
        read_onnx(OnnxOperator("Conv", inputs), constants)


def test_weights_that_do_not_fit_what_reaches_them_are_refused() -> None:
    with pytest.raises(CannotRead, match="Conv: weight is 8×3×3×3; 8×5×3×3 is wanted"):
        operator("Conv", KERNEL, shape=(5, 9, 9))


def test_of_layers_of_several_ranks_the_one_of_this_rank_gives_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    image = layer_class("max_pool2d")
    ranks = {1: type("Line", (image,), {"rank": 1}), 2: image, 3: type("Volume", (image,), {"rank": 3})}
    monkeypatch.setattr(registry, "catalogue", lambda: {str(rank): cls for rank, cls in ranks.items()})
    with pytest.raises(CannotRead, match="storage_order is 1; only 0"):
        operator("MaxPool", kernel_shape=[2, 2], storage_order=1)
    with pytest.raises(CannotRead, match="it works on 4 spatial axes"):
        operator("MaxPool", kernel_shape=[2, 2, 2, 2])


def test_joins_take_what_layers_computed_and_nothing_else() -> None:
    with pytest.raises(CannotRead, match="Add: the input 'b' is a constant"):
        read_onnx(OnnxOperator("Add", ("x", "b")), {"b": np.ones(3, np.float32)})
    with pytest.raises(CannotRead, match="Sum: two inputs or more of one shape"):
        read_onnx(OnnxOperator("Sum", ("x", "y"), {}, {"x": (3, 4, 4), "y": (3, 1, 1)}), {})
    assert read_onnx(OnnxOperator("Add", ("x", "y")), {}).layer == make_layer("add")
    gate = {"x": (3, 4, 4), "y": (3, 1, 1)}
    assert read_onnx(OnnxOperator("Mul", ("x", "y"), {}, gate), {}).layer == make_layer("multiply")
    with pytest.raises(CannotRead, match="Mul: inputs are 3×4×4 and 2×1×1"):
        read_onnx(OnnxOperator("Mul", ("x", "y"), {}, {**gate, "y": (2, 1, 1)}), {})
