"""One layer as an ONNX model, and two independent programs that run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from designer.analysis.analyse import analyse
from designer.graph.design import Design, Edge, Node
from designer.interchange.onnx.writer import onnx_model
from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import OnnxCall
from designer.layer_api.layer import Layer
from designer.layer_api.registry import make_layer


def model_of(layer: Layer, inputs: Sequence[Array], weights: Mapping[str, Array]) -> onnx.ModelProto:
    """The layer between images ``input0``, ``input1`` … and ``output``, as the program writes it.

    ONNX's checker infers the shape of the output itself and refuses a model that declares another. Where a pooling
    rounds up it is not asked: it counts a last window that starts in the padding, which ONNX's operators leave out.
    """
    images = {f"input{port}": make_layer("image_input", shape=array.shape[1:]) for port, array in enumerate(inputs)}
    design = Design(
        nodes={name: Node(name, entry) for name, entry in {**images, "output": layer}.items()},
        edges=tuple(Edge(name, "output", port) for port, name in enumerate(images)),
    )
    tensors = {f"output.{name}": array for name, array in weights.items()}
    model = onnx_model(design, analyse(design), tensors, batch=len(inputs[0]))
    onnx.checker.check_model(model, full_check=not getattr(layer, "ceil_mode", False))
    return model


def reference_fails(calls: Sequence[OnnxCall], inputs: Sequence[Array]) -> bool:
    """Where ONNX's reference implementation (1.23) is wrong, and onnxruntime has to be the judge.

    ``ConvTranspose`` with groups: it reshapes with the channels of all groups and adds every group's bias to all.
    ``AveragePool`` that rounds up: a window that overhangs by two cells or more is divided by the wrong count.
    ``MaxPool`` that rounds up: it leaves out other windows than the operator's definition. With sides padded by
    different amounts: it mistakes one axis's padding for the other's. Over any but two axes: it does without padding.
    ``GlobalMaxPool`` over any but two axes: it counts the axes wrongly.
    ``LRN``: it sums up the neighbours of as many channels as there are images, and of the others none.
    """
    return any(
        (call.op == "ConvTranspose" and call.attributes["group"] > 1)
        or (call.op in ("AveragePool", "MaxPool") and call.attributes["ceil_mode"])
        or (call.op == "MaxPool" and len(set(call.attributes["pads"])) > 1)
        or (call.op == "MaxPool" and inputs[0].ndim != 4 and any(call.attributes["pads"]))
        or (call.op == "GlobalMaxPool" and inputs[0].ndim != 4)
        or call.op == "LRN"
        for call in calls
    )


def session_of(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """onnxruntime with the model, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def by_reference(model: onnx.ModelProto, inputs: Sequence[Array]) -> Array:
    """What ONNX's own reference implementation computes."""
    result: Array = ReferenceEvaluator(model).run(None, _fed(inputs))[0]
    return result


def by_onnxruntime(model: onnx.ModelProto, inputs: Sequence[Array]) -> Array:
    """What onnxruntime computes."""
    result: Array = np.asarray(session_of(model).run(None, _fed(inputs))[0])
    return result


def network_by_onnxruntime(
    design: Design, weights: Mapping[str, Array], images: Mapping[str, Array]
) -> dict[str, Array]:
    """Every layer's output but the images', computed by onnxruntime; weights by their public names."""
    report = analyse(design)
    wanted = [name for name in report.layers if name not in images]
    batch = len(next(iter(images.values())))
    model = onnx_model(design, report, weights, batch=batch, outputs=wanted)
    results = session_of(model).run(wanted, dict(images))
    return {name: np.asarray(result) for name, result in zip(wanted, results, strict=True)}


def _fed(inputs: Sequence[Array]) -> dict[str, Array]:
    return {f"input{index}": array for index, array in enumerate(inputs)}
