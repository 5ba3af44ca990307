"""Three customs of counting operations, by hand."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import Settings, analyse
from designer.analysis.conventions import CONVENTIONS, UNITS, operations
from tests.helpers.networks import chain

DESIGN = chain(
    (3, 8, 8),
    ("conv2d", {"filters": 4, "padding": 1}),
    ("batch_norm", {}),
    ("relu", {}),
    ("max_pool2d", {}),
    ("flatten", {}),
    ("dense", {"units": 5, "bias": False}),
)

# conv: 8·8 places, 3·3·3 taps, 4 filters. dense: 4·4·4 inputs, 5 units.
CONV, DENSE = 64 * 27 * 4, 64 * 5


def counted(convention: str) -> dict[str, int]:
    report = analyse(DESIGN, settings=Settings(convention=convention))
    assert sum(layer.operations for layer in report.layers.values()) == report.totals.operations
    assert report.totals.macs == CONV + DENSE
    return {key: layer.operations for key, layer in report.layers.items() if layer.operations}


def test_torchvision_counts_multiply_adds_of_convolutions_and_dense_layers() -> None:
    assert counted("torchvision") == {"conv1": CONV, "fc1": DENSE}


def test_flops_are_twice_that() -> None:
    assert counted("flops") == {"conv1": 2 * CONV, "fc1": 2 * DENSE}


def test_tf_slim_adds_biases_and_poolings() -> None:
    # One addition for each of 4·8·8 outputs; a 2×2 pooling of 4·4·4 outputs looks at 4 cells for each.
    assert counted("tf-slim") == {"conv1": 2 * CONV + 256, "pool1": 64 * 4, "fc1": 2 * DENSE}


def test_the_batch_counts() -> None:
    report = analyse(DESIGN, settings=Settings(convention="tf-slim", batch=3))
    assert report.totals.operations == 3 * (2 * CONV + 256 + 256 + 2 * DENSE)


def test_every_convention_has_a_label_and_a_unit() -> None:
    assert CONVENTIONS.keys() == UNITS.keys()
    assert UNITS["torchvision"] == "MACs"


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown convention 'guess'"):
        operations("guess", 1, (1,), {}, 0)
