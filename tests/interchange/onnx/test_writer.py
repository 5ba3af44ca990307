"""A whole design as an ONNX model, run by an independent program."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime

from designer.analysis.analyse import analyse
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.weights import all_weights
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.interchange.onnx.writer import onnx_model
from tests.helpers.networks import branchy


def opened(design: Design, batch: int = 1) -> onnxruntime.InferenceSession:
    report = analyse(design)
    model = onnx_model(design, report, all_weights(design, report), batch=batch)
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def test_images_go_in_and_what_nobody_reads_comes_out() -> None:
    net = NetworkBuilder("two").image((3, 8, 8), name="left")
    net.image((3, 8, 8), name="right")
    net.add("add", name="sum", after=("left", "right"))
    net.add("relu", name="end")
    net.add("softmax", name="other", after="sum")
    session = opened(net.design(), batch=2)
    assert {value.name: value.shape for value in session.get_inputs()} == {"left": [2, 3, 8, 8], "right": [2, 3, 8, 8]}
    assert {value.name: value.shape for value in session.get_outputs()} == {"end": [2, 3, 8, 8], "other": [2, 3, 8, 8]}


def test_another_program_computes_the_same() -> None:
    design = branchy()
    images = {"image": np.random.default_rng(1).random((2, 3, 12, 10), np.float32)}
    (found,) = opened(design, batch=2).run(["end"], images)
    wanted = run_to_end(plan_run(design, analyse(design), images, keep=["end"]), images)["end"]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
