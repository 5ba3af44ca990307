"""Keys between the tiles of a mosaic: 10 tiles of 50×60 in rows of four, in a view two rows high."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from designer.ui.panels.maps.tile_grid import TileGrid
from designer.ui.panels.maps.tile_steps import place_after

Key = Qt.Key
# 8 + 4 × 50 + 3 × 8 + 8 = 240; two rows are 2 × 60 + 8 = 128.
GRID = TileGrid(10, (50.0, 50.0), 10, 240)
PAGE = 140


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        (Key.Key_Right, 3, 4),
        (Key.Key_Right, 9, 9),
        (Key.Key_Left, 0, 0),
        (Key.Key_Down, 1, 5),
        (Key.Key_Up, 5, 1),
        (Key.Key_Up, 2, 2),  # the first row already
        (Key.Key_Down, 7, 9),  # below it there is no tile: the last one
        (Key.Key_Down, 8, 8),  # the last row already
        (Key.Key_PageDown, 0, 8),
        (Key.Key_PageUp, 9, 1),
        (Key.Key_Home, 6, 0),
        (Key.Key_End, 6, 9),
        (Key.Key_Tab, 6, None),
    ],
)
def test_a_key_leads_to_a_tile(key, start, end):
    assert GRID.columns == 4
    assert place_after(key, start, GRID, PAGE) == end


def test_without_tiles_no_key_leads_anywhere():
    assert place_after(Key.Key_End, 0, TileGrid(0, (50.0, 50.0), 10, 240), PAGE) is None
