"""Checkpoints as PyTorch writes them, put together word by word: what is in them is known, and may be wrong."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

CLASSES = {"float32": "FloatStorage", "float64": "DoubleStorage", "int64": "LongStorage", "float16": "HalfStorage"}
MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."


@attrs.frozen
class Window:
    """A tensor of a checkpoint: a window onto values, which may say what is not true of them."""

    values: np.ndarray[Any, Any]
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0
    count: int | None = None


def whole(array: Any) -> Window:
    """All of an array."""
    values = np.ascontiguousarray(array)
    strides = tuple(step // values.itemsize for step in values.strides)
    return Window(values.reshape(-1), values.shape, strides)


def text(word: str) -> bytes:
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def sizes(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(window: Window, key: str, *, legacy: bool = False) -> bytes:
    kind = CLASSES[window.values.dtype.name].encode()
    count = len(window.values) if window.count is None else window.count
    stored = b"(" + text("storage") + b"ctorch\n" + kind + b"\n" + text(key) + text("cpu") + number(count)
    stored += (b"N" if legacy else b"") + b"tQ"
    made = b"ctorch._utils\n_rebuild_tensor_v2\n(" + stored + number(window.offset)
    return made + sizes(window.shape) + sizes(window.strides) + b"\x89ccollections\nOrderedDict\n)RtR"


def listing(windows: Mapping[str, Window], *, legacy: bool = False) -> bytes:
    """The pickle of a state dict."""
    entries = b"".join(
        text(name) + tensor(each, str(i), legacy=legacy) for i, (name, each) in enumerate(windows.items())
    )
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + entries + b"u}b."


def archive(pickled: bytes, values: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """A checkpoint with this pickle and these values."""
    stream = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", packing) as written:
        written.writestr("archive/data.pkl", pickled)
        for key, each in values.items():
            written.writestr(f"archive/data/{key}", each)
        written.writestr("archive/version", "3\n")
    return stream.getvalue()


def checkpoint(windows: Mapping[str, Window], **ways: bool) -> bytes:
    """What ``torch.save(state_dict, path)`` writes."""
    values = {str(i): each.values.tobytes() for i, each in enumerate(windows.values())}
    return archive(listing(windows), values, **ways)


def old_checkpoint(windows: Mapping[str, Window]) -> bytes:
    """What it wrote before PyTorch 1.6."""
    system = b"\x80\x02}(" + text("little_endian") + b"\x88u."
    keys = b"\x80\x02](" + b"".join(text(str(i)) for i in range(len(windows))) + b"e."
    parts = [MAGIC, b"\x80\x02M\xe9\x03.", system, listing(windows, legacy=True), keys]
    parts += [struct.pack("<q", len(each.values)) + each.values.tobytes() for each in windows.values()]
    return b"".join(parts)
