"""Feature maps as files: one PNG mosaic for each layer and one ``activations.npz``."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from designer.engine.execute.runner import Progress, ignore_progress
from designer.files.atomic import atomic_write
from designer.files.regular_file import printable_path
from designer.i18n import _
from designer.interchange.figures.mosaic import Sheet, mosaic_sheet, write_png
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint, checkpoint_scope
from designer.layer_api.problems import UserError

SMALLEST_TILE = 32
"""Maps smaller than this are enlarged in a mosaic, in pixels."""


PIECE_BYTES = 1 << 22
"""Most of an array that is copied in order to be written."""

LONGEST_STEM = 200
"""Bytes of a file's name before its suffix; common file systems take 255."""


class ExportError(UserError):
    """A file could not be written; the message is one line."""


def map_mosaic(output: Array, colormap: str = "viridis") -> Sheet:
    """The first image's maps side by side; a vector becomes one row of values."""
    maps = output[0]
    maps = maps.reshape(1, 1, -1) if maps.ndim == 1 else maps.reshape(maps.shape[0], *_plane(maps.shape[1:]))
    zoom = max(1, SMALLEST_TILE // max(maps.shape[1:]))
    return mosaic_sheet(maps, colormap=colormap, zoom=zoom)


def _plane(sizes: tuple[int, ...]) -> tuple[int, int]:
    """A map of any rank laid out as rows and columns."""
    if len(sizes) == 1:
        return 1, sizes[0]
    rows = 1
    for size in sizes[:-1]:
        rows *= size
    return rows, sizes[-1]


def write_npz(path: str | os.PathLike[str], arrays: Mapping[str, Array]) -> None:
    """Write arrays under their names, replacing an old file in one step; unlike ``np.savez`` under any name."""
    with atomic_write(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                header = {
                    "descr": np.lib.format.dtype_to_descr(array.dtype),
                    "fortran_order": False,
                    "shape": array.shape,
                }
                np.lib.format.write_array_header_1_0(member, header)
                done = 0
                for piece in _pieces(array):
                    member.write(piece.data)
                    done += piece.nbytes
                    checkpoint(done / array.nbytes)


def _pieces(array: Array) -> Iterator[Array]:
    """The values in order, some at a time: `np.lib.format.write_array` takes four times the array to turn it around."""
    each = array.nbytes // max(1, len(array)) if array.ndim else 0
    if each > PIECE_BYTES:
        for part in array:
            yield from _pieces(part)
    elif array.size:
        step = max(1, PIECE_BYTES // max(1, each))
        for start in range(0, len(array) if array.ndim else 1, step):
            yield np.ascontiguousarray(array[start : start + step] if array.ndim else array)


def write_maps(
    folder: str | os.PathLike[str], outputs: Mapping[str, Array], progress: Progress = ignore_progress
) -> Iterator[Path]:
    """Write every layer's mosaic and then ``activations.npz`` into a folder, made where it is missing.

    Whatever the maps, a few megabytes besides them are enough. ``progress`` is told the file and the fraction done.

    Yields
    ------
    Path
        Each file, once it is written.

    Raises
    ------
    ExportError
        Where the folder or a file cannot be written.
    """
    target = make_folder(folder)
    stems = _file_stems(outputs)
    try:
        for name, output in outputs.items():
            path = target / f"{stems[name]}.png"
            with checkpoint_scope(partial(progress, path.name)):
                write_png(path, map_mosaic(output))
            yield path
        path = target / "activations.npz"
        with checkpoint_scope(partial(progress, path.name)):
            write_npz(path, outputs)
        yield path
    except OSError as problem:
        raise _not_written(target, problem) from None


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """The folder, made with those above it where it is missing; raises ExportError."""
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _not_written(target, problem) from None
    return target


def _not_written(target: Path, problem: OSError) -> ExportError:
    where = printable_path(problem.filename or target)
    return ExportError(_("{path}: cannot be written ({reason})").format(path=where, reason=problem.strerror or problem))


def _file_stems(names: Iterable[str]) -> dict[str, str]:
    """A file name for each layer, short enough for any system and different without regard to capitals."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = name.replace("/", "_").encode()[:LONGEST_STEM].decode(errors="ignore")
        while stem.casefold() in taken:
            stem += "_"
        taken.add(stem.casefold())
        stems[name] = stem
    return stems
