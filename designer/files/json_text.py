"""JSON read strictly: one value for each key, finite numbers, nothing nested deeper than the interpreter can follow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from designer.i18n import _
from designer.layer_api.problems import UserError


class JsonRefused(UserError):
    """A text that is no JSON, or JSON of which nobody can say what it means; one line."""


def parse_json(text: str) -> Any:
    """The value a JSON text holds.

    Raises
    ------
    JsonRefused
        Where it is not JSON, holds NaN or infinity, is nested too deep, or has an object with one key twice: other
        readers take the first of the values or the last.
    """
    repeated: list[tuple[dict[str, Any], str]] = []

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeated.append((found, _first_repeated(key for key, _value in pairs)))
        return found

    try:
        tree = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=read_object)
    except RecursionError:
        raise JsonRefused(_("the JSON is nested too deep; six levels are enough")) from None
    except json.JSONDecodeError as problem:
        raise JsonRefused(
            _("line {line}, column {column}: not JSON ({problem})").format(
                line=problem.lineno, column=problem.colno, problem=problem.msg
            )
        ) from None
    except ValueError as problem:
        if isinstance(problem, JsonRefused):
            raise
        raise JsonRefused(_("a number in the JSON is too long to read")) from None
    if repeated:
        found, key = repeated[0]
        raise JsonRefused(
            _("{where}: the key {key} comes twice; keep one of them").format(
                where=_place_of(found, tree), key=_short(json.dumps(key, ensure_ascii=False))
            )
        )
    return tree


def _refuse_constant(name: str) -> NoReturn:
    raise JsonRefused(_("{value} is no number JSON knows; write a finite number").format(value=name))


def _first_repeated(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise ValueError(keys)


def _place_of(wanted: dict[str, Any], tree: Any) -> str:
    """Where in the tree an object stands, ``nodes[3].params``."""
    level = [("", tree)]
    while level:
        inner: list[tuple[str, Any]] = []
        for place, value in level:
            if value is wanted:
                return _short(place) or _("spec")
            if isinstance(value, dict):
                inner += [(f"{place}.{_short(key)}" if place else _short(key), entry) for key, entry in value.items()]
            elif isinstance(value, list):
                inner += [(f"{place}[{index}]", entry) for index, entry in enumerate(value)]
        level = inner
    return _("spec")  # the object itself stood under a key that comes twice


def _short(text: str) -> str:
    return text if len(text) <= 50 else text[:49] + "…"
