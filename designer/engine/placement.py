"""Fit pixels of one size into another, and find the way back: what of the picture an input pixel saw."""

from __future__ import annotations

import enum

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.i18n import _

Pixels = npt.NDArray[np.float32]

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom as coordinates of pixel *edges*: the first pixel is (0, 0, 1, 1)."""


class Fit(enum.StrEnum):
    """How a picture of one shape fills an input of another."""

    STRETCH = "stretch"
    LETTERBOX = "letterbox"
    CENTER_CROP = "center_crop"

    @property
    def label(self) -> str:
        """The words people choose it by."""
        labels = {
            Fit.STRETCH: _("Stretch"),
            Fit.LETTERBOX: _("Letterbox"),
            Fit.CENTER_CROP: _("Centre crop"),
        }
        return labels[self]


@attrs.frozen
class Placement:
    """Where a picture lies in a network's input: picture = offset + scale · input, on each axis.

    Attributes
    ----------
    scale
        Picture pixels for one input pixel, (x, y).
    offset
        Picture coordinates of the input's top left corner, (x, y); negative if that is in a letterbox bar.
    """

    scale: tuple[float, float]
    offset: tuple[float, float]

    def to_source(self, rect: Rect) -> Rect:
        """Return the part of the picture that lies under a part of the input.

        Neither is clipped: what reaches into padding or bars reaches outside the picture.
        """
        left, top, right, bottom = rect
        (sx, sy), (ox, oy) = self.scale, self.offset
        return ox + sx * left, oy + sy * top, ox + sx * right, oy + sy * bottom


def place(source: Pixels, width: int, height: int, fit: Fit) -> tuple[Pixels, Placement]:
    """Return ``source`` (H, W, C) in [0, 1] as (height, width, C), and where it lies there.

    Resampled with an antialiased bicubic filter in floating point; what already has the size is returned as
    it is.
    """
    return _PLACERS[fit](source, width, height)


def _stretch(source: Pixels, width: int, height: int) -> tuple[Pixels, Placement]:
    rows, columns = source.shape[:2]
    return _resample(source, width, height), Placement((columns / width, rows / height), (0.0, 0.0))


def _center_crop(source: Pixels, width: int, height: int) -> tuple[Pixels, Placement]:
    rows, columns = source.shape[:2]
    scale = min(columns / width, rows / height)
    # Rounding must not push the box a hair outside of the picture.
    left, top = max((columns - scale * width) / 2.0, 0.0), max((rows - scale * height) / 2.0, 0.0)
    box = (left, top, min(left + scale * width, columns), min(top + scale * height, rows))
    return _resample(source, width, height, box), Placement((scale, scale), (left, top))


def _letterbox(source: Pixels, width: int, height: int) -> tuple[Pixels, Placement]:
    rows, columns = source.shape[:2]
    scale = max(columns / width, rows / height)
    inner_width = min(max(round(columns / scale), 1), width)
    inner_height = min(max(round(rows / scale), 1), height)
    left, top = (width - inner_width) // 2, (height - inner_height) // 2
    canvas = np.zeros((height, width, source.shape[2]), np.float32)
    canvas[top : top + inner_height, left : left + inner_width] = _resample(source, inner_width, inner_height)
    # Whole pixels make the two scales differ a little.
    sx, sy = columns / inner_width, rows / inner_height
    return canvas, Placement((sx, sy), (-left * sx, -top * sy))


_PLACERS = {Fit.STRETCH: _stretch, Fit.CENTER_CROP: _center_crop, Fit.LETTERBOX: _letterbox}


def _resample(source: Pixels, width: int, height: int, box: Rect | None = None) -> Pixels:
    rows, columns = source.shape[:2]
    whole = (0.0, 0.0, float(columns), float(rows))
    box = whole if box is None else box
    if (rows, columns) == (height, width) and box == whole:
        return source
    resampled = np.empty((height, width, source.shape[2]), np.float32)
    for channel in range(source.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(source[:, :, channel]))
        small = plane.resize((width, height), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
        resampled[:, :, channel] = np.asarray(small)
    # The filter's negative lobes overshoot at edges.
    return np.clip(resampled, 0.0, 1.0, out=resampled)
