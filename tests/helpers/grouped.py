"""Large designs in groups."""

from __future__ import annotations

from itertools import pairwise

from designer.graph.design import Design, Edge, Node
from designer.graph.groups import Group
from designer.layer_api.registry import make_layer
from tests.helpers.counting import CountedText


def blocks(count: int) -> Design:
    """A chain of so many nodes in blocks of ten, ten of which are a stage."""
    names = [CountedText(f"n{index}") for index in range(count)]
    nodes = {name: Node(name, make_layer("relu")) for name in names}
    tens = [tuple(names[start : start + 10]) for start in range(0, count, 10)]
    stages = tuple(
        Group(f"stage{start // 10}", groups=tuple(Group(str(n), ten) for n, ten in enumerate(tens[start : start + 10])))
        for start in range(0, len(tens), 10)
    )
    edges = tuple(Edge(source, target) for source, target in pairwise(names))
    return Design(nodes=nodes, edges=edges, groups=stages)
