"""Numbers as people read them."""

from __future__ import annotations

import pytest

from designer.layer_api.problems import UserError, quoted
from designer.layer_api.quantities import SPACE, byte_text, number, short_number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (10_240, "10 240"), (61_706, "61 706"), (138_357_544, "138 357 544"), (-1234, "-1 234")],
)
def test_thousands_stand_apart(value: int, text: str) -> None:
    assert number(value) == text.replace(" ", SPACE)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"),
        (9_999, "", "9 999"),
        (9_999, "MACs", "9 999 MACs"),
        (10_000, "", "10.00 k"),
        (61_706, "", "61.71 k"),
        (416_520, "MACs", "416.52 kMACs"),
        (999_990, "", "999.99 k"),
        (999_996, "", "1.00 M"),
        (15_470_264_320, "MACs", "15.47 GMACs"),
        (10**12, "", "1.00 T"),
        (10**21, "", "1000.00 E"),
        (2.5, "B", "2.5 B"),
    ],
)
def test_long_numbers_get_a_prefix(value: float, unit: str, text: str) -> None:
    assert short_number(value, unit) == text.replace(" ", SPACE)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (10_240, "10 240 B"), (99_999, "99 999 B"), (100_000, "100.00 kB"), (60_950_432, "60.95 MB")],
)
def test_bytes(value: int, text: str) -> None:
    assert byte_text(value) == text.replace(" ", SPACE)


@pytest.mark.parametrize("value", ["a\nb", "\x1b[31m", 10**5000, [[[1]]] * 100, float("nan"), "\ud800"], ids=type)
def test_any_value_is_quoted_on_one_short_line(value: object) -> None:
    assert quoted(value)
    assert quoted(value).isprintable()
    assert len(quoted(value)) <= 60


def test_a_nest_a_thousand_deep_is_quoted_by_its_type() -> None:
    nest: list[object] = []
    for _level in range(100_000):
        nest = [nest]
    assert quoted(nest) == "list"


def test_what_a_user_is_told_fits_on_one_line_of_any_terminal() -> None:
    assert str(UserError("a\nb\x1b[31mc")) == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31mc"
    assert str(UserError("größe ∞ 文")) == "größe ∞ 文"
