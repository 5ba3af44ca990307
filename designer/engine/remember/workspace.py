"""What outlives a run, so that the next one starts at once: weights, prepared layers, maps, memory, plans."""

from __future__ import annotations

import math

import attrs

from designer.engine.compile.wiring import Declared
from designer.engine.options import EngineOptions
from designer.engine.remember.blocks import BlockPool
from designer.engine.remember.cache import ResultCache
from designer.engine.remember.kernel_store import KernelStore
from designer.engine.remember.keys import KeyMaker
from designer.engine.remember.memory import Kind, Memory
from designer.engine.remember.weights import WeightStore
from designer.kernels.convolution.derived_weights import DerivedWeights
from designer.kernels.runtime.scratch import Scratch

FREE_SHARE = 8
"""One part in so many of the budget is left to free buffers, however much is remembered."""

MOST_FREE_BYTES = 256_000_000
"""Free buffers beyond that are let go: no layer of the examples has larger maps."""


@attrs.frozen
class MemoryUse:
    """What is kept from run to run, in bytes, and how much may be."""

    maps: int
    kernels: int
    weights: int
    buffers: int
    budget: int

    @property
    def total(self) -> int:
        """Bytes that count against the budget."""
        return self.maps + self.kernels + self.weights + self.buffers


class Workspace:
    """Shared by all runs of a session; a script that runs a model once needs none. Safe between threads.

    Parameters
    ----------
    options
        The budget.
    """

    def __init__(self, options: EngineOptions | None = None) -> None:
        self._budget = (options or EngineOptions()).memory_bytes
        self.memory = Memory(self._budget - self._budget // FREE_SHARE)
        self.maps = ResultCache(self.memory)
        self.weights = WeightStore(self.memory)
        self.kernels = KernelStore(self.memory)
        self.derived = DerivedWeights()
        self.blocks = BlockPool()
        self.scratch = Scratch()
        self.keys = KeyMaker()
        self.declared = Declared()
        self.room = (-math.inf, 0)
        """When the system was asked for free memory, and what it said, in bytes."""

    @property
    def budget_bytes(self) -> int:
        """What all of it may occupy between runs; a smaller budget drops at once what is over it."""
        return self._budget

    @budget_bytes.setter
    def budget_bytes(self, budget: int) -> None:
        self._budget = budget
        self.memory.budget_bytes = budget - budget // FREE_SHARE
        self.trim()

    def use(self) -> MemoryUse:
        """What is kept now."""
        maps, kernels, weights = (self.memory.bytes_of(kind) for kind in (Kind.MAPS, Kind.KERNELS, Kind.WEIGHTS))
        return MemoryUse(maps, kernels, weights, self.blocks.free_bytes, self._budget)

    def release(self, size: int) -> None:
        """Drop what has not been used for longest, at least so many bytes of it, and free buffers."""
        self.memory.shrink(self.memory.used_bytes - size)
        self.blocks.budget_bytes = 0
        self.blocks.trim()

    def trim(self) -> None:
        """Let go of the buffers that the budget has no room for."""
        self.blocks.budget_bytes = min(MOST_FREE_BYTES, max(0, self._budget - self.memory.used_bytes))
        self.blocks.trim()
