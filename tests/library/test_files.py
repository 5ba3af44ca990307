"""A model goes to disk and comes back, with the weights that were given to it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.analysis.fixes import fixes
from designer.engine.remember.workspace import all_weights
from designer.files.weights_file import read_weights, write_weights
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.document import Document
from designer.graph.edits import Rename, SetParameters, SetWeights
from designer.layer_api.problems import UserError
from designer.library.files import load, save
from tests.helpers.designs import designs
from tests.helpers.networks import branchy, chain

SMALL = chain((1, 6, 6), ("conv2d", {"filters": 2, "kernel": 3}), ("batch_norm", {}), ("flatten", {}), ("dense", {}))


def with_all_weights(design: Design) -> Design:
    """The design with its initial weights given to it."""
    given_: dict[str, dict[str, np.ndarray]] = {}
    for name, array in all_weights(design, analyse(design)).items():
        node, _dot, tensor = name.rpartition(".")
        given_.setdefault(node, {})[tensor] = array + np.float32(0.5)
    return SetWeights(dict(given_)).apply(design)


def weights_file(path: Path) -> Path:
    """The weights file that a spec names."""
    return path.with_name(json.loads(path.read_text())["weights"])


def test_weights_lie_beside_the_spec_under_their_pytorch_names(tmp_path: Path) -> None:
    design = with_all_weights(SMALL)
    save(design, tmp_path / "small.netdraft.json")
    tree = json.loads((tmp_path / "small.netdraft.json").read_text())
    contents = (tmp_path / tree["weights"]).read_bytes()
    assert tree["weights_sha256"] == hashlib.sha256(contents).hexdigest()
    assert tree["weights"] == f"small.{tree['weights_sha256'][:12]}.safetensors"
    assert {path.name for path in tmp_path.iterdir()} == {"small.netdraft.json", tree["weights"]}
    tensors = safetensors.numpy.load(contents)
    assert {name: array.shape for name, array in tensors.items()} == {
        "conv1.weight": (2, 1, 3, 3),
        "conv1.bias": (2,),
        "bn1.weight": (2,),
        "bn1.bias": (2,),
        "bn1.running_mean": (2,),
        "bn1.running_var": (2,),
        "fc1.weight": (10, 32),
        "fc1.bias": (10,),
    }
    again = load(tmp_path / "small.netdraft.json")
    assert again == design
    assert not again.weights["conv1"]["weight"].flags.writeable


def test_only_given_weights_are_written(tmp_path: Path) -> None:
    design = SetWeights({"fc1": {"weight": np.ones((10, 32)), "bias": np.ones(10)}}).apply(SMALL)
    save(design, tmp_path / "small.json")
    assert set(read_weights(weights_file(tmp_path / "small.json"))) == {"fc1.weight", "fc1.bias"}
    save(SMALL, tmp_path / "plain.json")
    assert "weights" not in json.loads((tmp_path / "plain.json").read_text())
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    assert load(tmp_path / "plain.json") == SMALL


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(designs(max_nodes=5), st.booleans())
def test_any_model_survives(tmp_path: Path, design: Design, trained: bool) -> None:
    model = with_all_weights(design) if trained else design
    path = tmp_path / "net.netdraft.json"
    save(model, path)
    assert load(path) == model


def test_a_file_that_is_given_its_own_name_again_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "net.netdraft.json"
    save(with_all_weights(SMALL), path)
    save(network("lenet5"), path)
    assert load(path) == network("lenet5")


def test_a_renamed_node_takes_its_weights_along(tmp_path: Path) -> None:
    design = Rename("conv1", "layer1.0.conv1").apply(with_all_weights(SMALL))
    save(design, tmp_path / "net.json")
    assert "layer1.0.conv1.weight" in read_weights(weights_file(tmp_path / "net.json"))
    assert load(tmp_path / "net.json") == design


def test_shapes_that_do_not_fit_are_a_problem_with_a_way_out(tmp_path: Path) -> None:
    """Trained with two filters, then somebody asks for three."""
    save(with_all_weights(SMALL), tmp_path / "net.json")
    trained = read_weights(weights_file(tmp_path / "net.json"))
    loaded = SetParameters("conv1", {"filters": 3}).apply(load(tmp_path / "net.json"))
    report = analyse(loaded)
    problem = report.layers["conv1"].problem
    assert problem is not None
    assert problem.message == "the given weight is 2×1×3×3 but 3×1×3×3 is wanted; drop the given weights"
    [fix] = fixes(loaded, report, "conv1")
    assert fix.label == "Initialise conv1 again"
    document = Document(loaded)
    document.do(fix.edit)
    assert analyse(document.design).layers["conv1"].problem is None
    # The others keep theirs and have their own say.
    assert np.array_equal(document.design.weights["fc1"]["bias"], trained["fc1.bias"])
    document.undo()
    assert document.design is loaded


def test_a_tensor_that_is_missing_is_a_problem(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.safetensors", {"conv1.weight": np.zeros((2, 1, 3, 3), np.float32)})
    save(SMALL, tmp_path / "net.json")
    tree = json.loads((tmp_path / "net.json").read_text())
    (tmp_path / "net.json").write_text(json.dumps({**tree, "weights": "w.safetensors"}))
    problem = analyse(load(tmp_path / "net.json")).layers["conv1"].problem
    assert problem is not None
    assert problem.message == "the given weights lack bias"


def test_a_spec_that_names_weights_of_another_design_is_refused(tmp_path: Path) -> None:
    """One written by hand, without a digest: nobody has said that these are its weights."""
    write_weights(tmp_path / "w.safetensors", {"features.0.weight": np.zeros(1)})
    save(SMALL, tmp_path / "net.json")
    tree = json.loads((tmp_path / "net.json").read_text())
    (tmp_path / "net.json").write_text(json.dumps({**tree, "weights": "w.safetensors"}))
    with pytest.raises(UserError, match="no tensor belongs to a layer of this design") as refused:
        load(tmp_path / "net.json")
    assert str(refused.value).startswith(f"{tmp_path / 'w.safetensors'}: ")


def test_a_missing_weights_file_is_named(tmp_path: Path) -> None:
    save(with_all_weights(SMALL), tmp_path / "net.json")
    gone = weights_file(tmp_path / "net.json")
    gone.unlink()
    with pytest.raises(UserError, match=r"no such file, but net\.json names it; put it back, or") as refused:
        load(tmp_path / "net.json")
    assert str(refused.value).startswith(f"{gone}: ")


@pytest.mark.parametrize("source", ["gallery:branchy", "gallery:", "gallery:lenet5.json"])
def test_the_gallery_has_only_what_it_has(source: str) -> None:
    with pytest.raises(UserError, match="the gallery has no network"):
        load(source)


def test_a_path_may_be_a_path_and_a_suffix_any_case(tmp_path: Path) -> None:
    save(branchy(), tmp_path / "NET.JSON")
    assert load(tmp_path / "NET.JSON") == load(str(tmp_path / "NET.JSON")) == branchy()
