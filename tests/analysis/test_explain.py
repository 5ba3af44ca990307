"""Every number explains itself, in the article's own lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from designer.analysis.analyse import Settings, analyse
from designer.analysis.explain import explain
from designer.graph.design import Design
from designer.layer_api.layer import Quantity
from tests.helpers.designs import designs
from tests.helpers.networks import branchy, chain

TEN_FILTERS = chain((3, 32, 32), ("conv2d", {"filters": 10, "kernel": 5, "padding": 2}))
"""The article's example: 32×32×3, ten filters 5×5, stride 1, padding 2."""

FIELD = chain(
    (3, 14, 14),
    ("conv2d", {"filters": 8, "kernel": 3}),
    ("conv2d", {"filters": 8, "kernel": 3}),
    ("max_pool2d", {"kernel": 2}),
    ("conv2d", {"filters": 8, "kernel": 3}),
)
"""The article's receptive-field example."""


def lines(design: Design, node: str, quantity: Quantity, settings: Settings | None = None) -> list[str]:
    report = analyse(design, settings=settings)
    found = [formula for formula in explain(design, report, node) if formula.quantity is quantity]
    return [f"{formula.label}: {formula.text}" if formula.label else formula.text for formula in found]


@pytest.mark.parametrize(
    ("quantity", "line"),
    [
        (Quantity.OUTPUT, "⌊(32 + 2·2 − 5)/1⌋ + 1 = 32"),
        (Quantity.PARAMETERS, "(5·5·3 + 1)·10 = 760"),
        (Quantity.MACS, "32·32 · 5·5·3 · 10 = 768 000"),
        (Quantity.MEMORY, "32·32·10 × 1 B = 10 240 B"),
    ],
    ids=str,
)
def test_the_article_s_lines(quantity: Quantity, line: str) -> None:
    shown = [
        text.replace("\N{NO-BREAK SPACE}", " ")
        for text in lines(TEN_FILTERS, "conv1", quantity, Settings(dtype="int8"))
    ]
    assert shown == [line]


def test_memory_counts_bytes_and_batch() -> None:
    [line] = lines(TEN_FILTERS, "conv1", Quantity.MEMORY)
    assert line.replace("\N{NO-BREAK SPACE}", " ") == "32·32·10 × 4 B = 40 960 B"
    [line] = lines(TEN_FILTERS, "conv1", Quantity.MEMORY, Settings(batch=2, dtype="float16"))
    assert line.replace("\N{NO-BREAK SPACE}", " ") == "32·32·10 × 2 × 2 B = 40 960 B"


def test_the_article_s_receptive_fields() -> None:
    """R = 3, 5, 6, 10; the stride doubles at the pooling."""
    assert [lines(FIELD, node, Quantity.RECEPTIVE_FIELD) for node in ("conv1", "conv2", "pool1", "conv3")] == [
        ["R = 1 + (3 − 1)·1 = 3", "stride: j = 1·1 = 1"],
        ["R = 3 + (3 − 1)·1 = 5", "stride: j = 1·1 = 1"],
        ["R = 5 + (2 − 1)·1 = 6", "stride: j = 1·2 = 2"],
        ["R = 6 + (3 − 1)·2 = 10", "stride: j = 2·1 = 2"],
    ]


def test_dilation_is_in_the_field() -> None:
    design = chain((1, 20, 20), ("conv2d", {"kernel": 3, "dilation": 2}), ("conv2d", {"kernel": 3}))
    assert lines(design, "conv1", Quantity.RECEPTIVE_FIELD)[0] == "R = 1 + (3 − 1)·2·1 = 5"


def test_axes_that_differ_are_told_apart() -> None:
    design = chain((3, 20, 20), ("conv2d", {"kernel": [1, 3], "stride": [1, 2]}))
    assert lines(design, "conv1", Quantity.RECEPTIVE_FIELD) == [
        "height: R = 1 + (1 − 1)·1 = 1",
        "stride, height: j = 1·1 = 1",
        "width: R = 1 + (3 − 1)·1 = 3",
        "stride, width: j = 1·2 = 2",
    ]
    assert lines(design, "conv1", Quantity.OUTPUT) == [
        "height: ⌊(20 + 2·0 − 1)/1⌋ + 1 = 20",
        "width: ⌊(20 + 2·0 − 3)/2⌋ + 1 = 9",
    ]


def test_a_join_starts_from_the_larger_field() -> None:
    assert lines(branchy(), "add", Quantity.RECEPTIVE_FIELD)[0] == "R = 7 + (1 − 1)·1 = 7"


def test_a_vector_has_no_field() -> None:
    design = chain((3, 4, 4), ("flatten", {}), ("dense", {"units": 5}))
    assert lines(design, "fc1", Quantity.RECEPTIVE_FIELD) == []
    assert lines(design, "fc1", Quantity.PARAMETERS) == ["(48 + 1)·5 = 245"]
    [memory] = lines(design, "fc1", Quantity.MEMORY)
    assert memory.replace("\N{NO-BREAK SPACE}", " ") == "5 × 4 B = 20 B"


def test_the_image_has_a_size_and_no_field_to_explain() -> None:
    assert lines(TEN_FILTERS, "image", Quantity.RECEPTIVE_FIELD) == []
    [memory] = lines(TEN_FILTERS, "image", Quantity.MEMORY)
    assert memory.startswith("32·32·3 × 4")


def test_a_layer_with_a_problem_and_one_that_waits_explain_nothing() -> None:
    design = chain((1, 4, 4), ("conv2d", {"kernel": 9}), ("relu", {}))
    report = analyse(design)
    assert explain(design, report, "conv1") == explain(design, report, "relu1") == ()


RESULTS = {
    Quantity.PARAMETERS: lambda facts: facts.parameters,
    Quantity.MACS: lambda facts: facts.macs,
    Quantity.MEMORY: lambda facts: facts.activation_bytes,
}
CHARACTERS = str.maketrans({"·": "*", "×": "*", "−": "-", "B": "", "⌊": "(", "⌋": ")", "\N{NO-BREAK SPACE}": ""})


@given(designs(max_nodes=6, with_extras=False))
def test_what_a_formula_says_is_what_the_report_says_and_its_arithmetic_is_right(design: Design) -> None:
    report = analyse(design)
    for node_id, facts in report.layers.items():
        for formula in explain(design, report, node_id):
            assert "\n" not in formula.text
            if formula.quantity in RESULTS:
                left, _equals, right = formula.text.rpartition("=")
                assert int(re.sub(r"\D", "", right)) == RESULTS[formula.quantity](facts), formula
                # Any program may check the left side: it is plain arithmetic.
                assert eval(left.translate(CHARACTERS)) == RESULTS[formula.quantity](facts), formula
            if formula.quantity is Quantity.RECEPTIVE_FIELD:
                left, _equals, right = formula.text.rpartition("=")
                assert eval(left.partition("=")[2].translate(CHARACTERS)) == int(right), formula
