"""What is known of a design: one entry for each layer, and totals."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import attrs

from designer.analysis.conventions import Convention, DataType
from designer.layer_api.geometry import Pattern, Shape, Window
from designer.layer_api.problems import Remedy

ITEM_BYTES: Mapping[DataType, int] = {"float32": 4, "float16": 2, "int8": 1}
"""Bytes of one value by data type."""


@attrs.frozen
class ReceptiveField:
    """What one output cell sees of the image, per spatial axis, in pixels (Araujo et al., Distill 2019).

    ``start`` is the first row and column that cell (0, 0) sees; negative inside the padding. ``stride`` is how far the
    field moves from one cell to the next. Where paths meet it is the union of what they see. Not ``aligned``: paths of
    different strides or different centres met upstream; with different strides the numbers are those of cell (0, 0),
    and other cells see more.

    Where maps have grown a stride may be a fraction, the mean from one cell to the next, or 0 where all cells see the
    same; ``size`` is then that of the cells that see most. ``seen`` has, for such an axis, the first and last pixel of
    each cell until it repeats; it is empty where all see equally much, a whole number of pixels apart.
    """

    size: tuple[int, ...]
    stride: tuple[int | Fraction, ...]
    start: tuple[int, ...]
    aligned: bool = True
    seen: tuple[tuple[tuple[int, int], ...], ...] = ()


@attrs.frozen
class Problem:
    """Why a layer could not be counted, in one line, and what might mend it."""

    message: str
    remedies: tuple[Remedy, ...] = ()


# Without slots frozen attrs are set in half the time, and a report has one of these for each layer.
@attrs.frozen(slots=False)
class LayerReport:
    """The facts of one layer in its place. Counts are 0 where they are not known.

    Attributes
    ----------
    id, kind : str
        Its name, and which layer it is.
    inputs : tuple[str | None, ...]
        What feeds each input; None where nothing does.
    input_shapes, output_shape : tuple
        Channels first, without the batch. ``output_shape`` is None where the layer has a problem, or waits for one
        upstream (``problem`` is None then).
    parameters, buffers : int
        Learned values; values kept with them but not learned, running mean and variance.
    macs, operations : int
        Multiply-adds as torchvision counts them, and operations by the report's convention, of the whole batch.
    activation_bytes, weight_bytes : int
        Bytes of the output of the whole batch, and of the weights.
    receptive_field : ReceptiveField | None
        What one output cell sees, in pixels; None where it has no size.
    problem : Problem | None
        Why the layer cannot be counted, in one line.
    window : Window | Pattern | None
        What slides over the input; None where nothing does.
    """

    id: str
    kind: str
    inputs: tuple[str | None, ...]
    input_shapes: tuple[Shape, ...] = ()
    output_shape: Shape | None = None
    parameters: int = 0
    buffers: int = 0
    macs: int = 0
    operations: int = 0
    activation_bytes: int = 0
    weight_bytes: int = 0
    receptive_field: ReceptiveField | None = None
    problem: Problem | None = None
    window: Window | Pattern | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def waiting(self) -> bool:
        """Nothing wrong here, but something upstream is."""
        return self.output_shape is None and self.problem is None


@attrs.frozen
class Totals:
    """Sums over the layers that could be counted; a lower bound where the status is partial."""

    layers: int = 0
    parameters: int = 0
    buffers: int = 0
    macs: int = 0
    operations: int = 0
    activation_bytes: int = 0
    peak_activation_bytes: int = 0
    weight_bytes: int = 0


@attrs.frozen(slots=False)
class Report:
    """Everything known of a design. Layers stand in execution order."""

    name: str
    layers: Mapping[str, LayerReport]
    totals: Totals
    batch: int = 1
    dtype: DataType = "float32"
    convention: Convention = "torchvision"

    @cached_property
    def complete(self) -> bool:
        """Whether every layer could be counted."""
        return all(layer.output_shape is not None for layer in self.layers.values())

    @property
    def status(self) -> str:
        """``complete`` or ``partial``."""
        return "complete" if self.complete else "partial"

    @cached_property
    def problems(self) -> tuple[LayerReport, ...]:
        """The layers with a problem of their own, in execution order."""
        return tuple(layer for layer in self.layers.values() if layer.problem is not None)

    def to_json(self) -> dict[str, Any]:
        """The public JSON of ``netdraft summary --format json``."""
        totals = self.totals
        return {
            "name": self.name,
            "status": self.status,
            "batch": self.batch,
            "dtype": self.dtype,
            "convention": self.convention,
            "totals": {
                "layers": totals.layers,
                "parameters": totals.parameters,
                "trainable_parameters": totals.parameters,
                "buffers": totals.buffers,
                "macs": totals.macs,
                "operations": totals.operations,
                "activation_bytes": totals.activation_bytes,
                "peak_activation_bytes": totals.peak_activation_bytes,
                "weight_bytes": totals.weight_bytes,
            },
            "layers": [_layer_json(layer) for layer in self.layers.values()],
        }


def _layer_json(layer: LayerReport) -> dict[str, Any]:
    field = layer.receptive_field
    shown: dict[str, Any] | None = None
    if field is not None:
        strides: list[int | str] = [step if isinstance(step, int) else str(step) for step in field.stride]
        shown = {"size": list(field.size), "stride": strides, "start": list(field.start)}
        if not field.aligned:
            shown["aligned"] = False
    return {
        "id": layer.id,
        "kind": layer.kind,
        "inputs": list(layer.inputs),
        "output_shape": None if layer.output_shape is None else list(layer.output_shape),
        "parameters": layer.parameters,
        "buffers": layer.buffers,
        "macs": layer.macs,
        "operations": layer.operations,
        "activation_bytes": layer.activation_bytes,
        "weight_bytes": layer.weight_bytes,
        "receptive_field": shown,
        "problem": None if layer.problem is None else layer.problem.message,
    }
