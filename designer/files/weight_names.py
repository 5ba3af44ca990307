"""Weights of a design under the names they have in PyTorch: ``conv1.weight``."""

from __future__ import annotations

from collections.abc import Mapping

from designer.graph.design import Design
from designer.kernels.arrays.memory import Array


def given_weights(design: Design) -> dict[str, Array]:
    """Only the tensors that were given to the design, under their PyTorch names."""
    return {f"{node}.{name}": array for node, tensors in design.weights.items() for name, array in tensors.items()}


def by_node(design: Design, tensors: Mapping[str, Array]) -> tuple[dict[str, dict[str, Array]], tuple[str, ...]]:
    """Sort tensors by node; also the names that belong to no node.

    PyTorch's modules may hold tensors without a module of their own: ``pos_embed`` is the weight of the node of this
    name, and ``attention.in_proj_weight``, as ``nn.MultiheadAttention`` has it, that of ``attention.in_proj``.
    """
    found: dict[str, dict[str, Array]] = {}
    strangers = []
    for name, array in tensors.items():
        node_id, _dot, tensor = name.rpartition(".")
        if node_id not in design.nodes:
            if name in design.nodes:
                node_id, tensor, array = name, "weight", _plain(array)  # noqa: PLW2901 - the same values
            else:
                node_id, _line, tensor = name.rpartition("_")
        if node_id in design.nodes:
            found.setdefault(node_id, {})[tensor] = array
        else:
            strangers.append(name)
    return found, tuple(strangers)


def _plain(array: Array) -> Array:
    """A tensor for all images, (1, rows, features), or for all cells, (channels, 1, 1), without those axes."""
    if array.ndim == 3 and array.shape[0] == 1:
        return array.reshape(array.shape[1:])
    return array.reshape(-1) if array.ndim == 3 and array.shape[1:] == (1, 1) else array
