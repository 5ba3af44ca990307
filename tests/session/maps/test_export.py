from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from designer.session.maps.export import MapsExport, bars_picture, colour_table, colours_of_filter
from designer.session.maps.scale import Scale, Scaling, clipped_range
from designer.session.maps.stack import MapStack, filter_stack, map_stack


def test_the_picture_shows_all_maps_in_the_order_of_the_screen(tmp_path: Path) -> None:
    values = np.zeros((1, 2, 2, 2), np.float32)
    values[0, 1, 0, 0] = 1.0
    export = MapsExport("conv1", values, map_stack(values), (1, 0), "gray")
    export.write_png(tmp_path / "maps.png")
    picture = np.asarray(Image.open(tmp_path / "maps.png"))
    # Cells of 2 pixels a side are enlarged 48 times, tiles stand 2 pixels apart.
    assert picture.shape == (96, 2 * 96 + 2, 3)
    assert picture[0, 0].tolist() == [255, 255, 255]  # the largest value of channel 1, which stands first
    assert picture[95, 95].tolist() == [0, 0, 0]
    assert picture[0, 98 + 50].tolist() == [0, 0, 0]  # channel 0 is flat


def test_extremes_are_clipped_as_on_the_screen() -> None:
    values = np.random.default_rng(2).normal(size=(1, 2, 28, 28)).astype(np.float32)
    values[:, :, 0] = 50.0
    picture = MapsExport("conv1", values, map_stack(values), (0, 1), "gray", Scaling.CLIPPED).render()
    zoom = 96 // 28
    for channel in range(2):
        drawn = picture[::zoom, channel * (28 * zoom + 2) :: zoom][:28, :28, 0]
        scale = Scale.over(clipped_range(values[0, channel]), diverging=False)
        np.testing.assert_array_equal(drawn, scale.levels(values[0, channel]))
        assert drawn[0].tolist() == [255] * 28


def test_the_values_are_written_as_computed_in_channel_order(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(1, 3, 4, 5)).astype(np.float32)
    MapsExport("conv1", values, map_stack(values), (2, 1, 0)).write_npz(tmp_path / "maps.npz")
    with np.load(tmp_path / "maps.npz") as archive:
        assert archive.files == ["conv1"]
        np.testing.assert_array_equal(archive["conv1"], values)


def test_bars_rise_from_zero() -> None:
    picture = bars_picture(np.array([1.0, -1.0], np.float32))
    assert picture.shape == (160, 16, 3)
    ink = (picture != 255).any(axis=-1)
    assert ink[:79, 0].all()  # the first fills the upper half
    assert not ink[82:, 0].any()
    assert ink[82:, 8].all()  # the second the lower one
    assert not ink[:78, 8].any()


def test_a_vector_is_exported_as_bars_in_the_order_of_the_screen() -> None:
    ink = (MapsExport("fc1", np.array([[1.0, -1.0]], np.float32), None, (1, 0)).render() != 255).any(axis=-1)
    assert ink[82:, 0].all()  # the second value stands first, below zero
    assert not ink[:78, 0].any()
    assert ink[:79, 8].all()


def test_a_weight_of_zero_is_middle_grey() -> None:
    colours = colours_of_filter(np.array([[[0.0, 2.0, -2.0], [1.0, np.nan, 0.0]]], np.float32), 2.0)
    assert colours.tolist() == [[[128, 255, 0], [191, 128, 128]]]  # 127.5 + 63.75 = 191.25
    assert colours_of_filter(np.zeros((1, 1, 3)), 0.0).tolist() == [[[128, 128, 128]]]


def test_filters_in_colour_are_exported_in_colour() -> None:
    kernels = np.zeros((1, 3, 1, 1), np.float32)
    kernels[0, 0] = 4.0
    export = MapsExport("conv1.weight", kernels, filter_stack(kernels), (0,))
    picture = export.render()
    assert picture.shape == (96, 96, 3)
    assert picture[5, 5].tolist() == [255, 128, 128]


def test_large_maps_are_not_enlarged() -> None:
    stack = MapStack(np.zeros((1, 120, 100), np.float32), (120, 100))
    assert MapsExport("a", np.zeros((1, 1, 120, 100), np.float32), stack, (0,)).render().shape == (120, 100, 3)


def test_pixels_of_a_colour_map() -> None:
    assert colour_table("gray")[255] == 0xFFFFFFFF
    assert colour_table("viridis")[0] == 0xFF440154  # viridis begins with #440154
