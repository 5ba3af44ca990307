"""Layers made ready for their weights and a shape of images, kept from run to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from designer.engine.remember.keys import Digest
from designer.engine.remember.memory import Kind, Memory
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.geometry import Shape

KernelKey = tuple[Digest, Digest | None, Shape, bool]
"""Layer with its weights, the scale and shift folded into them, shape of the images, whether precise."""


class KernelStore:
    """Prepared layers by all they depend on.

    Parameters
    ----------
    memory
        Where they are kept.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def get(self, key: KernelKey) -> Kernel | None:
        """The prepared layer, marked as just used; None where it is not kept."""
        found: Kernel | None = self._memory.get(Kind.KERNELS, key)
        return found

    def has(self, key: KernelKey) -> bool:
        """Whether the prepared layer is kept."""
        return self._memory.peek(Kind.KERNELS, key) is not None

    def get_or_make(
        self, key: KernelKey, make: Callable[[], Kernel], given: Mapping[str, Array] | None = None
    ) -> Kernel:
        """The prepared layer, made where it is not kept.

        Parameters
        ----------
        given
            Weights of the design, which it has in memory whether the layer is prepared or not.
        """
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        theirs = set(map(id, (given or {}).values()))
        own = [array for array in made.weights() if id(array) not in theirs]
        kept: Kernel = self._memory.keep(Kind.KERNELS, key, made, own)
        return kept
