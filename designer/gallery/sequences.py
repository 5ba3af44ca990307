"""Networks that read more or fewer axes than a picture has: clips of video, and sound."""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

C3D_BLOCKS = (("1a", 64), ("2a", 128), ("3a", 256), ("3b", 256), ("4a", 512), ("4b", 512), ("5a", 512), ("5b", 512))
SPORTS = 487
"""Classes of Sports-1M."""

KEYWORDS = (
    *("backward", "bed", "bird", "cat", "dog", "down", "eight", "five", "follow", "forward", "four", "go", "happy"),
    *("house", "learn", "left", "marvin", "nine", "no", "off", "on", "one", "right", "seven", "sheila", "six"),
    *("stop", "three", "tree", "two", "up", "visual", "wow", "yes", "zero"),
)
"""Warden, "Speech Commands" (2018), table 1, in the order of the alphabet."""


def c3d(*, classes: int = SPORTS) -> Design:
    """Tran et al., "Learning spatiotemporal features with 3D convolutional networks" (2015), figure 3.

    16 frames of 112×112 pixels; the first pooling keeps their number. As in Caffe the last pooling rounds up, so that
    512×1×4×4 values reach the dense layers. Names are those of the paper.
    """
    net = NetworkBuilder("C3D").image((3, 16, 112, 112), "clip")
    for (number, filters), (following, _filters) in zip(C3D_BLOCKS, (*C3D_BLOCKS[1:], ("6", 0)), strict=True):
        block = number[0]
        with net.group(f"block{block}"):
            net.add("conv3d", name=f"conv{number}", filters=filters, kernel=3, padding=1)
            net.add("relu", name=f"relu{number}")
            if following[0] != block:
                kernel = (1, 2, 2) if block == "1" else 2
                net.add("max_pool3d", name=f"pool{block}", kernel=kernel, ceil_mode=block == "5")
    net.add("flatten", name="flatten")
    for name in ("6", "7"):
        net.add("dense", name=f"fc{name}", units=4096)
        net.add("relu", name=f"relu{name}")
        net.add("dropout", name=f"drop{name}")
    net.add("dense", name="fc8", units=classes)
    net.add("softmax", name="prob")
    return net.design()


def m5(*, channels: int = 32, stride: int = 16, keywords: tuple[str, ...] = KEYWORDS) -> Design:
    """Dai et al., "Very deep convolutional neural networks for raw waveforms" (2016), table 1.

    One second of sound at 8 kHz, and which of 35 words it is, in the sizes and with the names of PyTorch's tutorial on
    speech commands: a quarter of the paper's channels, and four times its first stride.
    """
    net = NetworkBuilder("M5").image((1, 8000), "sound")
    plan = ((channels, 80, stride), (channels, 3, 1), (2 * channels, 3, 1), (2 * channels, 3, 1))
    for number, (filters, kernel, step) in enumerate(plan, start=1):
        with net.group(f"block{number}"):
            net.add("conv1d", name=f"conv{number}", filters=filters, kernel=kernel, stride=step)
            net.add("batch_norm", name=f"bn{number}")
            net.add("relu", name=f"relu{number}")
            net.add("max_pool1d", name=f"pool{number}", kernel=4)
    net.add("global_avg_pool", name="avgpool")
    net.add("flatten", name="flatten")
    net.add("dense", name="fc1", units=len(keywords))
    net.add("log_softmax", name="log_softmax")
    net.add("output", name="output", classes=keywords)
    return net.design()
