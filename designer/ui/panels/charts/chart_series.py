"""What the charts draw: one number per layer along the network. No widgets here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from designer.analysis.conventions import UNITS
from designer.analysis.memory import alive_bytes
from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design
from designer.i18n import _
from designer.interchange.tables.columns import UNKNOWN
from designer.interchange.tables.summary import OPERATION_TITLES
from designer.layer_api.geometry import axes_text
from designer.layer_api.layer import Category
from designer.layer_api.quantities import PREFIXES, SPACE, byte_text, number, short_number
from designer.layer_api.registry import layer_class

Values = np.ndarray[Any, np.dtype[np.float64]]

PARAMETERS, OPERATIONS, MEMORY, FIELD = "parameters", "operations", "memory", "receptive_field"
KEYS = (PARAMETERS, OPERATIONS, MEMORY, FIELD)


@attrs.frozen(eq=False)
class Series:
    """One number per layer in execution order; 0 where it is not known.

    ``line`` is a second number per layer, drawn as steps: memory alive while the layer runs.
    """

    key: str
    title: str
    unit: str
    values: Values
    line: Values | None = None

    def same_as(self, other: Series | None) -> bool:
        """Whether both draw alike."""
        return (
            other is not None
            and (self.title, self.unit) == (other.title, other.unit)
            and np.array_equal(self.values, other.values)
            and (self.line is None or (other.line is not None and np.array_equal(self.line, other.line)))
        )

    @property
    def highest(self) -> float:
        """The largest number drawn; 0 where there is none."""
        tops = [self.values, *([self.line] if self.line is not None else [])]
        return max((float(top.max()) for top in tops if top.size), default=0.0)

    @property
    def lowest(self) -> float:
        """The smallest number above 0; 1 where there is none."""
        above = self.values[self.values > 0]
        return float(above.min()) if above.size else 1.0


def series_of(design: Design, report: Report) -> dict[str, Series]:
    """The four series of a report by key."""
    layers = tuple(report.layers.values())

    def values(of: Callable[[LayerReport], int]) -> Values:
        return np.array([of(layer) for layer in layers], np.float64)

    bytes_by_node = {layer.id: layer.activation_bytes for layer in layers}
    alive = np.array(list(alive_bytes(design, bytes_by_node)), np.float64)
    return {
        PARAMETERS: Series(PARAMETERS, _("Parameters"), "", values(lambda layer: layer.parameters)),
        OPERATIONS: Series(
            OPERATIONS, _(OPERATION_TITLES[report.convention]), "", values(lambda layer: layer.operations)
        ),
        MEMORY: Series(MEMORY, _("Memory"), "B", values(lambda layer: layer.activation_bytes), alive),
        FIELD: Series(FIELD, _("Receptive field"), "px", values(field_size)),
    }


def field_size(layer: LayerReport) -> int:
    """The longer side of the receptive field; 0 where it has no size."""
    return max(layer.receptive_field.size, default=0) if layer.receptive_field is not None else 0


def categories_of(report: Report) -> tuple[Category, ...]:
    """Category of every layer, in execution order."""
    return tuple(layer_class(layer.kind).category for layer in report.layers.values())


def value_text(report: Report, key: str, layer: LayerReport) -> str:
    """The exact number with its unit, named after the convention where it counts operations."""
    if layer.output_shape is None:
        return UNKNOWN
    if key == FIELD:
        return _field_text(layer)
    if key == MEMORY:
        return f"{number(layer.activation_bytes)}{SPACE}B"
    if key == OPERATIONS:
        return f"{number(layer.operations)}{SPACE}{UNITS[report.convention]}"
    return number(layer.parameters)


def short_text(key: str, layer: LayerReport) -> str:
    """The number with an SI prefix where it is long."""
    if layer.output_shape is None:
        return UNKNOWN
    if key == FIELD:
        return _field_text(layer)
    if key == MEMORY:
        return byte_text(layer.activation_bytes)
    return short_number(layer.operations if key == OPERATIONS else layer.parameters)


def _field_text(layer: LayerReport) -> str:
    field = layer.receptive_field
    return UNKNOWN if field is None else f"{axes_text(field.size)}{SPACE}px"


def tick_text(value: float, unit: str) -> str:
    """A number on an axis: ``200 k``, ``1.5 M``, ``60 MB``."""
    size, power = abs(value), 0
    while size >= 999.5 and power < len(PREFIXES):
        size /= 1000
        power += 1
    prefix = PREFIXES[power - 1] if power else ""
    digits = f"{value / 1000**power:.4g}"
    tail = f"{prefix}{unit}"
    return f"{digits}{SPACE}{tail}" if tail else digits


def label_step(count: int, room: float, label_width: float) -> int:
    """Every how many-th of ``count`` neighbours can be labelled in ``room`` pixels."""
    if count == 0 or room <= 0:
        return 1
    return max(1, int(np.ceil(label_width / (room / count))))


def bars_by_category(values: Values, categories: Sequence[Category]) -> Mapping[Category, Values]:
    """Positions of the layers of each category that have something to draw."""
    # By identity: hashing an enumeration ten thousand times takes longer than all the rest.
    kinds, drawn = np.array(list(map(id, categories)), np.int64), values > 0
    found = {category: np.flatnonzero(drawn & (kinds == id(category))) for category in Category}
    return {category: places.astype(np.float64) for category, places in found.items() if places.size}
