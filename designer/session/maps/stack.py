"""Feature maps and filters as a stack of pictures: what is looked at, its statistics and its order."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import attrs
import numpy as np
import numpy.typing as npt

from designer.i18n import N_, LabelledEnum
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import Shape
from designer.session.maps.scale import Limits
from designer.session.maps.slices import SliceGrid

BLOCK_VALUES = 1 << 18
"""Values summarised at a time: in double precision they fit into the second-level cache."""

Floats = npt.NDArray[np.float64]


class Sort(LabelledEnum):
    """In which order pictures stand."""

    INDEX = "index", N_("Channel")
    ENERGY = "energy", N_("Energy")
    VARIANCE = "variance", N_("Variance")


@attrs.frozen
class Statistics:
    """One picture in numbers, over its finite values; ``unusual`` counts NaN and infinite ones.

    ``energy`` is the mean square. A picture is ``dead`` where nothing differs in it: it tells the next layer nothing.
    """

    minimum: float
    maximum: float
    mean: float
    std: float
    energy: float
    unusual: int
    dead: bool


@attrs.frozen(eq=False)
class StackStatistics:
    """Statistics of every picture of a stack, one array entry each."""

    minimum: Floats
    maximum: Floats
    mean: Floats
    std: Floats
    energy: Floats
    unusual: npt.NDArray[np.int64]
    dead: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.mean)

    def of(self, index: int) -> Statistics:
        """The numbers of one picture."""
        return Statistics(
            float(self.minimum[index]),
            float(self.maximum[index]),
            float(self.mean[index]),
            float(self.std[index]),
            float(self.energy[index]),
            int(self.unusual[index]),
            bool(self.dead[index]),
        )

    def limits(self) -> Limits:
        """Lowest and highest value of all pictures together."""
        return float(self.minimum.min()), float(self.maximum.max())

    def order(self, sort: Sort) -> tuple[int, ...]:
        """Indices of the pictures, strongest first; equal ones and ``INDEX`` keep the order of the channels."""
        if sort is Sort.INDEX:
            return tuple(range(len(self)))
        keys = self.energy if sort is Sort.ENERGY else np.square(self.std)
        return tuple(np.argsort(-keys, kind="stable").tolist())


@attrs.frozen(eq=False, slots=False)
class MapStack:
    """Pictures of one size that are looked at together.

    Attributes
    ----------
    pictures
        (count, H, W); with a last axis of 3 they are in colours of their own (filters that read RGB).
    spatial
        Spatial shape of the layer's output: a picture's row and column belong to a cell of it.
    slice_
        Of a volume: the slice that is shown, None where all are, in a ``grid``.
    values
        (count, …) what statistics are over: the pictures without the gaps of a grid.
    """

    pictures: Array
    spatial: Shape
    slice_: int | None = None
    grid: SliceGrid | None = None
    values: Array = attrs.field(default=attrs.Factory(lambda self: self.pictures, takes_self=True))

    @property
    def count(self) -> int:
        """Number of pictures."""
        return len(self.pictures)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a picture."""
        return self.pictures.shape[1], self.pictures.shape[2]

    @property
    def in_colour(self) -> bool:
        """Whether the pictures have colours of their own."""
        return self.pictures.ndim == 4

    @cached_property
    def gaps(self) -> npt.NDArray[np.bool_] | None:
        """Which places (H, W) of every picture show no value; None where all do."""
        return None if self.grid is None else self.grid.gaps()

    def cell(self, row: int, column: int) -> tuple[int, ...] | None:
        """The output cell drawn at a row and column of the pictures; None in a gap."""
        if self.grid is not None:
            return self.grid.cell(row, column)
        if self.slice_ is not None:
            return self.slice_, row, column
        return (row, column) if len(self.spatial) == 2 else (column,)[: len(self.spatial)]

    def opaque(self) -> Array:
        """The pictures with the lowest value of each in its gaps, for a file that knows no transparency."""
        if self.gaps is None:
            return self.pictures
        lowest = np.nanmin(self.values.reshape(self.count, -1), axis=1)
        if self.in_colour:
            return np.where(np.isnan(self.pictures), np.float32(0), self.pictures)
        return np.where(self.gaps, lowest[:, np.newaxis, np.newaxis], self.pictures)

    def statistics(self, index: int) -> Statistics:
        """The numbers of one picture."""
        return summarise(self.values[index : index + 1]).of(0)


def is_vector(result: Array) -> bool:
    """Whether a layer's output (N, C, *spatial) has one value per channel, to be drawn as bars."""
    return bool(math.prod(result.shape[2:]) == 1)


def map_stack(result: Array, slice_: int | None = None, image: int = 0) -> MapStack:
    """The maps of one image of an output (N, C, *spatial).

    One spatial axis is drawn as a row. Of three, one slice along the first is drawn, or all of them in a grid.

    Parameters
    ----------
    slice_
        Which slice of a volume; None for all. Of other outputs it says nothing.
    """
    maps = result[image]
    spatial = maps.shape[1:]
    if len(spatial) == 1:
        return MapStack(maps[:, np.newaxis, :], spatial)
    if len(spatial) < 3:
        return MapStack(maps, spatial)
    depth, rows, columns = spatial
    if depth == 1 or slice_ is not None:
        chosen = min(slice_ or 0, depth - 1)
        return MapStack(maps[:, chosen], spatial, chosen)
    grid = SliceGrid.of(depth, rows, columns)
    return MapStack(grid.laid_out(maps), spatial, None, grid, maps)


def slices_of(spatial: Shape) -> int:
    """How many slices a choice is offered of; 0 of what is no volume."""
    return spatial[0] if len(spatial) == 3 and spatial[0] > 1 else 0


def filter_stack(kernels: Array, channel: int | None = None, slice_: int | None = None) -> MapStack:
    """The filters of a convolution, kernels of shape (filters, channels, *kernel).

    Parameters
    ----------
    channel
        The input channel whose weights are shown; None where the filters read three channels and are shown in colour.
    slice_
        Which slice of kernels over volumes; None for all.
    """
    if channel is not None:
        return map_stack(kernels[:, channel][np.newaxis], slice_)
    parts = [map_stack(kernels[:, each][np.newaxis], slice_) for each in range(3)]
    colours = np.stack([part.pictures for part in parts], axis=-1)
    values = np.stack([part.values for part in parts], axis=-1)
    return MapStack(colours, kernels.shape[2:], parts[0].slice_, parts[0].grid, values)


def shows_colour(kernels: Array) -> bool:
    """Whether filters (filters, depth, *kernel) read three channels, so that each is a colour picture."""
    return bool(kernels.shape[1] == 3)


def summarise(pictures: Array, keep_on: Callable[[], bool] = lambda: True) -> StackStatistics:
    """Statistics of every picture (count, …), in double precision.

    Parameters
    ----------
    keep_on
        Asked between blocks of a millisecond; where it says no, the rest stays zero.
    """
    count = len(pictures)
    flat = pictures.reshape(count, -1)
    lowest, highest, mean, std, energy = (np.zeros(count) for _field in range(5))
    unusual = np.zeros(count, np.int64)
    step = max(1, BLOCK_VALUES // max(1, flat.shape[1]))
    for start in range(0, count, step):
        if not keep_on():
            break
        part = slice(start, start + step)
        block = flat[part].astype(np.float64)
        lowest[part], highest[part] = block.min(axis=1), block.max(axis=1)
        if not (np.isfinite(lowest[part]).all() and np.isfinite(highest[part]).all()):
            _without_unusual(block, part, lowest, highest, unusual)
        numbers = flat.shape[1] - unusual[part]
        # A picture without a single finite value has no mean; 0 stands for it.
        numbers[numbers == 0] = 1
        mean[part] = block.sum(axis=1) / numbers
        energy[part] = np.einsum("ij,ij->i", block, block) / numbers
        std[part] = _deviation(block, mean[part], energy[part], numbers)
    dead = (lowest == highest) & ((flat.shape[1] > 1) | (highest == 0.0))
    return StackStatistics(lowest, highest, mean, std, energy, unusual, dead)


def _without_unusual(
    block: Floats, part: slice, lowest: Floats, highest: Floats, unusual: npt.NDArray[np.int64]
) -> None:
    finite = np.isfinite(block)
    unusual[part] = block.shape[1] - finite.sum(axis=1)
    some = finite.any(axis=1)
    lowest[part] = np.where(some, np.min(block, axis=1, where=finite, initial=np.inf), 0.0)
    highest[part] = np.where(some, np.max(block, axis=1, where=finite, initial=-np.inf), 0.0)
    block[~finite] = 0.0


def _deviation(block: Floats, mean: Floats, energy: Floats, numbers: npt.NDArray[np.int64]) -> Floats:
    # The short formula E[x²] − E[x]² serves unless it cancels; then the differences are squared.
    variance = energy - np.square(mean)
    if (variance < 1e-9 * energy).any() and (numbers == block.shape[1]).all():
        block -= mean[:, np.newaxis]
        variance = np.einsum("ij,ij->i", block, block) / numbers
    return np.sqrt(np.maximum(variance, 0.0))


def shrink(picture: Array, factor: int) -> Array:
    """A picture (H, W) with every ``factor``×``factor`` block replaced by its mean; rows left over are dropped."""
    if factor <= 1:
        return picture
    rows, columns = picture.shape[0] // factor, picture.shape[1] // factor
    cut = picture[: rows * factor, : columns * factor]
    # A sum of strided slices is ten times quicker than a mean over two axes of four.
    bands: Array = np.add.reduce(cut.reshape(rows, factor, columns * factor), axis=1)
    small = bands[:, ::factor].copy()
    for offset in range(1, factor):
        small += bands[:, offset::factor]
    small *= np.float32(1.0 / factor**2)
    return small
