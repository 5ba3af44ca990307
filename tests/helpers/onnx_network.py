"""A whole design as an ONNX model, for an independent program to run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from designer.analysis.report import Report
from designer.graph.design import Array, Design
from tests.helpers.onnx_model import IR_VERSION, OPSET


def by_onnxruntime(
    design: Design, report: Report, weights: Mapping[str, Array], images: Mapping[str, Array]
) -> dict[str, Array]:
    """Every layer's output, computed by onnxruntime; weights under their public names, ``conv1.weight``."""
    nodes, constants = [], []
    for node_id, facts in report.layers.items():
        layer = design.nodes[node_id].layer
        if layer.is_source():
            continue
        # The layer's own names, made unique within the network; "" stands for an input left out.
        names = {"output": node_id, "": ""} | {f"input{port}": source for port, source in enumerate(facts.inputs)}
        for call in layer.to_onnx(facts.input_shapes):
            for name in (*call.inputs, call.output):
                names.setdefault(name, f"{node_id}.{name}")
            constants += [numpy_helper.from_array(array, f"{node_id}.{key}") for key, array in call.constants.items()]
            inputs = [str(names[name]) for name in call.inputs]
            nodes.append(helper.make_node(call.op, inputs, [str(names[call.output])], **call.attributes))
        full_names = [f"{node_id}.{name}" for name in layer.weights(facts.input_shapes)]
        constants += [numpy_helper.from_array(weights[name], name) for name in full_names]
    fed = [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in images.items()]
    wanted = [node_id for node_id in report.layers if node_id not in images]
    outputs = [helper.make_tensor_value_info(node_id, TensorProto.FLOAT, None) for node_id in wanted]
    graph = helper.make_graph(nodes, "network", fed, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results = session.run(wanted, dict(images))
    return {name: np.asarray(result) for name, result in zip(wanted, results, strict=True)}
