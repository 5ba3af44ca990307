"""Feature maps as files for other programs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designer.session.export import SMALLEST_TILE, ExportError, make_folder, map_mosaic, write_maps, write_npz


@pytest.mark.parametrize(
    ("shape", "height", "width"),
    [
        # Four 40×40 maps, two by two with a gap of a pixel.
        ((4, 40, 40), 81, 81),
        # Small maps are enlarged by a whole number: 5 pixels six times, to 30 of at most 32.
        ((1, 5, 5), 30, 30),
        # A vector is one row of values, here 3 enlarged ten times.
        ((3,), 10, 30),
        ((100,), 1, 100),
        # One axis is a row, three are rows of slices.
        ((1, 64), 1, 64),
        ((1, 2, 20, 40), 40, 40),
    ],
    ids=str,
)
def test_outputs_of_any_rank_have_a_picture(shape: tuple[int, ...], height: int, width: int) -> None:
    output = np.random.default_rng(0).random((2, *shape), dtype=np.float32)
    picture = map_mosaic(output)
    assert (picture.dtype, picture.shape) == (np.uint8, (height, width, 3))
    # Only the first image of the batch is drawn.
    assert np.array_equal(picture, map_mosaic(output[:1]))
    assert SMALLEST_TILE == 32


def test_arrays_are_written_under_any_name_and_read_by_numpy(tmp_path: Path) -> None:
    """``np.savez`` takes names as keyword arguments, so a layer called ``file`` would be lost."""
    arrays = {
        name: np.random.default_rng(0).random((1, 2, 3), np.float32) for name in ("file", "a/b", "conv.1", "жесть")
    }
    write_npz(tmp_path / "a.npz", arrays)
    found = np.load(tmp_path / "a.npz")
    assert set(found) == set(arrays)
    assert all(np.array_equal(found[name], array) for name, array in arrays.items())


def test_arrays_need_not_lie_in_order(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1)
    write_npz(tmp_path / "a.npz", {"x": array})
    assert np.array_equal(np.load(tmp_path / "a.npz")["x"], array)


def test_files_are_told_one_by_one_the_arrays_last(tmp_path: Path) -> None:
    maps = {name: np.zeros((1, 2, 4, 4), np.float32) for name in ("one", "two")}
    told = list(write_maps(tmp_path / "deep" / "folder", maps))
    assert [path.name for path in told] == ["one.png", "two.png", "activations.npz"]
    for path in told[:2]:
        with Image.open(path) as picture:
            picture.verify()


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="file: cannot be written"):
        make_folder(tmp_path / "file")
    assert make_folder(tmp_path / "new" / "er").is_dir()


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match=r"one\.png: cannot be written \(No space left on device\)"):
        list(write_maps(tmp_path, {"one": np.zeros((1, 1, 4, 4), np.float32)}))
    assert list(tmp_path.iterdir()) == []
