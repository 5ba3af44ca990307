"""The safetensors format: eight bytes of length, a header in JSON, and the values as they lie.

Read and written piece by piece, straight from and into the arrays. The library of that name takes the whole file and
hands back a copy of it, so that 553 MB of weights need three times their memory; where that is short, it aborts with a
panic instead of an error that could be told. Format: huggingface.co/docs/safetensors, "Format".
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from designer.files.json_text import JsonRefused, parse_json
from designer.i18n import _
from designer.layer_api.problems import UserError

LARGEST_HEADER = 16_000_000
"""A hundred bytes for each of 160,000 tensors; the format allows 100 MB, of which Python would make gigabytes."""

NUMPY_TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2",
    "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "<u1",
}  # fmt: skip
"""As which NumPy reads each type; BF16 is the upper half of a float32."""

OTHER_TYPES = ("C64", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4")
"""Types of the format that NumPy does not have."""


class Damaged(UserError):
    """A file that is not in this format; the message says what is wrong in it."""


@attrs.frozen
class Entry:
    """A tensor as the header describes it; its values begin and end so many bytes after the header."""

    name: str
    type: str
    shape: tuple[int, ...]
    begin: int
    end: int


def blocks(tensors: Mapping[str, npt.NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The contents of a file of float32 tensors, piece by piece: they depend on names and values alone."""
    plain = {name: np.asarray(tensors[name], "<f4", order="C") for name in sorted(tensors)}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in plain.items():
        begin, end = end, end + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
    encoded = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    encoded += b" " * (-len(encoded) % 8)  # values begin where any of them may be read from without a copy
    yield struct.pack("<Q", len(encoded)) + encoded
    for tensor in plain.values():
        if tensor.size:
            yield tensor.reshape(-1).data


def read_entries(stream: BufferedReader, size: int, seen: Callable[[Any], None]) -> list[Entry]:
    """Read the header of a file of ``size`` bytes: its tensors in the order in which their values follow.

    Parameters
    ----------
    seen
        Called with all bytes that were read, for a digest.

    Raises
    ------
    Damaged
        Where the header is none, or the values it speaks of are not what follows it: holes, overlaps, more, less.
    """
    start = stream.read(8)
    (length,) = struct.unpack("<Q", start.ljust(8, b"\0"))
    if len(start) < 8 or not 2 <= length <= size - 8:
        raise Damaged(_("the header is longer than the file"))
    if length > LARGEST_HEADER:
        raise Damaged(_("the header is longer than {limit} bytes").format(limit=LARGEST_HEADER))
    encoded = stream.read(length)
    seen(start)
    seen(encoded)
    if not encoded.startswith(b"{"):
        raise Damaged(_("the header is no JSON object"))
    try:
        header = parse_json(encoded.decode())
    except UnicodeDecodeError:
        raise Damaged(_("the header is not text in UTF-8")) from None
    except JsonRefused as problem:
        raise Damaged(str(problem)) from None
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise Damaged(_("the metadata is not an object of texts"))
    entries = sorted(
        (_entry(name, entry) for name, entry in header.items()), key=lambda entry: (entry.begin, entry.end)
    )
    end = 0
    for entry in entries:
        if entry.begin != end:
            raise Damaged(_("the values of {name} do not begin where the last ones end").format(name=entry.name))
        end = entry.end
    if end != size - 8 - length:
        came = size - 8 - length
        raise Damaged(_("{came} bytes of values came, {wanted} are wanted").format(came=came, wanted=end))
    return entries


def _entry(name: str, entry: object) -> Entry:
    wrong = Damaged(_("the header does not say type, shape and place of {name}").format(name=name))
    if not isinstance(entry, dict):
        raise wrong
    kind, shape, place = entry.get("dtype"), _sizes(entry.get("shape")), _sizes(entry.get("data_offsets"))
    if shape is None or place is None or len(place) != 2 or not isinstance(kind, str):
        raise wrong
    if kind not in NUMPY_TYPES and kind not in OTHER_TYPES:
        raise Damaged(_("{name} is of an unknown type").format(name=name))
    if kind in NUMPY_TYPES and math.prod(shape) * np.dtype(NUMPY_TYPES[kind]).itemsize != place[1] - place[0]:
        raise Damaged(_("{name} takes another number of bytes than its shape says").format(name=name))
    if place[0] > place[1]:
        raise Damaged(_("the values of {name} end before they begin").format(name=name))
    return Entry(name, kind, tuple(shape), place[0], place[1])


def _sizes(value: object) -> list[int] | None:
    """The list itself if it holds whole numbers that are no sign of a lie; NumPy knows at most 64 dimensions."""
    if not isinstance(value, list) or len(value) > 64:
        return None
    plain = all(isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**63 for size in value)
    return value if plain else None


def read_values(stream: BufferedReader, entry: Entry, seen: Callable[[Any], None]) -> npt.NDArray[Any]:
    """Read the values that come next, those of ``entry``, whose type NumPy must know."""
    try:
        values = np.empty(entry.shape, NUMPY_TYPES[entry.type])
    except ValueError:  # of no values at all, in dimensions that are too large together
        raise Damaged(_("{name} has a shape that cannot be").format(name=entry.name)) from None
    room = values.reshape(-1).view(np.uint8).data
    if stream.readinto(room) != room.nbytes:
        raise Damaged(_("the file ends within {name}").format(name=entry.name))
    seen(room)
    return values
