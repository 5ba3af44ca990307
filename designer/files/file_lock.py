"""A lock that a process holds on a file, and that the system takes from it when it ends, however it ends.

A lock file that holds a process id, as most libraries write it, has to guess whether that process still lives.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """A lock that is held; made by :meth:`take`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path) -> FileLock | None:
        """The lock on a file, which is created in its existing folder; None where somebody holds it.

        Two windows of one process exclude each other too.

        Raises
        ------
        OSError
            Where the file cannot be created, or the file system knows no locks.
        """
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            lock = cls(path, descriptor)
            try:
                _lock(descriptor)
            except (BlockingIOError, PermissionError):  # the latter is what Windows says
                os.close(descriptor)
                return None
            except OSError:
                os.close(descriptor)
                raise
            try:
                valid = lock.valid
            except OSError:
                os.close(descriptor)
                raise
            if valid:
                return lock
            # Between opening and locking, the one before has released it and removed the file.
            os.close(descriptor)

    @property
    def valid(self) -> bool:
        """Whether the file of that name is still the one that is locked; raises OSError where that cannot be known."""
        if self._descriptor is None:
            return False
        ours = os.fstat(self._descriptor)
        try:
            return os.path.samestat(ours, self.path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Give the lock up and remove its file; a second time nothing happens."""
        still_ours = False
        with contextlib.suppress(OSError):
            still_ours = self.valid
        if sys.platform == "win32":  # an open file cannot be removed there
            self._close()
        with contextlib.suppress(OSError):
            if still_ours:
                self.path.unlink()
        self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)
