"""Feature maps as files for other programs."""

from __future__ import annotations

import errno
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designer.kernels.arrays.memory import Array
from designer.session import export
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
    picture = map_mosaic(output).whole()
    assert (picture.dtype, picture.shape) == (np.uint8, (height, width, 3))
    # Only the first image of the batch is drawn.
    assert np.array_equal(picture, map_mosaic(output[:1]).whole())
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


# ------------------------------------------------------------------------------------------- memory while writing


def channels_last(*shape: int) -> Array:
    """As the engine leaves maps: the channels of a cell are neighbours in memory."""
    images, channels, *sizes = shape
    values = np.random.default_rng(0).normal(size=(images, *sizes, channels)).astype(np.float32)
    return np.moveaxis(values, -1, 1)


@pytest.mark.parametrize("shape", [(1, 8, 700, 900), (1, 1000, 70, 70)], ids=["large", "many"])
def test_writing_maps_takes_a_part_of_their_memory(shape: tuple[int, ...], tmp_path: Path) -> None:
    maps = {"conv1": channels_last(*shape)}
    maps["conv1"][0, 0, 0, 0] = np.nan
    tracemalloc.start()
    assert len(list(write_maps(tmp_path, maps))) == 2
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # What is coloured or put in order at a time; it was seven times the maps.
    assert maps["conv1"].nbytes > 19_000_000
    assert peak < 16_000_000
    found = np.asarray(Image.open(tmp_path / "conv1.png"))
    assert np.array_equal(found, map_mosaic(maps["conv1"]).whole())
    assert np.array_equal(np.load(tmp_path / "activations.npz")["conv1"], maps["conv1"], equal_nan=True)


@pytest.mark.parametrize(
    "array",
    [
        np.float32(3.5),
        np.zeros(0, np.float32),
        np.zeros((2, 0, 3), np.float32),
        np.arange(7, dtype=np.float32),
        np.arange(2 * 3 * 5 * 7, dtype=np.float32).reshape(2, 3, 5, 7).transpose(0, 3, 1, 2),
        np.arange(30, dtype=np.float32).reshape(5, 6).T,
        np.arange(60, dtype=np.float32).reshape(3, 4, 5)[:, ::-1, ::2],
    ],
    ids=lambda array: str(array.shape),
)
@pytest.mark.parametrize("piece", [4, 16, 50, 1 << 22])
def test_arrays_are_the_same_however_they_are_cut(
    array: Array, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PIECE_BYTES", piece)
    write_npz(tmp_path / "a.npz", {"x": np.asarray(array)})
    found = np.load(tmp_path / "a.npz")["x"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, array)


def test_progress_is_told_for_every_file_and_writing_can_be_stopped(tmp_path: Path) -> None:
    maps = {"one": channels_last(1, 4, 600, 600), "two": channels_last(1, 3, 8, 8)}
    told: dict[str, list[float]] = {}

    def note(what: str, fraction: float) -> None:
        told.setdefault(what, []).append(fraction)

    list(write_maps(tmp_path / "all", maps, note))
    assert list(told) == ["one.png", "two.png", "activations.npz"]
    assert all(fractions[-1] == 1.0 for fractions in told.values())
    assert told["one.png"] == sorted(told["one.png"])
    assert len(told["one.png"]) > 4

    def stop(_what: str, _fraction: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(write_maps(tmp_path / "none", maps, stop))
    assert list((tmp_path / "none").iterdir()) == []
