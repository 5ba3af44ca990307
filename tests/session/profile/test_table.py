from __future__ import annotations

import csv
import io

import pytest

from designer.engine.execute.profile import RunProfile, StepProfile
from designer.session.profile.table import columns, to_csv, to_markdown, total_text

# 2 · 30e6 / 6 ms = 10 GFLOP/s; 2 · 9e6 / 3 ms = 6; pooling multiplies nothing. All: 2 · 39e6 / 10 ms = 7.8
PROFILE = RunProfile((
    StepProfile(("conv1", "relu1"), "Winograd", 0.006, 30_000_000),
    StepProfile(("pool1",), "windows", 0.001, 0, remembered=True),
    StepProfile(("fc1",), "matrix product", 0.003, 9_000_000, remembered=True),
))  # fmt: skip


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_row_in_words_and_numbers():
    rows = [[plain(column.text(step)) for column in columns(PROFILE)] for step in PROFILE.steps]
    assert rows == [
        ["conv1 + relu1", "Winograd", "computed", "6.00", "10.0", "60.0 %"],
        ["pool1", "windows", "remembered", "1.00", "—", "10.0 %"],
        ["fc1", "matrix product", "remembered", "3.00", "6.0", "30.0 %"],
    ]


def test_the_total_counts_layers_and_says_what_was_remembered():
    assert plain(total_text(PROFILE)) == "4 layers, 10.0 ms, 7.8 GFLOP/s; 2 remembered, 6.0 ms this time"
    assert plain(total_text(RunProfile(PROFILE.steps[:1]))) == "2 layers, 6.0 ms, 10.0 GFLOP/s"


def test_when_nothing_was_computed_it_says_so():
    step = StepProfile(("fc1",), "matrix product", 2.5, 100_000_000, remembered=True)
    assert plain(total_text(RunProfile((step,)))) == "1 layer, 2 500 ms, 0.08 GFLOP/s; all remembered"


def test_nothing_run_has_no_total():
    assert total_text(RunProfile()) == ""


def test_speed_is_sorted_by_value_and_unknown_where_nothing_is_multiplied():
    (speed,) = (column for column in columns(PROFILE) if column.key == "speed")
    assert [speed.value(step) for step in PROFILE.steps] == [pytest.approx(10), None, pytest.approx(6)]


def test_csv_keeps_plain_numbers():
    rows = list(csv.DictReader(io.StringIO(to_csv(PROFILE))))
    assert rows[0] == {
        "layers": "conv1 relu1",
        "algorithm": "Winograd",
        "remembered": "no",
        "seconds": "0.006000",
        "macs": "30000000",
        "gflops": "10.000",
        "share": "0.6000",
    }
    assert [row["remembered"] for row in rows] == ["no", "yes", "yes"]


def test_markdown_ends_with_the_totals():
    lines = plain(to_markdown(PROFILE)).splitlines()
    assert lines[0].startswith("| Layers")
    assert lines[1].endswith("-: |")
    assert [cell.strip() for cell in lines[5].split("|")[1:-1]] == ["**Total**", "", "", "**10.00**", "**7.8**", ""]
    assert lines[-1] == plain(total_text(PROFILE))
