"""Fields that hold a list: sizes with one to be found, axes, names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from designer.i18n import _
from designer.layer_api.fields import Field, declare, integer_between, refuse

MOST_AXES = 4
"""Axes beside the batch: channels and three of space."""

LONGEST_NAME = 200
MOST_NAMES = 100_000
"""ImageNet's largest catalogue has 21,841 classes."""


@attrs.frozen(kw_only=True)
class SizesField(Field):
    """A shape, channels first, in which one size may be -1: whatever the others leave."""

    high: int = 10_000_000

    def _normalise(self, name: str, value: object, rank: int) -> tuple[int, ...]:
        wanted = _("a list of 1 to {most} whole numbers from 1 to {high}, one of which may be -1").format(
            most=MOST_AXES, high=f"{self.high:,}"
        )
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_AXES:
            raise refuse(name, value, wanted)
        sizes = tuple(integer_between(name, entry, -1, self.high, wanted) for entry in value)
        if 0 in sizes or sizes.count(-1) > 1:
            raise refuse(name, value, wanted)
        return sizes

    def to_json(self, value: Any) -> Any:
        return list(value)

    def _schema(self, rank: int) -> dict[str, Any]:
        free = {"const": -1}
        size = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": self.high}, free]}
        return {
            "type": "array",
            "items": size,
            "minItems": 1,
            "maxItems": MOST_AXES,
            "contains": free,
            "minContains": 0,
            "maxContains": 1,
        }


@attrs.frozen(kw_only=True)
class AxesField(Field):
    """Axes by number, each once: 1 is the channels, because the batch is 0.

    ``permutation``: all of them from 1 on, in any order. Otherwise -1 is the last axis, as in PyTorch.
    """

    permutation: bool = False

    def wanted(self) -> str:
        """The form in words."""
        if self.permutation:
            return _("the numbers from 1 to that of the axes, at most {most}, in any order").format(most=MOST_AXES)
        return _("1 to {most} different axes: 1 is the channels, -1 the last axis").format(most=MOST_AXES)

    def _normalise(self, name: str, value: object, rank: int) -> tuple[int, ...]:
        given = value if isinstance(value, list | tuple) else [value]
        if not 1 <= len(given) <= MOST_AXES:
            raise refuse(name, value, self.wanted())
        axes = tuple(integer_between(name, entry, -MOST_AXES, MOST_AXES, self.wanted()) for entry in given)
        complete = sorted(axes) == list(range(1, len(axes) + 1))
        if 0 in axes or len(set(axes)) < len(axes) or (self.permutation and not complete):
            raise refuse(name, value, self.wanted())
        return axes

    def to_json(self, value: Any) -> Any:
        return list(value)

    def _schema(self, rank: int) -> dict[str, Any]:
        if self.permutation:
            lists = [
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1, "maximum": count},
                    "minItems": count,
                    "maxItems": count,
                    "uniqueItems": True,
                }
                for count in range(1, MOST_AXES + 1)
            ]
            return {"anyOf": [*lists, {"const": 1}]}
        axis = {"enum": [axis for axis in range(-MOST_AXES, MOST_AXES + 1) if axis]}
        several = {"type": "array", "items": axis, "minItems": 1, "maxItems": MOST_AXES, "uniqueItems": True}
        return {"anyOf": [axis, several]}


@attrs.frozen(kw_only=True)
class NamesField(Field):
    """Names in an order, on one line each; a list that may be empty."""

    def _normalise(self, name: str, value: object, rank: int) -> tuple[str, ...]:
        wanted = _("a list of names, each on one line of 1 to {most} letters").format(most=LONGEST_NAME)
        if not isinstance(value, list | tuple) or len(value) > MOST_NAMES:
            raise refuse(name, value, wanted)
        for entry in value:
            if not isinstance(entry, str) or not 1 <= len(entry) <= LONGEST_NAME or not entry.isprintable():
                raise refuse(name, value, wanted)
        return tuple(value)

    def to_json(self, value: Any) -> Any:
        return list(value)

    def _schema(self, rank: int) -> dict[str, Any]:
        one = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
        return {"type": "array", "items": one, "maxItems": MOST_NAMES}


def sizes(default: Sequence[int], *, label: str, help: str) -> Any:
    """Declare a shape in which one size may be -1."""
    return declare(SizesField(label=label, help=help), tuple(default))


def axes(default: Sequence[int], *, label: str, help: str, permutation: bool = False) -> Any:
    """Declare some axes, or an order of all of them."""
    return declare(AxesField(label=label, help=help, permutation=permutation), tuple(default))


def names(*, label: str, help: str) -> Any:
    """Declare a list of names, empty by default."""
    return declare(NamesField(label=label, help=help), ())
