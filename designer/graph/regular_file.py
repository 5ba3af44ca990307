"""Read a file that a user named, refusing what would block, never end, or fill the memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from designer.i18n import _
from designer.layer_api.problems import UserError


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
        _refuse_special(where, Path(path).stat())
        # Looked at again once open, without waiting: another file could have taken its name in between.
        with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
            status = os.fstat(stream.fileno())
            _refuse_special(where, status)
            if status.st_size > limit:
                raise FileRefused(_too_large(where, status.st_size, limit))
            contents = stream.read(limit + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(f"{where}: {_reason(error)}") from error
    if len(contents) > limit:
        raise FileRefused(_too_large(where, len(contents), limit))
    if not contents:
        raise FileRefused(_("{where}: the file is empty").format(where=where))
    return contents


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
