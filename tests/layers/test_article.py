"""Every worked example of the teaching article that these layers can express, its numbers written out.

The article follows L. Araujo dos Santos, "Artificial Intelligence"; figures of its references stand with the example.
"""

from __future__ import annotations

import pytest

from designer.analysis.analyse import Settings, analyse
from designer.analysis.report import LayerReport, Report
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.edits import SetParameters
from designer.layer_api.layer import Quantity
from tests.helpers.networks import chain


def only(report: Report) -> LayerReport:
    """The report of the last layer."""
    return list(report.layers.values())[-1]


def conv(shape: tuple[int, ...], **parameters: object) -> LayerReport:
    return only(analyse(chain(shape, ("conv2d", parameters))))


def weights_without_bias(*layers: LayerReport) -> int:
    return sum(layer.parameters for layer in layers)


# -- dense against convolution


def test_a_dense_layer_from_a_megapixel_to_a_million_units_has_a_million_million_weights() -> None:
    report = analyse(chain((1, 1000, 1000), ("flatten", {}), ("dense", {"units": 10**6, "bias": False})))
    assert report.totals.parameters == 10**12


def test_a_shared_10_by_10_kernel_has_100_weights_for_each_map() -> None:
    assert conv((1, 1000, 1000), filters=1, kernel=10, bias=False).parameters == 100
    assert conv((1, 1000, 1000), filters=7, kernel=10, bias=False).parameters == 700


# -- convolution


def test_one_filter_gives_one_map_and_six_give_six() -> None:
    assert conv((3, 32, 32), filters=1, kernel=5).output_shape == (1, 28, 28)
    assert conv((3, 32, 32), filters=6, kernel=5).output_shape == (6, 28, 28)


@pytest.mark.parametrize(("kernel", "padding"), [(1, 0), (3, 1), (5, 2), (7, 3)])
def test_padding_of_half_the_kernel_keeps_the_size(kernel: int, padding: int) -> None:
    assert conv((3, 32, 32), filters=4, kernel=kernel, padding=padding).output_shape == (4, 32, 32)
    assert conv((3, 32, 32), filters=4, kernel=kernel, padding="same").output_shape == (4, 32, 32)


@pytest.mark.parametrize(
    ("size", "parameters", "output"),
    [
        (4, {"kernel": 3}, 2),
        (5, {"kernel": 3, "padding": 1}, 5),
        (227, {"kernel": 11, "stride": 4}, 55),
    ],
)
def test_output_sizes(size: int, parameters: dict[str, int], output: int) -> None:
    assert conv((3, size, size), filters=1, **parameters).output_shape == (1, output, output)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(4, 3, 1), (32, 5, 1), (227, 11, 4), (10, 3, 3), (9, 2, 2)])
def test_the_articles_formula_rounds_up_the_unpadded_case(size: int, kernel: int, stride: int) -> None:
    # The article: (in − K + 1)/S, rounded up, TensorFlow's "valid".
    rounded_up = -(-(size - kernel + 1) // stride)
    layer = conv((1, size, size), filters=1, kernel=kernel, stride=stride)
    assert layer.output_shape == (1, rounded_up, rounded_up)


def test_ten_5_by_5_filters_on_a_colour_image_have_760_parameters() -> None:
    layer = conv((3, 32, 32), filters=10, kernel=5, padding=2)
    assert layer.output_shape == (10, 32, 32)
    assert layer.parameters == (5 * 5 * 3 + 1) * 10 == 760
    assert conv((3, 32, 32), filters=10, kernel=5, padding=2, bias=False).parameters == 750


@pytest.mark.parametrize(("dtype", "size"), [("int8", 10_240), ("float16", 20_480), ("float32", 40_960)])
def test_the_memory_of_ten_maps_of_32_by_32_depends_on_the_data_type(dtype: str, size: int) -> None:
    report = analyse(network("ten_filters"), settings=Settings(dtype=dtype))
    assert only(report).activation_bytes == size


def test_the_formulas_are_written_as_in_the_article() -> None:
    design = network("ten_filters")
    formulas = design.nodes["conv1"].layer.explain([(3, 32, 32)])
    told = {formula.quantity: formula.text for formula in formulas}
    assert told[Quantity.OUTPUT] == "⌊(32 + 2·2 − 5)/1⌋ + 1 = 32"
    assert told[Quantity.PARAMETERS] == "(5·5·3 + 1)·10 = 760"
    # Every one of the 32·32 places takes 5·5·3 multiplications for each of ten filters: 768 000.
    assert told[Quantity.MACS].replace("\N{NO-BREAK SPACE}", "") == "32·32 · 5·5·3 · 10 = 768000"


def test_a_1_by_1_convolution_mixes_channels_and_leaves_space_alone() -> None:
    layer = conv((256, 56, 56), filters=64, kernel=1, bias=False)
    assert layer.output_shape == (64, 56, 56)
    assert layer.parameters == 256 * 64 == 16_384


# -- small kernels


@pytest.mark.parametrize(("count", "field"), [(2, 5), (3, 7)])
def test_stacked_3_by_3_kernels_see_what_a_large_one_sees(count: int, field: int) -> None:
    stack = analyse(chain((64, 32, 32), *[("conv2d", {"filters": 64, "padding": 1, "bias": False})] * count))
    large = conv((64, 32, 32), filters=64, kernel=field, padding=field // 2, bias=False)
    seen, seen_at_once = only(stack).receptive_field, large.receptive_field
    assert seen is not None
    assert seen == seen_at_once
    assert seen.size == (field, field)


def test_three_3_by_3_have_fewer_weights_than_one_7_by_7() -> None:
    stack = analyse(chain((64, 32, 32), *[("conv2d", {"filters": 64, "padding": 1, "bias": False})] * 3))
    assert stack.totals.parameters == 27 * 64 * 64 == 110_592
    assert conv((64, 32, 32), filters=64, kernel=7, bias=False).parameters == 49 * 64 * 64 == 200_704


def test_but_in_the_first_layer_small_kernels_make_large_maps() -> None:
    small = conv((3, 256, 256), filters=64, kernel=3, padding=1)
    large = conv((3, 256, 256), filters=64, kernel=7, stride=2, padding=3)
    # One byte for each value, as the article counts.
    assert small.activation_bytes // 4 == 64 * 256 * 256 == 4_194_304
    assert large.activation_bytes // 4 == 64 * 128 * 128 == 1_048_576


def test_a_bottleneck_has_3_and_a_quarter_squares_of_weights_in_place_of_9() -> None:
    narrow = {"filters": 128, "bias": False}
    report = analyse(
        chain(
            (256, 14, 14),
            ("conv2d", {**narrow, "kernel": 1}),
            ("conv2d", {**narrow, "kernel": 3, "padding": 1}),
            ("conv2d", {"filters": 256, "kernel": 1, "bias": False}),
        )
    )
    # ½C² + 2.25C² + ½C² with C = 256.
    assert [layer.parameters for layer in report.layers.values()][1:] == [32_768, 147_456, 32_768]
    assert report.totals.parameters == 212_992
    assert conv((256, 14, 14), filters=256, kernel=3, padding=1, bias=False).parameters == 9 * 256**2 == 589_824


def test_an_asymmetric_pair_has_6_squares_of_weights_in_place_of_9() -> None:
    report = analyse(
        chain(
            (64, 17, 17),
            ("conv2d", {"filters": 64, "kernel": [1, 3], "padding": [0, 1], "bias": False}),
            ("conv2d", {"filters": 64, "kernel": [3, 1], "padding": [1, 0], "bias": False}),
        )
    )
    assert report.totals.parameters == 6 * 64 * 64 == 24_576
    assert conv((64, 17, 17), filters=64, kernel=3, padding=1, bias=False).parameters == 36_864
    assert only(report).output_shape == (64, 17, 17)
    field = only(report).receptive_field
    assert field is not None
    assert field.size == (3, 3)


# -- residual


def test_a_residual_block_keeps_its_shape() -> None:
    report = analyse(network("residual_block"))
    assert report.status == "complete"
    assert report.layers["add"].input_shapes == ((16, 64, 64), (16, 64, 64))


def test_a_residual_block_whose_sides_differ_says_so() -> None:
    design = SetParameters("conv2", {"padding": 0}).apply(network("residual_block"))
    report = analyse(design)
    problem = report.layers["add"].problem
    assert problem is not None
    assert problem.message == "inputs are 16×62×62 and 16×64×64; they must have the same shape"
    assert report.status == "partial"
    assert report.layers["relu2"].waiting


# -- dense as convolution


def test_a_dense_layer_over_a_map_is_a_convolution_of_the_whole_map() -> None:
    as_dense = analyse(chain((512, 7, 7), ("flatten", {}), ("dense", {"units": 4096})))
    as_conv = conv((512, 7, 7), filters=4096, kernel=7)
    assert as_dense.totals.parameters == as_conv.parameters == 102_764_544
    assert as_dense.totals.macs == as_conv.macs == 7 * 7 * 512 * 4096
    assert as_conv.output_shape == (4096, 1, 1)


def fully_convolutional_vgg16() -> Design:
    """VGG-16 with its dense layers as convolutions (Long, Shelhamer and Darrell, 2015)."""
    net = NetworkBuilder("VGG-16, fully convolutional").image((3, 224, 224))
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _index in range(count):
            net.add("conv2d", filters=filters, padding=1)
            net.add("relu")
        net.add("max_pool2d")
    for filters, kernel in ((4096, 7), (4096, 1), (1000, 1)):
        net.add("conv2d", filters=filters, kernel=kernel)
    return net.design()


def test_vgg16_as_convolutions_answers_a_larger_image_with_a_map() -> None:
    design = fully_convolutional_vgg16()
    small = analyse(design)
    assert only(small).output_shape == (1000, 1, 1)
    assert small.totals.parameters == 138_357_544
    large = analyse(design, input_shape=(3, 384, 384))
    assert only(large).output_shape == (1000, 6, 6)
    assert large.totals.parameters == 138_357_544


# -- receptive field


def test_the_receptive_field_of_the_article_grows_3_5_6_10() -> None:
    report = analyse(network("receptive_field"))
    layers = list(report.layers.values())[1:]
    fields = [layer.receptive_field for layer in layers]
    assert all(field is not None for field in fields)
    assert [field.size for field in fields if field] == [(3, 3), (5, 5), (6, 6), (10, 10)]
    assert [field.stride for field in fields if field] == [(1, 1), (1, 1), (2, 2), (2, 2)]
    assert [layer.output_shape[1:] for layer in layers if layer.output_shape] == [(12, 12), (10, 10), (5, 5), (3, 3)]


# -- conventions of counting


def test_a_pooling_of_64_rounds_down_to_32_or_up_to_33() -> None:
    pool = {"kernel": 3, "stride": 2, "padding": 1}
    assert only(analyse(chain((1, 64, 64), ("max_pool2d", pool)))).output_shape == (1, 32, 32)
    assert only(analyse(chain((1, 64, 64), ("max_pool2d", {**pool, "ceil_mode": True})))).output_shape == (1, 33, 33)


def test_a_last_window_may_not_start_in_the_padding() -> None:
    # (5 + 2·1 − 2)/2 rounds up to 3, so 4 windows would start at −1, 1, 3 and 5; the last lies in the far padding.
    pool = {"kernel": 2, "stride": 2, "padding": 1, "ceil_mode": True}
    assert only(analyse(chain((1, 5, 5), ("max_pool2d", pool)))).output_shape == (1, 3, 3)


def test_same_padding_pads_the_far_side_more() -> None:
    # TensorFlow: 224 at stride 2 gives 112; 111·2 + 3 − 224 = 1 cell of padding, on the far side.
    layer = conv((3, 224, 224), filters=8, kernel=3, stride=2, padding="same")
    assert layer.output_shape == (8, 112, 112)
    field = layer.receptive_field
    assert field is not None
    assert field.start == (0, 0)


def test_vgg16_keeps_15_million_values_in_place_not_24() -> None:
    """Input, convolution, pooling and dense outputs with activations in place: 60.95 MB, not the copied 93 MB."""
    design = network("vgg16")
    report = analyse(design, settings=Settings(dtype="int8"))
    # At 224 torchvision's adaptive pooling to 7×7 hands on what it is given.
    in_place = ("relu", "dropout", "flatten", "adaptive_avg_pool2d", "output")
    values = sum(layer.activation_bytes for layer in report.layers.values() if layer.kind not in in_place)
    assert values == 15_237_608
    assert round(values * 4 / 1e6, 2) == 60.95


def test_the_fields_after_each_pooling_of_vgg16() -> None:
    report = analyse(network("vgg16"))
    fields = [layer.receptive_field for layer in report.layers.values() if layer.kind == "max_pool2d"]
    assert [field.size[0] for field in fields if field] == [6, 16, 44, 100, 212]


def test_running_statistics_are_counted_apart_from_parameters() -> None:
    # Keras prints 25 636 712 for ResNet-50, its means and variances included and its convolutions with bias.
    report = analyse(network("resnet50"))
    assert report.totals.parameters == 25_557_032
    assert report.totals.buffers == 2 * 26_560


@pytest.mark.parametrize(("convention", "operations"), [("torchvision", 1), ("flops", 2)])
def test_flops_are_twice_the_multiply_adds(convention: str, operations: int) -> None:
    report = analyse(network("lenet5"), settings=Settings(convention=convention))
    assert report.totals.operations == operations * 416_520
    assert report.totals.macs == 416_520
