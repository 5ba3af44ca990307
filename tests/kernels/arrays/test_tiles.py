"""The pieces in which cores share a grid cover it once, however many cores there are."""

from __future__ import annotations

import numpy as np
import pytest

import designer
from designer.kernels.arrays import tiles


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 8, 64])
@pytest.mark.parametrize("images", [1, 2, 5])
def test_bands_cover_every_cell_once(monkeypatch: pytest.MonkeyPatch, cores: int, images: int) -> None:
    monkeypatch.setattr(tiles, "core_count", lambda: cores)
    for rows in (1, 2, 6, 7, 8, 14, 63, 64, 65):
        covered = np.zeros((images, rows, 3), int)
        cells = 0
        for band in tiles.bands(images, (rows, 3)):
            covered[band.place()] += 1
            cells += band.cells
        assert (covered == 1).all(), rows
        assert cells == covered.size, rows


def test_one_core_computes_what_several_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Convolutions of 64×64 in one band: it was a row longer than the picture."""
    model = designer.load("gallery:block_stack")
    image = np.random.default_rng(1).random((3, 64, 64), np.float32)
    wanted = designer.run(model, image)
    monkeypatch.setattr(tiles, "core_count", lambda: 1)
    maps = designer.run(model, image)
    assert set(maps) == set(wanted)
    for name, expected in wanted.items():
        np.testing.assert_allclose(maps[name], expected, rtol=1e-4, atol=1e-5, err_msg=name)
