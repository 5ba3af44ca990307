"""Laying out large designs in the background."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from benchmarks.big_designs import chain, dense_skips
from designer.graph.design import Design, Node
from designer.graph.edits import AddNode, Disconnect, MoveNodes, SetParameters
from designer.layout.edge_routes import WireRouter, edge_routes
from designer.layout.layered import layout
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas.laying_out import SMALL
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.view.canvas_view import CanvasView
from designer.ui.canvas.wires import wire_ways
from designer.ui.worker import BackgroundTasks
from tests.helpers.counting import calls


class Working:
    """A canvas whose large layouts are computed in the background."""

    def __init__(self, qtbot, design: Design) -> None:
        self.session = Session(design)
        self.bridge = Bridge(self.session)
        self.notices = []
        self.bridge.noticed.connect(self.notices.append)
        self.scene = CanvasScene(self.bridge)
        self.tasks = BackgroundTasks()
        self.view = CanvasView(self.scene, self.bridge, tasks=self.tasks)
        for owned in (self.bridge, self.scene, self.tasks):
            owned.setParent(self.view)
        qtbot.addWidget(self.view, before_close_func=lambda _view: self.tasks.close())
        self.qtbot = qtbot

    def places(self):
        return {key: node.position for key, node in self.session.design.nodes.items()}

    def labels(self):
        return [step.label for step in self.session.document.history()]

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.tasks.active)


@pytest.fixture
def working(qtbot, qapp) -> Working:
    return Working(qtbot, dense_skips(SMALL + 1))


def test_a_large_design_is_laid_out_in_the_background_in_one_step(working):
    before = working.session.design
    working.view.auto_layout()
    assert working.session.design is before
    assert [task.label for task in working.tasks.active] == ["laying out 301 layers"]
    working.wait()
    assert working.places() == layout(before, working.scene.node_sizes())
    assert working.labels() == ["Lay out"]
    working.session.undo()
    assert working.session.design == before


@pytest.mark.parametrize("resized", [False, True])
def test_the_wires_run_as_they_do_among_the_new_places(working, resized):
    working.view.auto_layout()
    if resized:
        # Cards with problems are taller, so that what was found beforehand no longer holds.
        working.session.do(SetParameters("node1", {"kernel": 7, "padding": 0}))
    working.wait()
    assert working.labels()[-1] == "Lay out"
    assert dict(working.scene.ways.of) == edge_routes(
        working.session.design, working.places(), working.scene.node_sizes()
    )


def drawn(scene: CanvasScene):
    """Bounds of all wires, and their straight pieces in detail, those of a wire in one order."""
    pieces = scene.wires.segments(np.ones(len(scene.wires.edges), bool), 0)
    return scene.wires.boxes(), pieces[np.lexsort(pieces.T)]


def test_points_of_wires_made_in_the_background_are_those_of_a_canvas_opened_on_it(working, monkeypatch):
    laid = []
    monkeypatch.setattr(working.scene, "show_ways", lambda ways: laid.append(len(ways)))
    working.view.auto_layout()
    working.wait()
    assert laid == [], "no wire is left to be laid in the foreground"
    monkeypatch.undo()
    for edit in (None, MoveNodes({"node5": (80.0, -400.0)})):
        if edit is not None:
            working.session.do(edit)
        fresh = CanvasScene(Bridge(Session(working.session.design)))
        for shown, wanted in zip(drawn(working.scene), drawn(fresh), strict=True):
            np.testing.assert_allclose(shown, wanted)


def test_what_is_left_for_the_window_does_not_grow_with_the_design(qtbot, qapp):
    """Counted in calls: the places, what has changed and the wires are found in the background."""
    left = []
    for size in (650, 1300):
        working = Working(
            qtbot, MoveNodes({f"node{row}": (0.0, 160.0 * row) for row in range(1, size)}).apply(chain(size))
        )
        begun = calls(working.view.auto_layout)
        (task,) = working.tasks.active
        working.tasks.cancel(task)
        found = task.function()
        left.append(begun + calls(lambda task=task, found=found: task.done(found)))
        assert working.labels()[-1] == "Lay out"
        assert len(found.change.moved) > size - 10
    assert left[1] - left[0] < 200, f"not a call for each of 650 nodes more: {left}"


def test_a_small_one_stands_at_once(qtbot, qapp):
    working = Working(qtbot, dense_skips(SMALL))
    working.view.auto_layout()
    assert working.tasks.active == ()
    assert working.labels() == ["Lay out"]


def test_stopped_it_changes_nothing(working):
    before = working.session.design
    working.view.auto_layout()
    working.tasks.cancel(working.tasks.active[0])
    working.tasks.close()
    QApplication.sendPostedEvents(working.tasks)
    assert working.session.design is before
    assert working.notices == []


def test_asked_again_only_the_last_one_counts(working):
    working.view.auto_layout()
    working.view.auto_layout()
    assert len(working.tasks.active) == 1
    working.wait()
    assert working.labels() == ["Lay out"]


@pytest.mark.parametrize("change", ["wire", "node"])
def test_what_was_laid_out_is_dropped_when_it_is_no_longer_the_design(working, change):
    working.view.auto_layout()
    edit = Disconnect([working.session.design.edges[0]])
    if change == "node":
        edit = AddNode(Node("other", working.session.design.nodes["node1"].layer))
    working.session.do(edit)
    after = working.session.design
    working.wait()
    assert working.session.design is after
    assert [notice.text for notice in working.notices] == [
        "The design has changed while it was laid out; choose Lay Out again"
    ]


def test_moving_meanwhile_does_not_matter(working):
    before = working.session.design
    working.view.auto_layout()
    working.session.do(MoveNodes({"node5": (80.0, -40.0)}))
    working.wait()
    laid = layout(before, working.scene.node_sizes())
    shift = QPointF(*working.places()["node5"]) - QPointF(*laid["node5"])
    assert all(QPointF(*place) - QPointF(*laid[key]) == shift for key, place in working.places().items())
    assert working.labels() == ["Move node5", "Lay out"]


@pytest.fixture
def routers(monkeypatch):
    """Nodes of each design that is routed from the beginning, from now on."""
    made = []

    def counted(design, *rest):
        made.append(len(design.nodes))
        return WireRouter(design, *rest)

    monkeypatch.setattr(wire_ways, "WireRouter", counted)
    return made


@pytest.fixture
def crooked(qtbot, qapp) -> Working:
    """So many nodes that changes are followed; before the layout wires run as they came to run."""
    working = Working(qtbot, dense_skips(wire_ways.FEW + 1))
    working.session.do(MoveNodes({"node7": (80.0, -400.0), "node40": (-400.0, 240.0)}))
    return working


def state(working: Working):
    return working.places(), dict(working.scene.ways.of), drawn(working.scene)


def assert_same(shown, wanted) -> None:
    assert shown[:2] == wanted[:2]
    for one, other in zip(shown[2], wanted[2], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_layout_is_taken_back_and_done_again_without_routing(crooked, routers):
    before = state(crooked)
    crooked.view.auto_layout()
    crooked.wait()
    after = state(crooked)
    assert after[0] != before[0]
    assert routers.pop() == wire_ways.FEW + 1
    for _turn in range(2):
        crooked.session.undo()
        assert_same(state(crooked), before)
        crooked.session.redo()
        assert_same(state(crooked), after)
    assert routers == []


def test_two_layouts_are_taken_back_without_routing(crooked, routers):
    states = [state(crooked)]
    for node in ("node5", "node9"):
        crooked.view.auto_layout()
        crooked.wait()
        states.append(state(crooked))
        crooked.session.do(MoveNodes({node: (0.0, 2000.0)}))
        states.append(state(crooked))
    routers.clear()
    for places, _ways, _drawn in states[-2::-1]:
        crooked.session.undo()
        assert crooked.places() == places
    assert_same(state(crooked), states[0])
    assert routers == []


def test_wires_follow_what_is_done_after_a_layout_was_taken_back(crooked, routers):
    crooked.view.auto_layout()
    crooked.wait()
    crooked.session.undo()
    routers.clear()
    wire = crooked.session.design.edges[3]
    crooked.session.do(MoveNodes({"node5": (80.0, -4000.0)}))
    crooked.session.do(Disconnect([wire]))
    assert crooked.scene.ways.of.keys() == set(crooked.session.design.edges)
    shown = CanvasScene(Bridge(Session(crooked.session.design)))
    for edge in shown.edges:
        assert crooked.scene.wires.ends_of(edge) == shown.wires.ends_of(edge)
    assert routers == [wire_ways.FEW + 1], "only the canvas that is opened on it"


def test_nothing_is_kept_of_wires_that_a_layout_could_not_replace(crooked):
    crooked.view.auto_layout()
    # Cards with problems are taller, so that what was found beforehand no longer holds.
    crooked.session.do(SetParameters("node1", {"kernel": 7, "padding": 0}))
    crooked.wait()
    crooked.session.undo()
    assert dict(crooked.scene.ways.of) == edge_routes(
        crooked.session.design, crooked.places(), crooked.scene.node_sizes()
    )
