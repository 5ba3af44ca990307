"""A few hundred random acts on the real window at every test run; ``make fuzz SECONDS=600`` does it for longer."""

from __future__ import annotations

from pathlib import Path

import pytest

import tests.fuzz.__main__ as fuzz_program
from tests.fuzz.__main__ import numbers, written
from tests.fuzz.run import fuzz
from tests.fuzz.watch import Watch

ACTS = 150


@pytest.fixture
def looks(qapp):
    """The application's style, palette and style sheet as they were."""
    sheet, palette, style = qapp.styleSheet(), qapp.palette(), qapp.style().objectName()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setStyle(style)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_breaks_whatever_is_done(
    looks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "work"
    work.mkdir()
    measured, failure = fuzz(seed, range(1, ACTS + 1), work)
    assert failure is None, str(failure)
    assert measured.acts == ACTS


def test_the_same_seed_does_the_same(looks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = [[], []]
    for turn, acts in enumerate(told):
        work = tmp_path / str(turn)
        work.mkdir()
        monkeypatch.chdir(work)
        fuzz(4, range(1, 31), work, tell=acts.append)
    assert told[0] == told[1]
    assert len(told[0]) == 30


def test_numbers_of_acts_are_written_and_read() -> None:
    assert numbers("1-3,7,9-10") == [1, 2, 3, 7, 9, 10]
    assert written([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"


def test_a_failure_is_made_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 500 acts the ones that matter are left: here the 412th after the 37th."""

    def one_seed(seed: int, only: str, seconds: float, ignore: str = "") -> dict[str, object]:
        kept = numbers(only)
        fails = {37, 412} <= set(kept)
        return {"seed": seed, "only": only, "failure": "text" if fails else "", "kind": "KeyError" if fails else ""}

    monkeypatch.setattr(fuzz_program, "one_seed", one_seed)
    found = {"seed": 1, "only": "1-500", "failure": "text", "kind": "KeyError", "act": 412}
    assert fuzz_program.shrunk(found, "") == "37,412"


def test_the_watch_sees_what_nobody_looks_at(qapp, capfd: pytest.CaptureFixture[str]) -> None:
    import logging
    import os
    import warnings

    from PySide6.QtCore import QTimer, qWarning

    with Watch(ignore="known") as watch:
        qWarning("of Qt")
        qWarning("known")
        qWarning("This plugin does not support raise()")
        logging.getLogger("a_library").error("of a log")
        warnings.warn("of Python", stacklevel=1)
        os.write(2, b"of a library")
        QTimer.singleShot(0, lambda: 1 // 0)
        qapp.processEvents()
        watch.read_stderr()
    assert [text.split(":")[0] for text in watch.found] == [
        "QtWarningMsg",
        "log",
        "UserWarning",
        "exception",
        "standard error",
    ]
    assert "ZeroDivisionError" in watch.found[3]
