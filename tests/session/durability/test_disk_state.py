from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from designer.session.durability.disk_state import FileStamp, OnDisk, compare, stamp, stamp_of, untouched


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.netdraft.json"
    path.write_text("one")
    return path


def later(path: Path) -> None:
    """Give a file another date."""
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 5_000_000_000))


def test_a_file_that_nobody_has_written_is_the_same(file: Path) -> None:
    known = stamp(file)
    assert untouched(file, known)
    assert compare(known, stamp(file)) is OnDisk.SAME


def test_another_date_alone_is_no_change(file: Path) -> None:
    known = stamp(file)
    later(file)
    assert not untouched(file, known)
    assert compare(known, stamp(file)) is OnDisk.SAME


def test_the_same_contents_under_a_new_inode_are_no_change(file: Path) -> None:
    known = stamp(file)
    file.with_name("new").write_text("one")
    file.with_name("new").replace(file)
    assert compare(known, stamp(file)) is OnDisk.SAME


def test_other_contents_of_the_same_size_and_date_are_a_change(file: Path) -> None:
    known = stamp(file)
    status = file.stat()
    file.write_text("two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not untouched(file, known)
    assert compare(known, stamp(file)) is OnDisk.CHANGED


def test_a_file_that_is_gone_and_one_that_has_come(file: Path) -> None:
    known = stamp(file)
    file.unlink()
    assert stamp(file) is None
    assert not untouched(file, known)
    assert compare(known, None) is OnDisk.GONE
    assert compare(None, known) is OnDisk.CHANGED
    assert compare(None, None) is OnDisk.SAME
    assert untouched(file, None)


def test_what_another_program_writes_right_after_us_is_still_found(file: Path) -> None:
    ours = stamp(file)
    assert stamp_of(file, ours.digest) == ours
    file.write_text("theirs")
    known = stamp_of(file, ours.digest)
    assert not untouched(file, known)
    assert compare(known, stamp(file)) is OnDisk.CHANGED
    file.unlink()
    assert stamp_of(file, ours.digest) is None


def test_what_cannot_be_read_is_known_by_its_status(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.touch()
    known = stamp(empty)
    assert known.digest == ""
    assert compare(known, stamp(empty)) is OnDisk.SAME
    later(empty)
    assert compare(known, stamp(empty)) is OnDisk.CHANGED


def test_a_stamp_survives_json(file: Path) -> None:
    known = stamp(file)
    assert FileStamp.from_json(json.loads(json.dumps(known.to_json()))) == known


@pytest.mark.parametrize("tree", [None, [], {}, {"digest": 1}, {"digest": "a", "size": "1"}])
def test_anything_else_is_no_stamp(tree: object) -> None:
    assert FileStamp.from_json(tree) is None
