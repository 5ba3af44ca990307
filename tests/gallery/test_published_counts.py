"""Networks whose paper or release publishes parameters or multiply-adds, and no field: the source beside each."""

from __future__ import annotations

import math

import pytest

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network

# The convolutions of VGG-16 up to pool5.
VGG16_FEATURES = 14_714_688

PARAMETERS = {
    # Caffe's bvlc_alexnet, which keeps the groups of 2012.
    "alexnet_2012": 60_965_224,
    # Zeiler and Fergus (2013), figure 3: 7²·3, 5²·96, 3²·256, 3²·384, 3²·384, 6²·256, 4096, 4096 weights a unit.
    "zfnet": 148 * 96 + 2_401 * 256 + 2_305 * 384 + 3_457 * 384 + 3_457 * 256 + 9_217 * 4_096 + 4_097 * (4_096 + 1_000),
    # "NIN (CIFAR-10)": 0.97 million in Caffe's model zoo, counted from the release.
    "nin_cifar10": 966_986,
    # The release's ImageNet model: 29 MB of float32, "7.59M parameters".
    "nin": 7_595_176,
    # Duta et al. (2020), table 3: 24.85 million.
    "pyconvresnet50": 24_847_720,
    # Fully convolutional: Long et al. (2014), table 1: 134 million; and a 64×64 kernel from 21 to 21 classes.
    "fcn32s": VGG16_FEATURES + 102_764_544 + 16_781_312 + 4_097 * 21 + 64 * 64 * 21 * 21,
    # Two scores of maps of 512 and 256 channels; kernels of 4×4, 4×4 and 16×16.
    "fcn8s": VGG16_FEATURES + 102_764_544 + 16_781_312 + (4_097 + 513 + 257) * 21 + (16 + 16 + 256) * 21 * 21,
    # Ronneberger et al. (2015), figure 1, for one channel and two classes.
    "unet": 31_030_658,
    # torchvision 42 004 074 with the auxiliary head: 1024·256·9 + 2·256 + 257·21 less.
    "deeplabv3_resnet50": 42_004_074 - 2_359_296 - 512 - 5_397,
    # torchvision's metadata.
    "mnasnet1_0": 4_383_312,
    # pytorch-image-models, efficientnet_lite0: 4.65 million.
    "efficientnet_lite0": 4_652_008,
    # The file yolov3-tiny.weights: 35 434 956 bytes, 20 of them a header, and 3 184 running means and variances.
    "yolov3_tiny": (35_434_956 - 20) // 4 - 2 * 3_184,
    # torchvision's metadata.
    "mobilenet_v3_large": 5_483_032,
    "mobilenet_v3_small": 2_542_856,
    "efficientnet_b0": 5_288_548,
    "regnet_y_400mf": 4_344_144,
    "ssdlite320_mobilenet_v3_large": 3_440_060,
    # torchvision's metadata.
    "shufflenet_v2_x1_0": 2_278_604,
    # The release: of each of six blocks, 9·2 weights a filter in groups of 2 channels (then 4, 8), 24 of the 1×1.
    "igcv1": 29 * 48
    + sum(width * (6 * (9 * width // 24 + 24 + 2) - (0 if width == 48 else 9 * width // 48)) for width in (48, 96, 192))
    + 193 * 10,
    # Shi et al. (2016), section 3.1: n1 = 64, n2 = 32, f = 5, 3, 3, three times as large.
    "espcn": 26 * 64 + (9 * 64 + 1) * 32 + (9 * 32 + 1) * 9,
    # Printed by the article's model.summary().
    "autoencoder": 4_385,
    # netG and netD of PyTorch's example.
    "dcgan_generator": 3_576_704,
    "dcgan_discriminator": 2_765_568,
    # Dong et al. (2014): 8 032 weights for 9-1-5; and 64 + 32 + 1 biases.
    "srcnn": 8_032 + 97,
}

MACS = {
    # Sze et al., "Efficient processing of deep neural networks" (2017), table II: 724 million.
    "alexnet_2012": 724_406_816,
    # Its maps are 110, 26, 13, 13, 13 cells wide.
    "zfnet": 110**2 * 147 * 96
    + 26**2 * 2_400 * 256
    + 13**2 * (2_304 * 384 + 3_456 * 384 + 3_456 * 256)
    + 9_216 * 4_096
    + 4_096 * 5_096,
    "nin_cifar10": 32**2 * (75 * 192 + 192 * 160 + 160 * 96)
    + 16**2 * (25 * 96 * 192 + 2 * 192 * 192)
    + 8**2 * (9 * 192 * 192 + 192 * 192 + 192 * 10),
    "nin": 54**2 * (363 * 96 + 2 * 96**2)
    + 27**2 * (2_400 * 256 + 2 * 256**2)
    + 13**2 * (2_304 * 384 + 2 * 384**2)
    + 6**2 * (3_456 * 1_024 + 1_024 * 1_024 + 1_024 * 1_000),
    # torchvision 178.722 GFLOPS at 520×520, of which the auxiliary head: 65²·(1024·256·9 + 256·21).
    "deeplabv3_resnet50": 178_721_945_088 - 65**2 * (2_359_296 + 5_376),
    # 0.314 GFLOPS.
    "mnasnet1_0": 314_415_872,
    # Redmon's page on YOLO: 5.56 Bn operations, two for each of these.
    "yolov3_tiny": 2_782_480_896,
    # 0.217, 0.057, 0.386, 0.402 and 0.583 GFLOPS in torchvision's metadata.
    "mobilenet_v3_large": 216_589_760,
    "mobilenet_v3_small": 56_510_400,
    "efficientnet_b0": 385_814_752,
    "regnet_y_400mf": 401_842_848,
    "ssdlite320_mobilenet_v3_large": 583_171_904,
    # 0.145 GFLOPS in torchvision's metadata.
    "shufflenet_v2_x1_0": 144_907_992,
    # Every pixel of the small image meets every weight.
    "espcn": 17**2 * (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9),
    # A kernel of a transposed convolution meets every cell of its input: 1, 4², 8², 16², 32² cells.
    "dcgan_generator": 16 * (100 * 512 + 16 * 512 * 256 + 64 * 256 * 128 + 256 * 128 * 64 + 1_024 * 64 * 3),
    "dcgan_discriminator": 16 * (32**2 * 3 * 64 + 16**2 * 64 * 128 + 8**2 * 128 * 256 + 4**2 * 256 * 512 + 512),
    "autoencoder": 9 * (28**2 * 16 + 14**2 * 16 * 8 + 7**2 * 64 + 4**2 * 64 + 8**2 * 64 + 14**2 * 128 + 28**2 * 16),
    # Every pixel meets every weight.
    "srcnn": 33**2 * 8_032,
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_published(name: str) -> None:
    report = analyse(network(name))
    assert report.complete
    assert report.totals.parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", MACS)
def test_multiply_adds_are_those_published(name: str) -> None:
    assert analyse(network(name)).totals.macs == MACS[name]


def test_a_cell_of_fc7_of_the_fully_convolutional_vgg_sees_404_pixels() -> None:
    # Long et al. (2014), table 1: receptive field 404, stride 32.
    field = analyse(network("fcn32s")).layers["score_fr"].receptive_field
    assert field is not None
    assert (field.size, field.stride) == ((404, 404), (32, 32))


@pytest.mark.parametrize("size", [96, 320])
@pytest.mark.parametrize("name", ["fcn32s", "fcn8s"])
def test_a_fully_convolutional_network_gives_every_pixel_21_scores(name: str, size: int) -> None:
    report = analyse(network(name), input_shape=(3, size, size))
    assert list(report.layers.values())[-1].output_shape == (21, size, size)


def test_super_resolution_sees_13_pixels_of_the_enlarged_image() -> None:
    # Dong et al. (2014): 33×33 pixels without padding leave 21×21, (9 + 1 + 5 − 2)² of which make one.
    field = analyse(network("srcnn")).layers["conv3"].receptive_field
    assert field is not None
    assert field.size == (13, 13)


def test_the_levels_of_a_pyramid_fill_the_width_of_its_stage() -> None:
    layers = analyse(network("pyconvresnet50")).layers
    # Duta et al. (2020), table 1: 56², 28², 14², 7² cells.
    shapes = [layers[f"layer{stage}.0.conv2.concat"].output_shape for stage in (1, 2, 3)]
    assert shapes == [(64, 56, 56), (128, 28, 28), (256, 14, 14)]
    assert layers["layer4.2.relu"].output_shape == (2048, 7, 7)
    # Table 3: 3.88 GFLOPs, everything but pooling counted.
    assert 0.97 * 3.88e9 < sum(layer.macs or 0 for layer in layers.values()) < 3.88e9


def test_the_heads_of_ssdlite_answer_for_every_box() -> None:
    report = analyse(network("ssdlite_mobilenet_v2"))
    # Sandler et al. (2018), table 6: 4.3 million parameters, 0.8 billion multiply-adds.
    assert round(report.totals.parameters / 1e6, 1) == 4.3
    assert round((report.totals.macs or 0) / 1e9, 1) == 0.8
    heads = {
        kind: [f"head.{kind}_head.module_list.{number}.1" for number in range(6)]
        for kind in ("classification", "regression")
    }
    shapes = [report.layers[key].output_shape for key in heads["classification"]]
    assert shapes == [(243, 20, 20), (486, 10, 10), (486, 5, 5), (486, 3, 3), (486, 2, 2), (486, 1, 1)]
    # 3·20² + 6·(10² + 5² + 3² + 2² + 1) boxes of four numbers.
    boxes = [report.layers[key].output_shape or () for key in heads["regression"]]
    assert sum(math.prod(shape) for shape in boxes) == 4 * 2_034


def test_the_tiny_yolo_answers_with_three_boxes_a_cell() -> None:
    layers = analyse(network("yolov3_tiny")).layers
    # Four numbers of a box, one whether there is something, 80 classes: 3·85.
    assert layers["conv15"].output_shape == (255, 13, 13)
    assert layers["conv22"].output_shape == (255, 26, 26)


def test_the_maps_of_the_u_net_have_the_sizes_of_its_figure() -> None:
    layers = analyse(network("unet")).layers
    # Ronneberger et al. (2015), figure 1.
    assert [layers[f"down{level}.relu2"].output_shape for level in (1, 2, 3, 4, 5)] == [
        (64, 568, 568),
        (128, 280, 280),
        (256, 136, 136),
        (512, 64, 64),
        (1024, 28, 28),
    ]
    assert [layers[f"up{level}.relu2"].output_shape for level in (4, 3, 2, 1)] == [
        (512, 52, 52),
        (256, 100, 100),
        (128, 196, 196),
        (64, 388, 388),
    ]
    assert layers["scores"].output_shape == (2, 388, 388)
