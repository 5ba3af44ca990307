from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from designer.ui.widgets.row_changes import Run, insertions, removals, runs

keys = st.lists(st.sampled_from("abcdefghij"), unique=True)


def test_neighbours_are_one_run():
    assert list(runs([0, 1, 2, 5, 7, 8])) == [Run(0, 2), Run(5, 5), Run(7, 8)]


def test_no_rows_no_runs():
    assert list(runs([])) == []


@given(keys, keys)
def test_removals_then_insertions_turn_one_list_into_the_other(old, new):
    rows = list(old)
    for run in removals(old, set(new)):
        del rows[run.first : run.last + 1]
    assert rows == [key for key in old if key in new]
    rows.sort(key=new.index)
    for run in insertions(new, set(rows)):
        rows[run.first : run.first] = new[run.first : run.last + 1]
    assert rows == new
