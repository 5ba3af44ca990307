"""Poolings by norm and of chosen size, kernels for each channel or place, and cells added to a transposed convolution.

Against arithmetic written out and SciPy; PyTorch and Keras are asked with all other layers.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_scope
from designer.layer_api.gradients import ForwardPass
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.registry import make_layer
from tests.helpers.layer_cases import for_each_kind


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


# -- Lp


@pytest.mark.parametrize(("p", "wanted"), [(1, 12.0), (2, np.sqrt(54.0)), (32, (2 * 5.0**32 + 2.0**32) ** (1 / 32))])
def test_a_norm_lies_between_sum_and_maximum(p: int, wanted: float) -> None:
    x = np.array([[[[-5.0, 5.0], [2.0, 0.0]]]])
    np.testing.assert_allclose(make_layer("lp_pool2d", p=p).forward([x], {}), [[[[wanted]]]], rtol=1e-12)


def test_zeros_have_no_slope_and_do_not_divide_by_zero() -> None:
    layer, x = make_layer("lp_pool1d", p=3), np.zeros((1, 2, 4))
    output = layer.forward([x], {})
    found = layer.backward(ForwardPass([x], output, np.ones_like(output), {}))
    np.testing.assert_array_equal(found.inputs[0], 0)


# -- adaptive maximum


@for_each_kind(20)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_an_adaptive_maximum_is_that_of_its_windows(height: int, width: int, rows: int, columns: int) -> None:
    x = random(2, 3, height, width)
    found = make_layer("adaptive_max_pool2d", output=(rows, columns)).forward([x], {})
    for i in range(rows):
        for j in range(columns):
            top, bottom = i * height // rows, -(-(i + 1) * height // rows)
            left, right = j * width // columns, -(-(j + 1) * width // columns)
            np.testing.assert_array_equal(found[:, :, i, j], x[:, :, top:bottom, left:right].max(axis=(2, 3)))


# -- depthwise


def test_every_filter_of_a_depthwise_convolution_sees_one_channel() -> None:
    x, weight, bias = random(1, 3, 7, 6), random(6, 1, 3, 2, seed=1), random(6, seed=2)
    layer = make_layer("depthwise_conv2d", multiplier=2, kernel=(3, 2))
    found = layer.forward([x], {"weight": weight, "bias": bias})
    for number in range(6):
        wanted = correlate2d(x[0, number // 2], weight[number, 0], mode="valid") + bias[number]
        np.testing.assert_allclose(found[0, number], wanted, rtol=1e-10, atol=1e-12)


def test_a_separable_convolution_costs_what_its_paper_says() -> None:
    # Howard et al. (2017), section 3.1: Dk·Dk·M·Df·Df multiply-adds.
    layer = make_layer("depthwise_conv2d", padding=1, bias=False)
    assert layer.macs([(512, 14, 14)], layer.output_shape([(512, 14, 14)])) == 3 * 3 * 512 * 14 * 14
    assert layer.weights([(512, 14, 14)])["weight"].shape == (512, 1, 3, 3)


def test_more_channels_than_there_can_be_are_refused() -> None:
    with pytest.raises(ShapeProblem, match="are too many") as caught:
        make_layer("depthwise_conv2d", multiplier=65_536).output_shape([(1_000, 8, 8)])
    assert caught.value.remedies == (SetFields({"multiplier": 1}),)


# -- locally connected


def test_with_the_same_kernel_everywhere_it_is_a_convolution() -> None:
    x, kernel = random(2, 3, 8, 7), random(4, 3, 3, 2, seed=1)
    sliding = {"filters": 4, "kernel": (3, 2), "stride": (2, 1), "padding": ((1, 0), (0, 1)), "bias": False}
    wanted = make_layer("conv2d", **sliding).forward([x], {"weight": kernel})
    local = make_layer("locally_connected2d", **sliding)
    weight = np.broadcast_to(kernel.reshape(4, -1), (*wanted.shape[2:], 4, 18))
    np.testing.assert_allclose(local.forward([x], {"weight": weight}), wanted, rtol=1e-10, atol=1e-12)


def test_every_place_has_a_kernel_of_its_own() -> None:
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 0, 0, 0]], [[0, 0, 0, 10.0]]]])
    found = make_layer("locally_connected2d", filters=1, kernel=2, bias=False).forward([x], {"weight": weight})
    np.testing.assert_array_equal(found, [[[[0.0, 50.0]]]])


def test_a_million_windows_without_sharing_have_a_hundred_million_weights() -> None:
    # The article's comparison: 10⁶ windows of 10×10 pixels; sharing leaves 100.
    layer = make_layer("locally_connected2d", filters=1, kernel=10, padding="same", bias=False)
    assert layer.output_shape([(1, 1000, 1000)]) == (1, 1000, 1000)
    assert layer.weights([(1, 1000, 1000)])["weight"].size == 10**8
    assert (
        make_layer("conv2d", filters=1, kernel=10, padding="same", bias=False).weights([(1, 1000, 1000)])["weight"].size
        == 100
    )


@pytest.mark.parametrize("kind", ["locally_connected2d", "adaptive_max_pool2d", "lp_pool2d"])
def test_large_maps_pass_checkpoints(kind: str) -> None:
    layer, told = make_layer(kind), list[float]()
    shape = (8, 128, 128)
    weights = {name: np.ones(spec.shape, np.float32) for name, spec in layer.weights([shape]).items()}
    with checkpoint_scope(told.append):
        layer.forward([np.ones((1, *shape), np.float32)], weights)
    assert told
    assert told == sorted(told)


# -- output padding


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_transposed_convolution_reaches_every_size_that_a_convolution_shrank(rank: int) -> None:
    for size in (9, 10):
        shape = (4, *(size,) * rank)
        small = make_layer(f"conv{rank}d", filters=6, kernel=3, stride=2, padding=1).output_shape([shape])
        back = {"filters": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1 - size % 2}
        assert make_layer(f"conv_transpose{rank}d", **back).output_shape([small]) == shape


def test_where_every_stamp_is_cut_off_nothing_comes_back() -> None:
    # One cell stamps two cells, both of which the padding cuts off; three are added, of which one is left.
    layer = make_layer("conv_transpose1d", filters=1, kernel=2, stride=4, padding=2, output_padding=3)
    x, weights = np.ones((1, 1, 1)), {"weight": np.ones((1, 1, 2)), "bias": np.array([7.0])}
    output = layer.forward([x], weights)
    np.testing.assert_array_equal(output, [[[7.0]]])
    found = layer.backward(ForwardPass([x], output, np.ones_like(output), weights))
    np.testing.assert_array_equal(found.inputs[0], [[[0.0]]])
    np.testing.assert_array_equal(found.weights["weight"], np.zeros((1, 1, 2)))
    np.testing.assert_array_equal(found.weights["bias"], [1.0])


def test_output_padding_as_large_as_the_stride_is_refused() -> None:
    layer = make_layer("conv_transpose2d", stride=(2, 3), output_padding=2)
    with pytest.raises(ShapeProblem, match="output padding 2×2 is as large as the stride; at most 1×2") as caught:
        layer.output_shape([(4, 5, 5)])
    assert caught.value.remedies == (SetFields({"output_padding": (1, 2)}),)
