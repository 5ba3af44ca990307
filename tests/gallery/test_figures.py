"""Published figures: torchvision 0.29.1's metadata, and fields from Araujo, Norris and Sim (Distill, 2019)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from designer.analysis.analyse import analyse
from designer.analysis.report import ReceptiveField, Report
from designer.gallery.catalogue import network

# name, parameters, multiply-adds, last map before the classifier: shape, field, stride, padding (None: not published).
FIGURES = [
    ("alexnet", 61_100_840, 714_188_480, (256, 6, 6), 195, 32, 66),
    ("vgg11", 132_863_336, 7_609_090_048, (512, 7, 7), 150, 32, None),
    ("vgg13", 133_047_848, 11_308_466_176, (512, 7, 7), 156, 32, None),
    ("vgg16", 138_357_544, 15_470_264_320, (512, 7, 7), 212, 32, 90),
    ("vgg19", 143_667_240, 19_632_062_464, (512, 7, 7), 268, 32, None),
    ("vgg11_bn", 132_868_840, 7_609_090_048, (512, 7, 7), 150, 32, None),
    ("vgg13_bn", 133_053_736, 11_308_466_176, (512, 7, 7), 156, 32, None),
    ("vgg16_bn", 138_365_992, 15_470_264_320, (512, 7, 7), 212, 32, 90),
    ("vgg19_bn", 143_678_248, 19_632_062_464, (512, 7, 7), 268, 32, None),
    ("googlenet", 6_624_904, 1_498_376_192, (1024, 7, 7), 379, 32, 167),
    # 27 161 264 with the auxiliary head: 768·128 + 2·128, 128·768·25 + 2·768, 768·1000 + 1000 less. At 299; the field
    # that was published is that of TF-Slim at 224.
    ("inception_v3", 23_834_568, 5_713_216_096, (2048, 8, 8), 1311, 32, 618),
    ("resnet18", 11_689_512, 1_814_073_344, (512, 7, 7), 435, 32, None),
    ("resnet34", 21_797_672, 3_663_761_408, (512, 7, 7), 899, 32, None),
    ("resnet50", 25_557_032, 4_089_184_256, (2048, 7, 7), 427, 32, None),
    # The stride in the first 1×1 leaves a quarter of its cells in three stages: 3·(¾·56²·256·128) fewer.
    ("resnet50_v1", 25_557_032, 4_089_184_256 - 3 * 77_070_336, (2048, 7, 7), 483, 32, None),
    ("resnet101", 44_549_160, 7_801_405_440, (2048, 7, 7), 971, 32, None),
    ("resnet152", 60_192_808, 11_513_626_624, (2048, 7, 7), 1451, 32, None),
    ("resnext50_32x4d", 25_028_904, 4_230_479_872, (2048, 7, 7), 427, 32, None),
    ("wide_resnet50_2", 68_883_240, 11_398_021_120, (2048, 7, 7), 427, 32, None),
    ("densenet121", 7_978_856, 2_834_161_664, (1024, 7, 7), 2071, 32, None),
    ("densenet169", 14_149_480, 3_359_843_328, (1664, 7, 7), 3351, 32, None),
    # 4.291 GFLOPS; sixteen more 3×3 convolutions of the third block, each 2·16 pixels more than in DenseNet-169.
    ("densenet201", 20_013_928, 4_291_365_888, (1920, 7, 7), 3351 + 16 * 32, 32, None),
    # 4.456 GFLOPS: 4·4·3 into 96 channels at 56²; three, three, nine and three blocks of 49 + 8·C for each channel
    # and cell; 2·2 convolutions between the stages; the classifier.
    (
        "convnext_tiny",
        28_589_128,
        56**2 * 96 * (48 + 3 * (49 + 8 * 96))
        + 28**2 * 192 * (4 * 96 + 3 * (49 + 8 * 192))
        + 14**2 * 384 * (4 * 192 + 9 * (49 + 8 * 384))
        + 7**2 * 768 * (4 * 384 + 3 * (49 + 8 * 768))
        + 768_000,
        (768, 7, 7),
        1688,
        32,
        None,
    ),
    ("squeezenet1_0", 1_248_424, 818_924_576, (1000, 13, 13), 155, 16, None),
    ("squeezenet1_1", 1_235_496, 349_151_936, (1000, 13, 13), 207, 16, None),
    # Keras 4 253 864, running statistics (2·10 944) included; Howard et al., table 4: 569 million; field: TF-Slim.
    ("mobilenet_v1", 4_253_864 - 2 * 10_944, 568_740_352, (1024, 7, 7), 315, 32, 126),
    ("mobilenet_v2", 3_504_872, 300_774_272, (1280, 7, 7), 491, 32, None),
]


def last_map(report: Report) -> tuple[tuple[int, ...] | None, ReceptiveField | None]:
    """Shape and field of the last layer that still has a map larger than one cell."""
    maps = [
        layer for layer in report.layers.values() if layer.output_shape and max(layer.output_shape[1:], default=1) > 1
    ]
    return maps[-1].output_shape, maps[-1].receptive_field


@pytest.mark.parametrize(
    ("name", "parameters", "macs", "shape", "field", "stride", "padding"), FIGURES, ids=[row[0] for row in FIGURES]
)
def test_published_figures_come_out_exactly(
    name: str, parameters: int, macs: int, shape: tuple[int, ...], field: int, stride: int, padding: int | None
) -> None:
    report = analyse(network(name))
    assert report.status == "complete"
    assert report.totals.parameters == parameters
    assert report.totals.macs == macs
    found, seen = last_map(report)
    assert found == shape
    assert seen is not None
    assert seen.size == (field, field)
    assert seen.stride == (stride, stride)
    assert seen.aligned
    if padding is not None:
        assert seen.start == (-padding, -padding)


@pytest.mark.parametrize(("name", "parameters"), [row[:2] for row in FIGURES], ids=[row[0] for row in FIGURES])
@pytest.mark.parametrize("size", [160, 299])
def test_images_of_another_size_meet_the_same_network(name: str, parameters: int, size: int) -> None:
    report = analyse(network(name), input_shape=(3, size, size))
    assert report.status == "complete"
    assert report.totals.parameters == parameters


def test_vgg16_at_299_pools_9_cells_to_7_and_adds_no_multiplications_to_its_classifier() -> None:
    report = analyse(network("vgg16"), input_shape=(3, 299, 299))
    # Halved five times and rounded down: 299, 149, 74, 37, 18, 9.
    assert report.layers["features.30"].output_shape == (512, 9, 9)
    assert report.layers["avgpool"].output_shape == (512, 7, 7)
    assert report.layers["classifier.0"].macs == 25_088 * 4_096
    # Nine cells in seven windows of two or three: 212 pixels and twice 32 more, 9/7 of 32 apart.
    field = report.layers["avgpool"].receptive_field
    assert field is not None
    assert (field.size, field.stride[0], field.start) == ((276, 276), Fraction(9 * 32, 7), (-90, -90))


def test_every_imagenet_network_answers_with_a_thousand_scores() -> None:
    for name, *_figures in FIGURES:
        assert list(analyse(network(name)).layers.values())[-1].output_shape == (1000,)


def test_lenet5() -> None:
    report = analyse(network("lenet5"))
    assert report.totals.parameters == 61_706
    assert report.totals.macs == 416_520
    assert report.totals.layers == 12
    # LeCun (1998), figure 2: C1 6@28×28, S2 6@14×14, C3 16@10×10, S4 16@5×5, C5 120, F6 84, OUTPUT 10.
    shapes = [layer.output_shape for key, layer in report.layers.items() if key.startswith(("conv", "pool", "fc"))]
    assert shapes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,)]
    # (5·5·1 + 1)·6; every map of C3 sees all six of S2: (5·5·6 + 1)·16; 400 inputs, 120, 84, each with a bias.
    counts = [layer.parameters for layer in report.layers.values() if layer.parameters]
    assert counts == [156, 2_416, 48_120, 10_164, 850]


@pytest.mark.parametrize(("activation", "pooling"), [("relu", "max_pool2d"), ("sigmoid", "avg_pool2d")])
def test_variants_of_lenet5_cost_the_same(activation: str, pooling: str) -> None:
    from designer.gallery.lenet import lenet5

    report = analyse(lenet5(activation=activation, pooling=pooling))
    assert (report.totals.parameters, report.totals.macs) == (61_706, 416_520)
    assert {f"{activation}1", f"{activation}4"} <= set(report.layers)


def test_the_block_stack_ends_in_ten_probabilities() -> None:
    design = network("block_stack")
    report = analyse(design)
    assert report.status == "complete"
    assert report.layers["flatten1"].output_shape == (64 * 8 * 8,)
    last = list(report.layers)[-1]
    assert report.layers[last].output_shape == (10,)
    assert design.nodes[last].layer.yields_probabilities()
