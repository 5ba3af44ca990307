"""Small networks for tests, written down in a line or two, and as spec files."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

Step = tuple[str, Mapping[str, Any]]


def chain(shape: Sequence[int], *steps: Step) -> Design:
    """An image of this shape and the layers one after the other, with the ids that the builder gives them."""
    net = NetworkBuilder("chain").image(tuple(shape))
    for kind, parameters in steps:
        net.add(kind, **parameters)
    return net.design()


def branchy() -> Design:
    """Three branches of one image, of which two are concatenated and all are added up.

    image → stem ┬→ left ────┬→ concat → mix ┬→ add → end
                 ├→ right ───┘               │
                 └→ skip ────────────────────┘
    """
    net = NetworkBuilder("branchy").image((3, 12, 10))
    stem = net.add("conv2d", name="stem", filters=4, kernel=3, padding=1)
    net.add("conv2d", name="left", after=stem, filters=3, kernel=3, padding=1)
    net.add("avg_pool2d", name="right", after=stem, kernel=3, stride=1, padding=1)
    net.add("concat", name="concat", after=("left", "right"))
    net.add("conv2d", name="mix", filters=5, kernel=1)
    net.add("conv2d", name="skip", after=stem, filters=5, kernel=3, padding=2, dilation=2)
    net.add("add", name="add", after=("mix", "skip"))
    net.add("relu", name="end")
    return net.design()


def spec_of(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[tuple[str, str] | tuple[str, str, int]]
) -> dict[str, Any]:
    """A spec file's tree, as a person would write it: nothing that may be left out."""
    wires = [{"from": edge[0], "to": edge[1], "input": edge[2] if len(edge) == 3 else 0} for edge in edges]
    return {"format": "netdraft", "version": 1, "name": "test", "nodes": list(nodes), "edges": wires}


def spec_chain(*steps: tuple[str, str, Mapping[str, Any]]) -> dict[str, Any]:
    """A spec file's tree of layers one after the other, each (id, kind, parameters)."""
    nodes = [{"id": node_id, "kind": kind, "params": dict(parameters)} for node_id, kind, parameters in steps]
    ids = [step[0] for step in steps]
    return spec_of(nodes, list(itertools.pairwise(ids)))


def write_spec(path: Path, tree: Any) -> Path:
    """The tree as a JSON file."""
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path
