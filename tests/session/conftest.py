from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own; nothing is in it yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("NETDRAFT_STATE", str(folder))
    return folder


@pytest.fixture(scope="module")
def no_waiting_for_the_disk() -> Iterator[None]:
    """For hundreds of saves: nothing here tells whether a file has reached the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _descriptor: None)
        yield
