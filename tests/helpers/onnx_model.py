"""One layer as an ONNX model, and two independent programs that run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from designer.layer_api.emit import OnnxCall
from designer.layer_api.layer import Array

OPSET = 19
IR_VERSION = 9


def model_of(
    calls: Sequence[OnnxCall], inputs: Sequence[Array], weights: Mapping[str, Array], output: Sequence[int]
) -> onnx.ModelProto:
    """The calls as a model with ``input0``, ``input1`` … and ``output``.

    ONNX's checker infers the shape of the output itself and refuses a model that declares another. Where a pooling
    rounds up it is not asked: it counts a last window that starts in the padding, which ONNX's operators leave out.
    """
    constants = {name: array for call in calls for name, array in call.constants.items()}
    graph = helper.make_graph(
        [helper.make_node(call.op, list(call.inputs), [call.output], **call.attributes) for call in calls],
        "layer",
        [
            helper.make_tensor_value_info(f"input{index}", TensorProto.FLOAT, array.shape)
            for index, array in enumerate(inputs)
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, list(output))],
        [numpy_helper.from_array(array, name) for name, array in {**weights, **constants}.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=not any(call.attributes.get("ceil_mode") for call in calls))
    return model


def reference_fails(calls: Sequence[OnnxCall], inputs: Sequence[Array]) -> bool:
    """Where ONNX's reference implementation (1.23) is wrong, and onnxruntime has to be the judge.

    ``ConvTranspose`` with groups: it reshapes with the channels of all groups and adds every group's bias to all.
    ``AveragePool`` that rounds up: a window that overhangs by two cells or more is divided by the wrong count.
    ``MaxPool`` that rounds up: it leaves out other windows than the operator's definition. With sides padded by
    different amounts: it mistakes one axis's padding for the other's.
    ``GlobalMaxPool`` over any but two axes: it counts the axes wrongly.
    """
    return any(
        (call.op == "ConvTranspose" and call.attributes["group"] > 1)
        or (call.op in ("AveragePool", "MaxPool") and call.attributes["ceil_mode"])
        or (call.op == "MaxPool" and len(set(call.attributes["pads"])) > 1)
        or (call.op == "GlobalMaxPool" and inputs[0].ndim != 4)
        for call in calls
    )


def by_reference(model: onnx.ModelProto, inputs: Sequence[Array]) -> Array:
    """What ONNX's own reference implementation computes."""
    result: Array = ReferenceEvaluator(model).run(None, _fed(inputs))[0]
    return result


def by_onnxruntime(model: onnx.ModelProto, inputs: Sequence[Array]) -> Array:
    """What onnxruntime computes on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    result: Array = np.asarray(session.run(None, _fed(inputs))[0])
    return result


def _fed(inputs: Sequence[Array]) -> dict[str, Array]:
    return {f"input{index}": array for index, array in enumerate(inputs)}
