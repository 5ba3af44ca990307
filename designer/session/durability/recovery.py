"""Recovery copies: every unsaved design on disk within seconds, and what a process that died has left there.

Each window has a folder of its own in ``recovery`` of the state folder, and holds a lock beside it. A folder whose lock
is free belonged to a process that has ended without saving.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from designer.files.file_lock import FileLock
from designer.graph.design import Design
from designer.layer_api.problems import UserError
from designer.session.durability.disk_state import FileStamp
from designer.session.durability.snapshots import (
    SUFFIX,
    Snapshot,
    WeightsFiles,
    read_snapshot,
    remove_unused,
    write_snapshot,
)
from designer.session.durability.state_folder import make_private, state_folder

NAME = "design" + SUFFIX


@attrs.frozen
class Unsaved:
    """What would be lost: the design, the file it came from and how that file was, the time of the last edit."""

    design: Design
    path: Path | None = None
    on_disk: FileStamp | None = None
    time: float = attrs.field(factory=time.time)


class RecoveryCopy:
    """The recovery copy of one window. Nothing is on disk until something is unsaved.

    Not safe to be called from two threads at once.
    """

    def __init__(self) -> None:
        self._lock: FileLock | None = None
        self._weights = WeightsFiles()

    @property
    def folder(self) -> Path | None:
        """Where the copy is; None while there is none."""
        return self._lock.path.with_suffix("") if self._lock is not None else None

    def write(self, unsaved: Unsaved) -> None:
        """Replace the copy in one step; raises OSError and leaves the one before."""
        folder = self._own_folder()
        about = {
            "name": unsaved.design.name,
            "path": None if unsaved.path is None else str(unsaved.path),
            "time": unsaved.time,
            "on_disk": None if unsaved.on_disk is None else unsaved.on_disk.to_json(),
        }
        names = self._weights.write(folder, unsaved.design)
        write_snapshot(folder / NAME, unsaved.design, about, names)
        remove_unused(folder, [Snapshot(folder / NAME, about, names)])

    def clear(self) -> None:
        """Remove the copy: there is nothing unsaved any more. Raises OSError."""
        if self._lock is not None:
            _remove(self._lock)
            self._lock = None

    def leave(self) -> None:
        """Let go of the copy, so that the next start finds it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _own_folder(self) -> Path:
        root = make_private(recovery_folder())
        # Somebody may have emptied the state folder meanwhile.
        while self._lock is None or not self._lock.valid:
            self.leave()
            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(4)}"
            # None: a start that looks for copies left behind holds it for a moment.
            self._lock = FileLock.take(root / f"{name}.lock")
        return make_private(self._lock.path.with_suffix(""))


@attrs.frozen(eq=False)
class LeftBehind:
    """The copy of a process that has ended without saving; nobody else is offered it until it is let go.

    Where the copy cannot be read, ``problem`` says why in one line.
    """

    _lock: FileLock = attrs.field(alias="lock")
    snapshot: Snapshot | None = None
    problem: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._lock.path.with_suffix("")

    @property
    def name(self) -> str:
        """The file's name, or the design's."""
        return self.path.name if self.path is not None else str(self._about.get("name", ""))

    @property
    def path(self) -> Path | None:
        """The file it was opened from or last saved as."""
        path = self._about.get("path")
        return Path(path) if isinstance(path, str) and path and "\0" not in path else None

    @property
    def time(self) -> float:
        """When it was last edited, in seconds since 1970."""
        found = self._about.get("time")
        return float(found) if isinstance(found, int | float) else 0.0

    @property
    def on_disk(self) -> FileStamp | None:
        """How the file was when it was opened or last saved."""
        return FileStamp.from_json(self._about.get("on_disk"))

    @property
    def _about(self) -> Mapping[str, Any]:
        return self.snapshot.about if self.snapshot is not None else {}

    def load(self) -> Unsaved:
        """The design as it was; raises UserError."""
        if self.snapshot is None:
            raise UserError(self.problem)
        return Unsaved(self.snapshot.design(), self.path, self.on_disk, self.time)

    def discard(self) -> None:
        """Remove it for good; raises OSError."""
        _remove(self._lock)

    def let_go(self) -> None:
        """Leave it for the next start."""
        self._lock.release()


def recovery_folder() -> Path:
    """Where the copies of all windows lie."""
    return state_folder() / "recovery"


def left_behind() -> tuple[LeftBehind, ...]:
    """Take charge of every copy whose process has ended, latest first; raises OSError.

    Folders and locks without a copy are removed.
    """
    root = recovery_folder()
    if not root.is_dir():
        return ()
    names = {entry.name for entry in root.iterdir() if entry.is_dir()}
    names |= {entry.stem for entry in root.glob("*.lock")}
    found = [left for name in sorted(names) for left in _left(root / f"{name}.lock")]
    return tuple(sorted(found, key=lambda left: left.time, reverse=True))


def _left(path: Path) -> list[LeftBehind]:
    lock = FileLock.take(path)
    if lock is None:
        return []
    copy = path.with_suffix("") / NAME
    if not copy.exists():
        # Killed before the first copy was whole, or while it was being removed.
        _remove(lock)
        return []
    try:
        return [LeftBehind(lock, read_snapshot(copy))]
    except UserError as problem:
        return [LeftBehind(lock, None, str(problem))]


def _remove(lock: FileLock) -> None:
    folder = lock.path.with_suffix("")
    # The copy goes first: without it the folder is nothing that is offered, whatever happens next.
    (folder / NAME).unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
    lock.release()
