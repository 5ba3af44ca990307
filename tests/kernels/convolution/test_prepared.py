"""Every algorithm of convolution against the loops of its definition, in every layout, whole and in many tiles."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels.arrays import tiles
from designer.kernels.arrays.channels_last import channels_first, empty_channels_last, is_channels_last, one_row
from designer.kernels.arrays.windows import Sampling, forward_sampling
from designer.kernels.convolution import depthwise, im2row, weights, winograd, winograd_cuts
from designer.kernels.convolution import winograd_matrices as winograd_weights
from designer.kernels.convolution.choose import Algorithm, choose
from designer.kernels.convolution.depthwise import Depthwise
from designer.kernels.convolution.im2row import RowProducts
from designer.kernels.convolution.prepared import prepare_weights
from designer.kernels.convolution.weights import DerivedWeights, sharing
from designer.kernels.convolution.winograd import Winograd
from designer.kernels.convolution.winograd_cuts import Keeping, keeping
from designer.kernels.convolution.winograd_matrices import bank_of
from designer.kernels.epilogue import PLAIN, RELU, RELU6, Epilogue
from designer.kernels.runtime.stages import Kernel, Scratch
from designer.kernels.runtime.threads import checkpoint_scope
from tests.kernels.loops import Array, WindowCase, convolve_loops

pairs = st.tuples(st.integers(0, 3), st.integers(0, 3))


@st.composite
def image_cases(draw: st.DrawFn, *, three: bool = False, depthwise: bool = False) -> WindowCase:
    """Draw a two-dimensional case whose window fits, one-cell outputs included; 3x3 at stride 1 if `three`."""
    kernel = (3, 3) if three else (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    dilation = (1, 1) if three else (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    padding = (draw(pairs), draw(pairs))
    spatial = []
    for taps, spread, pair in zip(kernel, dilation, padding, strict=True):
        least = max(1, spread * (taps - 1) + 1 - sum(pair))
        spatial.append(draw(st.integers(least, max(least, 11))))
    channels = draw(st.integers(1, 4))
    return WindowCase(
        seed=draw(st.integers(0, 2**32 - 1)),
        batch=draw(st.integers(1, 3)),
        spatial=tuple(spatial),
        kernel=kernel,
        stride=(1, 1) if three else (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        dilation=dilation,
        padding=padding,
        groups=channels if depthwise else 1,
        in_per_group=1 if depthwise else channels,
        out_per_group=1 if depthwise else draw(st.integers(1, 4)),
    )


def arrays_of(case: WindowCase, dtype: type = np.float64) -> tuple[Array, Array, Array]:
    x = case.values(case.batch, case.groups * case.in_per_group, *case.spatial, dtype=dtype)
    filters = case.groups * case.out_per_group
    weight = case.values(filters, case.in_per_group, *case.kernel, salt=1, dtype=dtype)
    return x, weight, case.values(filters, salt=2, dtype=dtype)


def in_layouts(kernel: Kernel, x: Array, epilogue: Epilogue = PLAIN) -> list[Array]:
    """Results from and to arrays with channels first and channels last in memory."""
    results = []
    for source in (x, channels_first(np.ascontiguousarray(x.transpose(0, 2, 3, 1)))):
        for out in (np.full(kernel.out_shape, np.nan), empty_channels_last(kernel.out_shape, x.dtype)):
            kernel.run(source, out, epilogue, Scratch())
            results.append(out)
    return results


def sampling_of(case: WindowCase) -> Sampling:
    return forward_sampling(case.spatial, case.kernel, stride=case.stride, padding=case.padding, dilation=case.dilation)


def row_products(case: WindowCase, weight: Array, bias: Array | None) -> Kernel:
    shape = (case.batch, case.in_per_group, *case.spatial)
    return RowProducts(shape, weight, bias, sampling_of(case))


def depthwise_kernel(case: WindowCase, weight: Array, bias: Array | None) -> Kernel:
    return Depthwise((case.batch, case.groups, *case.spatial), weight, bias, sampling_of(case))


def winograd_kernel(case: WindowCase, weight: Array, bias: Array | None, tile: int) -> Kernel:
    shape = (case.batch, case.in_per_group, *case.spatial)
    return Winograd(shape, weight, bias, case.padding, tile)  # type: ignore[arg-type]


def large_tiles(case: WindowCase, weight: Array, bias: Array | None) -> Kernel:
    return winograd_kernel(case, weight, bias, 4)


TILES: dict[str, dict[tuple[Any, str], int]] = {
    "whole": {},
    "many tiles": {
        (winograd_cuts, "BLOCK_VALUES"): 1,
        (winograd_cuts, "BLOCK_TILES"): 2,
        (winograd_cuts, "SHARED_VALUES"): 0,
        (winograd_cuts, "STREAM_VALUES"): 0,
        (winograd_cuts, "PASS_VALUES"): 0,
        (winograd_cuts, "INLINE_VALUES"): 0,
        (im2row, "TILE_VALUES"): 40,
        (weights, "VALUES_AT_ONCE"): 1,
        (im2row, "WAKING_MACS"): 0,
        (im2row, "FEW_CELLS"): 1,
        (depthwise, "TILE_VALUES"): 6,
        (depthwise, "INLINE_VALUES"): 0,
    },
    "shared among the cores": {
        (winograd_cuts, "BLOCK_TILES"): 3,
        (winograd_cuts, "INLINE_VALUES"): 0,
        (winograd_cuts, "BLOCK_VALUES"): 1,
        (winograd, "PLACES_AT_ONCE"): 5,
        (winograd_cuts, "PRODUCT_VALUES"): 200,
        (im2row, "WAKING_MACS"): 0,
        (im2row, "MANY_WEIGHTS"): 0,
        (tiles, "WAKING_MACS"): 0,
        (depthwise, "INLINE_VALUES"): 0,
    },
    "bands of rows": {
        (im2row, "WAKING_MACS"): 0,
        (im2row, "BLOCK_VALUES"): 30,
        (im2row, "MANY_WEIGHTS"): 1 << 20,
    },
}


@pytest.fixture(params=TILES)
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tiny problems run as one tile, as many, and as shares of several threads."""
    for (module, name), value in TILES[request.param].items():
        monkeypatch.setattr(module, name, value)
    for module in (tiles, winograd_cuts, im2row):
        monkeypatch.setattr(module, "core_count", lambda: 2)


@pytest.mark.usefixtures("cut")
def test_row_products_are_the_convolution() -> None:
    @given(image_cases(), st.booleans())
    def check(case: WindowCase, with_bias: bool) -> None:
        x, weight, bias = arrays_of(case)
        expected = convolve_loops(x, weight, bias if with_bias else None, case)
        for result in in_layouts(row_products(case, weight, bias if with_bias else None), x):
            np.testing.assert_allclose(result, expected, atol=1e-12)

    check()


@pytest.mark.usefixtures("cut")
def test_winograd_is_the_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd_weights, "CHANNELS_AT_ONCE", 3)

    @given(image_cases(three=True), st.booleans())
    def check(case: WindowCase, with_bias: bool) -> None:
        x, weight, bias = arrays_of(case)
        expected = convolve_loops(x, weight, bias if with_bias else None, case)
        for tile, where in product((2, 4), Keeping):
            monkeypatch.setattr(winograd_cuts, "keeping", lambda *shape, where=where: where)
            for result in in_layouts(winograd_kernel(case, weight, bias if with_bias else None, tile), x):
                np.testing.assert_allclose(result, expected, atol=1e-11, err_msg=f"tiles of {tile}, {where}")

    check()


@pytest.mark.usefixtures("cut")
def test_depthwise_is_the_convolution() -> None:
    @given(image_cases(depthwise=True), st.booleans())
    def check(case: WindowCase, with_bias: bool) -> None:
        x, weight, bias = arrays_of(case)
        expected = convolve_loops(x, weight, bias if with_bias else None, case)
        for result in in_layouts(depthwise_kernel(case, weight, bias if with_bias else None), x):
            np.testing.assert_allclose(result, expected, atol=1e-12)

    check()


@given(st.lists(st.integers(1, 3), min_size=4, max_size=4), st.permutations(range(4)), st.booleans(), st.integers(0, 3))
def test_one_row_is_a_view_wherever_memory_allows_it(
    shape: list[int], order: list[int], swapped: bool, gap: int
) -> None:
    wider = [size + (gap if axis == 3 else 0) for axis, size in enumerate(shape)]
    x = np.arange(np.prod(wider)).reshape(wider)[..., : shape[3]]
    x = x.transpose(order) if swapped else x
    expected = x.reshape(1, -1, 1, x.shape[3])
    found = one_row(x)
    assert (found is not None) == np.may_share_memory(expected, x)
    if found is not None:
        np.testing.assert_array_equal(found, expected)


ACTIVATIONS: dict[str, tuple[Epilogue, Callable[[Array], Array]]] = {
    "relu": (RELU, lambda y: np.where(y > 0, y, 0)),
    "relu6": (RELU6, lambda y: np.where(y > 6, 6, np.where(y > 0, y, 0))),
    "leaky": (Epilogue(slope=0.1), lambda y: np.where(y > 0, y, 0.1 * y)),
    "steep": (Epilogue(slope=2.0), lambda y: np.where(y > 0, y, 2 * y)),
}


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("build", [row_products, depthwise_kernel, large_tiles])
def test_residual_and_activation_follow_the_convolution(
    name: str, build: Callable[[WindowCase, Array, Array], Kernel]
) -> None:
    epilogue, activation = ACTIVATIONS[name]
    channels = 5
    deep = build is not depthwise_kernel
    case = WindowCase(
        seed=3, batch=2, spatial=(9, 6), kernel=(3, 3), stride=(1, 1), dilation=(1, 1), padding=((1, 1), (0, 2)),
        groups=1 if deep else channels, in_per_group=channels if deep else 1, out_per_group=4 if deep else 1,
    )  # fmt: skip
    x, weight, bias = arrays_of(case)
    plain = convolve_loops(x, weight, bias, case)
    residual = case.values(*plain.shape, salt=4) * 3
    kernel = build(case, weight, bias)
    fused = Epilogue(epilogue.low, epilogue.high, epilogue.slope, residual)
    for result in in_layouts(kernel, x, fused):
        np.testing.assert_allclose(result, activation(plain + residual), atol=1e-11)


@pytest.mark.parametrize("tile", [2, 4])
@pytest.mark.parametrize("channels", [64, 512])
@pytest.mark.parametrize("where", Keeping)
def test_winograd_rounds_little(tile: int, channels: int, where: Keeping, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winograd_cuts, "keeping", lambda *shape: where)
    rng = np.random.default_rng(channels + tile)
    x = rng.standard_normal((1, channels, 12, 12), dtype=np.float32)
    weight = rng.standard_normal((8, channels, 3, 3), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (3, 3), axis=(2, 3))
    exact = np.einsum("nchwij,ocij->nohw", windows, weight.astype(np.float64), optimize=True)
    kernel = Winograd(x.shape, weight, None, ((0, 0), (0, 0)), tile)
    out = np.empty(kernel.out_shape, np.float32)
    kernel.run(x, out, PLAIN, Scratch())
    assert np.abs(out - exact).max() <= 1e-4 * np.abs(exact).max()


def test_activations_let_nan_and_infinity_through() -> None:
    values = np.array([np.nan, np.inf, -np.inf, -1.0], np.float32)
    for epilogue, expected in ((RELU, [np.nan, np.inf, 0, 0]), (RELU6, [np.nan, 6, 0, 0])):
        part = values.copy()
        epilogue.apply(part)
        np.testing.assert_array_equal(part, expected)


def geometry(**changes: Any) -> dict[str, Any]:
    return {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), **changes}


@pytest.mark.parametrize(
    ("weight_shape", "spatial", "options", "expected"),
    [
        ((64, 64, 3, 3), (224, 224), {}, Algorithm.WINOGRAD_4),
        ((512, 512, 3, 3), (7, 7), {}, Algorithm.WINOGRAD_2),
        ((512, 512, 3, 3), (14, 14), {}, Algorithm.WINOGRAD_2),
        ((256, 256, 3, 3), (14, 14), {}, Algorithm.WINOGRAD_4),
        ((512, 512, 3, 3), (28, 28), {}, Algorithm.WINOGRAD_4),
        ((64, 64, 3, 3), (224, 224), {"precise": True}, Algorithm.ROWS),
        ((64, 3, 3, 3), (224, 224), {}, Algorithm.ROWS),
        ((64, 64, 3, 3), (56, 56), {"stride": (2, 2)}, Algorithm.ROWS),
        ((64, 64, 3, 3), (56, 56), {"dilation": (2, 2)}, Algorithm.ROWS),
        ((64, 256, 1, 1), (56, 56), {"padding": ((0, 0), (0, 0))}, Algorithm.ROWS),
        ((32, 1, 3, 3), (112, 112), {"groups": 32}, Algorithm.DEPTHWISE),
        ((64, 1, 3, 3), (112, 112), {"groups": 32}, Algorithm.COLUMNS),
        ((128, 4, 3, 3), (56, 56), {"groups": 32}, Algorithm.COLUMNS),
    ],
)
def test_the_algorithm_follows_from_the_shape(
    weight_shape: tuple[int, ...], spatial: tuple[int, int], options: dict[str, Any], expected: Algorithm
) -> None:
    names = ("stride", "padding", "dilation")
    sampling = forward_sampling(
        spatial, weight_shape[2:], **geometry(**{name: options[name] for name in names if name in options})
    )
    chosen = choose(weight_shape, 1, sampling, groups=options.get("groups", 1), precise=options.get("precise", False))
    assert chosen is expected


@pytest.mark.parametrize(
    ("count", "channels", "side", "tile", "expected"),
    [
        (64, 64, 224, 4, Keeping.KEPT),
        (128, 128, 112, 4, Keeping.WHOLE),
        (256, 256, 56, 4, Keeping.STREAMED),
        (512, 512, 28, 4, Keeping.STREAMED),
        (512, 512, 14, 2, Keeping.STREAMED),
        (128, 128, 28, 4, Keeping.KEPT),
        (256, 256, 14, 4, Keeping.KEPT),
        (512, 512, 7, 2, Keeping.KEPT),
        (512, 512, 3000, 4, Keeping.STREAMED),
        (256, 256, 3000, 4, Keeping.WHOLE),
    ],
)
def test_transformed_weights_are_kept_where_that_pays(
    count: int, channels: int, side: int, tile: int, expected: Keeping
) -> None:
    weight = np.broadcast_to(np.float32(0), (count, channels, 3, 3))
    assert keeping(weight.shape, tile, (-(-side // tile)) ** 2) is expected


def test_streamed_weights_take_no_memory_of_their_own() -> None:
    weight = np.random.default_rng(0).standard_normal((256, 256, 3, 3), dtype=np.float32)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    prepared = prepare_weights(weight, None, (1, 256, 56, 56), **geometry())
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert prepared.name == Algorithm.WINOGRAD_4.value
    assert held < 100_000


def test_kept_weights_do_not_keep_those_they_were_made_from() -> None:
    weight = np.ones((64, 64, 3, 3), np.float32)
    gone = weakref.ref(weight)
    prepared = prepare_weights(weight, None, (1, 64, 28, 28), **geometry())
    del weight
    gc.collect()
    assert gone() is None
    np.testing.assert_allclose(prepared.run(np.ones((1, 64, 28, 28), np.float32))[0, :, 5, 5], 64 * 9, rtol=1e-5)


def test_large_buffers_come_from_the_lender_and_go_back() -> None:
    lent: list[weakref.ref[Array]] = []

    def lend(size: int) -> Array:
        array = np.empty(size, np.uint8)
        lent.append(weakref.ref(array))
        return array

    # 81 tiles: their buffers are shared, and so lent, on one core as on many.
    x = np.ones((1, 128, 36, 36), np.float32)
    prepared = prepare_weights(np.ones((128, 128, 3, 3), np.float32), None, x.shape, **geometry())
    result = prepared.run(x, scratch=Scratch(lend))
    # In the middle every one of 128 channels and nine taps is 1.
    np.testing.assert_allclose(result[0, :, 5:-5, 5:-5], 128 * 9, rtol=1e-5)
    assert lent
    gc.collect()
    assert all(array() is None for array in lent)


@pytest.mark.parametrize(("groups", "rank"), [(2, 2), (1, 1), (1, 3)])
def test_other_convolutions_are_prepared_too(groups: int, rank: int) -> None:
    ones = (1,) * rank
    case = WindowCase(
        seed=1, batch=2, spatial=(5,) * rank, kernel=(2,) * rank, stride=ones, dilation=ones,
        padding=((1, 0),) * rank, groups=groups, in_per_group=2, out_per_group=3,
    )  # fmt: skip
    x, weight, bias = arrays_of(case)
    prepared = prepare_weights(weight, bias, x.shape, stride=ones, padding=case.padding, dilation=ones, groups=groups)
    expected = convolve_loops(x, weight, bias, case)
    residual = np.ones_like(expected)
    np.testing.assert_allclose(prepared.run(x), expected, atol=1e-12)
    np.testing.assert_allclose(prepared.run(x, epilogue=Epilogue(low=0, residual=residual)), np.fmax(expected + 1, 0))


def prepare_large() -> tuple[Array, Kernel]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 64, 64, 64), dtype=np.float32)
    weight = rng.standard_normal((64, 64, 3, 3), dtype=np.float32)
    return x, prepare_weights(weight, None, x.shape, **geometry())


def test_the_same_input_gives_the_same_bits() -> None:
    x, prepared = prepare_large()
    first = prepared.run(x)
    assert is_channels_last(first)
    for _ in range(5):
        assert prepared.run(x).tobytes() == first.tobytes()


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("side", [6, 60])
@pytest.mark.parametrize("groups", [1, 48])
def test_the_bits_do_not_depend_on_the_array_written_to(size: int, side: int, groups: int) -> None:
    rng = np.random.default_rng(size)
    x = channels_first(rng.standard_normal((1, side, side, 48), dtype=np.float32))
    weight = rng.standard_normal((48, 48 // groups, size, size), dtype=np.float32)
    bias = rng.standard_normal(48, dtype=np.float32)
    same = ((size // 2, size // 2),) * 2
    prepared = prepare_weights(weight, bias, x.shape, **geometry(padding=same), groups=groups)
    alone = prepared.run(x, epilogue=RELU)
    joined = empty_channels_last((1, 100, side, side), x.dtype)
    prepared.run(x, joined[:, 20:68], RELU)
    planes = np.empty(alone.shape, np.float32)
    prepared.run(x, planes, RELU)
    np.testing.assert_array_equal(joined[:, 20:68], alone)
    np.testing.assert_array_equal(planes, alone)


def test_a_checkpoint_stops_the_convolution() -> None:
    class Cancelled(Exception):
        pass

    def stop(fraction: float) -> None:
        raise Cancelled

    x, prepared = prepare_large()
    with pytest.raises(Cancelled), checkpoint_scope(stop):
        prepared.run(x)


@pytest.mark.parametrize("kernel", [(3, 3), (5, 5), (1, 1)])
@pytest.mark.parametrize("spatial", [(8, 4000), (320, 100)])
def test_temporaries_stay_small(kernel: tuple[int, int], spatial: tuple[int, int]) -> None:
    x = np.ones((1, 64, *spatial), np.float32)
    weight = np.ones((64, 64, *kernel), np.float32)
    same = tuple((taps // 2, taps // 2) for taps in kernel)
    prepared = prepare_weights(weight, None, x.shape, **geometry(padding=same))
    out = empty_channels_last(prepared.out_shape, x.dtype)
    tracemalloc.start()
    prepared.run(x, out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= 32_000_000


def test_convolutions_of_the_same_weights_share_what_was_transformed_and_let_it_go() -> None:
    weight = np.random.default_rng(3).standard_normal((64, 64, 3, 3)).astype(np.float32)
    with sharing(DerivedWeights()):
        assert bank_of(weight, 4) is not bank_of(weight, 4), "weights that may change are not shared"
        weight.flags.writeable = False
        narrow = Winograd((1, 64, 16, 16), weight, None, ((0, 0), (0, 0)), 4)
        wide = Winograd((1, 64, 40, 40), weight, None, ((1, 1), (1, 1)), 4)
        bank = bank_of(weight, 4)
        assert wide._weights is narrow._weights is bank
        assert bank_of(weight, 2) is not bank
        assert not bank.is_of(weight.copy())
    gone = weakref.ref(bank)
    del narrow, wide, bank
    gc.collect()
    assert gone() is None
