"""The operators that our exports use, computed by PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from onnx import helper, numpy_helper

Tensors = dict[str, torch.Tensor]


def _pads(attributes: dict[str, Any]) -> tuple[int, ...]:
    pads = attributes.get("pads", [0, 0, 0, 0])
    if pads[: len(pads) // 2] != pads[len(pads) // 2 :]:
        raise ValueError(f"uneven pads {pads}: use a network with even ones")
    return tuple(pads[: len(pads) // 2])


def _window(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "kernel_size": tuple(attributes["kernel_shape"]),
        "stride": tuple(attributes["strides"]),
        "padding": _pads(attributes),
        "ceil_mode": bool(attributes.get("ceil_mode", 0)),
    }


def _conv(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None, **a: Any) -> torch.Tensor:
    return F.conv2d(x, weight, bias, a["strides"], _pads(a), a["dilations"], a["group"])


def _batch_norm(x: torch.Tensor, *terms: torch.Tensor, **a: Any) -> torch.Tensor:
    weight, bias, mean, variance = terms
    return F.batch_norm(x, mean, variance, weight, bias, eps=a["epsilon"])


OPERATORS: dict[str, Callable[..., torch.Tensor]] = {
    "Conv": _conv,
    "Gemm": lambda x, weight, bias=None, **_: F.linear(x, weight, bias),
    "BatchNormalization": _batch_norm,
    "MaxPool": lambda x, **a: F.max_pool2d(x, **_window(a)),
    "AveragePool": lambda x, **a: F.avg_pool2d(x, **_window(a), count_include_pad=bool(a["count_include_pad"])),
    "GlobalAveragePool": lambda x: F.adaptive_avg_pool2d(x, 1),
    "Relu": F.relu,
    "Clip": torch.clamp,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
    "Softmax": lambda x, **a: F.softmax(x, a["axis"]),
    "Flatten": lambda x, **a: x.flatten(a["axis"]),
    "Sum": lambda *terms: sum(terms[1:], terms[0]),
    "Concat": lambda *terms, axis: torch.cat(terms, axis),
    "Identity": lambda x: x,
}


def torch_forward(model: Any, images: dict[str, np.ndarray[Any, Any]]) -> Callable[[], np.ndarray[Any, Any]]:
    """A function that runs the model once."""
    constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    steps = [
        (OPERATORS[node.op_type], list(node.input), node.output[0], _attributes(node)) for node in model.graph.node
    ]
    output = model.graph.output[0].name

    def forward() -> np.ndarray[Any, Any]:
        with torch.inference_mode():
            values: Tensors = {**constants, **{name: torch.from_numpy(array) for name, array in images.items()}}
            for operator, inputs, result, attributes in steps:
                values[result] = operator(*(values[name] for name in inputs if name), **attributes)
            return values[output].numpy()

    return forward


def _attributes(node: Any) -> dict[str, Any]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
