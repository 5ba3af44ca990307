"""Names and shapes of the tensors in torchvision's weight files, as its sources make them."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network

# A few of each, the first and the last among them; "num_batches_tracked" aside, how many there are.
TENSORS: dict[str, tuple[int, dict[str, tuple[int, ...]]]] = {
    "alexnet": (16, {"features.0.weight": (64, 3, 11, 11), "classifier.6.bias": (1000,)}),
    "vgg16": (32, {"features.28.weight": (512, 512, 3, 3), "classifier.0.weight": (4096, 25088)}),
    "vgg11_bn": (54, {"features.1.running_var": (64,), "features.25.weight": (512, 512, 3, 3)}),
    "googlenet": (
        287,
        {
            "conv1.bn.running_mean": (64,),
            "inception3a.branch2.1.conv.weight": (128, 96, 3, 3),
            "inception5b.branch4.1.conv.weight": (128, 832, 1, 1),
            "fc.weight": (1000, 1024),
        },
    ),
    "inception_v3": (
        472,
        {
            "Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3),
            "Mixed_6b.branch7x7dbl_4.conv.weight": (128, 128, 7, 1),
            "Mixed_7c.branch3x3dbl_3b.conv.weight": (384, 384, 3, 1),
            "Mixed_7c.branch_pool.bn.bias": (192,),
        },
    ),
    "resnet50": (267, {"layer1.0.downsample.0.weight": (256, 64, 1, 1), "layer4.2.bn3.running_var": (2048,)}),
    "resnext50_32x4d": (267, {"layer2.0.conv2.weight": (256, 8, 3, 3)}),
    "wide_resnet50_2": (267, {"layer2.0.conv2.weight": (256, 256, 3, 3)}),
    "densenet121": (
        606,
        {
            "features.denseblock1.denselayer2.norm1.weight": (96,),
            "features.denseblock4.denselayer16.conv2.weight": (32, 128, 3, 3),
            "features.transition1.conv.weight": (128, 256, 1, 1),
            "features.norm5.running_mean": (1024,),
            "classifier.weight": (1000, 1024),
        },
    ),
    "convnext_tiny": (
        182,
        {
            "features.0.1.weight": (96,),
            "features.1.0.block.0.weight": (96, 1, 7, 7),
            "features.5.8.block.2.bias": (384,),
            "features.6.1.weight": (768, 384, 2, 2),
            "classifier.0.bias": (768,),
            "classifier.2.weight": (1000, 768),
        },
    ),
    "squeezenet1_1": (52, {"features.12.expand3x3.weight": (256, 64, 3, 3), "classifier.1.bias": (1000,)}),
    "mobilenet_v2": (262, {"features.1.conv.0.0.weight": (32, 1, 3, 3), "features.18.0.weight": (1280, 320, 1, 1)}),
    "mnasnet1_0": (262, {"layers.8.0.layers.3.weight": (48, 1, 3, 3), "layers.13.0.layers.7.running_var": (320,)}),
    "mobilenet_v3_large": (
        266,
        {
            "features.1.block.0.0.weight": (16, 1, 3, 3),
            "features.4.block.2.fc1.weight": (24, 72, 1, 1),
            "features.15.block.3.1.running_var": (160,),
            "classifier.3.weight": (1000, 1280),
        },
    ),
    "efficientnet_b0": (
        311,
        {
            "features.1.0.block.1.fc1.weight": (8, 32, 1, 1),
            "features.7.0.block.2.fc2.bias": (1152,),
            "classifier.1.weight": (1000, 1280),
        },
    ),
    "regnet_y_400mf": (
        331,
        {
            "trunk_output.block1.block1-0.f.se.fc1.weight": (8, 48, 1, 1),
            "trunk_output.block4.block4-5.f.b.0.weight": (440, 8, 3, 3),
        },
    ),
    "ssdlite320_mobilenet_v3_large": (
        406,
        {
            "backbone.features.0.13.0.weight": (672, 112, 1, 1),
            "backbone.features.1.0.2.fc1.weight": (168, 672, 1, 1),
            "backbone.extra.3.2.1.running_mean": (128,),
            "head.classification_head.module_list.0.1.weight": (546, 672, 1, 1),
            "head.regression_head.module_list.5.0.0.weight": (128, 1, 3, 3),
        },
    ),
    "shufflenet_v2_x1_0": (282, {"stage2.0.branch1.2.weight": (58, 24, 1, 1), "stage4.3.branch2.6.bias": (232,)}),
    "deeplabv3_resnet50": (
        302,
        {
            "backbone.layer4.1.conv2.weight": (512, 512, 3, 3),
            "classifier.0.convs.4.1.weight": (256, 2048, 1, 1),
            "classifier.0.project.0.weight": (256, 1280, 1, 1),
            "classifier.4.bias": (21,),
        },
    ),
}


@pytest.mark.parametrize("name", TENSORS)
def test_weight_files_of_torchvision_fit_by_name(name: str) -> None:
    design = network(name)
    layers = analyse(design).layers
    found = {
        f"{key}.{tensor}": spec.shape
        for key, node in design.nodes.items()
        for tensor, spec in node.layer.weights(layers[key].input_shapes).items()
    }
    count, tensors = TENSORS[name]
    assert {key: found.get(key) for key in tensors} == tensors
    assert len(found) == count
