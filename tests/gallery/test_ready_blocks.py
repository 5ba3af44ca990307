"""The blocks of the palette: what their papers say they cost, at any number of channels."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import analyse
from designer.gallery.ready_blocks import BLOCKS
from designer.graph.part_edits import part_of

PARAMETERS = {
    # A 3×3 convolution of 64 by 64 without bias, and scale and shift of each channel.
    ("conv_bn_relu", 64): 9 * 64 * 64 + 2 * 64,
    # torchvision's BasicBlock(64, 64).
    ("residual", 64): 73_984,
    # torchvision's Bottleneck(256, 64).
    ("bottleneck", 256): 70_400,
    # Table 1 of the paper says 159 K for module 3a, weights alone; the biases are 64 + 96 + 128 + 16 + 32 + 32.
    ("inception", 192): 163_328 + 368,
    ("depthwise_separable", 32): 9 * 32 + 32 * 32 + 2 * 2 * 32,
    # torchvision's InvertedResidual(24, 24, 1, 6).
    ("inverted_residual", 24): 8_832,
    # 64 to 4 channels and back, with biases.
    ("squeeze_excitation", 64): 64 * 4 + 4 + 4 * 64 + 64,
    # The first two layers of DenseNet-121: torchvision's _DenseLayer(64, 32, 4) and _DenseLayer(96, 32, 4).
    ("dense_block", 64): 45_440 + 49_600,
    # torchvision's Fire(128, 16, 64, 64), fire3 of SqueezeNet.
    ("fire", 128): 12_432,
    # torchvision's CNBlock(96): 7·7·96 + 96, 2·96, 96·384 + 384, 384·96 + 96 and the scale.
    ("convnext", 96): 79_296,
    ("attention", 64): 4 * (64 * 64 + 64),
}


@pytest.mark.parametrize(("name", "channels"), PARAMETERS, ids=str)
def test_a_block_has_the_parameters_of_its_paper(name: str, channels: int) -> None:
    report = analyse(BLOCKS[name].design((channels, 28, 28)))
    assert report.complete
    assert report.totals.parameters == PARAMETERS[name, channels]


def test_every_block_is_held_against_a_number() -> None:
    assert {name for name, _channels in PARAMETERS} == set(BLOCKS)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("shape", [(2, 8, 8), (3, 33, 17), (64, 56, 56)])
def test_a_block_works_on_any_maps_and_keeps_their_size(name: str, shape: tuple[int, ...]) -> None:
    design = BLOCKS[name].design(shape)
    report = analyse(design)
    assert report.problems == ()
    leaving = report.layers[part_of(design).exit].output_shape
    assert leaving is not None
    assert leaving[1:] == shape[1:]


def test_where_no_maps_come_in_a_block_is_made_for_the_usual_ones() -> None:
    assert BLOCKS["residual"].design((400,)) == BLOCKS["residual"].design(None)
