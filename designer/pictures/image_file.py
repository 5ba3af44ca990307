"""Read an image file, or take pixels from memory, into a `Picture`: float pixels in [0, 1], upright."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from designer.files.regular_file import FileRefused, printable_path, read_regular_file
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.pictures import image_modes
from designer.pictures.quiet_decoders import quiet_stderr, quiet_warnings

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif")
MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 256 * 2**20
# A network looks at a few hundred pixels a side; 16.8 million float RGB pixels are already 200 MB.
KEPT_PIXELS = 2**24


class ImageError(UserError):
    """An image cannot be used; the message is one line: where, what came, what was wanted, what to do."""


@attrs.frozen(eq=False)
class Picture:
    """An image as the program keeps it. Two pictures are equal only if they are the same object.

    Attributes
    ----------
    pixels
        Read-only float32 of shape (H, W, C) in [0, 1]; C is 1 (grey) or 3 (RGB).
    name
        For people: the file name, or what the source calls itself.
    original_size
        Width and height in pixels of the upright image before anything was scaled down.
    notes
        What was changed on the way in, one sentence each, for people.
    """

    pixels: npt.NDArray[np.float32]
    name: str
    original_size: tuple[int, int]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of ``pixels``."""
        height, width, _channels = self.pixels.shape
        return width, height

    @property
    def channels(self) -> int:
        """1 for grey, 3 for RGB."""
        return int(self.pixels.shape[2])

    def to_uint8(self) -> npt.NDArray[np.uint8]:
        """Return the picture for display: uint8 (H, W, 3), contiguous and new."""
        levels = np.rint(self.pixels * np.float32(255.0)).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(levels, (*levels.shape[:2], 3)))


def open_image(path: str | os.PathLike[str]) -> Picture:
    """Read a PNG, JPEG, BMP, TIFF, WebP or GIF file (its first image).

    Turned upright by its EXIF orientation; palettes and CMYK become RGB; transparency is laid on white;
    16-bit grey keeps its depth, and floating-point grey is spread from its darkest to its brightest pixel.
    Above `KEPT_PIXELS` the picture is divided by 2, 3, 4… until it fits.

    Raises
    ------
    ImageError
        No such file, not a regular one, empty, damaged, of another format, larger than `MAX_FILE_BYTES`
        or than `MAX_PIXELS` (read from the header, before anything is decoded).
    """
    where = printable_path(path)
    try:
        contents = read_regular_file(path, limit=MAX_FILE_BYTES)
    except FileRefused as refusal:
        raise ImageError(_("{reason}; choose an image file").format(reason=refusal)) from refusal
    with quiet_warnings(), _identify(contents, where) as image, _quiet_library(image.format):
        return _decode(image, where, printable_path(Path(path).name))


def _quiet_library(image_format: str | None) -> contextlib.AbstractContextManager[None]:
    return quiet_stderr() if image_format == "TIFF" else contextlib.nullcontext()


def _identify(contents: bytes, where: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(contents), formats=FORMATS)
    except UnidentifiedImageError as error:
        message = _("{where}: no image in a format this program reads, or its start is damaged; wanted {formats}")
        raise ImageError(message.format(where=where, formats=", ".join(FORMATS))) from error
    except Image.DecompressionBombError as error:
        raise ImageError(_too_many_pixels(where, None)) from error
    except Exception as error:
        # A damaged header surfaces as whatever the reader of that format trips over.
        raise ImageError(_damaged(where, error)) from error
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(_too_many_pixels(where, image.size))
    if not image.width * image.height:
        raise ImageError(_("{where}: the image has no pixels; choose another").format(where=where))
    return image


def _decode(image: Image.Image, where: str, name: str) -> Picture:
    try:
        pixels, original_size, notes = image_modes.decode(image, KEPT_PIXELS)
    except image_modes.UnknownMode as error:
        message = _("{where}: pixels of the kind {mode} are not understood; save it as RGB or grey")
        raise ImageError(message.format(where=where, mode=error)) from error
    except MemoryError as error:
        message = _("{where}: not enough memory for {width}×{height} pixels; scale it down")
        raise ImageError(message.format(where=where, width=image.width, height=image.height)) from error
    except Exception as error:
        # Decoders raise OSError, SyntaxError, struct.error, EOFError, zlib.error, ... on damaged pixels.
        raise ImageError(_damaged(where, error)) from error
    return Picture(_read_only(pixels), name, original_size, notes)


def picture_from_array(array: npt.NDArray[Any], name: str) -> Picture:
    """Make a picture of pixels in memory, as a clipboard or a script has them.

    Parameters
    ----------
    array
        (H, W), or (H, W, C) with C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha). Unsigned integers
        run from 0 to the largest value of their type, booleans are black and white, floats are in [0, 1].
    name
        For people.

    Raises
    ------
    ImageError
        Another shape or type, no pixels or more than `MAX_PIXELS`, or floats outside [0, 1].
    """
    shape = "×".join(map(str, array.shape)) or _("a single number")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4 or array.size == 0:
        message = _("{name}: the pixels have the shape {shape}; wanted H×W or H×W×C with 1 to 4 channels")
        raise ImageError(message.format(name=name, shape=shape))
    height, width = array.shape[:2]
    if width * height > MAX_PIXELS:
        raise ImageError(_too_many_pixels(name, (width, height)))
    pixels, notes = image_modes.on_white(_to_unit(array, name))
    return Picture(_read_only(pixels), name, (width, height), notes)


def _to_unit(array: npt.NDArray[Any], name: str) -> npt.NDArray[np.float32]:
    if array.dtype == np.bool_:
        return array.astype(np.float32)
    if array.dtype.kind == "u":
        return (array / np.float64(np.iinfo(array.dtype).max)).astype(np.float32)
    if array.dtype.kind != "f":
        message = _("{name}: the pixels are {type}; wanted uint8, uint16, or floats in [0, 1]")
        raise ImageError(message.format(name=name, type=array.dtype))
    low, high = float(array.min()), float(array.max())
    if not (low >= 0.0 and high <= 1.0):  # false for NaN too
        message = _("{name}: the pixels run from {low:g} to {high:g}; wanted floats in [0, 1], so scale them")
        raise ImageError(message.format(name=name, low=low, high=high))
    return array.astype(np.float32)


def _read_only(pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return pixels


def _damaged(where: str, error: Exception) -> str:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    message = _("{where}: the image is damaged or incomplete ({reason}); get a fresh copy of it")
    return message.format(where=where, reason=reason)


def _too_many_pixels(where: str, size: tuple[int, int] | None) -> str:
    megapixels = MAX_PIXELS // 10**6
    if size is None:
        message = _("{where}: the image claims far more than the {limit} megapixels that are read; scale it down")
        return message.format(where=where, limit=megapixels)
    message = _("{where}: the image is {width}×{height} pixels; at most {limit} megapixels are read; scale it down")
    return message.format(where=where, width=size[0], height=size[1], limit=megapixels)
