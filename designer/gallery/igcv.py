"""IGCV1: Zhang et al., "Interleaved group convolutions for deep neural networks" (2017), and its release."""

from __future__ import annotations

from designer.gallery.blocks import conv_norm, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

PRIMARY, SECONDARY = 24, 2
"""L and M of the network that the paper calls IGC-L24M2."""

EPSILON = 2e-5


def igcv1(*, blocks: int = 6, classes: int = 10) -> Design:
    """IGC-L24M2 for CIFAR-10, images of 32×32 pixels: 3·6 + 2 = 20 layers deep.

    A 3×3 convolution in 24 groups never mixes groups; a 1×1 convolution in as many groups as each of those has
    channels does, since every one of its groups has one channel of each of the former.
    """
    net = NetworkBuilder("IGCV1 (L24M2)").image((3, 32, 32))
    conv_norm(net, "g0_conv", "g0_bn", filters=PRIMARY * SECONDARY, kernel=3, epsilon=EPSILON)
    net.add("relu", name="g0_relu")
    for stage in (1, 2, 3):
        # Channels double with the secondary groups, where the size is halved.
        secondary = SECONDARY << (stage - 1)
        for number in range(1, blocks + 1):
            name = f"g{stage}_b{number}"
            with net.group(name):
                _block(net, name, secondary, stride=2 if stage > 1 and number == 1 else 1)
    scores(net, "fc_score", classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, secondary: int, *, stride: int) -> None:
    """Spatial convolutions apart, shuffled, mixed apart, shuffled back (figure 1)."""
    filters = PRIMARY * secondary
    net.add(
        "conv2d",
        name=f"{name}_conv1",
        filters=filters,
        kernel=3,
        stride=stride,
        padding=1,
        groups=PRIMARY,
        bias=False,
    )
    net.add("channel_shuffle", name=f"{name}_reorder1", groups=PRIMARY)
    net.add("conv2d", name=f"{name}_conv2", filters=filters, kernel=1, groups=secondary, bias=False)
    net.add("channel_shuffle", name=f"{name}_reorder2", groups=secondary)
    net.add("batch_norm", name=f"{name}_bn", epsilon=EPSILON)
    net.add("relu", name=f"{name}_relu")
