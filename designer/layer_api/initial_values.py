"""How a weight tensor starts, where no file gives it."""

from __future__ import annotations

from typing import Literal

import attrs


@attrs.frozen
class Constant:
    """Every value is this one."""

    value: float


@attrs.frozen
class Uniform:
    """Evenly distributed between both ends, from the node's seed."""

    low: float
    high: float


@attrs.frozen
class Identity:
    """Output i is input i: ones at (i, i), of a kernel in its middle, and zeros elsewhere, as PyTorch's ``dirac_``."""


Initial = Literal["kernel", "zeros", "ones"] | Constant | Uniform | Identity
"""``kernel``: by the initialisation of the layer, He or Xavier; the others are the same whatever that is."""
