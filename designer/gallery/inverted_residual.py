"""The block of networks for phones: widen, look at each channel apart, weigh the channels, narrow again.

Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), figure 4d; the weighing of channels: Hu
et al., "Squeeze-and-excitation networks" (2017).
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder

Names = Callable[[int, bool], tuple[str, str, str]]
"""Names of convolution, normalization and activation from a part's number and whether it is the last."""


@attrs.frozen
class Squeeze:
    """How channels are weighed: the mean of each, through a few units, becomes a factor for each."""

    units: int
    activation: str = "relu"
    gate: str = "sigmoid"


@attrs.frozen
class InvertedResidual:
    """One block; channels that come in, of the depthwise convolution, and that go out."""

    inputs: int
    wide: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    activation: str = "relu6"
    epsilon: float = 1e-5
    squeeze: Squeeze | None = None


def inverted_residual(net: NetworkBuilder, name: str, block: InvertedResidual, names: Names) -> None:
    """Append a block; where shapes agree its input is added, as ``name.add``."""
    entry, part = last(net), 0
    if block.wide != block.inputs:
        _part(net, names(part, False), block, filters=block.wide, kernel=1)
        part += 1
    kernel, stride = block.kernel, block.stride
    _part(net, names(part, False), block, filters=block.wide, kernel=kernel, stride=stride, groups=block.wide)
    part += 1
    if block.squeeze is not None:
        squeeze_excitation(net, names(part, True)[0].rpartition(".")[0], block.wide, block.squeeze)
        part += 1
    conv, norm, _none = names(part, True)
    narrow = conv_norm(net, conv, norm, filters=block.outputs, kernel=1, epsilon=block.epsilon)
    if block.stride == 1 and block.inputs == block.outputs:
        net.add("add", name=f"{name}.add", after=(narrow, entry))


def _part(
    net: NetworkBuilder,
    names: tuple[str, str, str],
    block: InvertedResidual,
    *,
    filters: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
) -> None:
    conv, norm, activation = names
    conv_norm(net, conv, norm, filters=filters, kernel=kernel, stride=stride, groups=groups, epsilon=block.epsilon)
    net.add(block.activation, name=activation)


def squeeze_excitation(net: NetworkBuilder, name: str, channels: int, squeeze: Squeeze) -> None:
    """Append the weighing of the channels of the last layer."""
    entry = last(net)
    net.add("global_avg_pool", name=f"{name}.avgpool")
    net.add("conv2d", name=f"{name}.fc1", filters=squeeze.units, kernel=1)
    net.add(squeeze.activation, name=f"{name}.activation")
    net.add("conv2d", name=f"{name}.fc2", filters=channels, kernel=1)
    gate = net.add(squeeze.gate, name=f"{name}.scale_activation")
    net.add("multiply", name=f"{name}.scale", after=(entry, gate))


def in_sequences(prefix: str) -> Names:
    """``prefix.1.0``, ``prefix.1.1``, ``prefix.1.2``: every part is a sequence of its own."""

    def names(part: int, _last: bool) -> tuple[str, str, str]:
        return f"{prefix}.{part}.0", f"{prefix}.{part}.1", f"{prefix}.{part}.2"

    return names


def in_one_sequence(prefix: str) -> Names:
    """``prefix.3``, ``prefix.4``, ``prefix.5``: all layers of all parts are counted through."""

    def names(part: int, _last: bool) -> tuple[str, str, str]:
        return f"{prefix}.{3 * part}", f"{prefix}.{3 * part + 1}", f"{prefix}.{3 * part + 2}"

    return names


def last_without_sequence(prefix: str) -> Names:
    """As :func:`in_sequences`, but the last part stands in the outer sequence itself."""

    def names(part: int, is_last: bool) -> tuple[str, str, str]:
        if is_last:
            return f"{prefix}.{part}", f"{prefix}.{part + 1}", ""
        return f"{prefix}.{part}.0", f"{prefix}.{part}.1", f"{prefix}.{part}.2"

    return names


def rounded(channels: float, divisor: int = 8) -> int:
    """The nearest multiple of the divisor, at least one and never more than a tenth below (TensorFlow's models)."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest
