"""Large designs to measure the canvas and the analysis with: a chain, and one with many skip connections."""

from __future__ import annotations

from itertools import pairwise

from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer

SKIPS = (6, 21)
"""How many nodes back the two skip connections of every third node start."""


def chain(length: int) -> Design:
    """Convolution, ReLU, convolution, ReLU … of ``length`` nodes without places."""
    nodes = [Node("image", make_layer("image_input", shape=(3, 32, 32)))]
    for index in range(1, length):
        kind = make_layer("conv2d", filters=8, padding=1, kernel=3) if index % 2 else make_layer("relu")
        nodes.append(Node(f"node{index}", kind))
    edges = tuple(Edge(a.id, b.id) for a, b in pairwise(nodes))
    return Design(nodes={node.id: node for node in nodes}, edges=edges)


def dense_skips(length: int) -> Design:
    """Convolution, ReLU, sum … of ``length`` nodes without places; each sum also takes in two outputs further back."""
    nodes = [Node("image", make_layer("image_input", shape=(8, 32, 32)))]
    edges = []
    for index in range(1, length):
        kinds = (make_layer("add"), make_layer("conv2d", filters=8, padding=1, kernel=3), make_layer("relu"))
        nodes.append(Node(f"node{index}", kinds[index % 3]))
        edges.append(Edge(nodes[-2].id, nodes[-1].id))
        if index % 3 == 0:
            origins = (nodes[max(0, index - back)].id for back in SKIPS)
            edges += [Edge(origin, nodes[-1].id, port) for port, origin in enumerate(origins, start=1)]
    return Design(nodes={node.id: node for node in nodes}, edges=tuple(edges))
