"""Adaptive average pooling: the cells of PyTorch's AdaptiveAvgPool2d, and when they are a sliding window."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis.analyse import Settings, analyse
from designer.analysis.receptive_field import seen_by
from designer.analysis.report import LayerReport, ReceptiveField
from designer.layer_api.geometry import Window
from designer.layer_api.onnx_operator import CannotRead, OnnxOperator
from designer.layer_api.registry import layer_class, make_layer
from tests.helpers.networks import chain

SIZES = st.integers(1, 24)


def pooled(shape: tuple[int, ...], output: object, convention: str = "torchvision") -> LayerReport:
    report = analyse(
        chain(shape, ("adaptive_avg_pool2d", {"output": output})), settings=Settings(convention=convention)
    )
    return report.layers["avgpool1"]


def test_nine_cells_in_seven_windows() -> None:
    # ⌊i·9/7⌋ = 0, 1, 2, 3, 5, 6, 7 and ⌈(i + 1)·9/7⌉ = 2, 3, 4, 6, 7, 8, 9: torch.arange(9.) gives these means.
    x = np.arange(9, dtype=np.float32).reshape(1, 1, 1, 9)
    result = make_layer("adaptive_avg_pool2d", output=[1, 7]).forward([x], {})
    np.testing.assert_array_equal(result.ravel(), [0.5, 1.5, 2.5, 4.0, 5.5, 6.5, 7.5])


def test_more_windows_than_cells_repeat_them() -> None:
    # Two cells in three windows: 0–0, 0–1, 1–1. One cell fills any number.
    x = np.array([2.0, 6.0], np.float32).reshape(1, 1, 2, 1)
    result = make_layer("adaptive_avg_pool2d", output=[3, 2]).forward([x], {})
    np.testing.assert_array_equal(result[0, 0], [[2, 2], [4, 4], [6, 6]])


def test_another_number_for_each_axis_keeps_the_channels() -> None:
    layer = pooled((5, 12, 9), [3, 9])
    assert layer.output_shape == (5, 3, 9)
    assert (layer.parameters, layer.macs, layer.operations) == (0, 0, 0)


@pytest.mark.parametrize(
    ("size", "output", "window"),
    [
        (14, 7, Window((2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1))),
        (7, 7, Window.cell(2)),
        (9, 1, Window.everything((9, 9))),
        # One cell more than a multiple: each window ends with the cell that the next begins with, 0–2, 2–4, 4–6.
        (7, 3, Window((3, 3), (2, 2), ((0, 0), (0, 0)), (1, 1))),
        (9, 7, None),
        (3, 6, None),
    ],
)
def test_it_is_a_sliding_window_where_the_sizes_allow(size: int, output: int, window: Window | None) -> None:
    assert make_layer("adaptive_avg_pool2d", output=output).window([(4, size, size)]) == window


def test_the_field_is_that_of_the_window_or_repeats() -> None:
    assert pooled((1, 14, 21), 7).receptive_field == ReceptiveField((2, 3), (2, 3), (0, 0))
    # 20 columns in 7 windows: 3 of them, or 4, 20/7 apart.
    field = pooled((1, 14, 20), 7).receptive_field
    assert field is not None
    assert (field.size, field.stride, field.start) == ((2, 4), (2, Fraction(20, 7)), (0, 0))


@given(SIZES, SIZES, SIZES, SIZES)
def test_each_cell_sees_the_cells_of_its_own_window(height: int, width: int, rows: int, columns: int) -> None:
    design = chain((1, height, width), ("adaptive_avg_pool2d", {"output": [rows, columns]}))
    report = analyse(design)
    for at in {(0, 0), (rows // 2, columns // 3), (rows - 1, columns - 1)}:
        told = seen_by(design, report, "avgpool1", tuple((place, place) for place in at))["image"]
        assert told == tuple(
            (floor(Fraction(i * size, count)), ceil(Fraction((i + 1) * size, count)) - 1)
            for i, size, count in zip(at, (height, width), (rows, columns), strict=True)
        )


@given(SIZES, SIZES, SIZES, SIZES)
def test_a_window_is_declared_just_where_every_cell_sees_equally_far(
    height: int, width: int, rows: int, columns: int
) -> None:
    def is_even(size: int, count: int) -> bool:
        firsts = [i * size // count for i in range(count)]
        lengths = {ceil(Fraction((i + 1) * size, count)) - first for i, first in enumerate(firsts)}
        steps = {after - before for before, after in pairwise(firsts)}
        return len(lengths) == 1 and len(steps) <= 1 and 0 not in steps

    window = make_layer("adaptive_avg_pool2d", output=[rows, columns]).window([(1, height, width)])
    assert (window is not None) == (is_even(height, rows) and is_even(width, columns))


def test_tf_slim_counts_every_cell_of_every_window() -> None:
    # Per axis 9 cells in 7 windows are 2 + 2 + 2 + 3 + 2 + 2 + 2 = 15 cells; 14 in 7 are 14.
    assert pooled((4, 9, 14), 7, "tf-slim").operations == 4 * 15 * 14
    assert pooled((4, 7, 7), 7, "tf-slim").operations == 0
    assert pooled((4, 3, 3), 6, "tf-slim").operations == 0


@pytest.mark.parametrize(
    ("size", "operators"), [(14, ["AveragePool"]), (7, ["AveragePool"]), (15, ["AveragePool"]), (9, ["MatMul"] * 2)]
)
def test_onnx_has_a_pooling_for_even_windows_and_products_for_others(size: int, operators: list[str]) -> None:
    layer = make_layer("adaptive_avg_pool2d", output=7)
    assert [call.op for call in layer.to_onnx([(4, size, size)])] == operators


def test_no_operator_of_onnx_is_read_as_one_and_the_reason_is_given() -> None:
    operator = OnnxOperator("AveragePool", ("x",), {"kernel_shape": [2, 2]})
    with pytest.raises(CannotRead, match="AveragePool: ONNX has no adaptive pooling"):
        layer_class("adaptive_avg_pool2d").from_onnx(operator, {})


def test_the_formula_says_how_long_the_windows_are() -> None:
    (formula,) = make_layer("adaptive_avg_pool2d", output=7).explain([(512, 9, 14)])
    assert formula.text == "512×9×14 → 512×7×7"
    assert formula.label == "windows of 2–3×2"
