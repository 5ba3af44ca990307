"""The same operations by other people's code: ONNX Runtime and SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from designer.kernels.conv import convolve, transposed_convolve
from designer.kernels.pool import average_pool, max_pool
from designer.kernels.resample import upsample_linear, upsample_nearest
from tests.kernels.loops import Array

onnxruntime = pytest.importorskip("onnxruntime")


def onnx_result(operator: str, inputs: list[Array], empty: int | None = None, **attributes: Any) -> Array:
    """Run one ONNX operator; `empty` is the place of an input left out."""
    names = [f"input{index}" for index in range(len(inputs))]
    asked = list(names)
    if empty is not None:
        asked.insert(empty, "")
    graph = helper.make_graph(
        [helper.make_node(operator, asked, ["result"], **attributes)],
        "one operator",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape)
            for name, x in zip(names, inputs, strict=True)
        ],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, None)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: Array = session.run(None, dict(zip(names, inputs, strict=True)))[0]
    return result


def onnx_pads(padding: tuple[tuple[int, int], ...]) -> list[int]:
    return [before for before, _ in padding] + [after for _, after in padding]


def values(*shape: int) -> Array:
    return np.random.default_rng(shape).standard_normal(shape).astype(np.float32)


CONVOLUTIONS: list[dict[str, Any]] = [
    {"x": (2, 6, 9, 11), "weight": (8, 6, 3, 3), "stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1)},
    {
        "x": (1, 6, 12, 9),
        "weight": (9, 2, 2, 5),
        "stride": (3, 2),
        "padding": ((0, 2), (3, 1)),
        "dilation": (2, 1),
        "groups": 3,
    },
    {
        "x": (1, 8, 14, 14),
        "weight": (16, 1, 3, 3),
        "stride": (2, 2),
        "padding": ((0, 1), (0, 1)),
        "dilation": (1, 1),
        "groups": 8,
    },
    {"x": (2, 4, 20), "weight": (6, 4, 5), "stride": (2,), "padding": ((2, 1),), "dilation": (3,)},
    {
        "x": (1, 4, 5, 6, 7),
        "weight": (6, 2, 3, 1, 2),
        "stride": (1, 2, 1),
        "padding": ((1, 1), (0, 0), (0, 1)),
        "dilation": (1, 1, 2),
        "groups": 2,
    },
]


@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_convolution_agrees_with_onnxruntime(case: dict[str, Any]) -> None:
    x, weight, bias = values(*case["x"]), values(*case["weight"]), values(case["weight"][0])
    options = {name: case[name] for name in ("stride", "padding", "dilation")}
    groups = case.get("groups", 1)
    expected = onnx_result(
        "Conv",
        [x, weight, bias],
        strides=case["stride"],
        pads=onnx_pads(case["padding"]),
        dilations=case["dilation"],
        group=groups,
    )
    np.testing.assert_allclose(convolve(x, weight, bias, **options, groups=groups), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "output_padding", "groups"),
    [
        ((2, 2), ((1, 1), (1, 1)), (1, 1), (1, 1), 1),
        ((3, 1), ((0, 2), (1, 0)), (2, 1), (1, 0), 2),
        ((4, 4), ((0, 0), (0, 0)), (1, 1), (0, 3), 4),
    ],
)
def test_transposed_convolution_agrees_with_onnxruntime(
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    output_padding: tuple[int, ...],
    groups: int,
) -> None:
    x, weight, bias = values(2, 4, 5, 6), values(4, 3, 3, 3), values(3 * groups)
    expected = onnx_result(
        "ConvTranspose",
        [x, weight, bias],
        strides=stride,
        pads=onnx_pads(padding),
        dilations=dilation,
        output_padding=output_padding,
        group=groups,
    )
    result = transposed_convolve(
        x,
        weight,
        bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        output_padding=output_padding,
        groups=groups,
    )
    np.testing.assert_allclose(result, expected, atol=1e-4)


def test_convolution_agrees_with_scipy() -> None:
    # Here and not above: it takes a second, in every worker that collects this file.
    from scipy import signal

    x, weight = values(1, 3, 17, 13), values(5, 3, 4, 3)
    result = convolve(x, weight, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1))
    for filter_ in range(5):
        expected = signal.correlate(x[0].astype(np.float64), weight[filter_].astype(np.float64), mode="valid")
        np.testing.assert_allclose(result[0, filter_], expected[0], atol=1e-4)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [
        ((64, 64), (3, 3), (2, 2), ((1, 1), (1, 1))),
        ((9, 7), (2, 3), (2, 2), ((0, 0), (1, 1))),
        ((11, 6), (5, 4), (3, 2), ((2, 2), (1, 1))),
    ],
)
def test_max_pooling_agrees_with_onnxruntime(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    ceil_mode: bool,
) -> None:
    x = values(1, 3, *size)
    expected = onnx_result(
        "MaxPool", [x], kernel_shape=kernel, strides=stride, pads=onnx_pads(padding), ceil_mode=int(ceil_mode)
    )
    result = max_pool(x, kernel, stride=stride, padding=padding, ceil_mode=ceil_mode)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_average_pooling_agrees_with_onnxruntime(count_include_pad: bool, ceil_mode: bool) -> None:
    x = values(2, 3, 12, 9)
    padding = ((1, 1), (1, 1))
    expected = onnx_result(
        "AveragePool",
        [x],
        kernel_shape=(3, 3),
        strides=(2, 2),
        pads=onnx_pads(padding),
        ceil_mode=int(ceil_mode),
        count_include_pad=int(count_include_pad),
    )
    result = average_pool(
        x, (3, 3), stride=(2, 2), padding=padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad
    )
    np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("scale", [(2, 2), (3, 1), (4, 2)])
def test_upsampling_agrees_with_onnxruntime(scale: tuple[int, int]) -> None:
    x = values(2, 3, 5, 4)
    factors = np.array([1, 1, *scale], np.float32)
    linear = onnx_result("Resize", [x, factors], empty=1, mode="linear", coordinate_transformation_mode="half_pixel")
    np.testing.assert_allclose(upsample_linear(x, scale), linear, atol=1e-5)
    nearest = onnx_result(
        "Resize",
        [x, factors],
        empty=1,
        mode="nearest",
        nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )
    np.testing.assert_array_equal(upsample_nearest(x, scale), nearest)
