"""What `import designer` offers beside loading and running, and the examples of its docstrings."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

import designer
from designer.layer_api.layer import Layer

MODULES = (
    "library.costs",
    "library.model",
    "library.models",
    "library.pictures",
    "library.catalogue",
    "library.weights_loading",
    "gallery.builder",
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"designer.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(
    "name",
    ["Builder", "Runner", "analyse", "estimate", "image", "load", "load_weights", "memory", "run", "weights"],
)
def test_what_is_called_has_an_example(name: str) -> None:
    assert ">>>" in getattr(designer, name).__doc__


def test_dir_lists_the_surface_before_anything_was_used() -> None:
    code = "import designer; print([name for name in dir(designer) if name[0] != '_'] == sorted(designer.__all__))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "True"


@pytest.mark.parametrize("before", ["", "import designer.layers.conv", "from designer.layers import conv"])
def test_layers_is_a_function_and_a_package_whatever_came_first(before: str) -> None:
    code = (
        f"{before}\nimport designer\nkinds = list(designer.layers())\nimport designer.layers.max_pooling as module\n"
        "print(kinds == list(designer.layers()), module.MaxPool2D.kind in kinds, designer.layers.max_pooling is module)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "True True True"
    assert isinstance(importlib.import_module("designer.layers"), ModuleType)


def test_layers_are_classes_by_kind() -> None:
    found = designer.layers()
    assert found["max_pool2d"].label == "Max pooling 2D"
    assert all(issubclass(cls, Layer) and cls.kind == kind for kind, cls in found.items())
    found.clear()
    assert designer.layers()


def test_a_built_model_is_saved_and_loaded(tmp_path: Path) -> None:
    net = designer.Builder("Mine").image((1, 8, 8))
    net.add("conv2d", filters=2, kernel=3)
    model = net.design()
    assert isinstance(model, designer.Model)
    designer.save(model, tmp_path / "net.json")
    assert designer.load(tmp_path / "net.json") == model
    with pytest.raises(designer.UserError, match="conv2x"):
        net.add("conv2x")


def test_a_model_equals_what_holds_the_same() -> None:
    model, other = designer.load("gallery:lenet5"), designer.load("gallery:lenet5")
    assert model == other
    assert model != model.with_weights({"fc3.bias": np.ones(10)})
    assert model != "gallery:lenet5"


def test_a_runner_is_called_like_a_function() -> None:
    model = designer.load("gallery:lenet5")
    image = np.random.default_rng(0).random((1, 32, 32))
    found = designer.Runner(model, keep="fc3")(image)
    assert np.array_equal(found["fc3"], designer.run(model, image, keep="fc3")["fc3"])


def test_a_refused_run_is_a_user_error_with_a_name() -> None:
    assert issubclass(designer.RunRefused, designer.UserError)
    with pytest.raises(designer.RunRefused, match="there is no layer nowhere"):
        designer.run(designer.load("gallery:lenet5"), np.zeros((1, 32, 32)), keep=["nowhere"])


def test_what_a_report_holds_of_a_layer_has_a_name() -> None:
    report = designer.analyse(designer.load("gallery:lenet5"))
    assert isinstance(report, designer.Report)
    assert all(isinstance(facts, designer.LayerReport) for facts in report.layers.values())
    assert all(isinstance(facts, designer.GroupReport) for facts in report.groups.values())


# ------------------------------------------------------------------------------------------------------------ weights


@pytest.fixture
def model() -> designer.Model:
    return designer.load("gallery:lenet5")


def test_given_tensors_are_what_the_run_uses_and_the_old_model_stays(model: designer.Model) -> None:
    before = designer.weights(model)
    weight = np.zeros((10, 84))
    changed = model.with_weights({"fc3.weight": weight, "fc3.bias": list(range(10))})
    image = np.random.default_rng(0).random((1, 32, 32))
    assert designer.run(changed, image, keep="fc3")["fc3"].tolist() == [list(range(10))]
    weight[:] = 1
    assert not designer.weights(changed)["fc3.weight"].any()
    after = designer.weights(model)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_what_is_not_given_stays_what_it_was(model: designer.Model) -> None:
    before = designer.weights(model)
    bias = np.arange(6, dtype=np.float32)
    first = model.with_weights({"conv1.bias": bias})
    second = first.with_weights({"conv1.weight": np.ones((6, 1, 5, 5))})
    assert np.array_equal(designer.weights(first)["conv1.weight"], before["conv1.weight"])
    assert np.array_equal(designer.weights(second)["conv1.bias"], bias)
    assert np.array_equal(designer.weights(second)["fc1.weight"], before["fc1.weight"])


def test_all_weights_of_one_model_fit_another_of_its_kind(model: designer.Model, tmp_path: Path) -> None:
    tensors = {name: array * 2 for name, array in designer.weights(model).items()}
    designer.save(model.with_weights(tensors), tmp_path / "net.json")
    again = designer.weights(designer.load(tmp_path / "net.json"))
    assert all(np.array_equal(again[name], tensors[name]) for name in tensors)


def test_the_counter_in_a_state_dict_of_pytorch_is_passed_over() -> None:
    model = designer.load("gallery:residual_block")
    assert model.with_weights({"bn1.bias": np.ones(16), "bn1.num_batches_tracked": np.int64(7)}) != model


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"conv9.weight": 0}, r"conv9\.weight: belongs to no layer of the model; did you mean conv[12]\.weight\?"),
        ({"weight": 0}, r"weight: belongs to no layer of the model; names are like conv1\.weight"),
        ({"conv1.gamma": 0}, r"conv1\.gamma: the layer has no such tensor; it has weight, bias"),
        ({"tanh1.weight": 0}, r"tanh1\.weight: the layer has no such tensor; it has none"),
        ({"conv1.bias": np.zeros(7)}, r"conv1\.bias: 7 came, 6 is wanted"),
        ({"conv1.weight": np.zeros((6, 1, 5))}, r"conv1\.weight: 6×1×5 came, 6×1×5×5 is wanted"),
        ({"conv1.bias": 1.0}, r"conv1\.bias: a single number came, 6 is wanted"),
        ({"conv1.bias": ["a"] * 6}, r"conv1\.bias: an array of numbers is wanted"),
        ({"conv1.bias": [[1], [1, 2]]}, r"conv1\.bias: an array of numbers is wanted"),
        ({"conv1.bias": None}, r"conv1\.bias: an array of numbers is wanted"),
        ({"conv1.bias": np.zeros(6, complex)}, r"conv1\.bias: an array of numbers is wanted"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_one_line(model: designer.Model, tensors: Any, says: str) -> None:
    with pytest.raises(designer.UserError, match=says) as refused:
        model.with_weights(tensors)
    assert "\n" not in str(refused.value)


def test_a_layer_without_an_input_has_no_shapes_to_check() -> None:
    net = designer.Builder("Loose").image((1, 8, 8))
    net.add("conv2d", after=(), name="loose")
    net.add("conv2d", after="loose", name="next")
    for name, says in (("loose", "an input is not connected"), ("next", "a layer before it has a problem")):
        with pytest.raises(designer.UserError, match=f"{name}: {says}, so its weights have no shape"):
            net.design().with_weights({f"{name}.bias": np.zeros(16)})


# ------------------------------------------------------------------------------------------------------------ pictures


@pytest.fixture
def quarters(tmp_path: Path) -> Path:
    """A picture of 4×2 pixels: black on the left, red on the right."""
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:, 2:, 0] = 255
    path = tmp_path / "quarters.png"
    Image.fromarray(pixels).save(path)
    return path


def test_a_picture_becomes_channels_height_width(quarters: Path) -> None:
    array = designer.image(quarters, (3, 2, 4))
    assert (array.shape, array.dtype, array.flags.writeable) == ((3, 2, 4), np.float32, False)
    assert array[0].tolist() == [[0, 0, 1, 1]] * 2
    assert not array[1:].any()
    # ITU-R BT.601: red counts 0.299.
    np.testing.assert_allclose(designer.image(quarters, (1, 2, 4))[0, 0], [0, 0, 0.299, 0.299], rtol=1e-6)


def test_it_is_fitted_and_normalised_as_asked(quarters: Path) -> None:
    assert designer.image(quarters, (3, 2, 2))[0].tolist() == [[0, 1]] * 2  # the middle
    letterbox = designer.image(quarters, (3, 4, 4), fit="letterbox")
    assert not letterbox[:, 0].any()
    assert not letterbox[:, 3].any()
    custom = designer.image(quarters, (1, 2, 4), normalisation="custom", mean=0.299, std=0.5)
    np.testing.assert_allclose(custom[0, 0], [-0.598, -0.598, 0, 0], atol=1e-6)
    imagenet = designer.image(quarters, (3, 2, 4), normalisation="imagenet")
    np.testing.assert_allclose(imagenet[:, 0, 0], [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225], rtol=1e-5)


def test_pictures_stack_to_a_batch_that_runs(quarters: Path) -> None:
    batch = np.stack([designer.image(quarters, (1, 32, 32)) for _number in range(3)])
    assert designer.run(designer.load("gallery:lenet5"), batch, keep="fc3")["fc3"].shape == (3, 10)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"shape": (3,)}, "channels and a length"),
        ({"shape": (3, 0, 2)}, "at least 1"),
        ({"shape": (3, 2, 2), "fit": "squeeze"}, "fit is one of stretch, letterbox, center_crop"),
        ({"shape": (3, 2, 2), "normalisation": "custom", "std": 0}, "above 0"),
    ],
    ids=str,
)
def test_a_picture_that_cannot_be_prepared_is_refused_in_one_line(quarters: Path, options: Any, says: str) -> None:
    with pytest.raises(designer.UserError, match=says) as refused:
        designer.image(quarters, **options)
    assert "\n" not in str(refused.value)
    with pytest.raises(designer.UserError, match=r"missing\.png: no such file"):
        designer.image(quarters.with_name("missing.png"), (3, 2, 2))
