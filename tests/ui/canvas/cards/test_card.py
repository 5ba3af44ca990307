"""What a card says and how large it is."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters
from designer.layer_api.layer import Category
from designer.layout.cards import snapped
from designer.ui.canvas.cards.card import (
    Card,
    blocked_by,
    card_of,
    measured,
    name_from_afar,
    short_kind,
    wrapped,
)
from designer.ui.canvas.style import canvas_style
from designer.ui.widgets.labels import short_name


@pytest.fixture
def style(qapp):
    return canvas_style(QFont())


def plain(**changes):
    return Card(**{"name": "add1", "kind": "Add", "category": Category.MERGE, "shape": "8×4×4", **changes})


def test_wrapped_text_keeps_every_word_and_fits(style):
    text = "kernel 5×5 spans 5×5 but the padded input is 3×3; pad more or use a smaller kernel"
    metrics = style.small.metrics
    lines = wrapped(text, metrics, 150.0, 9)
    assert " ".join(lines) == text
    assert all(metrics.horizontalAdvance(line) <= 150 for line in lines)
    assert len(lines) > 2


def test_what_does_not_fit_is_elided_in_the_last_line(style):
    text = "kernel 5×5 spans 5×5 but the padded input is 3×3; pad more or use a smaller kernel"
    whole = wrapped(text, style.small.metrics, 150.0, 9)
    two = wrapped(text, style.small.metrics, 150.0, 2)
    assert two[0] == whole[0]
    assert two[1].endswith("…")


def test_a_word_longer_than_a_line_is_broken_anywhere(style):
    text = "x" * 60
    lines = wrapped(text, style.small.metrics, 100.0, 20)
    assert "".join(lines) == text
    assert all(style.small.metrics.horizontalAdvance(line) <= 100 for line in lines)


def test_a_kind_is_shortened_by_whole_words(style):
    metrics = style.small.metrics
    room = {text: metrics.horizontalAdvance(text) for text in ("Convolution 2D", "Convolution", "Average…")}
    assert short_kind("Convolution 2D", metrics, room["Convolution 2D"]) == "Convolution 2D"
    assert short_kind("Convolution 2D", metrics, room["Convolution 2D"] - 1) == "Convolution"
    assert short_kind("Average pooling 2D", metrics, room["Average…"]) == "Average…"
    assert short_kind("Convolution 2D", metrics, 5.0) == ""


def test_a_long_path_keeps_its_end_and_another_name_both(style):
    metrics = style.name.metrics
    width = metrics.horizontalAdvance("…r1.2.conv1")
    shown = short_name("layer1.2.conv1", metrics, width)
    assert shown.startswith("…")
    assert shown.endswith("1.2.conv1")
    assert short_name("conv1", metrics, width) == "conv1"
    middle = short_name("second_convolution", metrics, width)
    assert middle.startswith("s")
    assert middle.endswith("n")


def test_from_afar_a_long_name_loses_its_beginning(style):
    metrics = style.sized(36).metrics
    width = metrics.horizontalAdvance("conv2") + 2
    assert name_from_afar("layer1.0.conv2", metrics, width, 1) == ("conv2",)
    assert name_from_afar("conv2", metrics, width, 1) == ("conv2",)
    assert "…" in name_from_afar("a_very_long_name_indeed", metrics, width, 1)[0]


def test_a_plain_card_has_the_size_the_layouts_expect(style):
    assert (measured(plain(), style).width, measured(plain(), style).height) == (176.0, 72.0)


@pytest.mark.parametrize("ports", [2, 3, 4, 9])
def test_ports_lie_apart_symmetric_and_on_the_card(style, ports):
    geometry = measured(plain(inputs=(True,) * ports, open_ended=True), style)
    gaps = {b - a for a, b in zip(geometry.inputs, geometry.inputs[1:], strict=False)}
    assert gaps == {16.0}
    assert sum(geometry.inputs) / ports == geometry.height / 2
    assert geometry.input(ports).y() < geometry.height - 8


def test_heights_keep_middles_level_on_the_grid(style):
    heights = {measured(plain(inputs=(True,) * count, open_ended=True), style).height for count in range(2, 12)}
    heights.add(measured(plain(shape="", problem="too large " * 20), style).height)
    assert {height % 16 for height in heights} == {8.0}


def test_a_long_problem_takes_two_lines_and_the_tooltip_has_all(style):
    problem = "inputs are 64×28×28 and 64×27×27; they must have the same shape"
    card = plain(shape="", problem=problem)
    assert len(measured(card, style).problem_lines) == 2
    assert problem in card.tooltip()


def test_every_node_that_waits_names_the_nearest_culprit():
    design = network("lenet5")
    design = SetParameters("conv2", {"kernel": 99}).apply(design)
    report = analyse(design)
    blame = blocked_by(report)
    order = list(design.order)
    assert set(blame) == set(order[order.index("conv2") + 1 :])
    assert set(blame.values()) == {"conv2"}
    card = card_of(design, design.nodes["fc1"], report.layers["fc1"], blame["fc1"])
    assert card.waiting() == "waits for conv2"


def test_places_snap_to_the_nearest_grid_point():
    assert snapped(3.9, 4.0) == (0.0, 8.0)
    assert snapped(-4.1, -12.0) == (-8.0, -8.0)
    assert snapped(100.0, 333.0) == (104.0, 336.0)
