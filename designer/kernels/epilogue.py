"""What happens to a tile of a layer's output before it leaves the cache: bias, residual, activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import Call, perform


@dataclass(frozen=True)
class Epilogue:
    """Add `residual`, then bound the values to ``low..high`` or multiply the negative ones by `slope`.

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
    curve
        Function of the values and the array for the results, used instead of bounds and slope where given.
    """

    low: float = -np.inf
    high: float = np.inf
    slope: float | None = None
    residual: Array | None = None
    curve: Callable[..., object] | None = None

    def calls(self, part: Array, bias: Array | None = None, residual: Array | None = None) -> list[Call]:
        """Return the calls that change a part of the output in place.

        Parameters
        ----------
        part
            Values computed, channels last.
        bias
            Array that broadcasts with `part`, or one that has been repeated for several cells of a contiguous `part`.
        residual
            The same part of the residual.
        """
        calls: list[Call] = []
        if bias is not None:
            rows = part if bias.shape[-1] == part.shape[-1] else part.reshape(-1, bias.size)
            calls.append(partial(np.add, rows, bias, rows))
        if residual is not None:
            calls.append(partial(np.add, part, residual, part))
        if self.curve is not None:
            calls.append(partial(self.curve, part, part))
        elif self.slope is not None:
            calls.append(partial(_leaky, part, part.dtype.type(self.slope)))
        elif self.low > -np.inf or self.high < np.inf:
            calls.append(partial(part.clip, part.dtype.type(self.low), part.dtype.type(self.high), out=part))
        return calls

    def apply(self, part: Array, bias: Array | None = None, residual: Array | None = None) -> None:
        """Change a part of the output in place; parameters as for `calls`."""
        perform(self.calls(part, bias, residual))


def _leaky(part: Array, slope: Any) -> None:
    scaled = part * slope
    # The line with the smaller slope is the lower one right of zero and the upper one left of it.
    (np.maximum if slope <= 1 else np.minimum)(part, scaled, out=part)


PLAIN = Epilogue()
"""Nothing but the bias."""

RELU = Epilogue(low=0.0)
RELU6 = Epilogue(low=0.0, high=6.0)
TANH = Epilogue(curve=np.tanh)
