from __future__ import annotations

import pytest

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters
from designer.layer_api.layer import Category
from designer.ui.panels.charts.chart_series import (
    FIELD,
    MEMORY,
    OPERATIONS,
    PARAMETERS,
    bars_by_category,
    categories_of,
    label_step,
    series_of,
    tick_text,
    value_text,
)


@pytest.fixture
def lenet():
    design = network("lenet5")
    return design, analyse(design)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_one_number_per_layer(lenet):
    series = series_of(*lenet)
    assert series[PARAMETERS].values.sum() == 61_706
    assert series[OPERATIONS].values.sum() == 416_520
    assert series[FIELD].values.tolist()[:7] == [1, 5, 5, 6, 14, 14, 16]


def test_the_memory_line_peaks_where_two_large_maps_are_alive(lenet):
    line = series_of(*lenet)[MEMORY].line
    # conv1's and tanh1's outputs: 2 · 6·28·28 · 4 B
    assert line.max() == 37_632
    assert line.argmax() == 2


def test_unknown_numbers_are_not_drawn():
    design = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    series = series_of(design, analyse(design))[PARAMETERS]
    assert series.values.tolist() == [0, 156, *[0] * 11]


def test_the_same_numbers_draw_alike(lenet):
    first, second = series_of(*lenet), series_of(*lenet)
    assert all(first[key].same_as(second[key]) for key in first)
    changed = SetParameters("fc3", {"units": 12}).apply(lenet[0])
    third = series_of(changed, analyse(changed))
    assert not first[PARAMETERS].same_as(third[PARAMETERS])
    assert first[FIELD].same_as(third[FIELD])


def test_bars_of_a_category_stand_at_its_layers(lenet):
    _design, report = lenet
    bars = bars_by_category(series_of(*lenet)[PARAMETERS].values, categories_of(report))
    assert bars[Category.CONVOLUTION].tolist() == [1, 4]
    assert bars[Category.DENSE].tolist() == [8, 10, 12]
    assert Category.POOLING not in bars


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0, "", "0"), (250, "px", "250 px"), (1500, "", "1.5 k"), (60_000_000, "B", "60 MB"), (1e12, "", "1 T")],
)
def test_ticks(value, unit, text):
    assert plain(tick_text(value, unit)) == text


def test_labels_keep_clear_of_each_other():
    assert label_step(10, 500, 50) == 1
    assert label_step(10, 500, 51) == 2
    assert label_step(500, 250, 50) == 100
    assert label_step(0, 250, 50) == 1


def test_exact_values(lenet):
    _design, report = lenet
    conv1 = report.layers["conv1"]
    texts = [plain(value_text(report, key, conv1)) for key in (PARAMETERS, OPERATIONS, MEMORY, FIELD)]
    assert texts == ["156", "117 600 MACs", "18 816 B", "5×5 px"]
