"""How weights start, where none are given: an initialisation that depends on the node's seed alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from designer.graph.design import Design, Node
from designer.initial_weights.filter_bank import LARGEST_KERNEL, filter_bank
from designer.initial_weights.random_values import Stream, normal, uniform
from designer.kernels.arrays.memory import Array, Index
from designer.layer_api.geometry import Shape
from designer.layer_api.initial_values import Constant, Identity, Uniform
from designer.layer_api.layer import WeightSpec


def reads_image(design: Design, node_id: str) -> bool:
    """Whether the node's first input is an image, at most padded or passed through on the way."""
    while True:
        edges = design.incoming[node_id]
        if len(edges) != 1:
            return False
        source = design.nodes[edges[0].source]
        if source.layer.is_source():
            return True
        if not source.layer.passes_through():
            return False
        node_id = source.id


def scheme_of(design: Design, node: Node, specs: Mapping[str, WeightSpec]) -> str:
    """The initialisation in force: ``he``, ``xavier`` or ``filter_bank``; resolves "auto"."""
    chosen = node.layer.initialization()
    if chosen == "filter_bank":
        return "filter_bank" if _is_picture(specs) else "he"
    if chosen != "auto":
        return chosen
    if looks_upstream(node, specs) and reads_image(design, node.id):
        return "filter_bank"
    kernel = specs.get("weight")
    return "xavier" if kernel is not None and len(kernel.shape) == 2 else "he"


def looks_upstream(node: Node, specs: Mapping[str, WeightSpec]) -> bool:
    """Whether the initialisation depends on what comes before the node, and not on the node alone."""
    return node.layer.initialization() == "auto" and _is_picture(specs) and specs["weight"].shape[1] in (1, 3)


def _is_picture(specs: Mapping[str, WeightSpec]) -> bool:
    kernel = specs.get("weight")
    return kernel is not None and len(kernel.shape) == 4 and 3 <= max(kernel.shape[2:]) <= LARGEST_KERNEL


def draw(spec: WeightSpec, scheme: str, stream: Stream) -> Array:
    """One initial tensor, float32; where it is longer along the first axis, it begins alike.

    He: normal with variance 2 / fan_in (He et al., 2015). Xavier: uniform within ±√(6 / (fan_in + fan_out)) (Glorot
    and Bengio, 2010).
    """
    match spec.initial:
        case "zeros" | "ones":
            return np.full(spec.shape, spec.initial == "ones", np.float32)
        case Constant(value):
            return np.full(spec.shape, value, np.float32)
        case Uniform(low, high):
            values = uniform(spec.size, (high - low) / 2, stream).reshape(spec.shape)
            values += np.float32((low + high) / 2)
            return np.clip(values, low, high, out=values)
        case Identity():
            return identity(spec.shape)
    if scheme == "filter_bank":
        return filter_bank(spec.shape, stream[0])
    if scheme == "xavier":
        return uniform(spec.size, math.sqrt(6.0 / (spec.fan_in + spec.fan_out)), stream).reshape(spec.shape)
    return normal(spec.size, math.sqrt(2.0 / spec.fan_in), stream).reshape(spec.shape)


def identity(shape: Shape) -> Array:
    """Weights (outputs, inputs, *kernel) with which output i is input i; an even kernel has its middle to the right."""
    if len(shape) < 2:
        raise ValueError(f"a tensor of shape {shape} has no identity; outputs and inputs are wanted")
    tensor = np.zeros(shape, np.float32)
    diagonal = np.arange(min(shape[:2]))
    middle = tuple(size // 2 for size in shape[2:])
    place: Index = (diagonal, diagonal, *middle)
    tensor[place] = 1
    return tensor
