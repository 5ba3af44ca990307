"""The single layers that are measured: 3×3 convolutions with bias and ReLU as VGG-16 has them."""

from __future__ import annotations

from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer

LAYERS = {
    f"{channels}-{filters}@{size}": (channels, filters, size)
    for channels, filters, size in (
        (3, 64, 224),
        (64, 64, 224),
        (64, 128, 112),
        (128, 128, 112),
        (128, 256, 56),
        (256, 256, 56),
        (256, 512, 28),
        (512, 512, 28),
        (512, 512, 14),
    )
}
"""Name → channels, filters, rows and columns."""


def layer_design(channels: int, filters: int, size: int) -> Design:
    """An image, a 3×3 convolution with padding 1, a ReLU."""
    nodes = [
        Node("image", make_layer("image_input", shape=(channels, size, size))),
        Node("conv", make_layer("conv2d", filters=filters, kernel=3, padding=1)),
        Node("relu", make_layer("relu")),
    ]
    edges = (Edge("image", "conv"), Edge("conv", "relu"))
    return Design(nodes={node.id: node for node in nodes}, edges=edges)
