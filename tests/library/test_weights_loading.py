"""Weights of another program given to a design: what becomes of each tensor, in Python and on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import designer
from designer.cli.main import main
from designer.files.weights_file import write_weights
from designer.library.weights_loading import MOST_LINES, report_lines, with_file_weights
from tests.helpers.networks import chain
from tests.helpers.torch_files import checkpoint, whole

SMALL = chain((1, 6, 6), ("conv2d", {"filters": 2, "kernel": 3}), ("batch_norm", {}), ("flatten", {}), ("dense", {}))
KERNEL = np.arange(18, dtype=np.float32).reshape(2, 1, 3, 3)


def test_every_network_named_as_torchvisions_takes_a_state_dict_by_name(tmp_path: Path) -> None:
    """Shapes of torchvision's squeezenet1_1: its classifier is a 1×1 convolution of 1000 filters."""
    model = designer.load("gallery:squeezenet1_1")
    state = {name: whole(np.full_like(tensor, 0.5)) for name, tensor in designer.weights(model).items()}
    path = tmp_path / "squeezenet1_1.pth"
    path.write_bytes(checkpoint(state))
    trained, report = designer.load_weights(model, path)
    assert report.complete
    assert {found.way for found in report.matched} == {"name"}
    assert designer.weights(trained)["classifier.1.weight"].shape == (1000, 512, 1, 1)
    assert all((tensor == 0.5).all() for tensor in designer.weights(trained).values())


def test_a_layer_keeps_what_the_file_has_nothing_for(tmp_path: Path) -> None:
    drawn = designer.weights(SMALL)
    write_weights(tmp_path / "w.safetensors", {"conv1.weight": KERNEL, "fc1.weight": np.ones((3, 32))})
    trained, report = designer.load_weights(SMALL, tmp_path / "w.safetensors")
    assert [each.wanted for each in report.differing] == ["fc1.weight"]
    assert "conv1.bias" in report.missing
    tensors = designer.weights(trained)
    np.testing.assert_array_equal(tensors["conv1.weight"], KERNEL)
    np.testing.assert_array_equal(tensors["conv1.bias"], drawn["conv1.bias"])
    np.testing.assert_array_equal(tensors["fc1.weight"], drawn["fc1.weight"])
    assert designer.analyse(trained).problems == ()


def test_kernels_with_the_channels_last_compute_the_same(tmp_path: Path) -> None:
    drawn = {name: tensor + np.float32(0.25) for name, tensor in designer.weights(SMALL).items()}
    words = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    arrays = {
        "c/kernel": drawn["conv1.weight"].transpose(2, 3, 1, 0),
        "c/bias": drawn["conv1.bias"],
        **{f"n/{word}": drawn[f"bn1.{name}"] for name, word in words.items()},
        "d/kernel": drawn["fc1.weight"].T,
        "d/bias": drawn["fc1.bias"],
    }
    np.savez(tmp_path / "w.npz", **arrays)
    trained, report = designer.load_weights(SMALL, tmp_path / "w.npz")
    assert len(report.transposed) == 2
    for name, tensor in designer.weights(trained).items():
        np.testing.assert_array_equal(tensor, drawn[name])


def test_a_file_of_which_nothing_is_wanted_is_refused(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.safetensors", {"features.0.weight": np.zeros(1), "z": np.zeros(1)})
    with pytest.raises(designer.UserError, match="no tensor belongs to a layer") as refused:
        designer.load_weights(SMALL, tmp_path / "w.safetensors")
    assert "the first is features.0.weight" in str(refused.value)
    write_weights(tmp_path / "w.safetensors", {"conv1.weight": np.zeros((7, 1, 3, 3))})
    with pytest.raises(designer.UserError, match=r"no tensor fits; conv1\.weight is 7×1×3×3 there and 2×1×3×3 here"):
        designer.load_weights(SMALL, tmp_path / "w.safetensors")
    write_weights(tmp_path / "w.safetensors", {})
    assert designer.load_weights(SMALL, tmp_path / "w.safetensors")[0] == SMALL


def test_what_is_no_number_is_told(tmp_path: Path) -> None:
    kernel = KERNEL.copy()
    kernel[0, 0, 0, :2] = np.nan, -np.inf
    write_weights(tmp_path / "w.safetensors", {"conv1.weight": kernel})
    (note,) = with_file_weights(SMALL, tmp_path / "w.safetensors").notes
    assert "conv1.weight has 2 values that are NaN or infinite, of 18" in note


def test_the_report_of_a_terminal_has_an_end(tmp_path: Path) -> None:
    tensors = {f"other{number}.weight": np.zeros(1) for number in range(100)} | {"conv1.weight": KERNEL}
    write_weights(tmp_path / "w.safetensors", tensors)
    lines = report_lines(with_file_weights(SMALL, tmp_path / "w.safetensors").report)
    # One of the seven other tensors of the network: 4 of the normalisation, 2 of the dense layer, a bias.
    assert lines[0] == "1 tensor loaded; 7 missing in the file; 100 unexpected"
    assert len(lines) == 1 + MOST_LINES + 1
    assert lines[-1] == "… and 67 more"


def test_the_command_line_loads_them_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("w.pth").write_bytes(checkpoint({"net.conv1.bias": whole(np.arange(6, dtype=np.float32))}))
    assert main(["convert", "gallery:lenet5", "net.json", "--weights", "w.pth"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "netdraft: 1 tensor loaded; 9 missing in the file"
    assert "netdraft: missing: conv1.weight" in said
    assert designer.weights(designer.load("net.json"))["conv1.bias"].tolist() == [0, 1, 2, 3, 4, 5]
    Path("w.pth").write_bytes(b"nothing")
    assert main(["convert", "gallery:lenet5", "other.json", "--weights", "w.pth"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("other.json").exists()
