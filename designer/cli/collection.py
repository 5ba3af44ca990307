"""Python's search for cycles of garbage, paused while a large design is read and counted."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Search for no cycles meanwhile.

    Reading a million wires makes none, and looking for them again and again takes a third of the time. For one command
    of the command line, which has its process to itself: the setting belongs to the whole process and is put back.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
