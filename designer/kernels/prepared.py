"""Convolutions made ready once for weights and a shape of images, then run on any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from designer.kernels.arrays import Array, reserve
from designer.kernels.channels_last import Scratch, channels_first
from designer.kernels.choose import Algorithm, choose
from designer.kernels.depthwise import Depthwise
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.filters import Filters
from designer.kernels.im2col import convolve_columns
from designer.kernels.im2row import RowProducts
from designer.kernels.sampling import Sampling, forward_sampling
from designer.kernels.winograd import Winograd


class Kernel(Protocol):
    """An algorithm with its weights, for images of one shape."""

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape of the output."""

    @property
    def nbytes(self) -> int:
        """Memory of the weights, in bytes."""

    def run(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> None:
        """Convolve `x` into `out`."""


class Prepared:
    """A convolution whose algorithm is chosen and whose weights are transformed.

    Parameters
    ----------
    algorithm
        What `choose` has chosen.
    kernel
        The algorithm with its weights.
    """

    def __init__(self, algorithm: Algorithm, kernel: Kernel) -> None:
        self.algorithm = algorithm
        self._kernel = kernel

    @property
    def name(self) -> str:
        """What the algorithm is called."""
        return self.algorithm.value

    @property
    def nbytes(self) -> int:
        """Memory of the weights in the form that is read, in bytes."""
        return self._kernel.nbytes

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, filters, *spatial)`` of the output."""
        return self._kernel.out_shape

    def run(
        self, x: Array, out: Array | None = None, epilogue: Epilogue = PLAIN, scratch: Scratch | None = None
    ) -> Array:
        """Convolve images of the shape that was prepared for.

        Parameters
        ----------
        x
            Array ``(N, C, *spatial)`` of any memory layout; channels last is fastest.
        out
            Array of `out_shape` to be written; by default a new one, of the memory layout that is fastest.
        epilogue
            Residual and activation, applied while a tile is in the cache.
        scratch
            Buffers kept from one call to the next.
        """
        if out is None:
            out = self._empty(x)
        self._kernel.run(x, out, epilogue, scratch or Scratch())
        return out

    def _empty(self, x: Array) -> Array:
        if self.algorithm is Algorithm.COLUMNS:
            return reserve(self.out_shape, x.dtype)
        images, filters, *spatial = self.out_shape
        return channels_first(reserve((images, *spatial, filters), x.dtype))


def prepare_weights(
    weight: Array,
    bias: Array | None,
    input_shape: tuple[int, ...],
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    groups: int = 1,
    precise: bool = False,
) -> Prepared:
    """Choose the algorithm for a convolution and bring its weights into the form it reads.

    Parameters
    ----------
    weight, bias
        Arrays ``(filters, C / groups, *kernel)`` and ``(filters,)`` or none, in the type of the images.
    input_shape
        Shape ``(N, C, *spatial)`` of the images.
    stride, padding, dilation, groups
        As for `designer.kernels.conv.convolve`.
    precise
        Whether to do without the algorithms that round more than a plain sum of products.

    Raises
    ------
    ValueError
        The window does not fit.
    """
    sampling = forward_sampling(input_shape[2:], weight.shape[2:], stride=stride, padding=padding, dilation=dilation)
    algorithm = choose(weight.shape, input_shape[0], sampling, groups=groups, precise=precise)
    kernel: Kernel
    if algorithm is Algorithm.WINOGRAD_2 or algorithm is Algorithm.WINOGRAD_4:
        tile = 2 if algorithm is Algorithm.WINOGRAD_2 else 4
        kernel = Winograd(input_shape, weight, bias, (padding[0], padding[1]), tile)
    elif algorithm is Algorithm.DEPTHWISE:
        kernel = Depthwise(input_shape, weight, bias, sampling)
    elif algorithm is Algorithm.ROWS:
        kernel = RowProducts(input_shape, weight, bias, sampling)
    else:
        kernel = _Columns(input_shape, Filters(weight, bias, groups), sampling)
    return Prepared(algorithm, kernel)


class _Columns:
    """Any other convolution, by im2col; the epilogue afterwards."""

    def __init__(self, shape: tuple[int, ...], filters: Filters, sampling: Sampling) -> None:
        self._filters, self._sampling = filters, sampling
        self._out_shape = (shape[0], filters.weight.shape[0], *sampling.out)

    @property
    def out_shape(self) -> tuple[int, ...]:
        return self._out_shape

    @property
    def nbytes(self) -> int:
        return int(self._filters.weight.nbytes)

    def run(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> None:
        convolve_columns(x, self._filters, self._sampling, out)
        epilogue.apply(out, None, epilogue.residual)
