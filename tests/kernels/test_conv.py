from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.kernels.conv import convolve, transposed_convolve
from designer.kernels.convolution import im2col, im2row, winograd
from designer.kernels.convolution.prepared import prepare_weights
from designer.kernels.runtime import stages
from designer.kernels.runtime.threads import checkpoint_scope, run_tiles
from tests.kernels.loops import (
    Array,
    WindowCase,
    convolve_loops,
    floor_sizes,
    transposed_convolve_loops,
    window_cases,
)


class Cancelled(Exception):
    pass


def arrays_of(case: WindowCase, dtype: type = np.float64) -> tuple[Array, Array, Array]:
    x = case.values(case.batch, case.groups * case.in_per_group, *case.spatial, dtype=dtype)
    filters = case.groups * case.out_per_group
    weight = case.values(filters, case.in_per_group, *case.kernel, salt=1, dtype=dtype)
    return x, weight, case.values(filters, salt=2, dtype=dtype)


def convolve_case(x: Array, weight: Array, bias: Array | None, case: WindowCase) -> Array:
    return convolve(
        x, weight, bias, stride=case.stride, padding=case.padding, dilation=case.dilation, groups=case.groups
    )


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tiny problems run through many tiles and through the threads."""
    monkeypatch.setattr(im2col, "TILE_BYTES", 400)
    monkeypatch.setattr(im2col, "TILE_MACS", 300)
    monkeypatch.setattr(im2col, "WAKING_MACS", 0)


@given(window_cases(), st.booleans())
def test_convolution_is_its_definition(case: WindowCase, with_bias: bool) -> None:
    x, weight, bias = arrays_of(case)
    given_bias = bias if with_bias else None
    result = convolve_case(x, weight, given_bias, case)
    np.testing.assert_allclose(result, convolve_loops(x, weight, given_bias, case), atol=1e-12)


@pytest.mark.usefixtures("small_tiles")
def test_convolution_is_its_definition_when_cut_into_many_tiles() -> None:
    @given(window_cases())
    def check(case: WindowCase) -> None:
        x, weight, bias = arrays_of(case)
        np.testing.assert_allclose(
            convolve_case(x, weight, bias, case), convolve_loops(x, weight, bias, case), atol=1e-12
        )

    check()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_pointwise_convolution_mixes_channels_only(rank: int) -> None:
    rng = np.random.default_rng(7)
    x = rng.standard_normal((2, 5, *(4, 3, 2)[:rank]))
    weight = rng.standard_normal((3, 5, *(1,) * rank))
    ones = (1,) * rank
    result = convolve(x, weight, stride=ones, padding=((0, 0),) * rank, dilation=ones)
    for cell in np.ndindex(*x.shape[2:]):
        for image in range(2):
            expected = [sum(weight[f, c].item() * x[(image, c, *cell)] for c in range(5)) for f in range(3)]
            np.testing.assert_allclose(result[(image, slice(None), *cell)], expected)


def test_a_dense_layer_is_a_convolution_as_large_as_the_image() -> None:
    rng = np.random.default_rng(3)
    x, weight = rng.standard_normal((2, 8, 7, 7)), rng.standard_normal((20, 8, 7, 7))
    result = convolve(x, weight, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1))
    assert result.shape == (2, 20, 1, 1)
    np.testing.assert_allclose(result[:, :, 0, 0], np.einsum("nchw,fchw->nf", x, weight))


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "pad", "expected"),
    [(4, 3, 1, 0, 2), (5, 3, 1, 1, 5), (227, 11, 4, 0, 55), (32, 5, 1, 0, 28), (32, 5, 1, 2, 32)],
)
def test_worked_examples_have_their_size(size: int, kernel: int, stride: int, pad: int, expected: int) -> None:
    x = np.ones((1, 3, size, size), np.float32)
    weight = np.ones((1, 3, kernel, kernel), np.float32)
    result = convolve(x, weight, stride=(stride,) * 2, padding=((pad, pad),) * 2, dilation=(1, 1))
    assert result.shape == (1, 1, expected, expected)
    # Away from the border a window of ones counts its cells.
    assert result[0, 0, expected // 2, expected // 2] == 3 * kernel * kernel


def test_the_4_by_4_example_by_hand() -> None:
    image = np.arange(16.0).reshape(1, 1, 4, 4)
    ring = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]).reshape(1, 1, 3, 3)
    result = convolve(image, ring, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1))
    # Each row rises by 1 per cell, so the Sobel sum is -2 * (1 + 2 + 1) everywhere.
    np.testing.assert_array_equal(result, np.full((1, 1, 2, 2), -8.0))


@given(window_cases(), st.data())
def test_transposed_convolution_is_its_definition(case: WindowCase, data: st.DataObject) -> None:
    extra = tuple(data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(case.stride, case.dilation, strict=True))
    case = WindowCase(**{**vars(case), "output_padding": extra})
    x, _, bias = arrays_of(case)
    weight = case.values(case.groups * case.in_per_group, case.out_per_group, *case.kernel, salt=1)

    def run() -> Array:
        return transposed_convolve(
            x,
            weight,
            bias,
            stride=case.stride,
            padding=case.padding,
            dilation=case.dilation,
            output_padding=extra,
            groups=case.groups,
        )

    expected = transposed_convolve_loops(x, weight, bias, case)
    if expected.size == 0:
        with pytest.raises(ValueError, match="leaves nothing"):
            run()
    else:
        np.testing.assert_allclose(run(), expected, atol=1e-12)


@given(window_cases())
def test_transposed_convolution_is_the_adjoint_of_convolution(case: WindowCase) -> None:
    x, weight, _ = arrays_of(case)
    y = case.values(case.batch, case.groups * case.out_per_group, *floor_sizes(case), salt=3)
    # The cells behind the last window, which convolution never reads.
    tail = tuple(case.room(axis) % case.stride[axis] for axis in range(case.rank))
    back = transposed_convolve(
        y,
        weight,
        stride=case.stride,
        padding=case.padding,
        dilation=case.dilation,
        output_padding=tail,
        groups=case.groups,
    )
    assert back.shape == x.shape
    forth = convolve_case(x, weight, None, case)
    assert np.vdot(forth, y) == pytest.approx(np.vdot(x, back), abs=1e-9)


@settings(max_examples=20)
@given(window_cases())
def test_float32_stays_float32_and_inputs_stay_as_they_are(case: WindowCase) -> None:
    x, weight, bias = arrays_of(case, np.float32)
    for array in (x, weight, bias):
        array.flags.writeable = False
    copies = [array.copy() for array in (x, weight, bias)]
    result = convolve_case(x, weight, bias, case)
    assert result.dtype == np.float32
    assert not np.may_share_memory(result, x)
    np.testing.assert_allclose(result, convolve_loops(*map(np.float64, copies), case), atol=1e-4)
    for array, copy in zip((x, weight, bias), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("groups", [1, 2, 16])
def test_two_runs_agree_in_every_bit(groups: int) -> None:
    rng = np.random.default_rng(11)
    x = rng.standard_normal((1, 16, 60, 70), dtype=np.float32)
    weight = rng.standard_normal((32, 16 // groups, 3, 3), dtype=np.float32)

    def run() -> bytes:
        pads = ((1, 1), (1, 1))
        return convolve(x, weight, stride=(1, 1), padding=pads, dilation=(1, 1), groups=groups).tobytes()

    first = run()
    assert all(run() == first for _ in range(5))


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_inputs_in_another_memory_order_are_read_right(groups: int) -> None:
    rng = np.random.default_rng(12)
    x = rng.standard_normal((1, 9, 8, 4)).transpose(0, 3, 2, 1)
    weight = rng.standard_normal((3, 3, 4 // groups, 8)).T
    options: dict[str, Any] = {"stride": (1, 1), "padding": ((1, 0), (0, 1)), "dilation": (1, 1), "groups": groups}
    in_order = convolve(np.ascontiguousarray(x), np.ascontiguousarray(weight), **options)
    np.testing.assert_allclose(convolve(x, weight, **options), in_order)


@pytest.mark.parametrize(
    ("x", "weight", "groups", "message"),
    [
        ((1, 3, 8, 8), (4, 2, 3, 3), 1, "3 channels"),
        ((1, 4, 8, 8), (3, 2, 3, 3), 2, "2 groups"),
        ((1, 3, 8), (4, 3, 3, 3), 1, "input"),
        ((1, 3, 2, 2), (4, 3, 3, 3), 1, "does not fit"),
    ],
)
def test_shapes_that_do_not_belong_together_are_refused(
    x: tuple[int, ...], weight: tuple[int, ...], groups: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        convolve(np.zeros(x), np.zeros(weight), stride=(1, 1), padding=((0, 0),) * 2, dilation=(1, 1), groups=groups)


def test_a_bias_of_the_wrong_length_is_refused() -> None:
    x, weight = np.zeros((1, 2, 4, 4)), np.zeros((6, 2, 1, 1))
    with pytest.raises(ValueError, match="6 filters"):
        convolve(x, weight, np.zeros(1), stride=(1, 1), padding=((0, 0),) * 2, dilation=(1, 1))


def count_tiles(monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[int]]:
    """Note the number of tiles planned and the tiles begun in the matrix-product path."""
    planned: list[int] = []
    begun: list[int] = []

    def counting(work: Callable[[int], None], count: int, workers: int | None = None) -> None:
        def noted(index: int) -> None:
            begun.append(index)
            work(index)

        planned.append(count)
        run_tiles(noted, count, workers)

    for module in (im2col, stages, winograd):
        monkeypatch.setattr(module, "run_tiles", counting)
    return planned, begun


def cancel_after_a_tile(fraction: float) -> None:
    if fraction > 0:
        raise Cancelled


def prepare_ones(
    x: tuple[int, ...], weight: tuple[int, ...], pad: int, groups: int = 1, precise: bool = False
) -> Callable[[], Array]:
    """A convolution of ones that is ready to run."""
    prepared = prepare_weights(
        np.ones(weight, np.float32),
        None,
        x,
        stride=(1, 1),
        padding=((pad, pad),) * 2,
        dilation=(1, 1),
        groups=groups,
        precise=precise,
    )
    image = np.ones(x, np.float32)
    return lambda: prepared.run(image)


@pytest.mark.parametrize("precise", [False, True])
def test_cancelling_a_large_layer_drops_its_remaining_tiles(precise: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    run = prepare_ones((1, 512, 100, 100), (512, 512, 3, 3), 1, precise=precise)
    _planned, begun = count_tiles(monkeypatch)
    run()
    whole = len(begun)
    begun.clear()
    with checkpoint_scope(cancel_after_a_tile), pytest.raises(Cancelled):
        run()
    assert len(begun) < whole / 2


@pytest.mark.parametrize(
    ("x", "weight", "pad", "groups"),
    [
        ((1, 512, 64, 64), (512, 512, 3, 3), 1, 1),
        ((1, 256, 128, 128), (1024, 256, 1, 1), 0, 1),
        ((1, 128, 7, 7), (4096, 128, 7, 7), 0, 1),
        ((4, 3, 100, 100), (96, 3, 11, 11), 0, 1),
        ((1, 256, 64, 64), (256, 64, 3, 3), 1, 4),
    ],
)
def test_no_tile_is_longer_than_the_limit(
    x: tuple[int, ...], weight: tuple[int, ...], pad: int, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (im2col, im2row):
        monkeypatch.setattr(module, "TILE_MACS", 1 << 24)
    run = prepare_ones(x, weight, pad, groups, precise=True)
    planned, begun = count_tiles(monkeypatch)
    with checkpoint_scope(cancel_after_a_tile), pytest.raises(Cancelled):
        run()
    cells = x[0] * (x[2] + 2 * pad - weight[2] + 1) * (x[3] + 2 * pad - weight[3] + 1)
    macs = cells * weight[0] * weight[1] * weight[2] * weight[3]
    # Whole rows may be a quarter more.
    assert macs / planned[0] <= 5 / 4 * (1 << 24)
    assert begun


def test_convolving_writes_where_it_is_told() -> None:
    case = WindowCase(
        seed=5, batch=2, spatial=(6, 5), kernel=(3, 3), stride=(1, 1), dilation=(1, 1), padding=((1, 1), (1, 1)),
        in_per_group=2, out_per_group=4,
    )  # fmt: skip
    x, weight = case.values(2, 2, 6, 5), case.values(4, 2, 3, 3, salt=1)
    joined = np.full((2, 7, 6, 5), 9.0)
    place = joined[:, 2:6]
    result = convolve(x, weight, stride=(1, 1), padding=case.padding, dilation=(1, 1), out=place)
    assert result is place
    np.testing.assert_allclose(place, convolve_loops(x, weight, None, case), atol=1e-12)
    assert (joined[:, [0, 1, 6]] == 9).all()


def test_progress_of_a_transposed_convolution_rises_from_0_to_1() -> None:
    seen: list[float] = []
    x, weight = np.ones((1, 4, 128, 128)), np.ones((4, 16, 2, 2))
    with checkpoint_scope(seen.append):
        transposed_convolve(x, weight, stride=(2, 2), padding=((0, 0), (0, 0)), dilation=(1, 1), output_padding=(0, 0))
    assert seen == sorted(seen)
    assert seen[0] > 0
    assert seen[-1] == 1.0


def test_columns_of_a_large_image_never_exist_at_once() -> None:
    x, weight = np.ones((1, 3, 700, 700), np.float32), np.ones((32, 3, 3, 3), np.float32)
    run_tiles(lambda index: None, 4)  # threads and BLAS controller exist
    tracemalloc.start()
    try:
        result = convolve(x, weight, stride=(1, 1), padding=((1, 1), (1, 1)), dilation=(1, 1))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    whole_columns = 27 * 700 * 700 * 4
    assert peak - result.nbytes < whole_columns / 4


def test_overflow_is_a_result_and_no_warning() -> None:
    x = np.full((1, 8, 64, 64), 3e38, np.float32)
    weight = np.ones((64, 8, 3, 3), np.float32)
    result = convolve(x, weight, stride=(1, 1), padding=((1, 1), (1, 1)), dilation=(1, 1))
    assert np.isposinf(result).all()
