"""The fields a layer declares: value, bounds, label and help in one place; forms, JSON and messages follow from them.

A field normalises what it is given (a number for every axis, a list from JSON) or raises
:class:`~designer.layer_api.problems.FieldError` in one line that says which field, what came and what was wanted.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from designer.i18n import _
from designer.layer_api.problems import FieldError, quoted

METADATA_KEY = "netdraft"
LARGEST = 10_000_000
"""No size, count or stride of a real network is larger; beyond it a value is a slip or an attack."""


@attrs.frozen(kw_only=True)
class Field(abc.ABC):
    """One declared parameter: what the form shows and what a value may be.

    ``label`` and ``help`` are marked with ``N_()`` and translated when shown.
    """

    label: str
    help: str
    unit: str = ""
    optional: str = ""
    """Where None is a legal value: what None means, in words ("as the kernel"); empty where it is not."""

    def normalise(self, name: str, value: object, rank: int) -> Any:
        """The value as stored, for a layer of this spatial rank; raises FieldError."""
        if value is None and self.optional:
            return None
        return self._normalise(name, value, rank)

    @abc.abstractmethod
    def _normalise(self, name: str, value: object, rank: int) -> Any: ...

    def to_json(self, value: Any) -> Any:
        """The stored value as JSON."""
        return value

    def schema(self, rank: int) -> dict[str, Any]:
        """JSON Schema of the value for a layer of this spatial rank."""
        schema = self._schema(rank)
        return {"anyOf": [schema, {"type": "null"}]} if self.optional else schema

    @abc.abstractmethod
    def _schema(self, rank: int) -> dict[str, Any]: ...


def refuse(name: str, came: object, wanted: str) -> FieldError:
    """The exception to raise: which parameter, what came, what was wanted."""
    return FieldError(
        _("{field}: {came} came, {wanted} is wanted").format(field=name, came=quoted(came), wanted=wanted)
    )


def integer_between(name: str, value: object, low: int, high: int, wanted: str) -> int:
    """The value as a whole number; raises FieldError where it is none, or not between the bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(name, value, wanted)
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(name, value, wanted)
    number = int(value)
    if number != value or not low <= number <= high:
        raise refuse(name, value, wanted)
    return number


@attrs.frozen(kw_only=True)
class Integer(Field):
    """A whole number between ``low`` and ``high``."""

    low: int = 1
    high: int = LARGEST

    def wanted(self) -> str:
        """The bounds in words."""
        return _("a whole number from {low} to {high}").format(low=self.low, high=f"{self.high:,}")

    def _normalise(self, name: str, value: object, rank: int) -> int:
        return integer_between(name, value, self.low, self.high, self.wanted())

    def _schema(self, rank: int) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@attrs.frozen(kw_only=True)
class Real(Field):
    """A finite number between ``low`` and ``high``; ``low`` itself is refused where ``above`` is true."""

    low: float
    high: float
    above: bool = False

    def wanted(self) -> str:
        """The bounds in words."""
        text = _("a number above {low}, up to {high}") if self.above else _("a number from {low} to {high}")
        return text.format(low=f"{self.low:g}", high=f"{self.high:g}")

    def _normalise(self, name: str, value: object, rank: int) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse(name, value, self.wanted())
        try:
            number = float(value)
        except OverflowError:
            raise refuse(name, value, self.wanted()) from None
        if not math.isfinite(number) or not self.low <= number <= self.high or (self.above and number == self.low):
            raise refuse(name, value, self.wanted())
        return number

    def _schema(self, rank: int) -> dict[str, Any]:
        return {
            "type": "number",
            "exclusiveMinimum" if self.above else "minimum": self.low,
            "maximum": self.high,
        }


@attrs.frozen(kw_only=True)
class Boolean(Field):
    """Yes or no."""

    def _normalise(self, name: str, value: object, rank: int) -> bool:
        if not isinstance(value, bool):
            raise refuse(name, value, _("true or false"))
        return value

    def _schema(self, rank: int) -> dict[str, Any]:
        return {"type": "boolean"}


@attrs.frozen(kw_only=True)
class Choice(Field):
    """One of a few words; ``options`` maps the stored word to its label."""

    options: Mapping[str, str]

    def _normalise(self, name: str, value: object, rank: int) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise refuse(name, value, _("one of {options}").format(options=", ".join(self.options)))
        return value

    def _schema(self, rank: int) -> dict[str, Any]:
        return {"enum": list(self.options)}


@attrs.frozen(kw_only=True)
class PerAxis(Field):
    """One whole number per spatial axis; a single number stands for all axes."""

    low: int = 1
    high: int = 65_536

    def wanted(self, rank: int) -> str:
        """The form and bounds in words."""
        return _("a whole number from {low} to {high}, or {rank} of them").format(
            low=self.low, high=f"{self.high:,}", rank=rank
        )

    def _normalise(self, name: str, value: object, rank: int) -> tuple[int, ...]:
        wanted = self.wanted(rank)
        if isinstance(value, list | tuple):
            if len(value) != rank:
                raise refuse(name, value, wanted)
            return tuple(integer_between(name, entry, self.low, self.high, wanted) for entry in value)
        return (integer_between(name, value, self.low, self.high, wanted),) * rank

    def to_json(self, value: Any) -> Any:
        """A list with one number per axis."""
        return None if value is None else list(value)

    def _schema(self, rank: int) -> dict[str, Any]:
        one = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": rank, "maxItems": rank}]}


@attrs.frozen(kw_only=True)
class PaddingField(Field):
    """Padding: a number, one per axis, ``[[before, after], …]`` per axis, or ``"same"`` where allowed."""

    same: bool = True
    low: int = 0
    """Below zero: cells are cut off."""

    high: int = 65_536

    def wanted(self, rank: int) -> str:
        """The accepted forms in words."""
        text = _("a whole number from {low} to {high}, {rank} of them, or {rank} pairs [before, after]")
        if self.same:
            text = _('a whole number from {low} to {high}, {rank} of them, {rank} pairs [before, after], or "same"')
        return text.format(low=f"{self.low:,}", high=f"{self.high:,}", rank=rank)

    def _normalise(self, name: str, value: object, rank: int) -> str | tuple[tuple[int, int], ...]:
        wanted = self.wanted(rank)
        if self.same and isinstance(value, str) and value == "same":
            return "same"
        if not isinstance(value, list | tuple):
            number = integer_between(name, value, self.low, self.high, wanted)
            return ((number, number),) * rank
        if len(value) != rank:
            raise refuse(name, value, wanted)
        return tuple(self._one_axis(name, entry, value, wanted) for entry in value)

    def _one_axis(self, name: str, entry: object, value: object, wanted: str) -> tuple[int, int]:
        if isinstance(entry, list | tuple):
            if len(entry) != 2:
                raise refuse(name, value, wanted)
            before, after = (integer_between(name, side, self.low, self.high, wanted) for side in entry)
            return before, after
        number = integer_between(name, entry, self.low, self.high, wanted)
        return number, number

    def to_json(self, value: Any) -> Any:
        """``"same"``, one number per axis, or a pair per axis where the sides differ."""
        if value == "same":
            return value
        if all(before == after for before, after in value):
            return [before for before, _after in value]
        return [list(axis) for axis in value]

    def _schema(self, rank: int) -> dict[str, Any]:
        one = {"type": "integer", "minimum": self.low, "maximum": self.high}
        sides = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
        axes = {"type": "array", "items": {"anyOf": [one, sides]}, "minItems": rank, "maxItems": rank}
        forms: list[dict[str, Any]] = [one, axes]
        return {"anyOf": [*forms, {"const": "same"}] if self.same else forms}


@attrs.frozen(kw_only=True)
class ShapeField(Field):
    """A tensor's shape, channels first, without the batch."""

    high: int = 1_000_000

    def _normalise(self, name: str, value: object, rank: int) -> tuple[int, ...]:
        wanted = _("a list of 1 to 4 whole numbers from 1 to {high}, channels first").format(high=f"{self.high:,}")
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= 4:
            raise refuse(name, value, wanted)
        return tuple(integer_between(name, entry, 1, self.high, wanted) for entry in value)

    def to_json(self, value: Any) -> Any:
        return list(value)

    def _schema(self, rank: int) -> dict[str, Any]:
        size = {"type": "integer", "minimum": 1, "maximum": self.high}
        return {"type": "array", "items": size, "minItems": 1, "maxItems": 4}


def declare(field: Field, default: Any) -> Any:
    """The attrs field that carries ``field`` and normalises with the layer's own rank."""

    def convert(value: object, layer: Any, attribute: attrs.Attribute[Any]) -> Any:
        return field.normalise(attribute.name, value, layer.rank)

    converter: Any = attrs.Converter(convert, takes_self=True, takes_field=True)
    return attrs.field(default=default, converter=converter, metadata={METADATA_KEY: field})


def integer(default: int, *, label: str, help: str, low: int = 1, high: int = LARGEST, unit: str = "") -> Any:
    """Declare a whole number."""
    return declare(Integer(label=label, help=help, low=low, high=high, unit=unit), default)


def real(default: float, *, label: str, help: str, low: float, high: float, above: bool = False, unit: str = "") -> Any:
    """Declare a real number."""
    return declare(Real(label=label, help=help, low=low, high=high, above=above, unit=unit), default)


def boolean(default: bool, *, label: str, help: str) -> Any:
    """Declare a yes or no."""
    return declare(Boolean(label=label, help=help), default)


def choice(default: str, options: Mapping[str, str], *, label: str, help: str) -> Any:
    """Declare one of a few words."""
    return declare(Choice(label=label, help=help, options=options), default)


def pair(
    default: int | Sequence[int] | None,
    *,
    label: str,
    help: str,
    low: int = 1,
    unit: str = "",
    optional: str = "",
) -> Any:
    """Declare one whole number per spatial axis of the layer (a pair for images, any rank in fact)."""
    return declare(PerAxis(label=label, help=help, low=low, unit=unit, optional=optional), default)


def padding(default: Any, *, label: str, help: str, same: bool = True, low: int = 0) -> Any:
    """Declare padding in cells, four-sided; below zero it cuts cells off."""
    return declare(PaddingField(label=label, help=help, same=same, low=low, unit="px"), default)


def shape(default: Sequence[int], *, label: str, help: str) -> Any:
    """Declare a tensor's shape."""
    return declare(ShapeField(label=label, help=help), tuple(default))


SPECIFIERS: tuple[Callable[..., Any], ...] = (integer, real, boolean, choice, pair, padding, shape)
