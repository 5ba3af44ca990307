"""What is lit on the canvas while a wire is drawn."""

from __future__ import annotations

import attrs


@attrs.frozen
class Light:
    """Where the wire may end: at an input or the output of these nodes. All others but its start are dimmed."""

    inputs: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    start: str = ""
