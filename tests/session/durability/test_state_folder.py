from __future__ import annotations

import sys
from pathlib import Path

import pytest

from designer.session.durability.state_folder import make_private, name_for, state_folder


def test_it_is_where_the_environment_says_at_the_moment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETDRAFT_STATE", str(tmp_path / "a"))
    assert state_folder() == tmp_path / "a"
    monkeypatch.setenv("NETDRAFT_STATE", str(tmp_path / "b"))
    assert state_folder() == tmp_path / "b"


def test_a_relative_one_does_not_move_with_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETDRAFT_STATE", "here")
    assert state_folder() == tmp_path / "here"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the XDG base directories are Linux's")
def test_else_it_is_the_system_s_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NETDRAFT_STATE", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "netdraft"


@pytest.mark.skipif(sys.platform == "win32", reason="access comes from the folder there")
def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "state")
    assert folder.stat().st_mode & 0o077 == 0
    assert make_private(folder) == folder


def test_a_path_has_one_name_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    names = {name_for(tmp_path / way / "net.json") for way in ("folder", "link", "folder/../folder")}
    assert len(names) == 1
    assert name_for(tmp_path / "folder" / "other.json") not in names
