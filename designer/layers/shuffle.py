"""Channels that change places: among each other (shuffle), or with the cells of a block (pixel shuffle, unshuffle)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.rearrange import pixel_shuffle, pixel_unshuffle, shuffle_channels
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn
from designer.layer_api.families import require_maps
from designer.layer_api.fields import integer
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.rearranging import Rearranging


@layer
class ChannelShuffle(Rearranging):
    """Mixes the channels of groups: the next grouped convolution sees something of every group.

    The channels, cut into groups, are dealt out in turn: the first of each group, then the second of each, and so on.

    Formula
    -------
    y[k·G + g] = x[g·n + k] for group g of G and channel k of the n of each group

    Source
    ------
    Zhang, Zhou, Lin and Sun, "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
    arXiv:1707.01083, 2017.

    Example
    -------
    >>> make_layer("channel_shuffle", groups=2).forward([np.arange(6, dtype=np.float32).reshape(1, 6)], {})
    array([[0., 3., 1., 4., 2., 5.]], dtype=float32)
    """

    kind = "channel_shuffle"
    label = N_("Channel shuffle")
    category = Category.SHAPE
    prefix = "shuffle"
    gradient_reads = ()
    search_terms = ("shufflenet", "groups", "mix")

    groups: int = integer(
        2, label=N_("Groups"), help=N_("Into how many groups the channels are cut; they must divide.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        if inputs[0][0] % self.groups:
            fitting = max(count for count in range(1, self.groups) if inputs[0][0] % count == 0)
            raise ShapeProblem(
                _("{channels} channels cannot be cut into {groups} groups; use a number that divides them").format(
                    channels=inputs[0][0], groups=self.groups
                ),
                SetFields({"groups": fitting}),
            )
        return inputs[0]

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        return Window.cell(len(inputs[0]) - 1)

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        return region

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The channels that were dealt to those asked for."""
        channels, (first, last) = inputs[index][0], region[0]
        if last - first >= self.groups:
            return ((0, channels - 1), *region[1:])
        places = np.arange(first, last + 1)
        source = places % self.groups * (channels // self.groups) + places // self.groups
        return ((int(source.min()), int(source.max())), *region[1:])

    def caption(self) -> str:
        return _("{groups} groups").format(groups=self.groups)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return shuffle_channels(inputs[0], self.groups, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Dealt back: a shuffle of as many groups as there are channels in each."""
        return Gradients((shuffle_channels(done.gradient, done.gradient.shape[1] // self.groups),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX has no channel shuffle; it arrives as Reshape, Transpose and Reshape"))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Reshape``, ``Transpose``, ``Reshape``."""
        channels, *cells = inputs[0]
        split = np.array([0, self.groups, channels // self.groups, *cells], np.int64)
        order = [0, 2, 1, *range(3, 3 + len(cells))]
        return (
            OnnxCall("Reshape", ("input0", "split"), output="groups", constants={"split": split}),
            OnnxCall("Transpose", ("groups",), {"perm": order}, "turned"),
            OnnxCall("Reshape", ("turned", "shape"), constants={"shape": np.array([0, *inputs[0]], np.int64)}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ChannelShuffle``, which takes maps; of a vector what it does."""
        if len(inputs[0]) == 3:
            return (TorchCall("nn.ChannelShuffle", (self.groups,)),)
        channels, *cells = inputs[0]
        return in_turn(
            TorchCall("torch.reshape", ((-1, self.groups, channels // self.groups, *cells),)),
            TorchCall("torch.transpose", (1, 2)),
            TorchCall("torch.reshape", ((-1, *inputs[0]),)),
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Reshape``, ``layers.Permute``, ``layers.Reshape`` of the last axis, the channels."""
        channels, *cells = inputs[0]
        last = len(cells) + 1
        return in_turn(
            KerasCall("layers.Reshape", ((*cells, self.groups, channels // self.groups),)),
            KerasCall("layers.Permute", ((*range(1, last), last + 1, last),)),
            KerasCall("layers.Reshape", ((*cells, channels),)),
        )


class PixelBlocks(Rearranging):
    """Facts of both ways between channels and cells."""

    rank = 2
    block: int

    def caption(self) -> str:
        """``×2``."""
        return f"×{self.block}"


@layer
class PixelShuffle2D(PixelBlocks):
    """Turns channels into pixels: the values of block² channels become a block of pixels of one channel.

    A sub-pixel convolution is a convolution with block² times the filters, and this layer behind it.

    Formula
    -------
    y[c, i, j] = x[c·b² + (i mod b)·b + (j mod b), ⌊i/b⌋, ⌊j/b⌋]

    Source
    ------
    Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
    Network", arXiv:1609.05158, 2016.

    Example
    -------
    >>> make_layer("pixel_shuffle2d", block=3).output_shape([(9, 17, 17)])
    (1, 51, 51)
    """

    kind = "pixel_shuffle2d"
    label = N_("Pixel shuffle 2D")
    category = Category.SHAPE
    prefix = "pixel_shuffle"
    gradient_reads = ()
    onnx_operators = ("DepthToSpace",)
    search_terms = ("depth to space", "sub-pixel", "super-resolution", "upscale", "espcn")

    block: int = integer(2, high=256, label=N_("Block"), help=N_("How many times higher and wider the maps become."))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels / block², height · block, width · block)."""
        require_maps(inputs[0], self.rank)
        channels, height, width = inputs[0]
        if channels % self.block**2:
            smaller = max(block for block in range(1, self.block) if channels % block**2 == 0)
            raise ShapeProblem(
                _("{channels} channels; a multiple of {square} is wanted, a block being {block}×{block}").format(
                    channels=channels, square=self.block**2, block=self.block
                ),
                SetFields({"block": smaller}),
            )
        return (channels // self.block**2, height * self.block, width * self.block)

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """A block of cells has been the channels of one."""
        return (AxisPattern(((0, 0),) * self.block, 1),) * self.rank

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The blocks in which the cells are, and all channels that fill them."""
        (first, last), *cells = region
        channels = (first * self.block**2, (last + 1) * self.block**2 - 1)
        return (channels, *((start // self.block, end // self.block) for start, end in cells))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``64/2/2 = 16`` channels, then the shape."""
        channels, b = inputs[0][0], self.block
        return (
            Formula(Quantity.OUTPUT, f"{channels}/{b}/{b} = {channels // b**2}", _("channels")),
            *super().explain(inputs),
        )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return pixel_shuffle(inputs[0], self.block, out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((pixel_unshuffle(done.gradient, self.block),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        settings = operator.settings(blocksize=None, mode="DCR")
        if settings["blocksize"] is None:
            raise operator.refused(_("blocksize is missing"))
        if settings["mode"] != "CRD":
            raise operator.refused(_("mode is {mode}; only CRD can be read").format(mode=settings["mode"]))
        return operator.read(cls, block=settings["blocksize"])

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``DepthToSpace`` in the mode CRD: the channels of a block are neighbours."""
        return (OnnxCall("DepthToSpace", attributes={"blocksize": self.block, "mode": "CRD"}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.PixelShuffle``."""
        return (TorchCall("nn.PixelShuffle", (self.block,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Reshape`` and ``layers.Permute`` that split the channels and put them among the cells."""
        channels, high, wide = self.output_shape(inputs)
        b, height, width = self.block, *inputs[0][1:]
        return in_turn(
            KerasCall("layers.Reshape", ((height, width, channels, b, b),)),
            KerasCall("layers.Permute", ((1, 4, 2, 5, 3),)),
            KerasCall("layers.Reshape", ((high, wide, channels),)),
        )


@layer
class PixelUnshuffle2D(PixelBlocks):
    """Turns pixels into channels: each block of pixels becomes block² channels of one pixel; nothing is lost.

    Formula
    -------
    y[c·b² + u·b + v, i, j] = x[c, i·b + u, j·b + v] for u, v from 0 to b − 1

    Source
    ------
    Sajjadi, Vemulapalli and Brown, "Frame-Recurrent Video Super-Resolution", arXiv:1801.04590, 2018; the order of the
    channels is that of PyTorch's ``nn.PixelUnshuffle``.

    Example
    -------
    >>> make_layer("pixel_unshuffle2d").output_shape([(3, 64, 64)])
    (12, 32, 32)
    """

    kind = "pixel_unshuffle2d"
    label = N_("Pixel unshuffle 2D")
    category = Category.SHAPE
    prefix = "pixel_unshuffle"
    gradient_reads = ()
    search_terms = ("space to depth", "focus", "reorganize")

    block: int = integer(2, high=256, label=N_("Block"), help=N_("How many times lower and narrower the maps become."))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels · block², height / block, width / block)."""
        require_maps(inputs[0], self.rank)
        channels, height, width = inputs[0]
        if height % self.block or width % self.block:
            smaller = max(b for b in range(1, self.block) if height % b == 0 and width % b == 0)
            raise ShapeProblem(
                _("input is {came}; height and width must be multiples of {block}: pad or crop them before").format(
                    came=shape_text(inputs[0]), block=self.block
                ),
                SetFields({"block": smaller}),
            )
        return (channels * self.block**2, height // self.block, width // self.block)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """A block: each of its cells goes to a channel of its own."""
        block = (self.block,) * self.rank
        return Window(block, block, ((0, 0),) * self.rank, (1,) * self.rank)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The channel they come from, and the blocks of the cells."""
        (first, last), *cells = region
        channels = (first // self.block**2, last // self.block**2)
        return (channels, *((start * self.block, (end + 1) * self.block - 1) for start, end in cells))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``3·2·2 = 12`` channels, then the shape."""
        channels, b = inputs[0][0], self.block
        return (
            Formula(Quantity.OUTPUT, f"{channels}·{b}·{b} = {channels * b**2}", _("channels")),
            *super().explain(inputs),
        )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return pixel_unshuffle(inputs[0], self.block, out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((pixel_shuffle(done.gradient, self.block),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("its channels come in another order than those of a pixel unshuffle"))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Reshape``, ``Transpose``, ``Reshape``: ``SpaceToDepth`` puts the channels in another order."""
        channels, (out, high, wide), b = inputs[0][0], self.output_shape(inputs), self.block
        split = np.array([0, channels, high, b, wide, b], np.int64)
        return (
            OnnxCall("Reshape", ("input0", "split"), output="blocks", constants={"split": split}),
            OnnxCall("Transpose", ("blocks",), {"perm": [0, 1, 3, 5, 2, 4]}, "turned"),
            OnnxCall("Reshape", ("turned", "shape"), constants={"shape": np.array([0, out, high, wide], np.int64)}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.PixelUnshuffle``."""
        return (TorchCall("nn.PixelUnshuffle", (self.block,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Reshape`` and ``layers.Permute`` that take the blocks apart."""
        (out, high, wide), b = self.output_shape(inputs), self.block
        return in_turn(
            KerasCall("layers.Reshape", ((high, b, wide, b, inputs[0][0]),)),
            KerasCall("layers.Permute", ((1, 3, 5, 2, 4),)),
            KerasCall("layers.Reshape", ((high, wide, out),)),
        )
