"""The blocks that networks of the literature are made of, ready to be put between two layers.

A block is a small design: its image input stands for whatever feeds the block, and the layer that nobody reads is what
leaves it. Channel counts follow those that come in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.i18n import N_
from designer.layer_api.geometry import Shape

USUAL_INPUT: Shape = (64, 56, 56)
"""What a block is made for where nothing is known of what will feed it."""


@attrs.frozen
class Block:
    """A block of the literature.

    Parameters
    ----------
    name, title
        ``residual``, and as the palette writes it.
    source
        Where it comes from.
    build
        Appends the block for inputs of a shape (channels, height, width) to a network.
    """

    name: str
    title: str
    source: str
    build: Callable[[NetworkBuilder, Shape], None]

    def design(self, shape: Shape | None = None) -> Design:
        """The block behind an image of a shape; maps are wanted, (channels, height, width)."""
        usable = shape if shape is not None and len(shape) == 3 else USUAL_INPUT
        net = NetworkBuilder(self.title).image(usable, name="input")
        with net.group(self.name):
            self.build(net, usable)
        return net.design()


def _conv_bn_relu(net: NetworkBuilder, shape: Shape) -> None:
    conv_norm(net, "conv", "bn", filters=shape[0], kernel=3)
    net.add("relu", name="relu")


def _residual(net: NetworkBuilder, shape: Shape) -> None:
    conv_norm(net, "conv1", "bn1", filters=shape[0], kernel=3)
    net.add("relu", name="relu1")
    body = conv_norm(net, "conv2", "bn2", filters=shape[0], kernel=3)
    net.add("add", name="add", after=(body, "input"))
    net.add("relu", name="relu2")


def _bottleneck(net: NetworkBuilder, shape: Shape) -> None:
    inner = max(1, shape[0] // 4)
    conv_norm(net, "conv1", "bn1", filters=inner, kernel=1)
    net.add("relu", name="relu1")
    conv_norm(net, "conv2", "bn2", filters=inner, kernel=3)
    net.add("relu", name="relu2")
    body = conv_norm(net, "conv3", "bn3", filters=shape[0], kernel=1)
    net.add("add", name="add", after=(body, "input"))
    net.add("relu", name="relu3")


def _inception(net: NetworkBuilder, shape: Shape) -> None:
    # The shares of module 3a for 192 channels: 64, 96 → 128, 16 → 32 and 32 (table 1).
    def of(share: int) -> int:
        return max(1, shape[0] * share // 192)

    ends = [_conv_relu(net, "b1", of(64), 1, "input")]
    ends.append(_conv_relu(net, "b2", of(128), 3, _conv_relu(net, "b2_reduce", of(96), 1, "input")))
    ends.append(_conv_relu(net, "b3", of(32), 5, _conv_relu(net, "b3_reduce", of(16), 1, "input")))
    pool = net.add("max_pool2d", name="pool", kernel=3, stride=1, padding=1, after="input")
    ends.append(_conv_relu(net, "b4", of(32), 1, pool))
    net.add("concat", name="concat", after=ends)


def _conv_relu(net: NetworkBuilder, name: str, filters: int, kernel: int, after: str) -> str:
    net.add("conv2d", name=name, filters=filters, kernel=kernel, padding=kernel // 2, after=after)
    return net.add("relu", name=f"{name}_relu")


def _depthwise_separable(net: NetworkBuilder, shape: Shape) -> None:
    conv_norm(net, "depthwise", "bn1", filters=shape[0], kernel=3, groups=shape[0])
    net.add("relu", name="relu1")
    conv_norm(net, "pointwise", "bn2", filters=shape[0], kernel=1)
    net.add("relu", name="relu2")


def _inverted_residual(net: NetworkBuilder, shape: Shape) -> None:
    wide = 6 * shape[0]
    conv_norm(net, "expand", "bn1", filters=wide, kernel=1)
    net.add("relu6", name="relu1")
    conv_norm(net, "depthwise", "bn2", filters=wide, kernel=3, groups=wide)
    net.add("relu6", name="relu2")
    body = conv_norm(net, "project", "bn3", filters=shape[0], kernel=1)
    net.add("add", name="add", after=(body, "input"))


def _squeeze_excitation(net: NetworkBuilder, shape: Shape) -> None:
    net.add("global_avg_pool", name="squeeze", after="input")
    net.add("conv2d", name="fc1", filters=max(1, shape[0] // 16), kernel=1)
    net.add("relu", name="relu")
    net.add("conv2d", name="fc2", filters=shape[0], kernel=1)
    net.add("sigmoid", name="sigmoid")
    net.add("multiply", name="scale", after=("input", last(net)))


def _dense(net: NetworkBuilder, shape: Shape) -> None:
    del shape
    # Growth rate 32, as DenseNet-121, and two of its layers.
    so_far = "input"
    for number in (1, 2):
        net.add("batch_norm", name=f"bn{number}a", after=so_far)
        net.add("relu", name=f"relu{number}a")
        net.add("conv2d", name=f"conv{number}a", filters=128, kernel=1, bias=False)
        net.add("batch_norm", name=f"bn{number}b")
        net.add("relu", name=f"relu{number}b")
        new = net.add("conv2d", name=f"conv{number}b", filters=32, kernel=3, padding=1, bias=False)
        so_far = net.add("concat", name=f"concat{number}", after=(so_far, new))


def _fire(net: NetworkBuilder, shape: Shape) -> None:
    half = max(1, shape[0] // 2)
    squeeze = _conv_relu(net, "squeeze", max(1, shape[0] // 8), 1, "input")
    ends = [_conv_relu(net, "expand1x1", half, 1, squeeze), _conv_relu(net, "expand3x3", half, 3, squeeze)]
    net.add("concat", name="concat", after=ends)


def _convnext(net: NetworkBuilder, shape: Shape) -> None:
    net.add("conv2d", name="depthwise", filters=shape[0], kernel=7, padding=3, groups=shape[0], after="input")
    net.add("layer_norm", name="norm", epsilon=1e-6)
    net.add("conv2d", name="expand", filters=4 * shape[0], kernel=1)
    net.add("gelu", name="gelu")
    net.add("conv2d", name="project", filters=shape[0], kernel=1)
    body = net.add("channel_scale", name="scale")
    net.add("add", name="add", after=(body, "input"))


def _attention(net: NetworkBuilder, shape: Shape) -> None:
    channels, height, width = shape
    net.add("flatten", name="rows", axis=2, after="input")
    rows = net.add("permute", name="tokens", axes=(2, 1))
    heads = [net.add("dense", name=name, units=channels, after=rows) for name in ("query", "key", "value")]
    net.add("scaled_dot_product_attention", name="attention", after=heads)
    net.add("dense", name="project", units=channels)
    net.add("permute", name="channels", axes=(2, 1))
    body = net.add("reshape", name="maps", shape=(channels, height, width))
    net.add("add", name="add", after=(body, "input"))


BLOCKS: Mapping[str, Block] = {
    block.name: block
    for block in (
        Block("conv_bn_relu", N_("Conv–BN–ReLU"), "Ioffe and Szegedy, Batch Normalization, ICML 2015", _conv_bn_relu),
        Block("residual", N_("Residual block"), "He et al., Deep Residual Learning, CVPR 2016, figure 2", _residual),
        Block("bottleneck", N_("Bottleneck"), "He et al., Deep Residual Learning, CVPR 2016, figure 5", _bottleneck),
        Block("inception", N_("Inception module"), "Szegedy et al., Going Deeper, CVPR 2015, figure 2b", _inception),
        Block(
            "depthwise_separable",
            N_("Depthwise separable"),
            "Howard et al., MobileNets, arXiv:1704.04861, figure 3",
            _depthwise_separable,
        ),
        Block(
            "inverted_residual",
            N_("Inverted residual"),
            "Sandler et al., MobileNetV2, CVPR 2018, figure 3",
            _inverted_residual,
        ),
        Block(
            "squeeze_excitation",
            N_("Squeeze and excitation"),
            "Hu et al., Squeeze-and-Excitation Networks, CVPR 2018, figure 3",
            _squeeze_excitation,
        ),
        Block("dense_block", N_("Dense block"), "Huang et al., DenseNet, CVPR 2017, figure 1", _dense),
        Block("fire", N_("Fire module"), "Iandola et al., SqueezeNet, arXiv:1602.07360, figure 1", _fire),
        Block("convnext", N_("ConvNeXt block"), "Liu et al., A ConvNet for the 2020s, CVPR 2022, figure 4", _convnext),
        Block("attention", N_("Self-attention"), "Wang et al., Non-local Neural Networks, CVPR 2018", _attention),
    )
}
"""Name → block, in the order of the palette."""
