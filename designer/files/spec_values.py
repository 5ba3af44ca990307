"""The values of a spec: what is checked of them, and the one line that says what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from designer.i18n import _
from designer.layer_api.problems import UserError

DEEPEST = 50
"""Levels of nesting in what is carried along without being understood."""

MOST_KEPT = 1_000_000
"""Values in what is carried along without being understood; ten times as many take seconds to look through."""

LARGEST_BITS = 1024
"""Of a number that is carried along."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""One for all entries: a large design has a hundred thousand."""


class SpecError(UserError):
    """A spec that cannot be read or written; the message is one line: where, what came, what was wanted."""


def shown(value: Any) -> str:
    """A value in a message, as JSON writes it."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return cut(text)


def cut(text: str) -> str:
    """A text in a message, at most 50 letters of it."""
    return text if len(text) <= 50 else text[:49] + "…"


Where = str | tuple[object, ...]
"""A place in the tree, whole or in parts: a million wires are not given names that nobody reads."""


def _place(where: Where) -> str:
    return where if isinstance(where, str) else "".join(map(str, where))


def wrong(where: Where, came: Any, wanted: str) -> SpecError:
    """The error; ``wanted`` is marked with N_() where it is given, and translated here."""
    return SpecError(
        _("{where}: {came} came, {wanted} is wanted").format(where=_place(where), came=shown(came), wanted=_(wanted))
    )


def typed(value: Any, kind: type, where: Where, wanted: str) -> Any:
    """The value, which is of this type; raises SpecError saying what is ``wanted``. True is no number here."""
    if isinstance(value, bool) or not isinstance(value, kind):
        raise wrong(where, value, wanted)
    return value


def kept(value: Any, where: Where) -> Any:
    """The value itself, which is carried along and written again; raises SpecError where it could not be written."""
    level, depth, seen = [value], 0, 0
    while level:
        seen += len(level)
        if seen > MOST_KEPT:
            raise SpecError(_("{where}: more than {limit} values").format(where=where, limit=MOST_KEPT))
        if depth > DEEPEST:
            text = _("{where}: nested too deep; at most {limit} levels")
            raise SpecError(text.format(where=_place(where), limit=DEEPEST))
        inner: list[Any] = []
        for entry in level:
            if isinstance(entry, dict):
                inner += [*entry, *entry.values()]
            elif isinstance(entry, list):
                inner += entry
            else:
                _check_writable(entry, where)
        level, depth = inner, depth + 1
    return value


def _check_writable(value: Any, where: Where) -> None:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise SpecError(_("{where}: a text holds half of a character").format(where=_place(where)))
    elif (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, int) and value.bit_length() > LARGEST_BITS
    ):
        raise SpecError(_("{where}: a number is too large").format(where=_place(where)))


def unknown(entry: dict[str, Any], known: set[str], where: Where) -> Mapping[str, Any]:
    """What a later program wrote into an entry beside the keys that are ``known``; raises SpecError."""
    if entry.keys() <= known:
        return NOTHING
    carried: Mapping[str, Any] = kept({key: value for key, value in entry.items() if key not in known}, where)
    return carried
