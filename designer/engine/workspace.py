"""What outlives a run, so that the next one starts at once: weights, prepared layers, memory, plans."""

from __future__ import annotations

import math
from typing import Any

from designer.engine.buffers import BufferPool
from designer.engine.kernel_store import KernelStore
from designer.engine.keys import KeyMaker
from designer.engine.options import EngineOptions
from designer.engine.weights import WeightStore
from designer.kernels.scratch import Scratch


class Workspace:
    """Shared by all runs of a session; a script that runs a model once needs none. Safe between threads.

    Parameters
    ----------
    weights
        Where initial weights are drawn and remembered.
    options
        Budgets.
    """

    def __init__(self, weights: WeightStore | None = None, options: EngineOptions | None = None) -> None:
        self.weights = weights or WeightStore()
        self.kernels = KernelStore((options or EngineOptions()).kernel_bytes)
        self.buffers = BufferPool()
        self.scratch = Scratch(self.buffers.raw)
        self.keys = KeyMaker()
        self.room = (-math.inf, 0)
        """When the system was asked for free memory, and what it said, in bytes."""
        self.last_plan: tuple[Any, Any] | None = None
        self.last_run: tuple[Any, Any] = (None, None)
        """The plan of the last run to an end, and, when it was run again, the program bound to its arrays."""
