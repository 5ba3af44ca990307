"""Painting many rectangles or lines at once from an array, without an object for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import shiboken6
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter

Numbers = np.ndarray[Any, np.dtype[np.float64]]
"""Four a row: left, top, width and height of a rectangle, or x and y of both ends of a line."""


def draw_rects(painter: QPainter, boxes: Numbers) -> None:
    """Rectangles with the painter's pen and brush."""
    if len(boxes):
        painter.drawRects(_first(boxes, QRectF), len(boxes))


def draw_lines(painter: QPainter, lines: Numbers) -> None:
    """Lines with the painter's pen."""
    if len(lines):
        painter.drawLines(_first(lines, QLineF), len(lines))


def _first(rows: Numbers, kind: type[Any]) -> Any:
    """The first row as Qt sees it: four float64 are how it has rectangles and lines in memory, one behind the other."""
    assert rows.dtype == np.float64
    assert rows.shape[1] == 4
    assert rows.flags.c_contiguous
    return shiboken6.wrapInstance(rows.ctypes.data, kind)
