"""What layers share that put values in other places: which values are read, axes by number, the order in Keras."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.i18n import _
from designer.layer_api.emit import KerasCall, in_turn
from designer.layer_api.families import Weightless
from designer.layer_api.geometry import Region, Shape, Window, shape_text, whole
from designer.layer_api.layer import Formula, Quantity


class Rearranging(Weightless):
    """Layers whose values are those of the input in other places, or some of them.

    Subclasses say in ``reads_values`` which values are read; which cells follows from it.
    """

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: an axis of the output is not one of the image."""
        return None

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The cells of the values that are read."""
        channels = (0, self.output_shape(inputs)[0] - 1)
        return self.reads_values((channels, *region), inputs, index)[1:]

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``768×14×14 → 768×196``."""
        return (Formula(Quantity.OUTPUT, f"{shape_text(inputs[0])} → {shape_text(self.output_shape(inputs))}"),)


def positive_axis(axis: int, shape: Shape) -> int | None:
    """The number of an axis from 1 on, where -1 is the last one; None where the shape has no such axis."""
    number = axis if axis > 0 else len(shape) + 1 + axis
    return number if 1 <= number <= len(shape) else None


def axes_there(shape: Shape) -> str:
    """Which axes a shape has, in words."""
    return _("{shape} has the axes 1 to {last}").format(shape=shape_text(shape), last=len(shape))


def box_of_run(first: int, last: int, shape: Shape) -> Region:
    """The smallest box of a shape that holds all values from one to another in the order of its axes."""
    begin, end = ([int(at) for at in np.unravel_index(place, shape)] for place in (first, last))
    box: list[tuple[int, int]] = []
    for start, stop in zip(begin, end, strict=True):
        box.append((start, stop))
        if start != stop:
            break
    return (*box, *whole(shape[len(box) :]))


def run_of_box(region: Region, shape: Shape) -> tuple[int, int]:
    """The first and the last value of a box, counted in the order of the axes."""
    ends = zip(*region, strict=True)
    first, last = (int(np.ravel_multi_index(place, shape)) for place in ends)
    return first, last


def keras_channels_first(*calls: KerasCall, before: int, after: int) -> tuple[KerasCall, ...]:
    """The calls on arrays whose channels are moved to the front, and the channels of what they give to the back.

    Parameters
    ----------
    before, after
        Axes of input and output, the batch left out.
    """
    to_front = [KerasCall("layers.Permute", ((before, *range(1, before)),))] if before > 1 else []
    to_back = [KerasCall("layers.Permute", ((*range(2, after + 1), 1),))] if after > 1 else []
    return in_turn(*to_front, *calls, *to_back)
