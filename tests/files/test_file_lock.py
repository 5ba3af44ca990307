from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from designer.files.file_lock import FileLock

HOLD = """
import sys
from pathlib import Path
from designer.files.file_lock import FileLock
lock = FileLock.take(Path(sys.argv[1]))
print(lock is not None, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.lock"


def test_only_one_holds_it(path: Path) -> None:
    lock = FileLock.take(path)
    assert FileLock.take(path) is None
    lock.release()
    again = FileLock.take(path)
    assert again is not None
    again.release()


def test_nothing_is_left_when_it_is_given_up(path: Path) -> None:
    FileLock.take(path).release()
    assert list(path.parent.iterdir()) == []


def test_giving_it_up_twice_closes_nobody_else_s_file(path: Path) -> None:
    lock = FileLock.take(path)
    lock.release()
    other = FileLock.take(path)
    lock.release()
    assert other.valid
    assert FileLock.take(path) is None
    other.release()


def test_a_killed_process_no_longer_holds_it(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "True\n"
        assert FileLock.take(path) is None
        process.kill()
    lock = FileLock.take(path)
    assert lock is not None
    lock.release()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_a_lock_whose_file_is_gone_is_worth_nothing(path: Path) -> None:
    lock = FileLock.take(path)
    assert lock.valid
    path.unlink()
    assert not lock.valid
    other = FileLock.take(path)
    assert other.valid
    lock.release()
    assert path.exists()
    other.release()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock.take(tmp_path / "nowhere" / "net.lock")
