"""A layer made ready for its weights and a shape of images, run as often as there are images."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from designer.kernels.channels_last import Scratch
from designer.kernels.epilogue import Epilogue

Array = np.ndarray[Any, np.dtype[Any]]


class PreparedLayer(Protocol):
    """What the engine keeps of a layer between runs."""

    @property
    def name(self) -> str:
        """How it computes, for the profile."""

    @property
    def nbytes(self) -> int:
        """Memory that it keeps, in bytes."""

    def run(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Array:
        """Compute ``out`` from ``x``, add the residual of the epilogue and apply its activation."""
