from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own; nothing is in it yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("NETDRAFT_STATE", str(folder))
    return folder
