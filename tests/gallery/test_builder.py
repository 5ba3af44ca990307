"""The words in which networks are written down."""

from __future__ import annotations

import pytest

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import DesignError, Edge
from designer.layer_api.problems import FieldError


def test_layers_follow_each_other_and_are_numbered_by_kind() -> None:
    net = NetworkBuilder("two").image((3, 32, 32))
    assert net.add("conv2d", filters=8) == "conv1"
    assert net.add("conv2d", filters=8) == "conv2"
    assert net.last == "conv2"
    design = net.design()
    assert design.name == "two"
    assert list(design.nodes) == ["image", "conv1", "conv2"]
    assert design.edges == (Edge("image", "conv1"), Edge("conv1", "conv2"))


def test_several_sources_go_to_the_inputs_in_order() -> None:
    net = NetworkBuilder("join").image((3, 8, 8))
    left = net.add("relu", name="left")
    right = net.add("relu", name="right", after="image")
    net.add("concat", name="join", after=(right, left))
    assert net.design().inputs_of("join") == ("right", "left")


def test_the_design_is_laid_out() -> None:
    net = NetworkBuilder("row").image((3, 8, 8))
    net.add("relu")
    positions = [node.position for node in net.design().nodes.values()]
    assert positions[0] == (0.0, 0.0)
    assert positions[1][0] > 176


def test_a_layer_before_any_image_stands_alone() -> None:
    net = NetworkBuilder("no image")
    net.add("relu")
    assert net.design().edges == ()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"kind": "relu", "name": "image"}, DesignError, "there is a node image already"),
        ({"kind": "relu", "name": "1st"}, DesignError, "cannot be a name"),
        ({"kind": "relu", "after": "nowhere"}, DesignError, "there is no node nowhere"),
        ({"kind": "rellu"}, FieldError, "did you mean relu"),
        ({"kind": "conv2d", "filters": 0}, FieldError, "filters: 0 came"),
    ],
)
def test_mistakes_are_told(arguments: dict[str, object], error: type[Exception], says: str) -> None:
    net = NetworkBuilder("mistake").image((3, 8, 8))
    with pytest.raises(error, match=says):
        net.add(**arguments)  # type: ignore[arg-type]


def test_layers_added_inside_a_with_stand_in_that_group() -> None:
    net = NetworkBuilder("grouped").image((3, 8, 8))
    with net.group("stage.0") as path:
        assert path == "stage.0"
        net.add("relu", name="a")
        with net.group("inner") as inner:
            assert inner == "stage.0.inner"
            net.add("relu", name="b")
    net.add("relu", name="c")
    with net.group("stage"):
        net.add("relu", name="d")
    design = net.design()
    assert {node: design.grouping.path_of(node) for node in design.nodes} == {
        "image": None, "a": "stage.0", "b": "stage.0.inner", "c": None, "d": "stage",
    }  # fmt: skip


def test_a_group_whose_layers_were_refused_is_closed_and_an_empty_one_is_none() -> None:
    net = NetworkBuilder("closed").image((3, 8, 8))
    with pytest.raises(FieldError), net.group("block"):
        net.add("rellu")
    net.add("relu", name="a")
    assert net.design().groups == ()
    with pytest.raises(DesignError, match="cannot be a name"), net.group("0"):
        pass
