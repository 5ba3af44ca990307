"""Networks that say where things are: their answers are maps of boxes and scores.

SSDlite: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), section 6.2; on V3: Howard et
al., "Searching for MobileNetV3" (2019), section 6.3. YOLOv3-tiny: Redmon and Farhadi, "YOLOv3: an incremental
improvement" (2018), and ``yolov3-tiny.cfg`` of its release.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from designer.gallery.blocks import conv_norm, last
from designer.gallery.builder import NetworkBuilder
from designer.gallery.inverted_residual import in_sequences, inverted_residual
from designer.gallery.mobilenet import mobilenet_v2_features
from designer.gallery.mobilenet_v3 import EPSILON, LARGE, STEM, end, stem
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
    _heads(net, maps, SSD_ANCHORS, classes + 1)
    return net.design()


V3_CLASSES = 91
"""torchvision counts by COCO's numbers of kinds, which go up to 90; 0 is the background."""


def ssdlite320_mobilenet_v3_large(*, classes: int = V3_CLASSES) -> Design:
    """SSDlite on MobileNet V3 for 320×320 pixels, with torchvision's names.

    The last blocks of the backbone have half the channels (section 6.3).
    """
    net = NetworkBuilder("SSDlite (MobileNet V3)").image((3, 320, 320))
    maps = _backbone_v3(net)
    for number, filters in enumerate(EXTRA):
        maps.append((_extra(net, f"backbone.extra.{number}", filters, EPSILON), filters))
    _heads(net, maps, (6,) * len(maps), classes, EPSILON)
    return net.design()


def _backbone_v3(net: NetworkBuilder) -> list[tuple[str, int]]:
    """MobileNet V3 cut in two behind the widening of its last strided block; both ends and their channels."""
    first, second = "backbone.features.0", "backbone.features.1"
    tail = next(number for number in reversed(range(len(LARGE))) if LARGE[number].stride > 1)
    stem(net, f"{first}.0")
    channels = STEM
    for number, row in enumerate(LARGE[:tail], start=1):
        name = f"{first}.{number}"
        inverted_residual(net, name, row.after(channels), in_sequences(f"{name}.block"))
        channels = row.channels
    wide = f"{first}.{tail + 1}"

    def cut(part: int, _last: bool) -> tuple[str, str, str]:
        name = f"{second}.0.{part}" if part else wide
        return f"{name}.0", f"{name}.1", f"{name}.2"

    for number, row in enumerate(LARGE[tail:]):
        name = f"{second}.{number}"
        # What the first of them widens comes from before the cut, and is not halved.
        halved = attrs.evolve(row, channels=row.channels // 2, wide=row.wide if number == 0 else row.wide // 2)
        names = cut if number == 0 else in_sequences(f"{name}.block")
        inverted_residual(net, name, halved.after(channels), names)
        channels = halved.channels
    last_map = end(net, f"{second}.{len(LARGE) - tail}", channels)
    return [(f"{wide}.2", LARGE[tail].wide), (last_map, 6 * channels)]


def _extra(net: NetworkBuilder, name: str, filters: int, epsilon: float = 1e-5) -> str:
    """Half the channels, half the size, all channels."""
    half = filters // 2
    _conv_relu6(net, f"{name}.0", filters=half, kernel=1, epsilon=epsilon)
    _conv_relu6(net, f"{name}.1", filters=half, kernel=3, stride=2, groups=half, epsilon=epsilon)
    return _conv_relu6(net, f"{name}.2", filters=filters, kernel=1, epsilon=epsilon)


def _heads(
    net: NetworkBuilder,
    maps: Sequence[tuple[str, int]],
    anchors: Sequence[int],
    scores: int,
    epsilon: float = 1e-5,
) -> None:
    """Scores, and the four numbers, of every box of each map, which is given with its channels."""
    for kind, numbers in (("classification", scores), ("regression", 4)):
        for number, ((entry, channels), boxes) in enumerate(zip(maps, anchors, strict=True)):
            name = f"head.{kind}_head.module_list.{number}"
            _conv_relu6(net, f"{name}.0", after=entry, filters=channels, kernel=3, groups=channels, epsilon=epsilon)
            net.add("conv2d", name=f"{name}.1", filters=boxes * numbers, kernel=1)


def _conv_relu6(
    net: NetworkBuilder,
    name: str,
    *,
    filters: int,
    kernel: int,
    stride: int = 1,
    groups: int = 1,
    epsilon: float,
    after: str | None = None,
) -> str:
    conv_norm(
        net,
        f"{name}.0",
        f"{name}.1",
        after=after,
        filters=filters,
        kernel=kernel,
        stride=stride,
        groups=groups,
        epsilon=epsilon,
    )
    return net.add("relu6", name=f"{name}.2")
