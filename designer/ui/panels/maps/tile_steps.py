"""Which tile a key leads to."""

from __future__ import annotations

from PySide6.QtCore import Qt

from designer.ui.panels.maps.tile_grid import GAP, TileGrid

Key = Qt.Key


def place_after(key: Key, place: int, grid: TileGrid, page: int) -> int | None:
    """The place that a key leads to from another; None where it is no key that leads anywhere.

    ``page`` is the height in view, in pixels.
    """
    columns = grid.columns
    rows_in_view = max(1, int(page // (grid.tile[1] + GAP)))
    steps = {
        Key.Key_Left: -1,
        Key.Key_Right: 1,
        Key.Key_Up: -columns,
        Key.Key_Down: columns,
        Key.Key_PageUp: -columns * rows_in_view,
        Key.Key_PageDown: columns * rows_in_view,
        Key.Key_Home: -grid.count,
        Key.Key_End: grid.count,
    }.get(key)
    if steps is None or not grid.count:
        return None
    wanted = place + steps
    target = min(max(wanted, 0), grid.count - 1)
    # From the last full row one step down stays, as in every icon view.
    stays = wanted != target and abs(steps) == columns > 1 and place // columns == target // columns
    return place if stays else target
