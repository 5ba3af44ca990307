"""Designs of many nodes: few items, an overview from far away, and everything that works on small ones.

What counts as many is set to three nodes, so that the small design of the other tests is a large one.
"""

from __future__ import annotations

import random

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.graph.edits import Connect, Disconnect, MoveNodes, RemoveNodes, SetParameters
from designer.layer_api.registry import make_layer
from designer.ui.canvas import scene
from designer.ui.canvas.cards.node_item import NodeItem
from designer.ui.canvas.gestures import preview
from designer.ui.canvas.gestures.hits import OnEdge, OnNode
from designer.ui.canvas.wires import wire_ways
from designer.ui.canvas.wires.edge_item import wire_path
from tests.ui.canvas.conftest import chain

FAR = 0.2


@pytest.fixture(autouse=True)
def _three_are_many(monkeypatch):
    monkeypatch.setattr(scene, "FEW", 3)
    monkeypatch.setattr(wire_ways, "FEW", 3)


@pytest.fixture
def far(canvas):
    canvas.view.zoom_to(FAR)
    canvas.view.camera.centre_on(QPointF(300, 150))
    return canvas


def row_of_cards(count: int) -> Design:
    """Layers side by side without wires, 224 pixels apart."""
    nodes = [Node(f"relu{index}", make_layer("relu"), (224.0 * index, 0.0)) for index in range(count)]
    return Design(nodes={node.id: node for node in nodes})


def cards_in(canvas) -> int:
    return sum(isinstance(item, NodeItem) for item in canvas.scene.items())


def colours(image: QImage) -> np.ndarray:
    """Red, green and blue of every pixel."""
    picture = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(picture.constBits()).reshape(picture.height(), picture.width(), 4)[:, :, :3].astype(int)


def shown(canvas) -> np.ndarray:
    return colours(canvas.view.viewport().grab().toImage())


# -- items


def test_only_cards_in_sight_have_items(make_canvas):
    canvas = make_canvas(row_of_cards(300))
    # 900 pixels of the view and a quarter more on each side, seen first at a zoom of 0.6: 224 pixels for each card.
    assert cards_in(canvas) <= 1350 / 0.6 / 224 + 2
    canvas.view.camera.centre_on(QPointF(224.0 * 200, 0))
    assert cards_in(canvas) <= 1350 / 224 + 2
    assert "relu200" in canvas.scene.nodes.made
    assert "relu0" not in canvas.scene.nodes.made
    assert len(canvas.scene.nodes) == 300


def test_from_far_away_there_are_no_items(far):
    assert cards_in(far) == 0
    assert far.scene.overview.isVisible()
    far.view.zoom_to(1.0)
    assert cards_in(far) == 5
    assert not far.scene.overview.isVisible()


def test_an_item_asked_for_in_the_distance_is_seen_from_near(far):
    assert not far.scene.nodes["conv1"].isVisible()
    assert not far.scene.edges[Edge("image", "conv1")].isVisible()
    far.view.zoom_to(1.0)
    assert far.scene.nodes["conv1"].isVisible()
    assert far.scene.edges[Edge("image", "conv1")].isVisible()


def test_a_card_that_comes_into_sight_says_what_is_so_now(make_canvas):
    canvas = make_canvas(row_of_cards(100))
    canvas.session.do(Connect("relu0", "relu90"))
    canvas.session.select(["relu90"])
    canvas.view.camera.finish()
    item = canvas.scene.nodes.made["relu90"]
    assert item.isVisible()
    assert item.selected
    assert item.card.inputs == (True,)
    assert canvas.scene.edges.made[Edge("relu0", "relu90")].isVisible()


# -- the overview looks as items do


@pytest.mark.parametrize("name", ["lenet5", "residual_block", "resnet18"])
def test_crossing_the_border_of_detail_changes_next_to_nothing(make_canvas, monkeypatch, name):
    canvas = make_canvas(network(name))
    ids = list(canvas.design.nodes)
    canvas.session.select([ids[1], ids[3]])
    canvas.view.camera.finish()
    canvas.view.zoom_to(0.24)
    assert canvas.scene.overview.isVisible()
    overview = shown(canvas)
    monkeypatch.setattr(scene, "FEW", 1000)
    canvas.scene.stock()
    canvas.scene.looks.restyle()
    assert cards_in(canvas) == len(ids)
    items = shown(canvas)
    differing = (np.abs(overview - items).max(axis=2) > 40).mean()
    drawn = (np.abs(items - items[0, 0]).max(axis=2) > 40).mean()
    assert drawn > 0.01
    assert differing < 0.05 * drawn


def pixels_of(canvas, colour: QColor) -> int:
    wanted = np.array([colour.blue(), colour.green(), colour.red()])
    return int((np.abs(shown(canvas) - wanted).max(axis=2) < 30).sum())


def test_the_overview_shows_what_is_selected_pointed_at_and_wrong(far):
    theme = far.scene.appearance.theme
    plain, accent, problem = shown(far), pixels_of(far, theme.accent), pixels_of(far, theme.problem)
    far.session.select(["pool1"])
    assert pixels_of(far, theme.accent) > accent + 30
    far.session.select([])
    far.move(far.spot(QPointF(312, 196)))
    assert far.scene.hovered == OnNode("pool1")
    changed = np.argwhere((shown(far) != plain).any(axis=2))
    corner = far.spot(QPointF(224, 160))
    assert np.abs(changed.min(axis=0) - (corner.y(), corner.x())).max() <= 2
    far.move(QPoint(5, 5))
    assert np.array_equal(shown(far), plain)
    far.session.do(SetParameters("conv1", {"kernel": 40}))
    assert pixels_of(far, theme.problem) > problem


def test_a_wire_pointed_at_in_the_distance_is_lifted_out_and_tells_its_shape(far):
    far.session.do(MoveNodes({"relu1": (1600.0, 0.0)}))
    before = shown(far)
    far.move(far.spot(QPointF(1000, 36)))
    assert far.scene.hovered == OnEdge(Edge("conv1", "relu1"))
    assert far.scene.pill.text == "8×30×30"
    assert far.scene.edges.made[Edge("conv1", "relu1")].isVisible()
    far.move(QPoint(5, 5))
    assert not far.scene.pill.isVisible()
    assert np.array_equal(shown(far), before)


# -- working in the distance, and with what is out of sight


@pytest.mark.parametrize("exact", [0, 64])
def test_dragging_everything_in_the_distance_moves_cards_and_wires(far, monkeypatch, exact):
    monkeypatch.setattr(preview, "EXACT", exact)
    before = far.design
    far.view.select_all()
    start = far.spot(QPointF(312, 196))
    far.press(start)
    far.move(start + QPoint(20, 10))
    far.move(start + QPoint(40, 20))
    # 40 and 20 pixels of the screen are 200 and 100 of the scene, and 104 on the grid.
    assert far.scene.hit(QPointF(312 + 200, 196 + 104), 1.0) == OnNode("pool1")
    assert far.scene.hit(QPointF(424 + 200, 36 + 104), 1.0) == OnEdge(Edge("conv1", "relu1"))
    assert far.design is before
    far.release(start + QPoint(40, 20))
    assert far.design.nodes["image"].position == (200.0, 104.0)
    assert far.scene.hit(QPointF(424 + 200, 36 + 104), 1.0) == OnEdge(Edge("conv1", "relu1"))
    far.session.undo()
    assert far.design == before
    assert far.scene.hit(QPointF(424, 36), 1.0) == OnEdge(Edge("conv1", "relu1"))


@pytest.mark.parametrize("exact", [0, 64])
def test_a_cancelled_drag_leaves_cards_and_wires(far, monkeypatch, exact):
    monkeypatch.setattr(preview, "EXACT", exact)
    far.view.select_all()
    start = far.spot(QPointF(312, 196))
    far.press(start)
    far.move(start + QPoint(40, 20))
    far.view.cancel_gesture()
    far.release(start)
    assert far.scene.hit(QPointF(312, 196), 1.0) == OnNode("pool1")
    assert far.scene.hit(QPointF(424, 36), 1.0) == OnEdge(Edge("conv1", "relu1"))


@pytest.mark.parametrize("zoom", [FAR, 1.0])
@pytest.mark.parametrize("exact", [0, 64])
def test_wires_between_dragged_and_other_cards_follow(canvas, monkeypatch, zoom, exact):
    monkeypatch.setattr(preview, "EXACT", exact)
    canvas.view.zoom_to(zoom)
    canvas.session.select(["conv1", "relu1"])
    start = canvas.spot(QPointF(312, 36))
    canvas.press(start)
    canvas.move(start + QPoint(0, round(40 * zoom)))
    canvas.move(start + QPoint(0, round(320 * zoom)))
    assert canvas.scene.edge_hit(QPointF(424, 356), 1.0) == OnEdge(Edge("conv1", "relu1"))
    assert canvas.scene.edge_hit(QPointF(224 - 4, 356), 1.0) == OnEdge(Edge("image", "conv1"))
    path = canvas.scene.edges[Edge("image", "conv1")].path()
    assert path.pointAtPercent(0.0) == QPointF(176, 36)
    assert path.pointAtPercent(1.0) == QPointF(224, 356)
    canvas.release(start + QPoint(0, round(320 * zoom)))
    assert canvas.design.nodes["relu1"].position == (448.0, 320.0)


def test_edits_in_the_distance_are_followed_and_taken_back(far):
    first = shown(far)
    for edit in (RemoveNodes(["conv1"]), Disconnect([Edge("image", "conv1")]), MoveNodes({"add1": (900.0, 300.0)})):
        far.session.do(edit)
        assert not np.array_equal(shown(far), first)
        far.session.undo()
        assert np.array_equal(shown(far), first)


def test_what_is_pointed_at_in_the_distance_may_be_removed(far):
    for place, node in ((QPointF(176, 36), "image"), (QPointF(312, 196), "pool1")):
        far.move(far.spot(place))
        assert far.scene.hovered is not None
        assert far.scene.hovered.node == node
        far.session.do(RemoveNodes([node]))
        assert far.scene.hovered is None
        assert not np.array_equal(shown(far), 0)
    far.session.do(MoveNodes({"relu1": (1600.0, 0.0)}))
    far.click(far.spot(QPointF(1000, 36)))
    far.key(Qt.Key.Key_Delete)
    assert far.design.edges == ()
    assert far.scene.looks.strong == frozenset()
    assert shown(far).any()


def test_while_a_wire_is_drawn_in_the_distance_the_others_step_back(far):
    before = shown(far)
    far.press(far.spot(QPointF(176, 36)))
    far.move(far.spot(QPointF(200, 120)))
    assert far.view.gesture is not None
    assert far.scene.light is not None
    assert not np.array_equal(shown(far), before)
    far.view.cancel_gesture()
    far.release(far.spot(QPointF(200, 120)))
    far.move(QPoint(5, 5))
    assert np.array_equal(shown(far), before)


def test_a_picture_holds_all_cards_of_a_large_design(make_canvas):
    canvas = make_canvas(row_of_cards(40))
    picture = colours(canvas.view.render_picture(0.5))
    # 40 strips in the colour of activations at the left of each card, 112 pixels apart.
    middle = picture[picture.shape[0] // 2 + 8]
    background = picture[0, 0]
    starts = [x for x in range(16, picture.shape[1] - 60) if (x - 16) % 112 == 0]
    assert len(starts) == 40
    assert all(np.abs(middle[x + 3] - background).max() > 40 for x in starts)
    assert cards_in(canvas) < 40


# -- the tables say what the items say


def test_wires_in_the_table_run_as_their_items_do(make_canvas):
    design = network("resnet50")
    canvas = make_canvas(design)
    table = canvas.scene.wires
    longest = max(len(way) for way in canvas.scene.ways.of.values())
    assert {0, 2} <= {len(way) for way in canvas.scene.ways.of.values()}
    assert longest >= 2
    for edge in design.edges:
        item = canvas.scene.edges[edge]
        for percent in (0.0, 0.13, 0.5, 0.77, 1.0):
            place = item.path().pointAtPercent(percent)
            assert table.nearest(place, 1.5) is not None
        left, top, right, bottom = table.boxes()[table.row_of(edge)]
        box = item.path().boundingRect()
        assert (left, top, right, bottom) == pytest.approx((box.left(), box.top(), box.right(), box.bottom()), abs=1.0)


@pytest.mark.parametrize(
    "way",
    [(), ((260.0, 90.0), (400.0, 90.0)), ((624.0, 150.0), (-24.0, 150.0)),
     ((624.0, 150.0), (300.0, 150.0), (300.0, 200.0), (-24.0, 200.0))],
)  # fmt: skip
@pytest.mark.parametrize("end", [(448.0, 160.0), (180.0, 300.0), (-500.0, 40.0)])
def test_points_of_a_wire_lie_on_its_curve(make_canvas, way, end):
    canvas = make_canvas(MoveNodes({"relu1": end}).apply(chain()))
    edge = Edge("conv1", "relu1")
    table = canvas.scene.wires
    table.lay({other: way if other == edge else () for other in table.edges})
    only = np.array([other == edge for other in table.edges])
    start, stop = table.ends_of(edge)
    path = wire_path(start, stop, way)
    curve = np.array([path.pointAtPercent(step / 4000).toTuple() for step in range(4001)])
    for level in range(3):
        pieces = table.segments(only, level)
        assert tuple(pieces[0, :2]) == start.toTuple()
        assert tuple(pieces[-1, 2:]) == stop.toTuple()
        assert np.array_equal(pieces[1:, :2], pieces[:-1, 2:])
        for point in pieces[:, 2:]:
            assert np.sqrt(((curve - point) ** 2).sum(axis=1).min()) < 3.0


def assert_shown(canvas) -> None:
    """Cards and wires in the tables are those of the design, where it has them."""
    design, cards, table = canvas.design, canvas.scene.cards, canvas.scene.wires
    assert cards.ids == tuple(design.nodes)
    assert {key: cards.corner(key).toTuple() for key in cards.ids} == {k: n.position for k, n in design.nodes.items()}
    assert table.edges == design.edges
    assert canvas.scene.ways.of.keys() == set(design.edges)
    for row, edge in enumerate(design.edges):
        ports = len(design.inputs_of(edge.target))
        pieces = table.segments(np.arange(len(design.edges)) == row, 0)
        left, top = design.nodes[edge.source].position
        assert tuple(pieces[0, :2]) == (left + 176, top + cards.rect(edge.source).height() / 2)
        left, top = design.nodes[edge.target].position
        middle = top + cards.rect(edge.target).height() / 2
        # Ports stand 16 pixels apart around the middle of the card.
        assert tuple(pieces[-1, 2:]) == (left, middle + 16 * (edge.input - (ports - 1) / 2))
        box = table.boxes()[row]
        assert (pieces[:, 0::2].min(), pieces[:, 1::2].min()) == (box[0], box[1])
        for x, y in canvas.scene.ways.of[edge][:1]:
            assert np.abs(pieces[:, :2] - (x, y)).max(axis=1).min() < 20


@pytest.mark.parametrize("seed", range(3))
def test_cards_and_wires_follow_any_edits(make_canvas, seed):
    dice = random.Random(seed)
    canvas = make_canvas(network("resnet18"))
    session = canvas.session
    for _turn in range(25):
        nodes = list(canvas.design.nodes)
        one, other = dice.sample(nodes, 2)
        match dice.randrange(7):
            case 0:
                session.select([one])
                session.append_layer("relu")
            case 1:
                session.do(RemoveNodes(dice.sample(nodes, 3)))
            case 2:
                session.do(MoveNodes({one: (dice.randrange(99) * 8.0, 400.0), other: (0.0, dice.randrange(99) * 8.0)}))
            case 3:
                session.do(Connect(one, other))
            case 4:
                session.do(Disconnect([dice.choice(canvas.design.edges)]))
            case 5:
                session.undo()
            case 6:
                session.do(MoveNodes({key: (x + 80.0, y) for key, (x, y) in places(canvas).items()}))
        assert_shown(canvas)


def places(canvas):
    return {key: node.position for key, node in canvas.design.nodes.items()}


def test_an_edit_finds_the_ways_of_few_wires_anew(make_canvas, monkeypatch):
    canvas = make_canvas(network("resnet152"))
    told = []
    show = canvas.scene.show_ways
    monkeypatch.setattr(canvas.scene, "show_ways", lambda ways: (told.append(len(ways)), show(ways)))
    canvas.session.select([canvas.design.order[-1]])
    canvas.session.append_layer("relu")
    canvas.session.do(MoveNodes({canvas.design.order[-1]: (0.0, -400.0)}))
    assert len(canvas.design.edges) > 500
    assert 0 < sum(told) < 20
