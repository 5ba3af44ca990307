"""Networks that give every pixel a class.

FCN: Long, Shelhamer and Darrell, "Fully convolutional networks for semantic segmentation" (2014). U-Net: Ronneberger,
Fischer and Brox, "U-Net: convolutional networks for biomedical image segmentation" (2015). DeepLab v3: Chen et al.,
"Rethinking atrous convolution for semantic image segmentation" (2017).
"""

from __future__ import annotations

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder
from designer.gallery.resnet import PLANS, stages, stem
from designer.gallery.vgg import CONVOLUTIONS, FILTERS
from designer.graph.design import Design

VOC_CLASSES = 21
"""Twenty kinds of objects and the background (PASCAL VOC)."""

UNET_WIDTHS = (64, 128, 256, 512, 1024)

UNET_CROPS = (88, 40, 16, 4)
"""Cells off each side of what levels 1 to 4 hand across: (568 − 392)/2 and so on, by the sizes of figure 1."""


def unet(*, classes: int = 2) -> Design:
    """U-Net for grey images of 572×572 pixels: two scores for each of the 388×388 in the middle.

    Its convolutions are not padded, so that no score depends on made-up borders; what is handed across is cropped.
    """
    net = NetworkBuilder("U-Net").image((1, 572, 572))
    handed = []
    for level, width in enumerate(UNET_WIDTHS, start=1):
        if level > 1:
            net.add("max_pool2d", name=f"pool{level - 1}", kernel=2)
        handed.append(_double(net, f"down{level}", width))
    for level, width in reversed(list(enumerate(UNET_WIDTHS[:-1], start=1))):
        up = net.add("conv_transpose2d", name=f"up{level}.conv", filters=width, kernel=2, stride=2)
        crop = net.add("crop2d", name=f"up{level}.crop", after=handed[level - 1], cropping=UNET_CROPS[level - 1])
        net.add("concat", name=f"up{level}.concat", after=(crop, up))
        _double(net, f"up{level}", width)
    net.add("conv2d", name="scores", filters=classes, kernel=1)
    return net.design()


def _double(net: NetworkBuilder, name: str, width: int) -> str:
    for number in (1, 2):
        net.add("conv2d", name=f"{name}.conv{number}", filters=width, kernel=3)
        net.add("relu", name=f"{name}.relu{number}")
    return last(net)


def fcn32s(*, classes: int = VOC_CLASSES) -> Design:
    """VGG-16 whose dense layers are convolutions, and one step back to the pixels, 32 times as large."""
    net = NetworkBuilder("FCN-32s").image((3, 224, 224))
    _vgg(net)
    _scores(net, "score_fr", classes)
    _enlarge(net, "upscore", classes, 32)
    return net.design()


def fcn8s(*, classes: int = VOC_CLASSES) -> Design:
    """The scores of pool5, doubled, meet those of pool4, doubled those of pool3; eight times is the rest (figure 3)."""
    net = NetworkBuilder("FCN-8s").image((3, 224, 224))
    _vgg(net)
    _scores(net, "score_fr", classes)
    for pool in (4, 3):
        coarse = _enlarge(net, "upscore2" if pool == 4 else "upscore_pool4", classes, 2)
        fine = _scores(net, f"score_pool{pool}", classes, after=f"pool{pool}")
        net.add("add", name=f"fuse_pool{pool}", after=(coarse, fine))
    _enlarge(net, "upscore8", classes, 8)
    return net.design()


def _vgg(net: NetworkBuilder) -> None:
    """VGG-16 with the names of Caffe; fc6 sees 7×7 cells, padded here, where Caffe pads the image by 100 pixels."""
    for block, (count, filters) in enumerate(zip(CONVOLUTIONS[16], FILTERS, strict=True), start=1):
        with net.group(f"block{block}"):
            for index in range(1, count + 1):
                net.add("conv2d", name=f"conv{block}_{index}", filters=filters, kernel=3, padding=1)
                net.add("relu", name=f"relu{block}_{index}")
            net.add("max_pool2d", name=f"pool{block}", kernel=2)
    for number, kernel in ((6, 7), (7, 1)):
        net.add("conv2d", name=f"fc{number}", filters=4096, kernel=kernel, padding=kernel // 2)
        net.add("relu", name=f"relu{number}")
        net.add("dropout", name=f"drop{number}")


def _scores(net: NetworkBuilder, name: str, classes: int, after: str | None = None) -> str:
    return net.add("conv2d", name=name, after=after, filters=classes, kernel=1)


def _enlarge(net: NetworkBuilder, name: str, classes: int, factor: int) -> str:
    """A transposed convolution that can interpolate between two cells; cut at its sides, exactly ``factor`` times."""
    return net.add(
        "conv_transpose2d",
        name=name,
        filters=classes,
        kernel=2 * factor,
        stride=factor,
        padding=factor // 2,
        bias=False,
    )


ATROUS_RATES = (12, 24, 36)
ATROUS_FILTERS = 256


def deeplabv3_resnet50(*, size: int = 520, classes: int = VOC_CLASSES) -> Design:
    """DeepLab v3 on ResNet-50 with torchvision's names, without the auxiliary head.

    The last two stages dilate instead of striding, so that the map is an eighth of the image; the head looks at it
    with four dilations at once, and at the mean of all of it.

    Parameters
    ----------
    size
        Of the image: torchvision trains with 520×520 pixels. A multiple of 8.
    """
    net = NetworkBuilder("DeepLab v3 (ResNet-50)").image((3, size, size))
    stem(net, "backbone.")
    stages(net, PLANS["resnet50"], "backbone.", dilated=2)
    _pyramid(net, "classifier.0", size // 8)
    _conv_relu(net, "classifier", 1, kernel=3)
    net.add("conv2d", name="classifier.4", filters=classes, kernel=1)
    net.add("upsample2d", name="upsample", scale=8, mode="bilinear")
    return net.design()


def _pyramid(net: NetworkBuilder, name: str, cells: int) -> None:
    """Atrous spatial pyramid pooling (figure 5)."""
    entry = last(net)
    ends = [_conv_relu(net, f"{name}.convs.0", 0, kernel=1)]
    for number, rate in enumerate(ATROUS_RATES, start=1):
        ends.append(_conv_relu(net, f"{name}.convs.{number}", 0, kernel=3, after=entry, dilation=rate))
    pooled = f"{name}.convs.{len(ends)}"
    net.add("global_avg_pool", name=f"{pooled}.0", after=entry)
    _conv_relu(net, pooled, 1, kernel=1)
    ends.append(net.add("upsample2d", name=f"{pooled}.upsample", scale=cells, mode="bilinear"))
    net.add("concat", name=f"{name}.concat", after=ends)
    _conv_relu(net, f"{name}.project", 0, kernel=1)
    net.add("dropout", name=f"{name}.project.3")


def _conv_relu(
    net: NetworkBuilder, name: str, place: int, *, kernel: int, dilation: int = 1, after: str | None = None
) -> str:
    """Convolution, normalization and ReLU at this place of a sequence and the next two."""
    names = f"{name}.{place}", f"{name}.{place + 1}"
    padding = kernel // 2 * dilation
    conv_norm(net, *names, after=after, filters=ATROUS_FILTERS, kernel=kernel, padding=padding, dilation=dilation)
    return net.add("relu", name=f"{name}.{place + 2}")
