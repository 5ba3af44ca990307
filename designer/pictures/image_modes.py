"""From the many ways an image file stores a pixel to float grey or RGB in [0, 1]."""

from __future__ import annotations

import contextlib
import math
import struct
import zlib

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageOps

from designer.i18n import _

Pixels = npt.NDArray[np.float32]


class UnknownMode(ValueError):
    """Pillow gave pixels of a mode that nothing here converts; the message is the mode."""


def decode(image: Image.Image, most_pixels: int) -> tuple[Pixels, tuple[int, int], tuple[str, ...]]:
    """Decode an opened image.

    Parameters
    ----------
    image
        Opened, not yet loaded.
    most_pixels
        A larger image is averaged over squares of 2×2, 3×3… pixels until it has no more than this.

    Returns
    -------
    tuple
        Pixels, float32 (H, W, 1 or 3) in [0, 1]; upright (width, height) before scaling down; notes.

    Raises
    ------
    UnknownMode
        For a mode that has no conversion.
    Exception
        Whatever Pillow raises on damaged contents.
    """
    notes = _first_of_many(image)
    stored = _stored_format(image)  # known only until the pixels are loaded
    turned = _orientation(image, notes) in range(2, 9)
    image.load()
    inverted = _white_is_zero(image)
    if turned:
        # Pillow has already done it for a TIFF, and taken the request out of the metadata.
        ImageOps.exif_transpose(image, in_place=True)
        notes.append(_("turned upright as its EXIF orientation asks"))
    size = image.size
    if image.mode in _WIDE_MODES:
        levels = np.asarray(_shrink(Image.fromarray(np.asarray(image, np.float32)), most_pixels, notes))
        pixels = _from_16_bit(levels, stored, inverted) if image.mode in _16_BIT_MODES else _spread(levels, notes)
        return pixels[:, :, np.newaxis], size, tuple(notes)
    if ";16" in stored:
        notes.append(_("16 bits per channel were read as 8"))
    image = _opaque(_plain_mode(image), notes)
    if stored.startswith("LA"):  # Pillow has 16-bit grey with opacity only as RGBA
        image = image.convert("L")
    image = _shrink(image, most_pixels, notes)
    pixels = np.asarray(image, dtype=np.float32) / np.float32(255.0)
    return (pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]), size, tuple(notes)


def on_white(pixels: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """Lay float pixels (H, W, 1 to 4), whose second or fourth channel is opacity, on white."""
    if pixels.shape[2] in (1, 3):
        return pixels, ()
    color, opacity = pixels[:, :, :-1], pixels[:, :, -1:]
    if opacity.min() == 1.0:
        return color, ()
    return color * opacity + (np.float32(1.0) - opacity), (_on_white_note(),)


# ---------------------------------------------------------------------------- what the file says of itself

# What the readers of the formats raise when they trip over damaged metadata.
_READER_ERRORS = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError,
    ValueError, struct.error, zlib.error,
)  # fmt: skip


def _first_of_many(image: Image.Image) -> list[str]:
    # Looking for a second image can trip over damage that the first one does not have.
    with contextlib.suppress(*_READER_ERRORS):
        if getattr(image, "is_animated", False):
            return [_("the file holds several images; this is the first")]
    return []


def _stored_format(image: Image.Image) -> str:
    """Return Pillow's name for the layout of samples in the file: ``RGB;16B``; empty if it does not say."""
    for tile in getattr(image, "tile", ()):
        arguments = tile[3]
        name = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
        return name if isinstance(name, str) else ""
    return ""


def _white_is_zero(image: Image.Image) -> bool:
    # Pillow undoes this TIFF convention for 8 bits, but not for 16.
    photometric_interpretation = 262
    return bool(getattr(image, "tag_v2", {}).get(photometric_interpretation) == 0)


def _orientation(image: Image.Image, notes: list[str]) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except _READER_ERRORS:
        # Broken metadata does not make the pixels any worse.
        notes.append(_("its orientation could not be read, so it is shown as stored"))
        return 1


# ---------------------------------------------------------------------------------------- more than 8 bits

_16_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N")
_WIDE_MODES = (*_16_BIT_MODES, "I", "F")


def _from_16_bit(levels: Pixels, stored: str, inverted: bool) -> Pixels:
    pixels = levels / np.float32(4095.0 if stored == "I;12" else 65535.0)
    return np.float32(1.0) - pixels if inverted else pixels


def _spread(levels: Pixels, notes: list[str]) -> Pixels:
    """Map the darkest finite level to 0 and the brightest to 1; a flat image becomes black."""
    finite = np.isfinite(levels)
    low, high = (float(levels[finite].min()), float(levels[finite].max())) if finite.any() else (0.0, 0.0)
    notes.append(_("levels from {low:g} to {high:g} were spread over black to white").format(low=low, high=high))
    if not finite.all():
        notes.append(_("levels that are no numbers were made black"))
    if high == low:
        return np.zeros(levels.shape, np.float32)
    # In double precision: the range of float32 levels need not fit into float32.
    spread = (np.where(finite, levels, low).astype(np.float64) - low) / (high - low)
    return spread.astype(np.float32)


# -------------------------------------------------------------------------------------------- 8 bits or fewer

_PLAIN = {
    "1": "L", "L": "L", "LA": "LA", "La": "LA",
    "P": "RGB", "PA": "RGBA", "RGB": "RGB", "RGBX": "RGB", "RGBA": "RGBA", "RGBa": "RGBA",
    "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB",
}  # fmt: skip


def _plain_mode(image: Image.Image) -> Image.Image:
    """Convert to L, LA, RGB or RGBA."""
    target = _PLAIN.get(image.mode)
    if target is None:
        raise UnknownMode(image.mode)
    if "transparency" in image.info and image.mode in ("1", "L", "P", "RGB"):
        target = "LA" if target == "L" else "RGBA"
    return image if target == image.mode else image.convert(target)


def _opaque(image: Image.Image, notes: list[str]) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    color = image.convert(image.mode[:-1])
    opacity = image.getchannel("A")
    if opacity.getextrema()[0] == 255:
        return color
    notes.append(_on_white_note())
    white = Image.new(color.mode, color.size, "white")
    white.paste(color, mask=opacity)
    return white


def _on_white_note() -> str:
    return _("its transparent parts were laid on white")


def _shrink(image: Image.Image, most_pixels: int, notes: list[str]) -> Image.Image:
    if image.width * image.height <= most_pixels:
        return image
    small = image.reduce(math.ceil(math.sqrt(image.width * image.height / most_pixels)))
    message = _("scaled down from {width}×{height} to {to_width}×{to_height} to save memory")
    notes.append(message.format(width=image.width, height=image.height, to_width=small.width, to_height=small.height))
    return small
