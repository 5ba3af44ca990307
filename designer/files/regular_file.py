"""Read a file that a user named, refusing what would block, never end, or fill the memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from designer.i18n import _
from designer.layer_api.problems import UserError

GROWTH_BYTES = 2**20
"""Read at a time of a file that grows while it is read."""


class FileRefused(UserError):
    """A file was not read; the message is one line: where, what came, what was wanted."""


def printable_path(path: str | os.PathLike[str]) -> str:
    """Return a path as text that fits on one line and can be printed, whatever bytes its name is made of."""
    unprintable = "\N{REPLACEMENT CHARACTER}"
    return "".join(letter if letter.isprintable() else unprintable for letter in os.fspath(path))


def read_regular_file(path: str | os.PathLike[str], *, limit: int) -> bytes:
    """Return the whole contents of a regular file.

    Parameters
    ----------
    path
        Symbolic links are followed.
    limit
        The largest size in bytes that is read.

    Raises
    ------
    FileRefused
        If it is missing, unreadable, empty, larger than ``limit``, or no regular file: a folder, a device, or
        a FIFO, which is recognised without being opened, since opening it would wait for a writer.
    """
    where = printable_path(path)
    try:
        with checked_file(path, limit=limit) as (stream, size):
            contents = _read(stream, size, limit)
    except MemoryError:
        raise FileRefused(_("{where}: there is not enough memory to read it").format(where=where)) from None
    if len(contents) > limit:
        raise FileRefused(_too_large(where, len(contents), limit))
    return contents


@contextlib.contextmanager
def checked_file(path: str | os.PathLike[str], *, limit: int) -> Iterator[tuple[BufferedReader, int]]:
    """Open a regular file of bounded size to read it piece by piece.

    Yields
    ------
    tuple
        The open file and its size, 0 where the system does not know it.

    Raises
    ------
    FileRefused
        As `read_regular_file`; also where reading fails inside the block.
    """
    where = printable_path(path)
    try:
        with open_regular_file(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > limit:
                raise FileRefused(_too_large(where, size, limit))
            if not stream.peek(1):
                raise FileRefused(_("{where}: the file is empty").format(where=where))
            yield stream, size
    except UserError:
        raise
    except (OSError, ValueError) as error:
        raise FileRefused(f"{where}: {_reason(error)}") from error


def open_regular_file(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a regular file for reading, without waiting for anything.

    Raises
    ------
    FileRefused
        If it is no regular file.
    OSError, ValueError
        If it cannot be opened, or the name is none.
    """
    where = printable_path(path)
    _refuse_special(where, Path(path).stat())
    # Looked at again once open, without waiting: another file could have taken its name in between.
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_special(where, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _read(stream: BufferedReader, size: int, limit: int) -> bytes:
    """All there is, a byte over the limit at most; asks for as much memory as the file needs, not as it may need."""
    # One byte more than it says it has: a short answer is how the end is seen.
    contents = stream.read(size + 1)
    if len(contents) <= size:
        return contents
    parts, left = [contents], limit + 1 - len(contents)
    while left > 0 and (part := stream.read(min(left, GROWTH_BYTES))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def file_digest(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a regular file in hexadecimal; raises as :func:`open_regular_file` does."""
    with open_regular_file(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _refuse_special(where: str, status: os.stat_result) -> None:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        what = _("is a folder")
    elif stat.S_ISFIFO(mode):
        what = _("is a named pipe")
    elif stat.S_ISSOCK(mode):
        what = _("is a socket")
    else:
        what = _("is a device")
    raise FileRefused(_("{where}: {what}; name a regular file").format(where=where, what=what))


def _too_large(where: str, size: int, limit: int) -> str:
    return _("{where}: the file has {size} MB; at most {limit} MB are read").format(
        where=where, size=f"{size / 1e6:,.0f}", limit=f"{limit / 1e6:,.0f}"
    )


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return _("no such file")
    if isinstance(error, PermissionError):
        return _("no permission to read it")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return _("not a file name: {reason}").format(reason=str(error))
