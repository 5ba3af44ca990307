"""Calls of NumPy, made now or later."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Call = Callable[[], object]
"""A function of NumPy with the arrays that it is to be called with."""


def perform(calls: Iterable[Call]) -> None:
    """Make calls in order."""
    for call in calls:
        call()
