"""Images as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import INLINE_VALUES, copy, finish
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Tiles, Whole
from designer.kernels.runtime.threads import Call


class Flat(Kernel):
    """All values of each image ``(C, *spatial)`` in that order, as one vector."""

    name = "copy"

    def empty(self, x: Array) -> Array:
        """Shape ``(N, C · cells)``."""
        return np.empty((x.shape[0], x.size // max(1, x.shape[0])), dtype=x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        shaped = out.reshape(x.shape)
        if x.size <= INLINE_VALUES:
            calls: list[Call] = [partial(np.copyto, shaped, x), *epilogue.calls(out, None, epilogue.residual)]
            return [Tiles(1, lambda _index, _buffers: calls)]

        def work() -> None:
            copy(x, shaped)
            finish(out, epilogue)

        return [Whole(work)]
