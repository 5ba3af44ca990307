"""One forward pass of a network in each of the engines that are compared; the same weights and input everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import designer
from designer.analysis.analyse import analyse
from designer.engine.runner import plan_run, run_to_end
from designer.engine.weights import all_weights
from designer.engine.workspace import Workspace
from designer.graph.design import Array, Design

Forward = Callable[[], Array]


def load(network: str) -> tuple[Design, dict[str, Array]]:
    """The design and its image: noise, the same in every process."""
    design = designer.load(f"gallery:{network}")
    source = design.sources()[0]
    shape = design.nodes[source].layer.output_shape(())
    return design, {source: np.random.default_rng(7).random((1, *shape), dtype=np.float32)}


def netdraft(network: str) -> Forward:
    """Our engine; only the last layer is kept, as the others do."""
    design, images = load(network)
    report, workspace = analyse(design), Workspace()
    last = design.order[-1]

    def forward() -> Array:
        plan = plan_run(design, report, images, keep=[last], workspace=workspace)
        return run_to_end(plan, images, workspace=workspace)[last]

    return forward


def _model(network: str) -> tuple[Any, dict[str, Array]]:
    # Not above: our own engine does without, and its peak of memory is not to be that of the ONNX library.
    from designer.interchange.onnx_writer import onnx_model

    design, images = load(network)
    report = analyse(design)
    return onnx_model(design, report, all_weights(design, report)), images


def onnxruntime(network: str) -> Forward:
    """ONNX Runtime on the CPU with its default threads."""
    import onnxruntime as runtime

    model, images = _model(network)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, images)[0]  # type: ignore[no-any-return]


def onnx_reference(network: str) -> Forward:
    """ONNX's reference evaluator: the other engine in plain NumPy."""
    from onnx.reference import ReferenceEvaluator

    model, images = _model(network)
    evaluator = ReferenceEvaluator(model)
    return lambda: evaluator.run(None, images)[0]  # type: ignore[no-any-return, union-attr]


def torch(network: str) -> Forward:
    """PyTorch in inference mode, interpreting the same ONNX graph with torch.nn.functional."""
    from benchmarks.torch_graph import torch_forward

    model, images = _model(network)
    return torch_forward(model, images)


ENGINES: dict[str, Callable[[str], Forward]] = {
    "netdraft": netdraft,
    "onnxruntime": onnxruntime,
    "torch": torch,
    "onnx.reference": onnx_reference,
}
