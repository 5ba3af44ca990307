"""Networks that say where things are: their answers are maps of boxes and scores.

YOLOv3-tiny: Redmon and Farhadi, "YOLOv3: an incremental improvement" (2018), and ``yolov3-tiny.cfg`` of its release.
"""

from __future__ import annotations

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder
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
    conv_norm(net, f"conv{place}", f"bn{place}", after=after, filters=filters, kernel=kernel)
    return net.add("leaky_relu", name=f"act{place}", slope=0.1)
