from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from designer.interchange.figures.colormap import COLORMAPS, colormap_table
from designer.interchange.figures.mosaic import colorize
from designer.layer_api.registry import make_layer
from designer.session.maps.scale import Scale
from designer.session.maps.stack import (
    MapStack,
    Sort,
    filter_stack,
    is_vector,
    map_stack,
    shrink,
    slices_of,
    summarise,
)


def floats(values: object) -> np.ndarray:
    return np.array(values, np.float32)


def test_statistics_of_one_map_by_hand() -> None:
    numbers = summarise(floats([[[1, 2], [3, 6]]])).of(0)
    assert (numbers.minimum, numbers.maximum, numbers.mean) == (1.0, 6.0, 3.0)
    assert numbers.energy == (1 + 4 + 9 + 36) / 4
    assert numbers.std == pytest.approx(math.sqrt((4 + 1 + 0 + 9) / 4))
    assert not numbers.dead
    assert numbers.unusual == 0


def test_statistics_of_many_blocks_agree_with_the_standard_library() -> None:
    maps = np.random.default_rng(0).normal(3.0, 2.0, (40, 97, 101)).astype(np.float32)
    numbers = summarise(maps)
    for index in (0, 19, 26, 39):
        values = [float(value) for value in maps[index].ravel()]
        assert numbers.mean[index] == pytest.approx(statistics.fmean(values), rel=1e-12)
        assert numbers.std[index] == pytest.approx(statistics.pstdev(values), rel=1e-9)
        assert numbers.minimum[index] == min(values)
        assert numbers.maximum[index] == max(values)


def test_a_small_deviation_beside_a_large_mean_is_not_lost() -> None:
    # 65536 ± 2⁻⁷: float32 holds both exactly, the square of the sum of squares would not.
    numbers = summarise(floats([[[65536 + 2**-7, 65536 - 2**-7]]]))
    assert numbers.std[0] == 2**-7


def test_what_is_no_finite_number_is_counted_and_left_out() -> None:
    numbers = summarise(floats([[[np.nan, 1.0], [3.0, np.inf]], [[1.0, 2.0], [3.0, 6.0]]]))
    first = numbers.of(0)
    assert (first.minimum, first.maximum, first.mean, first.std, first.energy) == (1.0, 3.0, 2.0, 1.0, 5.0)
    assert first.unusual == 2
    assert numbers.of(1).mean == 3.0
    assert numbers.of(1).unusual == 0


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
def test_one_infinite_value_is_left_out_on_whichever_side_it_lies(infinite: float) -> None:
    numbers = summarise(floats([[[1.0, infinite, 3.0]]])).of(0)
    assert (numbers.minimum, numbers.maximum, numbers.mean, numbers.unusual) == (1.0, 3.0, 2.0, 1)


def test_a_map_without_a_finite_number() -> None:
    numbers = summarise(floats([[[np.nan, np.nan]]])).of(0)
    assert (numbers.minimum, numbers.maximum, numbers.mean, numbers.unusual) == (0.0, 0.0, 0.0, 2)


def test_a_map_is_dead_where_nothing_differs() -> None:
    numbers = summarise(floats([[[0, 0]], [[7, 7]], [[0, 1]]]))
    assert numbers.dead.tolist() == [True, True, False]


def test_a_single_cell_is_dead_only_at_zero() -> None:
    assert summarise(floats([[[0]], [[7]]])).dead.tolist() == [True, False]


def test_order_by_energy_and_by_variance() -> None:
    # energy 1, 9, 4, 9; variance 1, 0, 4, 9
    numbers = summarise(floats([[[1, -1]], [[3, 3]], [[-2, 2]], [[3, -3]]]))
    assert numbers.order(Sort.INDEX) == (0, 1, 2, 3)
    assert numbers.order(Sort.ENERGY) == (1, 3, 2, 0)
    assert numbers.order(Sort.VARIANCE) == (3, 2, 0, 1)
    assert numbers.limits() == (-3.0, 3.0)


def test_summarising_stops_when_it_is_told_to() -> None:
    calls = iter([True, False])
    maps = np.ones((4, 600, 600), np.float32)
    numbers = summarise(maps, lambda: next(calls))
    assert numbers.mean.tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("colormap", COLORMAPS)
@pytest.mark.parametrize("shared", [False, True])
def test_colours_on_the_screen_are_those_of_the_exported_picture(colormap: str, shared: bool) -> None:
    maps = np.random.default_rng(1).normal(0.5, 1.0, (3, 5, 7)).astype(np.float32)
    maps[1] = 0.0
    exported = colorize(maps, colormap=colormap, shared_scale=shared)
    table = colormap_table(colormap)
    for index, picture in enumerate(maps):
        limits = (maps.min(), maps.max()) if shared else (picture.min(), picture.max())
        scale = Scale.over((float(limits[0]), float(limits[1])), diverging=colormap == "diverging")
        np.testing.assert_array_equal(table[scale.levels(picture)], exported[index])


def test_a_diverging_scale_is_centred_at_zero() -> None:
    scale = Scale.over((-1.0, 3.0), diverging=True)
    assert (scale.low, scale.high) == (-3.0, 3.0)
    # −3 is the first colour, 3 the last; 0 lies half way at 127.5, which rounds to even.
    assert scale.levels(floats([-3, 0, 3])).tolist() == [0, 128, 255]


def test_values_beyond_the_scale_take_its_ends() -> None:
    assert Scale(0.0, 1.0).levels(floats([-5, 0.5, 5])).tolist() == [0, 128, 255]


def test_shrinking_takes_means_of_blocks_and_drops_what_is_left_over() -> None:
    picture = np.arange(20, dtype=np.float32).reshape(5, 4)
    # (0 + 1 + 4 + 5) / 4, (2 + 3 + 6 + 7) / 4; the fifth row has no partner
    assert shrink(picture, 2).tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert shrink(picture, 1) is picture


def test_a_vector_is_drawn_as_bars() -> None:
    assert is_vector(np.zeros((1, 10)))
    assert is_vector(np.zeros((1, 512, 1, 1)))
    assert not is_vector(np.zeros((1, 4, 1, 2)))


def test_cells_of_maps_of_any_rank() -> None:
    plane = map_stack(np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4))
    assert (plane.count, plane.size, plane.cell(2, 1)) == (2, (3, 4), (2, 1))
    row = map_stack(np.zeros((1, 2, 5), np.float32))
    assert (row.size, row.cell(0, 3)) == ((1, 5), (3,))


VOLUMES = np.random.default_rng(2).normal(size=(1, 2, 7, 4, 5)).astype(np.float32)


def test_all_slices_of_a_volume_lie_in_a_grid_with_gaps() -> None:
    volume = map_stack(VOLUMES)
    # Seven slices of 4×5: three rows of three, 14 high and 17 wide with the gaps; two places stay empty.
    assert volume.size == (14, 17)
    seen = set()
    for row, column in np.ndindex(*volume.size):
        cell = volume.cell(row, column)
        if cell is None:
            assert volume.gaps is not None
            assert volume.gaps[row, column]
            assert np.isnan(volume.pictures[:, row, column]).all()
        else:
            seen.add(cell)
            assert volume.pictures[1][row, column] == VOLUMES[0, 1][cell]
    assert len(seen) == 7 * 4 * 5
    assert (volume.cell(0, 6), volume.cell(5, 0), volume.cell(4, 0), volume.cell(0, 5)) == (
        (1, 0, 0),
        (3, 0, 0),
        None,
        None,
    )


def test_gaps_count_in_no_statistics() -> None:
    numbers = map_stack(VOLUMES).statistics(1)
    assert numbers.unusual == 0
    assert numbers.mean == pytest.approx(float(VOLUMES[0, 1].mean(dtype=np.float64)), rel=1e-9)


def test_one_slice_of_a_volume_is_a_map() -> None:
    volume = map_stack(VOLUMES, 3)
    np.testing.assert_array_equal(volume.pictures, VOLUMES[0, :, 3])
    assert volume.cell(2, 4) == (3, 2, 4)
    assert volume.gaps is None
    # Another layer may be less deep than the one for which the slice was chosen.
    assert map_stack(VOLUMES, 9).slice_ == 6


@pytest.mark.parametrize(("spatial", "count"), [((7, 4, 5), 7), ((1, 4, 5), 0), ((4, 5), 0), ((9,), 0), ((), 0)])
def test_a_slice_is_chosen_of_volumes_alone(spatial: tuple[int, ...], count: int) -> None:
    assert slices_of(spatial) == count


def test_a_file_shows_gaps_in_the_lowest_colour() -> None:
    volume = map_stack(VOLUMES)
    opaque = volume.opaque()
    assert np.isfinite(opaque).all()
    assert opaque[0, 4, 0] == VOLUMES[0, 0].min()


def test_kernels_over_volumes_are_shown_slice_by_slice() -> None:
    kernels = np.random.default_rng(4).normal(size=(2, 3, 4, 2, 2)).astype(np.float32)
    np.testing.assert_array_equal(filter_stack(kernels, 1, 2).pictures, kernels[:, 1, 2])
    coloured = filter_stack(kernels)
    assert coloured.in_colour
    assert coloured.size == (5, 5)
    np.testing.assert_array_equal(coloured.pictures[1, 3:5, 0:2], np.moveaxis(kernels[1, :, 2], 0, -1))


def test_filters_that_read_three_channels_are_colour_pictures() -> None:
    kernels = np.arange(2 * 3 * 2 * 2, dtype=np.float32).reshape(2, 3, 2, 2)
    coloured = filter_stack(kernels)
    assert coloured.in_colour
    assert coloured.pictures[1, 0, 1].tolist() == [13.0, 17.0, 21.0]  # red, green, blue of filter 1 at (0, 1)
    plain = filter_stack(kernels, 2)
    assert not plain.in_colour
    np.testing.assert_array_equal(plain.pictures, kernels[:, 2])


def test_statistics_of_one_picture_of_a_stack() -> None:
    stack = MapStack(floats([[[0, 0]], [[2, 4]]]), (1, 2))
    assert stack.statistics(1).mean == 3.0


@pytest.mark.parametrize("groups", [1, 2])
def test_kernels_of_a_transposed_convolution_are_what_an_impulse_stamps(groups: int) -> None:
    layer = make_layer("conv_transpose2d", filters=6, kernel=3, groups=groups, bias=False)
    weight = np.random.default_rng(3).normal(size=(4, 6 // groups, 3, 3)).astype(np.float32)
    kernels = layer.filter_kernels({"weight": weight})
    assert kernels is not None
    assert kernels.shape == (6, 4 // groups, 3, 3)
    for channel in range(4):
        impulse = np.zeros((1, 4, 1, 1), np.float32)
        impulse[0, channel] = 1.0
        stamped = layer.forward([impulse], {"weight": weight})[0]
        group, place = divmod(channel, 4 // groups)
        own = slice(group * 6 // groups, (group + 1) * 6 // groups)
        np.testing.assert_allclose(stamped[own], kernels[own, place], rtol=1e-6)
