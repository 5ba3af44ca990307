"""What most networks repeat: a convolution, its normalization, and an activation behind them."""

from __future__ import annotations

from designer.gallery.builder import After, NetworkBuilder

Pair = int | tuple[int, int]


def conv_norm(
    net: NetworkBuilder,
    conv: str,
    norm: str,
    *,
    filters: int,
    kernel: Pair,
    after: After = None,
    padding: Pair | str | None = None,
    epsilon: float = 1e-5,
    **parameters: object,
) -> str:
    """Append a convolution without bias named ``conv``, and batch normalization named ``norm``; returns the latter.

    Parameters
    ----------
    padding
        Half the kernel where left out: with a stride of one and no dilation the map keeps its size.
    epsilon
        Of the normalization.
    **parameters
        Of the convolution: stride, dilation, groups.
    """
    if padding is None:
        padding = kernel // 2 if isinstance(kernel, int) else (kernel[0] // 2, kernel[1] // 2)
    net.add("conv2d", after=after, name=conv, filters=filters, kernel=kernel, padding=padding, bias=False, **parameters)
    return net.add("batch_norm", name=norm, epsilon=epsilon)


def last(net: NetworkBuilder) -> str:
    """The layer added last, from which a branch may start."""
    assert net.last is not None
    return net.last


def scores(net: NetworkBuilder, name: str, classes: int, *, dropout: str | None = None, rate: float = 0.5) -> None:
    """Append the usual classifier: the mean of each map, dropout where it has a name, one dense layer."""
    net.add("global_avg_pool", name="avgpool")
    net.add("flatten", name="flatten")
    if dropout is not None:
        net.add("dropout", name=dropout, rate=rate)
    net.add("dense", name=name, units=classes)
