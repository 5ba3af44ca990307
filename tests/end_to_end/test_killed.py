"""A window that dies while it is edited loses at most ten seconds of work, and the file it had open still opens.

NETDRAFT_KILLS=200 kills as many; the suite has time for a few.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest

from designer.gallery.lenet import lenet5
from designer.library import files
from designer.session.durability.recovery import left_behind, recovery_folder

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("NETDRAFT_KILLS", "2"))
MOST_LOST_SECONDS = 10.0
MOST_EDITS = 80
"""One or two seconds of editing, some ten copies: enough for a kill to hit any moment of a copy or a save."""


@attrs.define
class Death:
    """What a window had told when it died: the number and time of every edit."""

    times: dict[int, float] = attrs.field(factory=dict)
    status: int = 0

    @property
    def last(self) -> int:
        return max(self.times)

    def lost_seconds(self, edits: int) -> float:
        """How old the first edit that is lost was when the last one was made."""
        return self.times[self.last] - self.times[edits + 1] if edits < self.last else 0.0


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "project" / "mine.netdraft.json"
    path.parent.mkdir()
    files.save(lenet5(), path)
    return path


@contextmanager
def editing(file: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.helpers.editing", str(file), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def die(file: Path, seed: int, after: int, number: int) -> Death:
    """Let a window make some edits, and end it by a signal."""
    death = Death()
    with editing(file, seed) as process:
        for line in process.stdout:
            count, when = line.split()
            death.times[int(count)] = float(when)
            if int(count) == after:
                process.send_signal(number)
    death.status = process.returncode
    return death


def edits_of(name: str) -> int:
    return int(name) if name.isdecimal() else 0


def recovered(file: Path) -> int | None:
    """How many edits the copy holds that the dead window has left; None where it has left none."""
    found = left_behind()
    if not found:
        return None
    (left,) = found
    assert left.problem == ""
    assert left.path == file
    design = left.load().design
    left.discard()
    return edits_of(design.name)


@pytest.mark.skipif(sys.platform == "win32", reason="processes end in another way there")
class TestKilled:
    @pytest.mark.parametrize("seed", range(KILLS))
    def test_at_any_moment_of_editing(self, file, seed):
        death = die(file, seed, random.Random(seed).randrange(1, MOST_EDITS), signal.SIGKILL)
        assert death.status == -signal.SIGKILL
        saved = edits_of(files.load(file).name)
        kept = recovered(file)
        assert death.lost_seconds(max(saved, kept or 0)) <= MOST_LOST_SECONDS
        # An edit is told after it is made: one more may be on disk.
        assert max(saved, kept or 0) <= death.last + 1
        assert list(recovery_folder().glob("*")) == []

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_to_end_loses_nothing_and_asks_nothing(self, file, number):
        death = die(file, 7, 30, number)
        assert death.status == 128 + number
        kept = recovered(file)
        assert death.last == (kept if kept is not None else edits_of(files.load(file).name))
