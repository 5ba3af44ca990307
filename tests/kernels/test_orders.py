"""Kernels on maps in every order of memory, whole and in tiles of a few values, against their definition in loops."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels import curves, elementwise, global_pool, norm, pool, pool_rows, slopes
from designer.kernels.activation import activate, leaky_relu, relu, sigmoid, softmax, tanh
from designer.kernels.arrays import per_channel
from designer.kernels.epilogue import RELU6
from designer.kernels.global_pool import global_average_pool, global_max_pool
from designer.kernels.merge import add, concatenate
from designer.kernels.norm import batch_norm
from designer.kernels.pool import average_pool, max_pool
from designer.kernels.slopes import prelu
from tests.kernels.loops import Array, WindowCase, floor_sizes, window_cases
from tests.kernels.test_pool import average_pool_loops, ceil_sizes, max_pool_loops

ORDERS = ("channels first", "channels last", "part of a join")
orders = st.sampled_from(ORDERS)
seeds = st.integers(0, 2**32 - 1)
shapes = st.integers(0, 3).flatmap(
    lambda rank: st.tuples(st.integers(1, 3), st.integers(1, 4), *[st.integers(1, 6)] * rank)
)

FEW: dict[object, tuple[str, ...]] = {
    curves: ("BLOCK_VALUES",),
    slopes: ("BLOCK_VALUES",),
    elementwise: ("TILE_BYTES", "INLINE_VALUES"),
    norm: ("VECTOR_VALUES",),
    per_channel: ("LONG_ROW",),
    global_pool: ("TILE_VALUES", "INLINE_VALUES", "SUM_CELLS"),
    pool: ("TILE_VALUES", "INLINE_VALUES"),
    pool_rows: ("TILE_VALUES", "INLINE_VALUES"),
}


@pytest.fixture(scope="module", autouse=True, params=["whole", "tiles"])
def tiles(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once as such small maps are computed, once cut as large ones are."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "tiles":
            for module, names in FEW.items():
                for name in names:
                    patch.setattr(module, name, 8)
        yield


def ordered(x: Array, order: str) -> Array:
    """The same values in another order of memory."""
    if order == "channels first":
        return np.ascontiguousarray(x)
    last = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    if order == "channels last":
        return last
    joined = np.moveaxis(np.full((x.shape[0], *x.shape[2:], x.shape[1] + 2), np.nan, x.dtype), -1, 1)
    part: Array = joined[:, 1:-1]
    part[...] = x
    return part


def noise(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape) * 4


VALUES: dict[str, tuple[Callable[[Array, Array | None], Array], Callable[[float], float]]] = {
    "relu": (relu, lambda value: max(value, 0.0)),
    "relu6": (lambda x, out: activate(x, RELU6, out), lambda value: min(max(value, 0.0), 6.0)),
    "leaky": (lambda x, out: leaky_relu(x, 0.2, out), lambda value: value if value > 0 else 0.2 * value),
    "steep": (lambda x, out: leaky_relu(x, -3.0, out), lambda value: value if value > 0 else -3.0 * value),
    "sigmoid": (sigmoid, lambda value: 1 / (1 + math.exp(-value))),
    "tanh": (tanh, math.tanh),
    "elu": (
        lambda x, out: activate(x, curves.elu(0.5), out),
        lambda value: max(value, 0) + 0.5 * math.expm1(min(value, 0)),
    ),
    "celu": (
        lambda x, out: activate(x, curves.celu(2.0), out),
        lambda value: max(value, 0) + 2 * math.expm1(min(value, 0) / 2),
    ),
    "gelu": (lambda x, out: activate(x, curves.GELU, out), lambda value: value * (1 + math.erf(value / 2**0.5)) / 2),
    "silu": (lambda x, out: activate(x, curves.SILU, out), lambda value: value / (1 + math.exp(-value))),
    "mish": (
        lambda x, out: activate(x, curves.MISH, out),
        lambda value: value * math.tanh(math.log1p(math.exp(value))),
    ),
    "softplus": (lambda x, out: activate(x, curves.SOFTPLUS, out), lambda value: math.log1p(math.exp(value))),
    "softsign": (lambda x, out: activate(x, curves.SOFTSIGN, out), lambda value: value / (1 + abs(value))),
    "hard swish": (
        lambda x, out: activate(x, curves.HARD_SWISH, out),
        lambda value: value * min(max(value + 3, 0), 6) / 6,
    ),
    "prelu": (lambda x, out: prelu(x, np.array([0.3]), out), lambda value: value if value > 0 else 0.3 * value),
}


@given(seeds, shapes, orders, st.sampled_from(["new", "in place", *ORDERS]))
def test_every_value_is_bent(seed: int, shape: tuple[int, ...], order: str, to: str) -> None:
    x = noise(seed, *shape)
    for name, (kernel, formula) in VALUES.items():
        expected = np.reshape([formula(value) for value in x.ravel().tolist()], shape)
        source = ordered(x, order)
        out = {"new": None, "in place": source}[to] if to not in ORDERS else ordered(np.full(shape, np.nan), to)
        np.testing.assert_allclose(kernel(source, out), expected, atol=1e-12, err_msg=name)


def test_in_float32_a_gelu_errs_by_a_millionth_at_most() -> None:
    x = np.linspace(-12, 12, 20_001, dtype=np.float32)
    exact = [value * (1 + math.erf(value / 2**0.5)) / 2 for value in x.tolist()]
    np.testing.assert_allclose(activate(x, curves.GELU), exact, rtol=0, atol=1e-6)


@given(seeds, shapes, orders, st.booleans())
def test_softmax_of_every_cell(seed: int, shape: tuple[int, ...], order: str, in_place: bool) -> None:
    x = noise(seed, *shape)
    expected = np.zeros(shape)
    for image, *cell in np.ndindex(shape[0], *shape[2:]):
        powers = [math.exp(x[(image, channel, *cell)]) for channel in range(shape[1])]
        for channel, power in enumerate(powers):
            expected[(image, channel, *cell)] = power / sum(powers)
    source = ordered(x, order)
    np.testing.assert_allclose(softmax(source, out=source if in_place else None), expected, atol=1e-12)


@given(seeds, shapes, st.lists(orders, min_size=2, max_size=4), st.booleans())
def test_sums_add_value_by_value(seed: int, shape: tuple[int, ...], ways: list[str], in_place: bool) -> None:
    parts = [noise(seed + index, *shape) for index in range(len(ways))]
    expected = np.reshape(
        [sum(values) for values in zip(*(part.ravel().tolist() for part in parts), strict=True)], shape
    )
    inputs = [ordered(part, way) for part, way in zip(parts, ways, strict=True)]
    np.testing.assert_allclose(add(inputs, inputs[0] if in_place else None), expected, atol=1e-12)


@given(seeds, shapes, st.lists(st.tuples(orders, st.integers(1, 3)), min_size=2, max_size=4), st.booleans())
def test_joins_stack_channels(
    seed: int, shape: tuple[int, ...], ways: list[tuple[str, int]], there_already: bool
) -> None:
    parts = [noise(seed + index, shape[0], channels, *shape[2:]) for index, (_way, channels) in enumerate(ways)]
    total = sum(channels for _way, channels in ways)
    expected = np.zeros((shape[0], total, *shape[2:]))
    for index in np.ndindex(*expected.shape):
        channel, source = index[1], 0
        while channel >= parts[source].shape[1]:
            channel -= parts[source].shape[1]
            source += 1
        expected[index] = parts[source][(index[0], channel, *index[2:])]
    inputs = [ordered(part, way) for part, (way, _channels) in zip(parts, ways, strict=True)]
    out = ordered(np.full(expected.shape, np.nan), "channels last")
    if there_already:
        first = out[:, : inputs[0].shape[1]]
        first[...] = inputs[0]
        inputs[0] = first
    np.testing.assert_array_equal(concatenate(inputs, out), expected)
    np.testing.assert_array_equal(concatenate(inputs), expected)


@given(seeds, shapes, orders, st.booleans())
def test_batch_norm_scales_every_channel(seed: int, shape: tuple[int, ...], order: str, in_place: bool) -> None:
    x, (weight, bias, mean, root) = noise(seed, *shape), noise(seed + 1, 4, shape[1])
    expected = np.zeros(shape)
    for index in np.ndindex(*shape):
        channel = index[1]
        deviation = math.sqrt(root[channel] ** 2 + 0.1)
        expected[index] = (x[index] - mean[channel]) / deviation * weight[channel] + bias[channel]
    source = ordered(x, order)
    out = source if in_place else None
    result = batch_norm(source, weight, bias, mean, root**2, epsilon=0.1, out=out)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


@given(window_cases(), st.booleans(), orders)
def test_the_largest_value_of_every_window(case: WindowCase, ceil_mode: bool, order: str) -> None:
    x = case.values(case.batch, 3, *case.spatial) - 5.0  # all negative: a padding of 0 would win
    options = {"stride": case.stride, "padding": case.padding, "dilation": case.dilation, "ceil_mode": ceil_mode}
    expected = max_pool_loops(x, case, ceil_sizes(case) if ceil_mode else floor_sizes(case))
    np.testing.assert_array_equal(max_pool(ordered(x, order), case.kernel, **options), expected)
    out = ordered(np.full(expected.shape, np.nan), "part of a join")
    np.testing.assert_array_equal(max_pool(ordered(x, order), case.kernel, out=out, **options), expected)


@given(window_cases(dilated=False), st.booleans(), st.booleans(), orders)
def test_the_mean_of_every_window(case: WindowCase, ceil_mode: bool, include_pad: bool, order: str) -> None:
    x = case.values(case.batch, 3, *case.spatial)
    sizes = ceil_sizes(case) if ceil_mode else floor_sizes(case)
    expected = average_pool_loops(x, case, sizes, include_pad)
    result = average_pool(
        ordered(x, order),
        case.kernel,
        stride=case.stride,
        padding=case.padding,
        ceil_mode=ceil_mode,
        count_include_pad=include_pad,
        out=ordered(np.full(expected.shape, np.nan), "part of a join"),
    )
    np.testing.assert_allclose(result, expected, atol=1e-12)


@given(seeds, shapes, orders)
def test_whole_maps_become_one_cell(seed: int, shape: tuple[int, ...], order: str) -> None:
    x = noise(seed, *shape)
    cells = x.reshape(*shape[:2], -1).tolist()
    one = (*shape[:2], *(1 for _size in shape[2:]))
    means = np.reshape([[math.fsum(values) / len(values) for values in image] for image in cells], one)
    np.testing.assert_allclose(global_average_pool(ordered(x, order)), means, atol=1e-12)
    largest = np.reshape([[max(values) for values in image] for image in cells], one)
    np.testing.assert_array_equal(global_max_pool(ordered(x, order)), largest)
