"""One forward pass of a network in each of the engines that are compared; the same weights and input everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import designer
from benchmarks.layer_designs import LAYERS, layer_design
from designer.analysis.analyse import analyse
from designer.engine.execute.repeat import RepeatedRun
from designer.engine.remember.workspace import all_weights
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array


class Engine:
    """A function that runs a work once and returns its output."""

    def __init__(self, forward: Callable[[], Array]) -> None:
        self.forward = forward

    def times(self, count: int) -> list[float]:
        """Seconds of runs one after the other, by the clock on the wall."""
        seconds = []
        for _run in range(count):
            began = time.perf_counter()
            self.forward()
            seconds.append(time.perf_counter() - began)
        return seconds


def load(work: str) -> tuple[Design, dict[str, Array]]:
    """The design, a network of the gallery or a single layer, and its image: noise, the same in every process."""
    design = layer_design(*LAYERS[work]) if work in LAYERS else designer.load(f"gallery:{work}")
    source = design.sources()[0]
    shape = design.nodes[source].layer.output_shape(())
    return design, {source: np.random.default_rng(7).random((1, *shape), dtype=np.float32)}


def model_file(work: str, folder: Path) -> Path:
    """Where the ONNX model of a work is."""
    return folder / f"{work}.onnx"


def onnx_of(design: Design) -> Any:
    """The design as an ONNX model with its weights."""
    # Not above: our own engine does without, and its peak of memory is not to be that of the ONNX library.
    from designer.interchange.onnx.writer import onnx_model

    report = analyse(design)
    return onnx_model(design, report, all_weights(design, report))


def netdraft(work: str, _folder: Path) -> Engine:
    """Our engine; only the last layer is kept, as the others do."""
    design, images = load(work)
    last = design.order[-1]
    runs = RepeatedRun(design, analyse(design), keep=[last])
    return Engine(lambda: runs.run(images)[last])


def onnxruntime(work: str, folder: Path) -> Engine:
    """ONNX Runtime on the CPU with its default threads."""
    import onnxruntime as runtime

    session = runtime.InferenceSession(model_file(work, folder), providers=["CPUExecutionProvider"])
    images = load(work)[1]
    return Engine(lambda: session.run(None, images)[0])


def onnx_reference(work: str, folder: Path) -> Engine:
    """ONNX's reference evaluator: the other engine in plain NumPy."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx.load(model_file(work, folder)))
    images = load(work)[1]
    return Engine(lambda: evaluator.run(None, images)[0])  # type: ignore[index,return-value]


def torch(work: str, folder: Path) -> Engine:
    """PyTorch in inference mode, interpreting the same ONNX graph with torch.nn.functional."""
    import onnx

    from benchmarks.torch_graph import torch_forward

    return Engine(torch_forward(onnx.load(model_file(work, folder)), load(work)[1]))


ENGINES: dict[str, Callable[[str, Path], Engine]] = {
    "netdraft": netdraft,
    "onnxruntime": onnxruntime,
    "torch": torch,
    "onnx.reference": onnx_reference,
}
