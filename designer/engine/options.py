"""What the user may choose of the engine."""

from __future__ import annotations

import attrs

from designer.engine.remember.memory import DEFAULT_BUDGET


@attrs.frozen
class EngineOptions:
    """How runs compute, and how much memory may be spent on being quick.

    Parameters
    ----------
    precise
        Do without Winograd's convolutions, whose rounding error is some ten times that of plain sums.
    memory_bytes
        Maps, layers made ready, initial weights and buffers that are kept from run to run, all together.
    """

    precise: bool = False
    memory_bytes: int = DEFAULT_BUDGET
