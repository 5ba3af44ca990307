from __future__ import annotations

import platform
from pathlib import Path

import numpy as np

from designer import __version__
from designer.session.crash_report import Acts, reports_folder, write_report


def defect(text: str = "by hand") -> ZeroDivisionError:
    try:
        raise ZeroDivisionError(text)
    except ZeroDivisionError as error:
        return error


def test_a_report_says_what_happened_where_and_with_which_versions(state: Path) -> None:
    acts = Acts()
    acts.note("edit: Delete conv1")
    text = write_report(defect(), acts).read_text()
    for part in (
        "ZeroDivisionError: by hand",
        "test_crash_report.py",
        "edit: Delete conv1",
        f"Netdraft {__version__}",
        f"Python {platform.python_version()}",
        f"numpy {np.__version__}",
        "PySide6",
        platform.platform(),
    ):
        assert part in text


def test_it_lies_in_the_state_folder(state: Path) -> None:
    path = write_report(defect(), Acts())
    assert path.parent == reports_folder()
    assert state in path.parents


def test_the_last_fifty_acts_are_told_each_on_its_line(state: Path) -> None:
    acts = Acts()
    for number in range(60):
        acts.note(f"act {number}\nof two lines")
    assert len(acts.lines()) == 50
    assert acts.lines()[0].endswith("act 10 of two lines")
    assert acts.lines()[-1].endswith("act 59 of two lines")


def test_the_latest_twenty_reports_stay(state: Path) -> None:
    written = [write_report(defect(str(number)), Acts()) for number in range(23)]
    assert sorted(reports_folder().glob("*.txt")) == sorted(written[3:])


def test_a_long_traceback_is_cut(state: Path) -> None:
    assert write_report(defect("x" * 3_000_000), Acts()).stat().st_size < 250_000


def test_half_a_character_does_not_keep_a_report_from_being_written(state: Path) -> None:
    assert "\\ud800" in write_report(defect("\ud800"), Acts()).read_text()
