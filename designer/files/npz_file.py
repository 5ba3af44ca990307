"""NumPy's archives of arrays; those that would have to be unpickled are refused.

Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

from __future__ import annotations

import math
import zipfile
from typing import IO, Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

from designer.files.safetensors_format import Damaged
from designer.files.zip_member import read_into
from designer.i18n import _
from designer.layer_api.quantities import byte_text

GROWTH, ALWAYS = 20, 64_000_000
"""Times the size of the file that its arrays may have together, and bytes that they may have anyway.

Trained weights shrink by a tenth when they are packed, zeros a thousand times.
"""

TYPES = "fiub"
"""Kinds of NumPy's types that are numbers."""


def read_npz(archive: zipfile.ZipFile, size: int) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an archive of ``size`` bytes by name, without the suffix ``.npy``."""
    room = max(ALWAYS, GROWTH * size)
    arrays: dict[str, npt.NDArray[Any]] = {}
    for entry in archive.infolist():
        if entry.filename.endswith("/"):
            continue
        name = entry.filename.removesuffix(".npy")
        if name in arrays:
            raise Damaged(_("it has two arrays of the name {name}").format(name=name[:80]))
        with archive.open(entry) as member:
            shape, fortran, kind = _header(name, member)
            count = math.prod(shape)
            room -= count * kind.itemsize
            if room < 0:
                raise Damaged(
                    _("its arrays would take more than {limit} of memory").format(
                        limit=byte_text(max(ALWAYS, GROWTH * size))
                    )
                )
            values = np.empty(count, kind)
            read_into(member, values)
        arrays[name] = values.reshape(shape[::-1]).T if fortran else values.reshape(shape)
    return arrays


def _header(name: str, member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = npy.read_magic(member)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, kind = read(member, max_header_size=10_000)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        raise Damaged(_("{name} is not an array of NumPy").format(name=name[:80])) from None
    if kind.kind not in TYPES or kind.itemsize > 8:
        raise Damaged(_("{name} holds {type}, numbers are wanted").format(name=name[:80], type=str(kind)[:40]))
    if any(length < 0 for length in shape) or len(shape) > 32:
        raise Damaged(_("{name} has a shape that cannot be").format(name=name[:80]))
    return shape, fortran, kind
