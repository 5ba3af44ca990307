"""ZIP archives of tensors, read within bounds of memory and time whatever the archive says of itself."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from designer.files.safetensors_format import Damaged
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint

LARGEST_READ = 16_000_000
"""Bytes read at once: what is more, the archive's list of its members too, is no archive of tensors."""

BLOCK = 2**20


class _Bounded(io.RawIOBase):
    """A file that is read in bounded pieces: the reader of archives takes their whole list of members at once."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream

    def read(self, size: int | None = -1) -> bytes:
        """At most `LARGEST_READ` bytes; a reader that wants more has been lied to."""
        if size is None or size < 0:
            here = self._stream.tell()
            size = self._stream.seek(0, io.SEEK_END) - here
            self._stream.seek(here)
        if size > LARGEST_READ:
            raise Damaged(_("the list of its members is longer than {limit} bytes").format(limit=LARGEST_READ))
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


@contextlib.contextmanager
def opened_archive(stream: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """The archive; what is wrong with it becomes `Damaged`, while it is read too."""
    try:
        with zipfile.ZipFile(_Bounded(stream)) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, OverflowError, UnicodeError):
        raise Damaged(_("the archive is damaged or not whole")) from None
    except (NotImplementedError, RuntimeError):
        raise Damaged(_("the archive is encrypted or packed in a way that is not read")) from None


def read_exactly(member: IO[bytes], size: int) -> bytes:
    """So many bytes of a member, which may be packed; raises `Damaged` where they are fewer."""
    contents = member.read(size)
    if len(contents) != size:
        raise Damaged(_("a member of the archive is shorter than it says"))
    return contents


def read_into(member: IO[bytes], values: npt.NDArray[Any]) -> None:
    """Fill an array with the next bytes of a member, block by block, so that it can be stopped."""
    room = values.reshape(-1).view(np.uint8).data
    for start in range(0, len(room), BLOCK):
        checkpoint(start / len(room))
        part = room[start : start + BLOCK]
        part[:] = read_exactly(member, len(part))
