from __future__ import annotations

import pytest

from designer.ui.widgets.column_fit import widths

KEYS = ("id", "kind", "output", "parameters", "operations", "memory", "receptive_field", "problem")


@pytest.mark.parametrize("room", [82, 100, 120])
def test_everything_but_problems_fits_into_a_dock(room):
    assert sum(widths(KEYS, room, with_problems=False).values()) <= room


@pytest.mark.parametrize("room", [86, 120, 200])
def test_with_problems_all_room_is_used(room):
    assert sum(widths(KEYS, room, with_problems=True).values()) == room


def test_the_kind_gives_way_to_problems():
    assert widths(KEYS, 90, with_problems=True)["kind"] == 0
    assert widths(KEYS, 90, with_problems=False)["kind"] > 0
    assert widths(KEYS, 140, with_problems=True)["kind"] > 0


def test_names_stay_legible_however_little_room_there_is():
    assert widths(KEYS, 20, with_problems=True)["id"] >= 12
