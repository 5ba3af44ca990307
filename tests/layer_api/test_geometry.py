"""Sliding windows and regions, by hand."""

from __future__ import annotations

import pytest

from designer.layer_api.geometry import Window, axes_text, shape_text, whole


def window(
    kernel: int, stride: int = 1, padding: tuple[int, int] = (0, 0), dilation: int = 1, ceil: bool = False
) -> Window:
    return Window((kernel,), (stride,), (padding,), (dilation,), ceil)


@pytest.mark.parametrize(
    ("sliding", "size", "stops"),
    [
        (window(3), 4, 2),
        (window(3, padding=(1, 1)), 5, 5),
        (window(11, stride=4), 227, 55),
        (window(3, dilation=2), 5, 1),
        (window(3, stride=2, padding=(1, 1)), 64, 32),
        (window(3, stride=2, padding=(1, 1), ceil=True), 64, 33),
        (window(5), 4, 0),
        (window(7), 4, -2),
    ],
)
def test_number_of_stops(sliding: Window, size: int, stops: int) -> None:
    assert sliding.output_sizes((size,)) == (stops,)


def test_a_dilated_kernel_spans_its_gaps() -> None:
    assert Window((3, 5), (1, 1), ((0, 0), (0, 0)), (2, 3)).extents() == (5, 13)


def test_a_region_reads_from_its_first_windows_first_cell_to_its_last_windows_last() -> None:
    # Stride 2, one cell of padding before: windows start at −1, 1, 3, 5 and span 3 cells.
    sliding = window(3, stride=2, padding=(1, 0))
    assert sliding.reads(((0, 0),)) == ((-1, 1),)
    assert sliding.reads(((1, 3),)) == ((1, 7),)


def test_a_cell_reads_itself_and_everything_reads_all() -> None:
    assert Window.cell(2).reads(((3, 4), (5, 6))) == ((3, 4), (5, 6))
    assert Window.everything((7, 5)).reads(((0, 0), (0, 0))) == ((0, 6), (0, 4)) == whole((7, 5))
    assert Window.everything((7, 5)).output_sizes((7, 5)) == (1, 1)


def test_shapes_are_written_as_people_write_them() -> None:
    assert shape_text((64, 28, 28)) == "64×28×28"
    assert shape_text((10,)) == "10"
    assert axes_text((5, 3)) == "5×3"
