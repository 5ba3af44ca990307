"""What the user may choose of the engine."""

from __future__ import annotations

import attrs


@attrs.frozen
class EngineOptions:
    """How runs compute, and how much memory may be spent on being quick.

    Parameters
    ----------
    precise
        Do without Winograd's convolutions, whose rounding error is some ten times that of plain sums.
    cache_bytes
        Feature maps remembered from run to run.
    kernel_bytes
        Weights kept in the form that the algorithms read.
    """

    precise: bool = False
    cache_bytes: int = 1_000_000_000
    kernel_bytes: int = 1_000_000_000
