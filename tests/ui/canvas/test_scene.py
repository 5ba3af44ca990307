"""The scene follows the design: set the model, look at the items."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.graph.edits import AddNode, Connect, Disconnect, MoveNodes, RemoveNodes, Rename, SetParameters
from designer.layer_api.registry import make_layer
from designer.layout.edge_routes import WireRouter
from designer.ui.canvas.cards.node_item import NodeItem
from designer.ui.canvas.gestures.hits import OnEdge, OnInput, OnNode, OnOutput


def card(canvas, node):
    return canvas.scene.nodes[node].card


def shown(canvas):
    """What the scene shows: ids with their places, and wires."""
    places = {key: (item.x(), item.y()) for key, item in canvas.scene.nodes.items()}
    return places, set(canvas.scene.edges)


def meant(canvas):
    return {key: node.position for key, node in canvas.design.nodes.items()}, set(canvas.design.edges)


def test_every_node_and_wire_has_an_item(canvas):
    assert shown(canvas) == meant(canvas)
    assert len(canvas.scene.nodes) == 5
    assert set(canvas.scene.edges) == {Edge("image", "conv1"), Edge("conv1", "relu1")}


def test_a_card_says_name_kind_parameters_and_shape(canvas):
    conv = card(canvas, "conv1")
    assert (conv.name, conv.kind, conv.caption, conv.shape) == ("conv1", "Convolution 2D", "8 @ 3×3, s1", "8×30×30")
    assert conv.problem == ""


def test_an_edit_reaches_the_cards_downstream(canvas):
    canvas.session.do(SetParameters("conv1", {"filters": 12, "padding": 1}))
    assert card(canvas, "conv1").caption == "12 @ 3×3, s1, p1"
    assert card(canvas, "conv1").shape == card(canvas, "relu1").shape == "12×32×32"


def test_a_problem_is_told_in_words_and_who_waits_for_it(canvas):
    canvas.session.do(SetParameters("conv1", {"kernel": 40}))
    assert "40×40" in card(canvas, "conv1").problem
    assert card(canvas, "conv1").shape == ""
    assert card(canvas, "relu1").waiting() == "waits for conv1"
    canvas.session.undo()
    assert card(canvas, "conv1").problem == card(canvas, "relu1").waiting() == ""


def test_a_card_grows_with_its_problem_and_shrinks_again(canvas):
    height = canvas.scene.node_sizes()["conv1"][1]
    canvas.session.do(SetParameters("conv1", {"kernel": 40}))
    assert canvas.scene.node_sizes()["conv1"][1] > height
    canvas.session.undo()
    assert canvas.scene.node_sizes()["conv1"][1] == height


def test_who_is_waited_for_changes_with_the_problem(canvas):
    canvas.session.do(Connect("relu1", "pool1"))
    canvas.session.do(SetParameters("conv1", {"kernel": 40}))
    assert card(canvas, "pool1").waiting() == "waits for conv1"
    canvas.session.do(Disconnect([Edge("conv1", "relu1")]))
    assert card(canvas, "pool1").waiting() == "waits for relu1"


def test_cards_that_are_told_nothing_new_are_left_alone(canvas):
    before = {key: item.card for key, item in canvas.scene.nodes.items()}
    canvas.session.do(SetParameters("relu1", {}))
    canvas.session.do(SetParameters("pool1", {"kernel": 3}))
    changed = {key for key, item in canvas.scene.nodes.items() if item.card is not before[key]}
    assert changed == {"pool1"}


@pytest.mark.parametrize(
    "edit",
    [
        AddNode(Node("extra", make_layer("relu"), (16.0, 320.0)), "conv1"),
        RemoveNodes(["conv1"]),
        RemoveNodes(["conv1"], bridge=True),
        MoveNodes({"relu1": (640.0, 88.0)}),
        Connect("relu1", "add1", 1),
        Disconnect([Edge("image", "conv1")]),
        Rename("conv1", "first"),
    ],
    ids=lambda edit: edit.label(),
)
def test_each_change_is_followed_and_taken_back(canvas, edit):
    before = shown(canvas)
    canvas.session.do(edit)
    assert shown(canvas) == meant(canvas) != before
    canvas.session.undo()
    assert shown(canvas) == meant(canvas) == before
    canvas.session.redo()
    assert shown(canvas) == meant(canvas)


def test_ports_follow_the_wires(canvas):
    assert card(canvas, "add1").inputs == (False, False)
    for port, source in enumerate(("image", "conv1", "relu1")):
        canvas.session.do(Connect(source, "add1", port))
    assert card(canvas, "add1").inputs == (True, True, True)
    heights = [canvas.scene.nodes["add1"].input_point(port).y() for port in range(3)]
    assert heights[1] - heights[0] == heights[2] - heights[1] == 16
    path = canvas.scene.edges[Edge("relu1", "add1", 2)].path()
    assert path.pointAtPercent(1.0) == canvas.scene.nodes["add1"].input_point(2)
    assert path.pointAtPercent(0.0) == canvas.scene.nodes["relu1"].output_point()


def test_a_wire_runs_around_the_card_in_its_way(canvas):
    canvas.session.do(Connect("image", "add1", 0))
    canvas.session.do(MoveNodes({"add1": (672.0, 0.0), "pool1": (224.0, 320.0)}))
    path = canvas.scene.edges[Edge("image", "add1", 0)].path()
    between = [canvas.scene.nodes[key].card_rect() for key in ("conv1", "relu1")]
    points = [path.pointAtPercent(step / 200) for step in range(201)]
    assert not any(box.contains(point) for box in between for point in points)


def test_the_session_decides_what_is_outlined(canvas):
    canvas.session.select(["conv1", "relu1"])
    outlined = {key: item.current for key, item in canvas.scene.nodes.items() if item.selected}
    assert outlined == {"conv1": False, "relu1": True}
    canvas.session.select([])
    assert not any(item.selected for item in canvas.scene.nodes.values())


def test_another_design_is_shown_whole(canvas, qtbot):
    with qtbot.waitSignal(canvas.scene.replaced):
        canvas.session.adopt(network("lenet5"))
    assert shown(canvas) == meant(canvas)
    assert canvas.view.camera.visible().contains(canvas.scene.nodes["image"].card_rect())


def test_what_is_hit(canvas):
    scene, conv = canvas.scene, canvas.scene.nodes["conv1"]
    assert scene.hit(conv.input_point(0), 1.0) == OnInput("conv1", 0)
    assert scene.hit(conv.output_point() + QPointF(7, 0), 1.0) == OnOutput("conv1")
    assert scene.hit(conv.card_rect().center(), 1.0) == OnNode("conv1")
    assert scene.hit(conv.name_rect().center(), 1.0) == OnNode("conv1", on_name=True)
    assert scene.hit(scene.edges[Edge("image", "conv1")].middle() + QPointF(0, 4), 1.0) == OnEdge(
        Edge("image", "conv1")
    )
    assert scene.hit(QPointF(100, 400), 1.0) is None


@pytest.mark.parametrize("zoom", [0.1, 0.5, 1.0, 4.0])
def test_a_port_can_be_hit_within_eight_pixels_of_the_screen(canvas, zoom):
    outside = canvas.scene.nodes["relu1"].output_point() + QPointF(7.9 / zoom, 0)
    assert canvas.scene.hit(outside, zoom) == OnOutput("relu1")


def test_five_hundred_nodes_are_drawn_once_and_an_edit_renews_the_few_cards_it_changes(make_canvas, monkeypatch):
    design = network("resnet152")
    assert len(design.nodes) > 500
    made, renewed, routed = [], [], []

    def making(item, card, *arguments):
        made.append(card.name)
        make(item, card, *arguments)

    def renewing(item, card):
        renewed.append(card.name)
        renew(item, card)

    def routing(*arguments):
        routed.append(arguments)
        return WireRouter(*arguments)

    make, renew = NodeItem.__init__, NodeItem.set_card
    monkeypatch.setattr(NodeItem, "__init__", making)
    monkeypatch.setattr(NodeItem, "set_card", renewing)
    monkeypatch.setattr("designer.ui.canvas.wires.wire_ways.WireRouter", routing)
    canvas = make_canvas(design)
    assert shown(canvas) == meant(canvas)
    assert sorted(made) == sorted(design.nodes)
    assert len(routed) == 1
    renewed.clear()
    before = canvas.session.report.layers
    canvas.session.do(SetParameters("conv1", {"filters": 32}))
    assert card(canvas, "conv1").shape.startswith("32×")
    changed = {key for key, facts in canvas.session.report.layers.items() if facts != before[key]}
    # Norm, ReLU and pooling take over the number of maps; the two convolutions that read them have other weights.
    assert len(changed) == 6
    assert set(renewed) == changed
    assert len(renewed) <= 2 * len(changed)
    assert (len(made), len(routed)) == (len(design.nodes), 1)
    assert not canvas.view.grab().toImage().isNull()


def test_the_empty_design_is_not_mute(make_canvas):
    canvas = make_canvas(Design())
    hint = canvas.view._hint
    assert hint.isVisible()
    assert "palette" in hint.text()
    canvas.session.add_layer("relu", (0.0, 0.0))
    assert not hint.isVisible()
