"""Weights of a design under the names they have in PyTorch: ``conv1.weight``."""

from __future__ import annotations

from collections.abc import Mapping

from designer.graph.design import Design
from designer.kernels.arrays.memory import Array


def given_weights(design: Design) -> dict[str, Array]:
    """Only the tensors that were given to the design, under their PyTorch names."""
    return {f"{node}.{name}": array for node, tensors in design.weights.items() for name, array in tensors.items()}


def by_node(design: Design, tensors: Mapping[str, Array]) -> tuple[dict[str, dict[str, Array]], tuple[str, ...]]:
    """Sort tensors by node; also the names that belong to no node."""
    found: dict[str, dict[str, Array]] = {}
    strangers = []
    for name, array in tensors.items():
        node_id, _dot, tensor = name.rpartition(".")
        if node_id in design.nodes:
            found.setdefault(node_id, {})[tensor] = array
        else:
            strangers.append(name)
    return found, tuple(strangers)
