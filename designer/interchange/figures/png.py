"""Pictures as PNG (ISO 15948), made strip by strip: Pillow's encoder wants the whole picture in memory."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from designer.kernels.runtime.threads import checkpoint

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB = 0, 2
UP = 2
"""The filter: each byte less the one above it. Enlarged maps repeat their rows."""


def png_pieces(shape: tuple[int, int, int], strips: Iterable[npt.NDArray[np.uint8]]) -> Iterator[bytes]:
    """The bytes of a PNG file, one piece after the other, with a checkpoint after every strip.

    Parameters
    ----------
    shape
        Rows, columns, and 1 (grey) or 3 (red, green, blue) values of a pixel.
    strips
        Rows of pixels from top to bottom, some in each.
    """
    height, width, depth = shape
    colour = RGB if depth == 3 else GREY
    yield SIGNATURE
    yield _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    packer = zlib.compressobj()
    above, done = np.zeros((1, width * depth), np.uint8), 0
    for strip in strips:
        rows = strip.reshape(len(strip), -1)
        filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
        filtered[:, 0] = UP
        np.subtract(rows[:1], above, out=filtered[:1, 1:])
        np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
        above, done = rows[-1:].copy(), done + len(rows)
        packed = packer.compress(filtered.data)
        if packed:
            yield _chunk(b"IDAT", packed)
        checkpoint(done / height)
    yield _chunk(b"IDAT", packer.flush())
    yield _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(content)), name, content, struct.pack(">I", zlib.crc32(name + content))))
