"""Temporary files of a writer, and what is left of them where a writer was killed; one writer in a folder at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from designer.i18n import _

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind
    _LOCKS = False
else:
    _LOCKS = True

_NAME = re.compile(r"\.[0-9a-f]{12}\.netdraft\.tmp")

YOUNG_SECONDS = 10
"""Between making a temporary file and locking it there are microseconds; a stopped process may stretch them."""

OLD_SECONDS = 24 * 3600
"""Where files cannot be locked, no writer is taken to need longer than this."""

PATIENCE_SECONDS = 60
"""How long a save waits for another in the same folder: 2 GB at 33 MB/s, what a slow disk writes."""


def new_temporary(folder: Path) -> Path:
    """A name in the folder that nobody has, short, and recognised by `left_over`."""
    return folder / f".{secrets.token_hex(6)}.netdraft.tmp"


@contextlib.contextmanager
def opened_temporary(path: Path) -> Iterator[BinaryIO]:
    """Create a file and hold a lock on it until the block ends, although it may be closed and renamed inside.

    If the block raises, the file is gone.
    """
    # x: never write through something another program placed there. Unlike tempfile's, the new file is as
    # accessible as any other that the user creates.
    with path.open("xb") as stream:
        lock = None
        try:
            lock = _locked(stream.fileno())
            yield stream
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        finally:
            if lock is not None:
                os.close(lock)


def _locked(descriptor: int) -> int | None:
    """Another descriptor of the open file, which holds a lock on it until it is closed."""
    if not _LOCKS:
        return None
    with contextlib.suppress(OSError):
        lock = os.dup(descriptor)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(lock)
            raise
        return lock
    return None


def left_over(folder: Path) -> list[Path]:
    """Temporary files whose writer is gone; empty where the folder cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            ours = [entry for entry in entries if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
        return [Path(entry.path) for entry in ours if _is_abandoned(entry)]
    except OSError:
        return []


def _is_abandoned(entry: os.DirEntry[str]) -> bool:
    age = time.time() - entry.stat(follow_symlinks=False).st_mtime
    if age < YOUNG_SECONDS:
        return False
    if not _LOCKS:
        return age > OLD_SECONDS
    descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return age > OLD_SECONDS
    finally:
        os.close(descriptor)
    return True


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process and no other thread is in such a block for this folder.

    Where the system has no locks (Windows, some network file systems) the block is entered at once. The lock is on
    the folder itself, so that nothing is left behind, and a killed process gives it up.

    Raises
    ------
    OSError
        After `PATIENCE_SECONDS`.
    """
    descriptor = _open_folder(folder)
    if descriptor is None:
        yield
        return
    try:
        _wait_for_lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _open_folder(folder: Path) -> int | None:
    if not _LOCKS:
        return None
    with contextlib.suppress(OSError):  # a folder may be writable and not readable; a missing one is told of later
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return None


def _wait_for_lock(descriptor: int, folder: Path) -> None:
    pause, until = threading.Event(), time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                reason = _("another program has been saving here for a minute; try again")
                raise OSError(errno.EBUSY, reason, str(folder)) from None
            pause.wait(0.02)
        except OSError:
            return
        else:
            return
