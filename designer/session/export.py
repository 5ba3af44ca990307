"""Feature maps as files: one PNG mosaic for each layer and one ``activations.npz``."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from designer.graph.atomic import atomic_write
from designer.graph.design import Array
from designer.graph.regular_file import printable_path
from designer.i18n import _
from designer.interchange.picture import mosaic, write_png
from designer.layer_api.problems import UserError

SMALLEST_TILE = 32
"""Maps smaller than this are enlarged in a mosaic, in pixels."""


LONGEST_STEM = 200
"""Bytes of a file's name before its suffix; common file systems take 255."""


class ExportError(UserError):
    """A file could not be written; the message is one line."""


def map_mosaic(output: Array, colormap: str = "viridis") -> Array:
    """The first image's maps side by side, uint8 (H, W, 3); a vector becomes one row of values."""
    maps = output[0]
    maps = maps.reshape(1, 1, -1) if maps.ndim == 1 else maps.reshape(maps.shape[0], *_plane(maps.shape[1:]))
    zoom = max(1, SMALLEST_TILE // max(maps.shape[1:]))
    return mosaic(maps, colormap=colormap, zoom=zoom)


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
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)


def write_maps(folder: str | os.PathLike[str], outputs: Mapping[str, Array]) -> Iterator[Path]:
    """Write every layer's mosaic and then ``activations.npz`` into a folder, made where it is missing.

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
            write_png(path, map_mosaic(output))
            yield path
        write_npz(target / "activations.npz", outputs)
        yield target / "activations.npz"
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
