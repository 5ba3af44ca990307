from __future__ import annotations

from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.document import Document
from designer.layer_api.registry import make_layer
from designer.ui.panels.form.shared_values import MIXED, of_one_kind, set_parameter, shared_values, stand_in


def test_what_differs_is_mixed():
    shared = shared_values([make_layer("conv2d", filters=6, kernel=5), make_layer("conv2d", filters=16, kernel=5)])
    assert shared["filters"] is MIXED
    assert shared["kernel"] == (5, 5)


def test_three_layers_of_which_two_agree_are_mixed():
    layers = [make_layer("dense", units=units) for units in (10, 20, 10)]
    assert shared_values(layers)["units"] is MIXED


def test_layers_of_one_kind():
    design = network("lenet5")
    assert of_one_kind(design, ["conv1", "conv2"])
    assert not of_one_kind(design, ["conv1", "fc1"])


def test_all_nodes_change_in_one_step():
    document = Document(network("lenet5"))
    document.do(set_parameter(["conv1", "conv2"], "kernel", 3))
    assert document.design.nodes["conv1"].layer.kernel == (3, 3)
    assert document.design.nodes["conv2"].layer.kernel == (3, 3)
    assert document.undo_label == "Change kernel of 2 layers"
    document.undo()
    assert document.undo_label is None


def test_many_nodes_change_in_one_new_design(monkeypatch):
    design = network("resnet50")
    convolutions = [key for key, node in design.nodes.items() if node.layer.kind == "conv2d"]
    made, evolve = [], Design.evolve
    monkeypatch.setattr(Design, "evolve", lambda self, **changes: made.append(1) or evolve(self, **changes))
    after = set_parameter(convolutions, "stride", 3).apply(design)
    assert {after.nodes[key].layer.stride for key in convolutions} == {(3, 3)}
    assert len(convolutions) == 53
    assert len(made) == 1


def test_a_stride_as_the_kernel_begins_with_the_kernel():
    assert stand_in(make_layer("max_pool2d", kernel=3), "stride") == (3, 3)
    assert stand_in(make_layer("max_pool2d", kernel=3), "kernel") is None
