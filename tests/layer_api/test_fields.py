"""Fields: what they accept, in which form they keep it, and in which words they refuse."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.layer_api import fields, list_fields
from designer.layer_api.problems import FieldError
from tests.helpers.designs import field_values, json_values

WORDS = {"label": "Label", "help": "Help."}
KERNEL = fields.PerAxis(**WORDS)
PADDING = fields.PaddingField(**WORDS)
STRIDE = fields.PerAxis(**WORDS, optional="as the kernel")
COUNT = fields.Integer(**WORDS, low=1, high=10)
RATE = fields.Real(**WORDS, low=0.0, high=1.0)
EPSILON = fields.Real(**WORDS, low=0.0, high=1.0, above=True)
SWITCH = fields.Boolean(**WORDS)
MODE = fields.Choice(**WORDS, options={"nearest": "Nearest", "bilinear": "Bilinear"})
SHAPE = fields.ShapeField(**WORDS)
SIZES = list_fields.SizesField(**WORDS)
AXES = list_fields.AxesField(**WORDS)
ORDER = list_fields.AxesField(**WORDS, permutation=True)
NAMES = list_fields.NamesField(**WORDS)
CUTTING = fields.PaddingField(**WORDS, same=False, low=-65_536)
LISTS = [SIZES, AXES, ORDER, NAMES, CUTTING]
ALL = [
    KERNEL,
    PADDING,
    STRIDE,
    COUNT,
    RATE,
    EPSILON,
    SWITCH,
    MODE,
    SHAPE,
    *LISTS,
    fields.PaddingField(**WORDS, same=False),
]


@pytest.mark.parametrize(
    ("field", "rank", "given", "kept"),
    [
        (KERNEL, 2, 3, (3, 3)),
        (KERNEL, 2, 3.0, (3, 3)),
        (KERNEL, 2, [3, 5], (3, 5)),
        (KERNEL, 3, (1, 2, 3), (1, 2, 3)),
        (KERNEL, 1, 7, (7,)),
        (STRIDE, 2, None, None),
        (STRIDE, 2, 2, (2, 2)),
        (PADDING, 2, 1, ((1, 1), (1, 1))),
        (PADDING, 2, [1, 2], ((1, 1), (2, 2))),
        (PADDING, 2, [[1, 2], [3, 4]], ((1, 2), (3, 4))),
        (PADDING, 2, [1, [3, 4]], ((1, 1), (3, 4))),
        (PADDING, 1, [[0, 1]], ((0, 1),)),
        (PADDING, 2, "same", "same"),
        (COUNT, 0, 10, 10),
        (RATE, 0, 0, 0.0),
        (RATE, 0, 1, 1.0),
        (SWITCH, 0, False, False),
        (MODE, 0, "nearest", "nearest"),
        (SHAPE, 0, [3, 224, 224], (3, 224, 224)),
        (SHAPE, 0, [10], (10,)),
        (SIZES, 0, [64, -1], (64, -1)),
        (AXES, 0, [-1, 1], (-1, 1)),
        (AXES, 0, 2, (2,)),
        (ORDER, 0, [3, 1, 2], (3, 1, 2)),
        (NAMES, 0, ["cat", "tench, Tinca tinca"], ("cat", "tench, Tinca tinca")),
        (CUTTING, 2, [[-1, 2], -3], ((-1, 2), (-3, -3))),
    ],
)
def test_values_are_kept_in_one_form(field: fields.Field, rank: int, given: Any, kept: Any) -> None:
    normal = field.normalise("name", given, rank)
    assert normal == kept
    assert type(normal) is type(kept)
    assert field.normalise("name", normal, rank) == normal


@pytest.mark.parametrize(
    ("field", "given", "message"),
    [
        (COUNT, 0, "count: 0 came, a whole number from 1 to 10 is wanted"),
        (COUNT, 11, "count: 11 came, a whole number from 1 to 10 is wanted"),
        (COUNT, 2.5, "count: 2.5 came, a whole number from 1 to 10 is wanted"),
        (COUNT, True, "count: True came, a whole number from 1 to 10 is wanted"),
        (COUNT, "3", "count: '3' came, a whole number from 1 to 10 is wanted"),
        (COUNT, None, "count: None came, a whole number from 1 to 10 is wanted"),
        (COUNT, float("nan"), "count: nan came, a whole number from 1 to 10 is wanted"),
        (KERNEL, [3], "count: [3] came, a whole number from 1 to 65,536, or 2 of them is wanted"),
        (KERNEL, [3, 0], "count: 0 came, a whole number from 1 to 65,536, or 2 of them is wanted"),
        (KERNEL, None, "count: None came, a whole number from 1 to 65,536, or 2 of them is wanted"),
        (
            PADDING,
            "valid",
            (
                "count: 'valid' came, a whole number from 0 to 65,536, 2 of them, 2 pairs [before, after], "
                'or "same" is wanted'
            ),
        ),
        (
            fields.PaddingField(**WORDS, same=False),
            "same",
            "count: 'same' came, a whole number from 0 to 65,536, 2 of them, or 2 pairs [before, after] is wanted",
        ),
        (RATE, 1.5, "count: 1.5 came, a number from 0 to 1 is wanted"),
        (EPSILON, 0, "count: 0 came, a number above 0, up to 1 is wanted"),
        (SWITCH, 1, "count: 1 came, true or false is wanted"),
        (MODE, "cubic", "count: 'cubic' came, one of nearest, bilinear is wanted"),
        (SHAPE, [], "count: [] came, a list of 1 to 4 whole numbers from 1 to 1,000,000, channels first is wanted"),
    ],
)
def test_what_is_refused_is_told_in_one_line(field: fields.Field, given: Any, message: str) -> None:
    with pytest.raises(FieldError) as caught:
        field.normalise("count", given, 2)
    assert str(caught.value) == message


def test_a_number_too_long_to_write_is_named_by_its_type() -> None:
    with pytest.raises(FieldError, match="count: int came"):
        COUNT.normalise("count", 10**5000, 0)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(FieldError) as caught:
        MODE.normalise("mode", "x" * 10_000, 0)
    assert len(str(caught.value)) < 150
    assert "…" in str(caught.value)


def is_legal(field: fields.Field, value: Any, rank: int) -> bool:
    try:
        field.normalise("name", value, rank)
    except FieldError as refused:
        return not str(refused)
    return True


@pytest.mark.parametrize("field", ALL, ids=lambda field: type(field).__name__)
@given(st.data())
def test_the_schema_takes_what_the_field_takes(field: fields.Field, data: st.DataObject) -> None:
    rank = data.draw(st.integers(1, 3))
    validator = jsonschema.Draft202012Validator(field.schema(rank))
    legal = data.draw(field_values(field, rank))
    as_json = _lists(legal)
    assert validator.is_valid(as_json)
    assert validator.is_valid(field.to_json(field.normalise("name", legal, rank)))
    assert field.normalise("name", as_json, rank) == field.normalise("name", legal, rank)
    odd = data.draw(json_values())
    assert validator.is_valid(odd) == is_legal(field, odd, rank)


def _lists(value: Any) -> Any:
    return [_lists(entry) for entry in value] if isinstance(value, tuple) else value
