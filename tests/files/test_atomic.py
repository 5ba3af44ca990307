from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from designer.files.atomic import atomic_write


def write(path: Path, contents: bytes) -> None:
    with atomic_write(path) as stream:
        stream.write(contents)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_new_file_holds_what_was_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "net.json") as stream:
        stream.write(b"one ")
        stream.write(b"two")
    assert (tmp_path / "net.json").read_bytes() == b"one two"
    assert names(tmp_path) == ["net.json"]


def test_path_may_be_text(tmp_path: Path) -> None:
    with atomic_write(str(tmp_path / "net.json")) as stream:
        stream.write(b"x")
    assert names(tmp_path) == ["net.json"]


def test_old_contents_stay_until_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "net.json"
    target.write_bytes(b"old")
    with atomic_write(target) as stream:
        stream.write(b"new")
        stream.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)])
def test_failure_in_the_block_leaves_the_old_file_and_no_temporary(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "net.json"
    target.write_bytes(b"old")

    def write_half() -> None:
        with atomic_write(target) as stream:
            stream.write(b"half of the n")
            raise failure

    with pytest.raises(type(failure)):
        write_half()
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["net.json"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_leaves_the_old_file_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    target = tmp_path / "net.json"
    target.write_bytes(b"old")
    monkeypatch.setattr(Path if call == "replace" else os, call, full)
    with pytest.raises(OSError, match="No space left") as caught, atomic_write(target) as stream:
        stream.write(b"new")
    assert caught.value.filename == str(target)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["net.json"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_existing_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    target = tmp_path / "net.json"
    target.write_bytes(b"old")
    target.chmod(mode)
    with atomic_write(target) as stream:
        stream.write(b"new")
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_new_file_gets_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    with atomic_write(tmp_path / "net.json") as stream:
        stream.write(b"x")
    assert (tmp_path / "net.json").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_existing_file_keeps_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "net.json"
    target.write_bytes(b"old")
    os.chown(target, 1234, 2345)
    with atomic_write(target) as stream:
        stream.write(b"new")
    assert (target.stat().st_uid, target.stat().st_gid) == (1234, 2345)


def test_link_is_followed_and_stays(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(b"old")
    link = tmp_path / "net.json"
    link.symlink_to(real)
    with atomic_write(link) as stream:
        stream.write(b"new")
        assert Path(stream.name).parent == real.parent
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert names(tmp_path) == ["net.json", "real.json"]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("first", ["there/real.json", "stop.json"])
def test_link_out_of_the_folder_is_refused(tmp_path: Path, exists: bool, first: str) -> None:
    (tmp_path / "there").mkdir()
    real = tmp_path / "there" / "real.json"
    if exists:
        real.write_bytes(b"old")
    (tmp_path / "stop.json").symlink_to(real)
    (tmp_path / "net.json").symlink_to(tmp_path / first)
    with pytest.raises(OSError, match=r"is a link to .*real\.json; save under that name") as refused:
        write(tmp_path / "net.json", b"new")
    assert refused.value.filename == str(tmp_path / "net.json")
    assert names(tmp_path / "there") == (["real.json"] if exists else [])
    assert not exists or real.read_bytes() == b"old"
    assert names(tmp_path) == ["net.json", "stop.json", "there"]


def test_folder_that_is_reached_by_a_link_is_written_into(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "there")
    write(tmp_path / "here" / "net.json", b"new")
    assert (tmp_path / "there" / "net.json").read_bytes() == b"new"


def test_link_may_be_replaced_instead(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_bytes(b"old")
    (tmp_path / "net.json").symlink_to(tmp_path / "real.json")
    with atomic_write(tmp_path / "net.json", through_link=False) as stream:
        stream.write(b"new")
    assert not (tmp_path / "net.json").is_symlink()
    assert (tmp_path / "net.json").read_bytes() == b"new"
    assert (tmp_path / "real.json").read_bytes() == b"old"


def test_link_to_nothing_makes_the_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "net.json").symlink_to(tmp_path / "real.json")
    with atomic_write(tmp_path / "net.json") as stream:
        stream.write(b"new")
    assert not (tmp_path / "real.json").is_symlink()
    assert (tmp_path / "real.json").read_bytes() == b"new"


def test_longest_file_name_can_be_written(tmp_path: Path) -> None:
    name = "n" * os.pathconf(tmp_path, "PC_NAME_MAX")
    with atomic_write(tmp_path / name) as stream:
        stream.write(b"x")
    assert names(tmp_path) == [name]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    target = tmp_path / "no" / "net.json"
    with pytest.raises(FileNotFoundError) as caught, atomic_write(target):
        pass
    assert caught.value.filename == str(target)


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), atomic_write(tmp_path):
        pass
    assert names(tmp_path) == []


def test_pipe_is_refused_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Not a regular file"), atomic_write(tmp_path / "pipe"):
        pass
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_read_only_file_is_not_replaced_behind_its_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "net.json"
    target.write_bytes(b"old")
    target.chmod(0o444)
    # Root may write to it anyway, so the answer is made up.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(PermissionError) as caught, atomic_write(target):
        pass
    assert caught.value.filename == str(target)
    assert target.read_bytes() == b"old"


def test_two_writers_at_once_both_finish_and_one_whole_text_wins(tmp_path: Path) -> None:
    target = tmp_path / "net.json"
    meet = threading.Barrier(2, timeout=10)

    def write(text: bytes) -> None:
        with atomic_write(target) as stream:
            stream.write(text)
            meet.wait()

    writers = [threading.Thread(target=write, args=(text * 1000,)) for text in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=10)
    assert target.read_bytes() in (b"a" * 1000, b"b" * 1000)
    assert names(tmp_path) == ["net.json"]
