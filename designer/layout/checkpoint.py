"""How long work is ended from outside: it calls a checkpoint now and then, and what that raises goes through it."""

from __future__ import annotations

from collections.abc import Callable

Checkpoint = Callable[[], None]


def never() -> None:
    """The checkpoint of work that nobody ends."""
