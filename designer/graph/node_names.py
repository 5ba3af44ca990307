"""What a node's name says about its place: ``layer1.0.conv2`` and ``stem/conv`` are paths."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGN = re.compile(r"[./]")


def is_path(name: str) -> bool:
    """Whether the name has a beginning that its neighbours share, so that its end tells it from them."""
    return _SIGN.search(name) is not None


def without_first(name: str) -> str:
    """A path without its first part: ``0.conv2`` of ``layer1.0.conv2``; any other name as it is."""
    return _SIGN.split(name, maxsplit=1)[-1]


def without_shared(names: Sequence[str]) -> list[str]:
    """The names, each after the first without the parts of a path that it shares with the first.

    ``layer1.0.conv1``, ``layer1.0.bn1`` → ``layer1.0.conv1``, ``bn1``.
    """
    return [*names[:1], *(_without_shared(name, names[0]) for name in names[1:])]


def _without_shared(name: str, first: str) -> str:
    while is_path(name) and _head(name) == _head(first):
        name, first = without_first(name), without_first(first)
    return name


def _head(name: str) -> str:
    """First part of a path with the sign that ends it; of any other name nothing."""
    return name[: len(name) - len(without_first(name))]
