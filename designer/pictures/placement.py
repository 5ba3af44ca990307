"""Fit pixels of one size into another, and find the way back: what of the picture an input pixel saw."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.i18n import N_, LabelledEnum
from designer.kernels.arrays.memory import reserve
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.runtime.threads import checkpoint, checkpoint_part

BAND_VALUES = 1 << 19
"""Values resampled between two checkpoints: some 10 ms."""

Pixels = npt.NDArray[np.float32]

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom as coordinates of pixel *edges*: the first pixel is (0, 0, 1, 1)."""


class Fit(LabelledEnum):
    """How a picture of one shape fills an input of another."""

    STRETCH = "stretch", N_("Stretch")
    LETTERBOX = "letterbox", N_("Letterbox")
    CENTER_CROP = "center_crop", N_("Centre crop")


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
    canvas = reserve((height, width, source.shape[2]), np.float32, np.zeros)
    _resample(source, inner_width, inner_height, out=canvas[top : top + inner_height, left : left + inner_width])
    # Whole pixels make the two scales differ a little.
    sx, sy = columns / inner_width, rows / inner_height
    return canvas, Placement((sx, sy), (-left * sx, -top * sy))


_PLACERS = {Fit.STRETCH: _stretch, Fit.CENTER_CROP: _center_crop, Fit.LETTERBOX: _letterbox}


def _resample(source: Pixels, width: int, height: int, box: Rect | None = None, out: Pixels | None = None) -> Pixels:
    rows, columns = source.shape[:2]
    whole = (0.0, 0.0, float(columns), float(rows))
    left, top, right, bottom = whole if box is None else box
    if out is None and (rows, columns) == (height, width) and (left, top, right, bottom) == whole:
        return source
    resampled = reserve((height, width, source.shape[2]), np.float32) if out is None else out
    passes = 2 * source.shape[2]
    for channel in range(source.shape[2]):
        narrow = np.empty((rows, width), np.float32)
        with checkpoint_part(2 * channel, passes):
            _resample_rows(source[:, :, channel], (left, right), narrow)
        with checkpoint_part(2 * channel + 1, passes):
            _resample_rows(narrow.T, (top, bottom), resampled[:, :, channel].T, clip=True)
    return resampled


def _resample_rows(plane: Pixels, part: tuple[float, float], out: Pixels, *, clip: bool = False) -> None:
    """Resample a part of every row, from and to, to the width of `out`: some rows at a time, to be stopped between."""
    rows, width = out.shape
    for run in even_runs(rows, BAND_VALUES // max(1, plane.shape[1], width)):
        band = Image.fromarray(np.ascontiguousarray(plane[run]))
        count = run.stop - run.start
        box = (part[0], 0.0, part[1], float(count))
        small = np.asarray(band.resize((width, count), Image.Resampling.BICUBIC, box=box, reducing_gap=3.0))
        # The filter's negative lobes overshoot at edges.
        out[run] = np.clip(small, 0.0, 1.0) if clip else small
        checkpoint(run.stop / rows)
