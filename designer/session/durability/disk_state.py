"""What a file on disk was when it was last read or written here, and whether it still is."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from designer.files.regular_file import FileRefused, read_regular_file
from designer.files.spec import LARGEST_FILE

_NUMBERS = ("size", "mtime_ns", "ctime_ns", "inode")


@attrs.frozen
class FileStamp:
    """A file's status and the digest of its contents (empty where it cannot be read)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return attrs.asdict(self)

    @classmethod
    def from_json(cls, tree: object) -> FileStamp | None:
        """The stamp that :meth:`to_json` gave; None where it is something else."""
        if not isinstance(tree, Mapping) or not isinstance(tree.get("digest"), str):
            return None
        numbers = {name: number for name in _NUMBERS if isinstance(number := tree.get(name), int)}
        return cls(**numbers, digest=tree["digest"]) if len(numbers) == len(_NUMBERS) else None

    def same_contents(self, other: FileStamp) -> bool:
        """Whether nothing but dates and names differs."""
        return self.digest == other.digest if self.digest else self == other


class OnDisk(enum.Enum):
    """What has become of a file."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def stamp(path: Path) -> FileStamp | None:
    """The state of a file; None where there is none. Take it before reading the file: what is newer is then noticed."""
    status = _status(path)
    if status is None:
        return None
    try:
        digest = hashlib.sha256(read_regular_file(path, limit=LARGEST_FILE)).hexdigest()
    except FileRefused:
        digest = ""
    return attrs.evolve(status, digest=digest)


def stamp_of(path: Path, digest: str) -> FileStamp | None:
    """The stamp of a file whose contents with this digest were read or written here just now.

    Where another program has written it since, only the digest is known, so that the next look finds the change.
    """
    now = stamp(path)
    return now if now is None or now.digest == digest else FileStamp(0, 0, 0, 0, digest)


def untouched(path: Path, known: FileStamp | None) -> bool:
    """Whether a look at the file's status is enough to say that it is as known; reads nothing."""
    status = _status(path)
    if status is None or known is None:
        return status is None and known is None
    return status == attrs.evolve(known, digest="")


def compare(known: FileStamp | None, now: FileStamp | None) -> OnDisk:
    """What happened between two stamps of one name; a new date alone is nothing."""
    if now is None:
        return OnDisk.SAME if known is None else OnDisk.GONE
    if known is not None and known.same_contents(now):
        return OnDisk.SAME
    return OnDisk.CHANGED


def _status(path: Path) -> FileStamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
