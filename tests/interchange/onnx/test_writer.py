"""A whole design as an ONNX model, run by an independent program."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import designer
from designer.analysis.analyse import analyse
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.workspace import all_weights
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.graph.edits import SetParameters
from designer.interchange.onnx import writer
from designer.interchange.onnx.writer import onnx_model
from tests.helpers.networks import branchy
from tests.helpers.onnx_model import session_of


def opened(design: Design, batch: int = 1) -> onnxruntime.InferenceSession:
    report = analyse(design)
    model = onnx_model(design, report, all_weights(design, report), batch=batch)
    onnx.checker.check_model(model, full_check=True)
    return session_of(model)


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


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "mobilenet_v2", "squeezenet1_1", "block_stack"])
def test_a_saved_network_is_valid_and_computes_the_same_for_any_batch(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    model = designer.load(f"gallery:{name}")
    designer.save(model, path)
    onnx.checker.check_model(path, full_check=True)
    session = session_of(onnx.load(path))
    (source,) = session.get_inputs()
    assert source.shape[0] == "N"
    end = session.get_outputs()[0].name
    for batch in (1, 2):
        images = np.random.default_rng(batch).random((batch, *source.shape[1:]), np.float32)
        (found,) = session.run([end], {source.name: images})
        np.testing.assert_allclose(found, designer.run(model, images, keep=end)[end], rtol=1e-3, atol=1e-4)


def test_given_weights_are_inside(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    net = NetworkBuilder("one").image((1, 4, 4))
    net.add("conv2d", name="conv1", filters=1, kernel=1)
    weight = np.full((1, 1, 1, 1), 3, np.float32)
    design = net.design().evolve(weights={"conv1": {"weight": weight, "bias": np.ones(1, np.float32)}})
    designer.save(design, path)
    image = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    (found,) = session_of(onnx.load(path)).run(None, {"image": image})
    np.testing.assert_array_equal(found, 3 * image + 1)


def refused(design: Design, path: Path) -> str:
    path.write_bytes(b"as before")
    with pytest.raises(designer.UserError) as problem:
        designer.save(design, path)
    assert path.read_bytes() == b"as before"
    assert "\n" not in str(problem.value)
    return str(problem.value)


def test_a_design_with_a_problem_is_refused_and_says_which(tmp_path: Path) -> None:
    broken = SetParameters("pool2", {"kernel": 99}).apply(designer.load("gallery:lenet5"))
    text = refused(broken, tmp_path / "net.onnx")
    assert "net.onnx: not written, for pool2 cannot be computed: kernel 99×99" in text


def test_a_design_without_an_image_is_refused(tmp_path: Path) -> None:
    assert refused(Design(), tmp_path / "net.onnx").endswith("the design has no image input")


def test_a_layer_with_the_name_of_a_tensor_is_refused(tmp_path: Path) -> None:
    net = NetworkBuilder("twice").image((1, 4, 4))
    net.add("conv2d", name="conv1", kernel=1)
    net.add("relu", name="conv1.weight")
    text = refused(net.design(), tmp_path / "net.onnx")
    assert "conv1.weight would be the name of two values; rename the layer" in text


def test_weights_too_many_for_one_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LARGEST_FILE", 1_200_000)
    # LeNet-5: 61,706 parameters of 4 bytes.
    text = refused(designer.load("gallery:lenet5"), tmp_path / "net.onnx")
    assert "the weights have 246.82" in text


def test_without_the_onnx_package_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "designer.interchange.onnx.writer")
    monkeypatch.setitem(sys.modules, "onnx", None)
    text = refused(designer.load("gallery:lenet5"), tmp_path / "net.onnx")
    assert text == "ONNX models need the Python package onnx, which is missing; install it: pip install onnx"
