"""The roofline model, by hand."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import Settings, analyse
from designer.analysis.roofline import DEVICES, Device, estimate, estimates
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

SLOW = Device("slow", "Slow", {"float32": 1000.0, "int8": 4000.0}, 100.0, "invented")


def small() -> Design:
    net = NetworkBuilder("Small").image((3, 8, 8))
    net.add("conv2d", name="conv", filters=4, kernel=3, padding=1)
    net.add("relu", name="relu")
    net.add("dropout", name="dropout")
    net.add("flatten", name="flatten")
    net.add("dense", name="dense", units=10)
    return net.design()


def test_a_layer_takes_the_longer_of_computing_and_moving() -> None:
    design = small()
    conv, relu, flatten, dense = estimates(design, analyse(design), SLOW)
    # 27 multiply-adds for each of 4·8·8 values; 3·8·8 read, 4·8·8 written, 27·4 + 4 weights, 4 bytes each.
    assert (conv.operations, conv.moved_bytes) == (2 * 27 * 256, 4 * (192 + 256 + 112))
    assert (conv.seconds, conv.bound) == (4 * 560 / 100, "memory")
    assert conv.intensity == pytest.approx(13824 / 2240)
    assert (relu.operations, relu.seconds, relu.bound) == (0, 4 * 512 / 100, "memory")
    assert flatten.moved_bytes == 4 * 512
    assert (dense.operations, dense.moved_bytes) == (2 * 2560, 4 * (256 + 10 + 2570))


def test_what_does_nothing_at_inference_has_no_entry() -> None:
    design = small()
    assert [entry.nodes for entry in estimates(design, analyse(design), SLOW)] == [
        ("conv",),
        ("relu",),
        ("flatten",),
        ("dense",),
    ]


def test_batch_and_data_type_move_the_balance() -> None:
    design = small()
    report = analyse(design, settings=Settings(batch=8, dtype="int8"))
    dense = estimates(design, report, SLOW)[-1]
    # The weights are moved once for all eight images.
    assert (dense.operations, dense.moved_bytes) == (8 * 2 * 2560, 8 * (256 + 10) + 2570)
    assert dense.seconds == max(40960 / 4000, 4698 / 100)


def test_what_passes_between_layers_computed_as_one_is_not_moved() -> None:
    design = small()
    report = analyse(design)
    fused = estimate(report, [report.layers["conv"], report.layers["relu"]], SLOW)
    assert fused.nodes == ("conv", "relu")
    assert fused.moved_bytes == 4 * (192 + 256 + 112)


def test_the_ridge_of_the_first_tpu_is_that_of_its_paper() -> None:
    # Jouppi et al. (ISCA 2017), section 4: the ridge point lies at 1350 multiply-adds per byte of weights.
    assert DEVICES["tpu1"].ridge("int8") / 2 == pytest.approx(1350, rel=0.01)
    # The same for Haswell at 13 and the K80 at 9 multiply-adds per byte.
    assert DEVICES["haswell"].ridge("float32") / 2 == pytest.approx(13, rel=0.03)
    assert DEVICES["k80"].ridge("float32") / 2 == pytest.approx(9, rel=0.03)
