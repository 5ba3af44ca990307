"""Convolutions made ready once for weights and a shape of images, then run on any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from designer.kernels.arrays.memory import Array, reserve
from designer.kernels.arrays.windows import Sampling, forward_sampling
from designer.kernels.convolution.choose import Algorithm, choose
from designer.kernels.convolution.depthwise import Depthwise
from designer.kernels.convolution.im2col import convolve_columns
from designer.kernels.convolution.im2row import RowProducts
from designer.kernels.convolution.weights import Filters
from designer.kernels.convolution.winograd import Winograd
from designer.kernels.convolution.winograd_cuts import Keeping, keeping
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Whole


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
) -> Kernel:
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
    if algorithm is Algorithm.WINOGRAD_2 or algorithm is Algorithm.WINOGRAD_4:
        tile = 2 if algorithm is Algorithm.WINOGRAD_2 else 4
        return Winograd(input_shape, weight, bias, (padding[0], padding[1]), tile)
    if algorithm is Algorithm.DEPTHWISE:
        return Depthwise(input_shape, weight, bias, sampling)
    if algorithm is Algorithm.ROWS:
        return RowProducts(input_shape, weight, bias, sampling)
    return Columns(input_shape, Filters(weight, bias, groups), sampling)


def prepared_bytes(
    weight_shape: tuple[int, ...],
    input_shape: tuple[int, ...],
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    groups: int = 1,
    precise: bool = False,
    folded: bool = False,
) -> int:
    """Return the memory, in bytes of float32, that `prepare_weights` takes beside the weights, from shapes alone.

    Parameters
    ----------
    folded
        Whether the weights are another layer's multiplied, so that they are in memory for this one alone.
    """
    sampling = forward_sampling(input_shape[2:], weight_shape[2:], stride=stride, padding=padding, dilation=dilation)
    algorithm = choose(weight_shape, input_shape[0], sampling, groups=groups, precise=precise)
    values = prod(weight_shape)
    own = values if folded else 0
    if algorithm is Algorithm.ROWS:
        # And the bias as one more row.
        own = values + weight_shape[0]
    elif algorithm is Algorithm.DEPTHWISE:
        own = values * sampling.out[1]
    elif algorithm is Algorithm.WINOGRAD_2 or algorithm is Algorithm.WINOGRAD_4:
        tile = 2 if algorithm is Algorithm.WINOGRAD_2 else 4
        tiles = input_shape[0] * prod(-(-size // tile) for size in sampling.out)
        if keeping(weight_shape, tile, tiles) is Keeping.KEPT:
            own = prod(weight_shape[:2]) * (tile + 2) ** 2
    return 4 * own


class Columns(Kernel):
    """Any other convolution, by im2col; the epilogue afterwards."""

    name = Algorithm.COLUMNS.value

    def __init__(self, shape: tuple[int, ...], filters: Filters, sampling: Sampling) -> None:
        self._filters, self._sampling = filters, sampling
        self._out_shape = (shape[0], filters.weight.shape[0], *sampling.out)

    def weights(self) -> Sequence[Array]:
        """Those that were given."""
        return (self._filters.weight,)

    def empty(self, x: Array) -> Array:
        return reserve(self._out_shape, x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        return [Whole(lambda: self._convolve(x, out, epilogue))]

    def _convolve(self, x: Array, out: Array, epilogue: Epilogue) -> None:
        convolve_columns(x, self._filters, self._sampling, out)
        epilogue.apply(out, None, epilogue.residual)
