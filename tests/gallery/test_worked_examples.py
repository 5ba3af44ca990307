"""The worked examples of an article on convolution, whose numbers are written out there."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network

# Name, then parameters of what stands beside each other.
SIDES = [
    ("stacked_kernels", {"one_7x7": 49 * 64**2, "stacked_3x3_": 27 * 64**2}),
    ("bottleneck", {"plain": 589_824, "narrow": 32_768, "inner": 147_456, "wide": 32_768}),
    ("asymmetric_pair", {"square": 36_864, "row": 12_288, "column": 12_288}),
    ("dense_as_convolution", {"dense": 102_764_544, "convolution": 102_764_544}),
]


@pytest.mark.parametrize(("name", "sides"), SIDES, ids=[name for name, _sides in SIDES])
def test_both_sides_have_the_parameters_of_the_article(name: str, sides: dict[str, int]) -> None:
    layers = analyse(network(name)).layers
    counted = {
        side: sum(layer.parameters or 0 for key, layer in layers.items() if key.startswith(side)) for side in sides
    }
    assert counted == sides


def test_three_small_kernels_see_what_a_large_one_sees() -> None:
    layers = analyse(network("stacked_kernels")).layers
    fields = [layers[key].receptive_field for key in ("one_7x7", "stacked_3x3_3")]
    assert [field.size for field in fields if field] == [(7, 7), (7, 7)]


def test_a_row_and_a_column_see_what_a_square_sees() -> None:
    layers = analyse(network("asymmetric_pair")).layers
    fields = [layers[key].receptive_field for key in ("square", "column")]
    assert [field.size for field in fields if field] == [(3, 3), (3, 3)]


def test_the_maps_of_a_small_first_kernel_dwarf_those_of_a_large_one() -> None:
    layers = analyse(network("first_layers")).layers
    assert [layers[key].activation_bytes // 4 for key in ("small_kernel", "large_kernel")] == [4_194_304, 1_048_576]


def test_a_larger_image_gets_a_map_of_answers() -> None:
    report = analyse(network("vgg16_convolutional"))
    assert list(report.layers.values())[-1].output_shape == (1000, 6, 6)
    assert report.totals.parameters == 138_357_544
