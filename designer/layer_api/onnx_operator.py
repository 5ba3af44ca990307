"""An operator of an ONNX file as a plain value, and what a layer makes of it: itself with weights, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.problems import FieldError, ShapeProblem, UserError, quoted

if TYPE_CHECKING:
    from designer.layer_api.layer import Layer

Constants = Mapping[str, Array]
"""Arrays that a file holds, by name: weights, bounds, shapes."""


class CannotRead(UserError):
    """No layer here computes what the operator does; one line says which operator, and what stands in the way."""


class OtherLayer(CannotRead):
    """Another layer may read the operator, and its reason tells more: this one reads no operator with such inputs."""


class OtherRank(OtherLayer):
    """The layer works on another number of spatial axes; one of its family may read the operator."""


@attrs.frozen
class LayerRead:
    """A layer, and the weights that came with it under the names that the layer gives them."""

    layer: Layer
    weights: Mapping[str, Array] = attrs.field(factory=dict)


@attrs.frozen
class OnnxOperator:
    """One operator as it stands in a file.

    Parameters
    ----------
    op
        Its name in the default domain.
    inputs
        Names of what it reads; ``""`` for an optional input left out.
    attributes
        Numbers, texts and lists by name.
    shapes
        Shapes of inputs by name, the batch left out, as far as they are known.
    """

    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any] = attrs.field(factory=dict)
    shapes: Mapping[str, Shape] = attrs.field(factory=dict)

    @property
    def shape(self) -> Shape | None:
        """Shape of the first input, where it is known."""
        return self.shapes.get(self.inputs[0]) if self.inputs else None

    def refused(self, reason: str) -> CannotRead:
        """The exception to raise: ``reason`` after the operator's name."""
        return CannotRead(f"{self.op}: {reason}")

    def settings(self, **defaults: Any) -> dict[str, Any]:
        """The attributes, completed; raises CannotRead for one that is not among ``defaults``."""
        for name in self.attributes:
            if name not in defaults:
                allowed = ", ".join(defaults) or _("none")
                raise self.refused(
                    _("the attribute {name} is not known; known are {allowed}").format(
                        name=quoted(name), allowed=allowed
                    )
                )
        return {**defaults, **self.attributes}

    def fixed(self, **wanted: object) -> None:
        """Raise CannotRead where one of these attributes has another value; left out it has this one."""
        for name, value in wanted.items():
            came = self.attributes.get(name, value)
            if came != value:
                raise self.refused(
                    _("{name} is {came}; only {wanted} can be read").format(name=name, came=quoted(came), wanted=value)
                )

    def data_only(self, constants: Constants) -> None:
        """Raise CannotRead where an input is a constant: the layer joins what other layers computed."""
        for name in self.inputs:
            if name in constants:
                raise self.refused(_("the input {name} is a constant; a layer is wanted").format(name=quoted(name)))

    def arguments(self, constants: Constants, *names: str) -> list[Array | None]:
        """The constants after the first input, one for each of ``names``, None where left out.

        Raises CannotRead where one is computed, or the first input is not, or there are more.
        """
        if not self.inputs or len(self.inputs) > len(names) + 1:
            raise self.refused(
                _("it has {count} inputs; 1 to {most} are wanted").format(count=len(self.inputs), most=len(names) + 1)
            )
        if self.inputs[0] in constants:
            raise self.refused(_("its input is a constant; a layer is wanted"))
        found: list[Array | None] = []
        for name, given in zip(names, (*self.inputs[1:], *[""] * len(names)), strict=False):
            if given and given not in constants:
                raise self.refused(_("{name} is computed by other operators; a constant is wanted").format(name=name))
            found.append(constants[given] if given else None)
        return found

    def required(self, value: Array | None, name: str) -> Array:
        """The argument; raises CannotRead where it was left out."""
        if value is None:
            raise self.refused(_("{name} is missing").format(name=name))
        return value

    def require_rank(self, cls: type[Layer], rank: int) -> None:
        """Raise OtherRank unless the operator works on as many spatial axes as the layer."""
        if rank != cls.rank:
            reason = _("it works on {came} spatial axes; {label} works on {wanted}").format(
                came=rank, label=_(cls.label), wanted=cls.rank
            )
            raise OtherRank(f"{self.op}: {reason}")

    def padding(self, rank: int) -> Any:
        """What ``pads`` or ``auto_pad`` say, as the field of a layer takes it."""
        automatic = self.attributes.get("auto_pad", "NOTSET")
        if automatic == "SAME_UPPER":
            return "same"
        if automatic not in ("NOTSET", "VALID"):
            raise self.refused(
                _("auto_pad is {came}; NOTSET, VALID or SAME_UPPER can be read: write the pads as numbers").format(
                    came=automatic
                )
            )
        pads = list(self.attributes.get("pads", [0] * 2 * rank)) if automatic == "NOTSET" else [0] * 2 * rank
        if len(pads) != 2 * rank:
            raise self.refused(
                _("pads has {came} numbers; {wanted} are wanted").format(came=len(pads), wanted=2 * rank)
            )
        return tuple(zip(pads[:rank], pads[rank:], strict=True))

    def read(self, cls: type[Layer], weights: Mapping[str, Array | None] | None = None, **fields: Any) -> LayerRead:
        """The layer with these fields and those of the weights that are there.

        Raises CannotRead for values that the fields refuse, and weights of other shapes than the layer's.
        """
        try:
            layer = cls.from_parameters(fields)
        except FieldError as problem:
            raise self.refused(str(problem)) from None
        tensors = {
            name: np.ascontiguousarray(array, np.float32)
            for name, array in (weights or {}).items()
            if array is not None
        }
        self._check_shapes(layer, tensors)
        return LayerRead(layer, tensors)

    def read_plain(self, cls: type[Layer], constants: Constants) -> LayerRead:
        """The layer with its default values; raises CannotRead where the operator has arguments or attributes."""
        self.arguments(constants)
        self.settings()
        return self.read(cls)

    def _check_shapes(self, layer: Layer, tensors: Mapping[str, Array]) -> None:
        if self.shape is None or not tensors:
            return
        try:
            layer.output_shape([self.shape])
        except ShapeProblem:
            # A network may be wrong and still be shown: the report says so.
            return
        for name, spec in layer.weights([self.shape]).items():
            if name in tensors and tensors[name].shape != spec.shape:
                raise self.refused(
                    _("{name} is {came}; {wanted} is wanted").format(
                        name=name, came=shape_text(tensors[name].shape), wanted=shape_text(spec.shape)
                    )
                )


def decimal(value: float) -> float:
    """The shortest decimal number that is this one in float32: files hold 0.1 as 0.10000000149."""
    return float(str(np.float32(value)))


def whole_numbers(values: Sequence[float] | Array) -> tuple[int, ...] | None:
    """The values as whole numbers; None where one is not."""
    rounded = tuple(round(float(value)) for value in values)
    return rounded if all(number == float(value) for number, value in zip(rounded, values, strict=True)) else None
