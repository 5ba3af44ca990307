from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from designer import __version__
from designer.session.durability.crash_report import Acts, HardCrash, reports_folder, write_report


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


DIES = """
import faulthandler, os, signal, sys
from designer.session.durability.crash_report import Acts, HardCrash
hard = HardCrash()
faulthandler.enable(hard.open())
for number in range(1234):
    hard.note(Acts().note(f"act {number}"))
print("ready", flush=True)
if sys.argv[1] == "wait":
    sys.stdin.read()
os.kill(os.getpid(), signal.SIGSEGV)
"""


def run(how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DIES, how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_file_of_a_living_process_begins_anew_with_the_last_fifty_acts(state: Path) -> None:
    hard = HardCrash()
    path = Path(hard.open().name)
    for number in range(500):
        hard.note(f"act {number};")
    text = path.read_text()
    hard.close()
    assert [number for number in range(500) if f"act {number};" in text] == list(range(450, 500))


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes in another way there")
class TestHardCrash:
    def test_a_process_that_dies_of_a_signal_leaves_a_report_with_its_acts(self, state: Path) -> None:
        with run("die") as process:
            process.communicate()
        (report,) = HardCrash().take_died()
        text = report.read_text()
        assert "Segmentation fault" in text
        assert f"Netdraft {__version__}" in text
        acts = [line for line in text.splitlines() if " act " in line]
        assert acts[-1].endswith("act 1233")
        assert 50 <= len(acts) <= 550
        assert HardCrash().take_died() == []
        assert sorted(reports_folder().iterdir()) == [report]

    def test_one_that_is_killed_has_nothing_to_report(self, state: Path) -> None:
        with run("wait") as process:
            assert process.stdout.readline() == "ready\n"
            assert HardCrash().take_died() == []
            assert len(list(reports_folder().glob("running-*.txt"))) == 1
            process.kill()
            process.communicate()
        assert HardCrash().take_died() == []
        assert list(reports_folder().iterdir()) == []

    def test_one_that_ends_as_it_should_leaves_nothing(self, state: Path) -> None:
        hard = HardCrash()
        hard.open()
        hard.note("12:00:00 something")
        hard.close()
        assert list(reports_folder().iterdir()) == []
