"""The gallery as a list of names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from designer.analysis.analyse import analyse
from designer.files import spec
from designer.gallery.catalogue import UnknownNetwork, entries, names, network
from designer.graph.group_rules import check_groups
from designer.graph.group_runs import runs


@pytest.mark.parametrize("name", names())
def test_every_network_is_whole_and_survives_its_file(name: str) -> None:
    design = network(name)
    assert analyse(design).status == "complete"
    assert spec.parse(spec.dump(design)).design == design
    assert all(edge.source in design.nodes for edge in design.edges)


def test_names_are_those_of_torchvision_where_it_has_them() -> None:
    assert {"alexnet", "vgg16", "resnet18", "resnet50", "squeezenet1_0", "squeezenet1_1"} <= set(names())
    assert len(names()) == len(set(names())) == len(entries())


@pytest.mark.parametrize("name", ["ResNet-18", "resnet18", " RESNET18 ", "resnet 18"])
def test_names_are_read_as_people_write_them(name: str) -> None:
    assert network(name).name == "ResNet-18"


def test_a_point_in_a_version_is_understood() -> None:
    assert network("SqueezeNet1.1").name == "SqueezeNet 1.1"


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNetwork) as caught:
        network("resnet19")
    assert str(caught.value) == "the gallery has no network 'resnet19'; did you mean resnet18?"


@pytest.mark.parametrize("name", ["", "zzzzzz", "a\nb", "x" * 1000])
def test_a_name_like_no_other_is_refused_with_where_the_names_are(name: str) -> None:
    with pytest.raises(UnknownNetwork, match=f'"netdraft gallery" lists all {len(names())}') as caught:
        network(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_nothing_is_built_before_it_is_asked_for() -> None:
    script = (
        "from designer.gallery import builder\n"
        "builder.NetworkBuilder.__init__ = None\n"
        "from designer.gallery.catalogue import entries\n"
        "print(len(entries()))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(answer.stdout) == len(names())


@pytest.mark.parametrize("name", names())
def test_every_network_has_groups_that_may_stand_in_a_file(name: str) -> None:
    design = network(name)
    check_groups(design.groups, design.nodes)
    assert spec.parse(spec.dump(design)).design.groups == design.groups


def test_the_groups_of_a_network_are_the_modules_of_torchvision() -> None:
    resnet = network("resnet50")
    assert [group.name for group in resnet.groups] == ["layer1", "layer2", "layer3", "layer4"]
    # Table 1 of the paper: 3, 4, 6 and 3 blocks, of which the first of each stage has a projection.
    assert [len(group.groups) for group in resnet.groups] == [3, 4, 6, 3]
    assert [len(run) for run in runs(resnet)] == [2, 3, 5, 2]
    assert resnet.group("layer1.0.downsample").members == ("layer1.0.downsample.0", "layer1.0.downsample.1")
    assert len(network("densenet121").group("features.denseblock3").groups) == 24
    assert "inception4e.branch1" in network("googlenet").grouping.groups
    assert {"features", "classifier"} == {group.name for group in network("vgg16").groups}


def test_blocks_whose_names_have_no_dot_are_groups_too() -> None:
    vgg = network("vgg16")
    # Table 1 of the paper: 2, 2, 3, 3 and 3 convolutions, each with its ReLU, and a pooling.
    assert [len(group.members) for group in vgg.group("features").groups] == [5, 5, 7, 7, 7]
    assert [group.name for group in network("fcn32s").groups] == [f"block{number}" for number in (1, 2, 3, 4, 5)]
    # A depthwise and a 1×1 convolution, each with normalization and ReLU6, thirteen times.
    assert [len(group.members) for group in network("mobilenet_v1").groups] == [6] * 13
    assert network("nin").group("mlpconv4").members[-1] == "relu_cccp8"
    assert network("yolov3_tiny").group("layer12").members == ("conv12", "bn12", "act12")
