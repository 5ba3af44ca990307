"""A process that saves is killed at any moment: the file opens, its weights are its own, and nothing stays behind.

``NETDRAFT_KILLS=400`` in the environment kills more often than the gate has time for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("NETDRAFT_KILLS", "30"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are copies of another")
def test_a_save_that_is_killed_leaves_a_state_that_opens(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.helpers.killed_saves", str(tmp_path), str(KILLS), "7"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60 + KILLS,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["killed"] == KILLS
    # Otherwise the moments were not those in which anything is written.
    assert found["with a temporary file left"] > KILLS // 10, found
