"""A design as an ONNX model, assembled from what its layers declare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from designer.analysis.report import Report
from designer.files.atomic import atomic_write
from designer.files.regular_file import printable_path
from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import OnnxCall
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import byte_text

OPSET = 19
"""onnxruntime 1.15 (2023) and later run it; ``emit.OnnxCall`` asks for 17 at least."""
IR_VERSION = 9
"""The one that belongs to opset 19 (ONNX 1.14); newer ones are refused by runtimes of that time."""

LARGEST_FILE = 2**31 - 1
"""Protocol buffers are no larger; ONNX puts more into files of their own, which are not written here yet."""

GRAPH_BYTES = 2**20
"""Room for everything but the weights of a file: ten thousand operators take some hundred bytes each."""


def write(design: Design, report: Report, tensors: Mapping[str, Array], path: Path) -> None:
    """Write a design as one ONNX file with its weights inside, for batches of any size.

    Raises
    ------
    UserError
        Where a layer has a problem, so that the model would be another one, or the weights are too many for one file.
    OSError
        Where the file cannot be written; an old one is as it was.
    """
    for facts in report.problems:
        if facts.problem is not None:
            text = _("{path}: not written, for {layer} cannot be computed: {problem}")
            raise UserError(text.format(path=printable_path(path), layer=facts.id, problem=facts.problem.message))
    if not design.sources():
        raise UserError(_("{path}: not written, for the design has no image input").format(path=printable_path(path)))
    size = sum(tensor.nbytes for tensor in tensors.values())
    if size + GRAPH_BYTES > LARGEST_FILE:
        raise UserError(
            _("{path}: not written, for the weights have {size} and an ONNX file holds at most {limit}").format(
                path=printable_path(path), size=byte_text(size), limit=byte_text(LARGEST_FILE)
            )
        )
    model = onnx_model(design, report, tensors, batch=None)
    for name in _twice(model.graph):
        text = _("{path}: not written, for {name} would be the name of two values; rename the layer of that name")
        raise UserError(text.format(path=printable_path(path), name=name))
    contents = model.SerializeToString()
    with atomic_write(path) as stream:
        stream.write(contents)


def _twice(graph: onnx.GraphProto) -> list[str]:
    """Names that several values have: a layer may be called ``conv1.weight`` beside the weight of conv1."""
    names = Counter(value.name for value in (*graph.input, *graph.initializer))
    names.update(name for node in graph.node for name in node.output)
    return [name for name, count in names.items() if count > 1]


def onnx_model(
    design: Design,
    report: Report,
    tensors: Mapping[str, Array],
    *,
    batch: int | None = 1,
    outputs: Collection[str] | None = None,
) -> onnx.ModelProto:
    """The computable part of a design as an ONNX model.

    Parameters
    ----------
    tensors
        Weights under their PyTorch names, ``conv1.weight``; they become initialisers.
    batch
        Images at once; None leaves it open, as the dimension ``N``.
    outputs
        Ids of the nodes that become outputs of the model; those nobody reads where it is None.

    Returns
    -------
    onnx.ModelProto
        Inputs are the image inputs by id. Every node's output has the node's id.
    """
    computed = [node for node in design.order if report.layers[node].output_shape is not None]
    nodes, initialisers = [], [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    for node_id in computed:
        for call in design.nodes[node_id].layer.to_onnx(report.layers[node_id].input_shapes):
            initialisers.extend(_constants(node_id, call))
            nodes.append(_node(node_id, call, report))
    there = frozenset(computed)
    ends = outputs if outputs is not None else [node for node in computed if not _readers(design, node) & there]
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


def _readers(design: Design, node_id: str) -> frozenset[str]:
    return frozenset(edge.target for edge in design.outgoing[node_id])


def _value(node_id: str, report: Report, batch: int | None) -> onnx.ValueInfoProto:
    shape = ["N" if batch is None else batch, *(report.layers[node_id].output_shape or ())]
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
