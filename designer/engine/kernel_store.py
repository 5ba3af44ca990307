"""Layers made ready for their weights and a shape of images, kept from run to run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from designer.engine.keys import Digest
from designer.kernels.stages import Kernel
from designer.layer_api.geometry import Shape

KernelKey = tuple[Digest, Digest | None, Shape, bool]
"""Layer with its weights, the scale and shift folded into them, shape of the images, whether precise."""


class KernelStore:
    """Prepared layers by all they depend on, least recently used dropped first. Safe between threads.

    Parameters
    ----------
    budget_bytes
        How much their weights may occupy; the one asked for last is always kept.
    """

    def __init__(self, budget_bytes: int = 1_000_000_000) -> None:
        self._budget = budget_bytes
        self._kept: OrderedDict[KernelKey, Kernel] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of all kept weights, in bytes."""
        return self._bytes

    @property
    def budget_bytes(self) -> int:
        """How much the weights may occupy; a smaller budget drops layers at once."""
        return self._budget

    @budget_bytes.setter
    def budget_bytes(self, budget: int) -> None:
        with self._lock:
            self._budget = budget
            self._drop()

    def get(self, key: KernelKey) -> Kernel | None:
        """The prepared layer, marked as just used; None where it is not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def get_or_make(self, key: KernelKey, make: Callable[[], Kernel]) -> Kernel:
        """The prepared layer; made outside of the lock where it is not kept."""
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += made.nbytes
                self._drop()
        return made

    def _drop(self) -> None:
        while self._bytes > self._budget and len(self._kept) > 1:
            _key, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.nbytes
