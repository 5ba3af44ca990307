"""Networks that say where things are: their answers are maps of boxes and scores.

SSDlite: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), section 6.2. YOLOv3-tiny:
Redmon and Farhadi, "YOLOv3: an incremental improvement" (2018), and ``yolov3-tiny.cfg`` of its release.
"""

from __future__ import annotations

from collections.abc import Sequence

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder
from designer.gallery.mobilenet import mobilenet_v2_features
from designer.graph.design import Design

COCO_CLASSES = 80
ANCHORS = 3
"""Boxes of different forms that every cell of a map offers."""


def yolov3_tiny(*, classes: int = COCO_CLASSES) -> Design:
    """YOLOv3-tiny for 416×416 pixels: boxes in cells of 32 pixels, and of 16 from a map that is enlarged again.

    Four numbers of a box, whether there is something, and a score for each class, for three boxes a cell. Numbers in
    names are those of the layers in the release's file.
    """
    net = NetworkBuilder("YOLOv3-tiny").image((3, 416, 416))
    numbers = ANCHORS * (5 + classes)
    for place, filters in zip(range(0, 11, 2), (16, 32, 64, 128, 256, 512), strict=True):
        _conv(net, place, filters, 3)
        # The last pooling keeps the size: its windows overlap.
        net.add("max_pool2d", name=f"pool{place + 1}", kernel=2, stride=2 if place < 10 else 1, padding="same")
    _conv(net, 12, 1024, 3)
    shared = _conv(net, 13, 256, 1)
    _conv(net, 14, 512, 3)
    net.add("conv2d", name="conv15", filters=numbers, kernel=1)
    _conv(net, 18, 128, 1, after=shared)
    net.add("upsample2d", name="up19", scale=2)
    net.add("concat", name="concat20", after=(last(net), "act8"))
    _conv(net, 21, 256, 3)
    net.add("conv2d", name="conv22", filters=numbers, kernel=1)
    return net.design()


def _conv(net: NetworkBuilder, place: int, filters: int, kernel: int, after: str | None = None) -> str:
    with net.group(f"layer{place}"):
        conv_norm(net, f"conv{place}", f"bn{place}", after=after, filters=filters, kernel=kernel)
        return net.add("leaky_relu", name=f"act{place}", slope=0.1)


EXTRA = (512, 256, 256, 128)
"""Filters of the blocks behind the backbone of SSDlite, each with half the size of the one before."""

SSD_ANCHORS = (3, 6, 6, 6, 6, 6)
"""Boxes of every cell, map by map."""


def ssdlite_mobilenet_v2(*, classes: int = COCO_CLASSES) -> Design:
    """SSDlite on MobileNet V2 for 320×320 pixels: boxes from maps of 20, 10, 5, 3, 2 and 1 cells across.

    Every head is a depthwise 3×3 and a 1×1 convolution, one for the scores of the classes and the background, one for
    the four numbers of a box. The backbone's names are torchvision's, the others follow its SSDlite.
    """
    net = NetworkBuilder("SSDlite (MobileNet V2)").image((3, 320, 320))
    mobilenet_v2_features(net, "backbone.")
    # The first map is the widened one in the last block that halves the size: the whole backbone has half of it.
    maps = [("backbone.features.14.conv.0.2", 6 * 96), (last(net), 1280)]
    maps += [(_extra(net, f"backbone.extra.{number}", filters), filters) for number, filters in enumerate(EXTRA)]
    _heads(net, "classification", maps, classes + 1)
    _heads(net, "regression", maps, 4)
    return net.design()


def _extra(net: NetworkBuilder, name: str, filters: int) -> str:
    """Half the channels, half the size, all channels."""
    _conv_relu6(net, f"{name}.0", filters // 2, 1)
    _conv_relu6(net, f"{name}.1", filters // 2, 3, stride=2, groups=filters // 2)
    return _conv_relu6(net, f"{name}.2", filters, 1)


def _heads(net: NetworkBuilder, kind: str, maps: Sequence[tuple[str, int]], numbers: int) -> None:
    """``numbers`` answers for every box, from each map, given with its channels."""
    for number, ((entry, channels), anchors) in enumerate(zip(maps, SSD_ANCHORS, strict=True)):
        name = f"head.{kind}_head.module_list.{number}"
        _conv_relu6(net, f"{name}.0", channels, 3, groups=channels, after=entry)
        net.add("conv2d", name=f"{name}.1", filters=anchors * numbers, kernel=1)


def _conv_relu6(
    net: NetworkBuilder,
    name: str,
    filters: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    after: str | None = None,
) -> str:
    names = f"{name}.0", f"{name}.1"
    conv_norm(net, *names, after=after, filters=filters, kernel=kernel, stride=stride, groups=groups)
    return net.add("relu6", name=f"{name}.2")
