"""Memory of a run and of a training step through the public surface."""

from __future__ import annotations

import pytest

import designer


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
