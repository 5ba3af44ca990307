"""Memory of a training step, by hand."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import Settings, analyse
from designer.analysis.training import TrainingMoment, training_memory
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design


def small() -> Design:
    net = NetworkBuilder("Small").image((3, 8, 8))
    net.add("conv2d", name="conv", filters=4, kernel=3, padding=1)
    net.add("relu", name="relu")
    net.add("max_pool2d", name="pool", kernel=2)
    net.add("flatten", name="flatten")
    net.add("dense", name="dense", units=10)
    return net.design()


def test_a_chain_keeps_what_its_gradients_read() -> None:
    design = small()
    found = training_memory(design, analyse(design), "adam")
    # 3·3·3·4 + 4 and 4·4·4·10 + 10 parameters of 4 bytes.
    assert found.weight_bytes == found.gradient_bytes == 4 * (112 + 650)
    assert found.optimiser_bytes == 2 * 4 * (112 + 650)
    # The image for the convolution, 3·8·8; the ReLU's output for itself and the pooling, 4·8·8; the pooling's for
    # itself and the flattened one for the dense layer, 4·4·4 each.
    image, conv, relu, pool, flat, dense = 4 * 192, 4 * 256, 4 * 256, 4 * 64, 4 * 64, 4 * 10
    assert found.kept_bytes == image + relu + pool + flat
    assert found.timeline == (
        TrainingMoment("image", "forward", image),
        TrainingMoment("conv", "forward", image + conv),
        TrainingMoment("relu", "forward", image + conv + relu),
        TrainingMoment("pool", "forward", image + relu + pool),
        TrainingMoment("flatten", "forward", image + relu + pool + flat),
        TrainingMoment("dense", "forward", image + relu + pool + flat + dense),
        # From here the gradients: each is as large as the output it belongs to. The image has none.
        TrainingMoment("dense", "backward", image + relu + pool + flat + dense + flat),
        TrainingMoment("flatten", "backward", image + relu + pool + flat + pool),
        TrainingMoment("pool", "backward", image + relu + pool + pool + relu),
        TrainingMoment("relu", "backward", image + relu + relu + conv),
        TrainingMoment("conv", "backward", image + conv),
    )
    assert found.peak == TrainingMoment("relu", "backward", image + relu + relu + conv)
    assert found.total_bytes == 4 * 4 * 762 + image + relu + relu + conv


@pytest.mark.parametrize(("optimiser", "tensors"), [("sgd", 0), ("momentum", 1), ("adam", 2)])
def test_an_optimiser_keeps_so_many_values_for_each_parameter(optimiser: str, tensors: int) -> None:
    design = small()
    found = training_memory(design, analyse(design), optimiser)  # type: ignore[arg-type]
    assert found.optimiser_bytes == tensors * 4 * 762


def test_maps_grow_with_the_batch_and_weights_do_not() -> None:
    design = small()
    one = training_memory(design, analyse(design))
    many = training_memory(design, analyse(design, settings=Settings(batch=32)))
    assert many.kept_bytes == 32 * one.kept_bytes
    assert many.weight_bytes == one.weight_bytes


def test_a_sum_keeps_nothing_and_its_gradient_reaches_both() -> None:
    net = NetworkBuilder("Skip").image((2, 4, 4))
    first = net.add("conv2d", name="first", filters=2, kernel=1)
    second = net.add("conv2d", name="second", filters=2, kernel=1)
    net.add("add", name="sum", after=(first, second))
    design = net.design()
    size = 4 * 2 * 4 * 4
    found = training_memory(design, analyse(design))
    # Each convolution's input; not the second's output, nor the sum.
    assert found.kept_bytes == 2 * size
    # image, first, second, sum forwards; then with the gradients of sum, second and first, which nobody drops before
    # the first convolution has passed its own on.
    assert [moment.alive_bytes // size for moment in found.timeline] == [1, 2, 3, 4, 5, 4, 2]


def test_nothing_is_kept_where_nothing_is_learned() -> None:
    net = NetworkBuilder("Fixed").image((2, 4, 4))
    net.add("relu", name="relu")
    net.add("max_pool2d", name="pool", kernel=2)
    design = net.design()
    found = training_memory(design, analyse(design))
    assert (found.kept_bytes, found.gradient_bytes, found.optimiser_bytes) == (0, 0, 0)
    assert [moment.step for moment in found.timeline] == ["forward"] * 3


def test_an_empty_design_takes_nothing() -> None:
    found = training_memory(Design(), analyse(Design()))
    assert found.peak is None
    assert found.total_bytes == 0
