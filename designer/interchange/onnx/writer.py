"""A design as an ONNX model, assembled from what its layers declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from designer.analysis.report import Report
from designer.graph.design import Array, Design
from designer.layer_api.emit import OnnxCall

OPSET = 19
IR_VERSION = 9


def onnx_model(design: Design, report: Report, tensors: Mapping[str, Array], *, batch: int = 1) -> onnx.ModelProto:
    """The computable part of a design as an ONNX model.

    Parameters
    ----------
    tensors
        Weights under their PyTorch names, ``conv1.weight``; they become initialisers.

    Returns
    -------
    onnx.ModelProto
        Inputs are the image inputs by id; outputs are the nodes nobody reads. Every node's output has the node's id.
    """
    computed = [node for node in design.order if report.layers[node].output_shape is not None]
    nodes, initialisers = [], [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    for node_id in computed:
        for call in design.nodes[node_id].layer.to_onnx(report.layers[node_id].input_shapes):
            initialisers.extend(_constants(node_id, call))
            nodes.append(_node(node_id, call, report))
    ends = [node for node in computed if not any(edge.target in computed for edge in design.outgoing[node])]
    graph = helper.make_graph(
        nodes,
        design.name,
        [_value(node, report, batch) for node in computed if design.nodes[node].layer.is_source()],
        [_value(node, report, batch) for node in ends],
        initialisers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="netdraft")
    model.ir_version = IR_VERSION
    return model


def _value(node_id: str, report: Report, batch: int) -> onnx.ValueInfoProto:
    shape = [batch, *(report.layers[node_id].output_shape or ())]
    return helper.make_tensor_value_info(node_id, TensorProto.FLOAT, shape)


def _constants(node_id: str, call: OnnxCall) -> Iterator[onnx.TensorProto]:
    for name, array in call.constants.items():
        yield numpy_helper.from_array(np.asarray(array), f"{node_id}/{name}")


def _node(node_id: str, call: OnnxCall, report: Report) -> onnx.NodeProto:
    inputs = report.layers[node_id].inputs

    def name(term: str) -> str:
        if term.startswith("input") and term[5:].isdigit():
            return inputs[int(term[5:])] or ""
        if not term or term in call.constants:
            return f"{node_id}/{term}" if term else ""
        return f"{node_id}.{term}"

    output = node_id if call.output == "output" else f"{node_id}.{call.output}"
    attributes = {key: value for key, value in call.attributes.items() if value is not None}
    terms = [name(term) for term in call.inputs]
    return helper.make_node(call.op, terms, [output], name=f"{node_id}/{call.output}", **attributes)
