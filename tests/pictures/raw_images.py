"""Image files byte by byte, for layouts that Pillow reads but does not write."""

from __future__ import annotations

import struct
import zlib


def png_chunk(name: bytes, contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + name + contents + struct.pack(">I", zlib.crc32(name + contents))


def png(width: int, height: int, bits: int, color_type: int, rows: list[bytes]) -> bytes:
    """PNG, section 11.2.1; color_type 0 grey, 2 RGB, 4 grey and alpha, 6 RGB and alpha; samples big-endian."""
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = (png_chunk(b"IHDR", header), png_chunk(b"IDAT", pixels), png_chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def tiff(
    width: int,
    height: int,
    bits: int,
    samples: bytes,
    *,
    order: str = "<",
    white_is_zero: bool = False,
    sample_format: int = 1,
    orientation: int = 1,
) -> bytes:
    """TIFF 6.0 grey, one uncompressed strip; sample_format 1 unsigned, 2 signed, 3 IEEE float."""
    entries = [
        (256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 0 if white_is_zero else 1),
        (273, 4, 8), (274, 3, orientation), (277, 3, 1), (278, 4, height), (279, 4, len(samples)),
        (339, 3, sample_format),
    ]  # fmt: skip
    directory = struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        packed = struct.pack(order + "I", value) if kind == 4 else struct.pack(order + "HH", value, 0)
        directory += struct.pack(order + "HHI", tag, kind, 1) + packed
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(samples))
    return start + samples + directory + struct.pack(order + "I", 0)
