"""A step of a run: layers that are computed as one, and what they read. A plain value; nothing is computed here."""

from __future__ import annotations

import enum

import attrs

from designer.engine.compile.wiring import Fold
from designer.engine.remember.keys import Digest, KernelKey
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.layer_api.geometry import Shape
from designer.layer_api.operation import Prepared


class Origin(enum.Enum):
    """Where the array of a step comes from."""

    IMAGE = "image", False
    """It is given with the run."""

    REMEMBERED = "remembered", False
    """An earlier run has left it."""

    INPUT = "input", False
    """It is the array of the input: a layer that does nothing, and is watched."""

    PARTS = "parts", True
    """A concatenation whose inputs have all been computed where they belong."""

    LAYER = "layer", True
    """It is computed."""

    computes: bool
    """Whether there is anything to be timed."""

    def __init__(self, _name: str, computes: bool) -> None:
        self.computes = computes


@attrs.frozen(eq=False)
class KernelRecipe:
    """How the kernel of a step is made.

    Parameters
    ----------
    layer, kernel
        The node whose weights the kernel has, and what makes it.
    fold
        The norm that goes into these weights, if any.
    digests
        Of both nodes.
    precise
        Whether to do without algorithms that round more than a plain sum of products does.
    """

    layer: str
    kernel: Prepared
    fold: Fold | None
    digests: tuple[Digest, Digest | None]
    precise: bool

    def key(self, images: Shape) -> KernelKey:
        """What the kernel for images ``(N, C, *spatial)`` is kept by."""
        return (*self.digests, images, self.precise)


@attrs.frozen(eq=False)
class Step:
    """One array of a run.

    Parameters
    ----------
    nodes
        The layers computed as one, the last of them giving the result.
    inputs
        The nodes whose arrays are read.
    origin
        Where the array comes from.
    macs
        Multiply-adds of the whole batch.
    kernel
        Where there is one, how it is made; a `LAYER` without is its own ``forward``.
    residual
        The node whose array a kernel adds to its output.
    epilogue
        The activation of a kernel after that.
    """

    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    origin: Origin
    macs: int = 0
    kernel: KernelRecipe | None = None
    residual: str | None = None
    epilogue: Epilogue = PLAIN
    id: str = attrs.field(init=False, default=attrs.Factory(lambda step: step.nodes[-1], takes_self=True))
    """The node whose maps come out."""
