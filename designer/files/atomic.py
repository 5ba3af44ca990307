"""Replace a file completely or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from designer.files.temporary import new_temporary, opened_temporary
from designer.i18n import _


class LinkRefused(OSError):
    """The path is a symbolic link that leads out of its folder."""


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str], *, through_link: bool = True, access_of: os.stat_result | None = None
) -> Iterator[BinaryIO]:
    """Open a temporary file that takes the place of ``path`` when the block ends without an error.

    A reader sees the old contents or the new ones, never half of them; after an error inside the block (or a
    full disk) the old file is as it was and the temporary one is gone. An existing file keeps its permissions and,
    where the system lets us, its owner.

    A symbolic link to a file of the same folder is followed: that file is replaced and the link stays. One that
    leads to another folder is refused: whoever packed the folder, and not the user, may have chosen what it names.

    Parameters
    ----------
    path
        The file to replace or create. Its folder must exist.
    through_link
        False: a link is replaced like any other file, and what it names stays as it is.
    access_of
        Whose permissions and owner a file gets that did not exist.

    Yields
    ------
    BinaryIO
        Open for writing bytes. Its ``name`` is the temporary file.

    Raises
    ------
    OSError
        With the name of ``path``: no such folder, no permission (also for an existing file that is read-only,
        although its folder would let us replace it), a folder, FIFO or device in its place, disk full.
    """
    target = write_target(path) if through_link else Path(path)
    existing = _existing_file(target, through_link) or access_of
    # In the same folder, because replacing is atomic only within one file system; the name is short, so that
    # a target with the longest name the system allows can still be written.
    temporary = new_temporary(target.parent)
    try:
        with opened_temporary(temporary) as stream:
            # Closed before it is renamed: Windows renames no open file.
            with stream:
                yield stream
                stream.flush()
                if existing is not None:
                    _give_same_access(stream.fileno(), existing)
                os.fsync(stream.fileno())
            temporary.replace(target)
    except OSError as error:
        # "Disk full" does not say where, and of the temporary file nobody has heard.
        if error.filename in (None, str(temporary)):
            error.filename, error.filename2 = str(path), None
        raise
    _sync_folder(target.parent)


def write_target(path: str | os.PathLike[str]) -> Path:
    """The file that is replaced when ``path`` is written: itself, or what a link in the same folder names.

    Raises
    ------
    LinkRefused
        For a link to another folder.
    """
    given = Path(path)
    if not given.is_symlink():
        return given
    target = Path(os.path.realpath(given))
    # Only the last part counts: a folder that is reached by a link is where the user wants the file.
    if target.parent != Path(os.path.realpath(given.parent)):
        reason = _("it is a link to {target}; save under that name, or remove the link").format(target=target)
        raise LinkRefused(errno.ELOOP, reason, str(path))
    return given.with_name(target.name)


def _existing_file(target: Path, through_link: bool) -> os.stat_result | None:
    """Return what is known of the file to be replaced, if there is one; refuse what is no plain file."""
    try:
        existing = target.stat(follow_symlinks=through_link)
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(existing.st_mode):
        return None
    if stat.S_ISDIR(existing.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    if not stat.S_ISREG(existing.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", str(target))
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
    return existing


def _give_same_access(descriptor: int, existing: os.stat_result) -> None:
    if not hasattr(os, "fchmod"):  # Windows: access comes from the folder
        return
    created = os.fstat(descriptor)
    if (created.st_uid, created.st_gid) != (existing.st_uid, existing.st_gid):
        with contextlib.suppress(PermissionError):  # only root may give a file away
            os.fchown(descriptor, existing.st_uid, existing.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(existing.st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can open a folder for that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
