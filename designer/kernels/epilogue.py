"""What happens to a tile of a layer's output before it leaves the cache: bias, residual, activation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designer.kernels.arrays import Array


@dataclass(frozen=True)
class Epilogue:
    """Add `residual`, then bound the values to ``low..high`` or bend the negative ones by `slope`.

    ReLU is ``low=0``, ReLU6 ``low=0, high=6``. One bounded pass serves both, because NumPy clips between two
    numbers with vector instructions and takes the maximum of an array and a number without them, three
    times slower.

    Parameters
    ----------
    low, high
        Bounds of the activation; none where both are infinite.
    slope
        Factor of negative values (leaky ReLU), used instead of the bounds where given.
    residual
        Array ``(N, filters, H, W)`` like the output, added before the activation.
    """

    low: float = -np.inf
    high: float = np.inf
    slope: float | None = None
    residual: Array | None = None

    def apply(self, part: Array, bias: Array | None = None, residual: Array | None = None) -> None:
        """Change a part of the output in place.

        Parameters
        ----------
        part
            Values computed, channels last.
        bias
            Array that broadcasts with `part`.
        residual
            The same part of the residual.
        """
        if bias is not None:
            np.add(part, bias, out=part)
        if residual is not None:
            np.add(part, residual, out=part)
        if self.slope is not None:
            bent = part * part.dtype.type(self.slope)
            # The line with the smaller slope is the lower one right of zero and the upper one left of it.
            (np.maximum if self.slope <= 1 else np.minimum)(part, bent, out=part)
        elif self.low > -np.inf or self.high < np.inf:
            part.clip(part.dtype.type(self.low), part.dtype.type(self.high), out=part)


PLAIN = Epilogue()
"""Nothing but the bias."""

RELU = Epilogue(low=0.0)
RELU6 = Epilogue(low=0.0, high=6.0)
