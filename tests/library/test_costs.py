"""Memory of a run and of a training step, and estimates of time, through the public surface."""

from __future__ import annotations

from pathlib import Path

import pytest

import designer
from designer.library import machine


def test_vgg16_keeps_for_its_gradients_what_pytorch_keeps() -> None:
    need = designer.memory(designer.load("gallery:vgg16"))
    # PyTorch 2.13, torch.autograd.graph.saved_tensors_hooks around the network without its two dropouts, whose outputs
    # the next layers read: 61,046,784 bytes of float32 storage that are no parameters.
    assert need.training.kept_bytes == 61_046_784 + 2 * 4 * 4096
    # The first two convolutions' maps are the largest, 64·224·224 each.
    assert need.peak is not None
    assert (need.peak.node, need.peak.alive_bytes) == ("features.1", 2 * 4 * 64 * 224 * 224)
    assert need.weight_bytes == need.file_bytes == 4 * 138_357_544


def test_a_data_type_changes_what_is_in_memory_and_not_the_file() -> None:
    need = designer.memory(designer.load("gallery:lenet5"), (1, 32, 32), batch=3, dtype="float16", optimiser="sgd")
    assert (need.weight_bytes, need.file_bytes) == (2 * 61_706, 4 * 61_706)
    assert need.training.optimiser_bytes == 0
    assert need.to_json()["training"]["total_bytes"] == need.training.total_bytes


def test_an_unknown_optimiser_is_refused_in_one_line() -> None:
    with pytest.raises(designer.UserError, match="optimiser: 'lion' came, one of sgd, momentum, adam is wanted"):
        designer.memory(designer.load("gallery:lenet5"), optimiser="lion")  # type: ignore[arg-type]


def test_a_network_that_cannot_be_counted_whole_says_partial() -> None:
    net = designer.Builder("Too small").image((3, 4, 4))
    net.add("conv2d", kernel=7)
    need = designer.memory(net.design())
    assert need.to_json()["status"] == "partial"
    assert not need.training.complete


def test_a_device_of_ones_own() -> None:
    net = designer.Builder("One").image((4, 1, 1))
    net.add("conv2d", filters=4, kernel=1)
    slow = designer.Device("slow", "Slow", {"float32": 10.0}, 1e9, "invented")
    (found,) = designer.estimate(net.design(), slow)
    # 4·4 multiply-adds, two operations each.
    assert (found.operations, found.bound, found.seconds) == (32, "compute", 3.2)


@pytest.mark.parametrize(
    ("device", "dtype", "says"),
    [
        ("abacus", "float32", "device: 'abacus' came, one of this, haswell, k80, tpu1, v100, t4, a100, h100 is wanted"),
        ("tpu1", "float32", "Google TPU v1: there is no figure for float32; it has int8"),
    ],
)
def test_a_device_that_is_none_is_refused_in_one_line(device: str, dtype: str, says: str) -> None:
    with pytest.raises(designer.UserError, match=f"^{says}$"):
        designer.estimate(designer.load("gallery:lenet5"), device, dtype=dtype)  # type: ignore[arg-type]


def test_this_machine_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def measuring(what: str, found: float) -> None:
        monkeypatch.setattr(machine, f"_{what}", lambda: (measured.append(what), found)[1])

    measuring("operations", 5e10)
    measuring("bytes", 1e10)
    place = tmp_path / "cache" / "machine.json"
    first = machine.this_machine(place)
    assert (first.peak, first.bandwidth) == ({"float32": 5e10}, 1e10)
    assert machine.this_machine(place) == first
    assert measured == ["operations", "bytes"]
    machine.this_machine(place, again=True)
    assert len(measured) == 4
    for damage in (b"", b"[]", b'{"made_by": 3}', place.read_bytes().replace(b"50000000000.0", b"-1.0")):
        place.write_bytes(damage)
        assert machine.this_machine(place) == first
