"""The shape of wires."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from designer.graph.design import Edge
from designer.ui.canvas.wires.edge_item import EdgeItem, wire_path


def directions(path):
    """Angles at which a path leaves and arrives, in degrees."""
    return path.angleAtPercent(0.001), path.angleAtPercent(0.999)


@pytest.mark.parametrize("end", [QPointF(48, 0), QPointF(300, 200), QPointF(-200, 90), QPointF(20, 400)])
def test_a_wire_leaves_to_the_right_and_arrives_from_the_left(end):
    path = wire_path(QPointF(0, 0), end)
    assert path.pointAtPercent(0.0) == QPointF(0, 0)
    assert (path.pointAtPercent(1.0) - end).manhattanLength() < 1e-6
    for angle in directions(path):
        assert min(angle, 360 - angle) < 12


def test_a_lane_is_followed_straight():
    path = wire_path(QPointF(0, 0), QPointF(600, 0), ((50.0, 100.0), (500.0, 100.0)))
    for x in (60, 200, 490):
        at = min((path.pointAtPercent(step / 500) for step in range(501)), key=lambda point: abs(point.x() - x))
        assert at.y() == pytest.approx(100.0)


BACK = ((624.0, 100.0), (-24.0, 100.0))
LED = pytest.mark.parametrize("lane", [BACK, ((624.0, 100.0), (300.0, 100.0), (300.0, 150.0), (-24.0, 150.0))])


@LED
def test_a_wire_to_another_row_runs_level_and_upright_with_round_corners(lane):
    path = wire_path(QPointF(600, 0), QPointF(0, 200), lane)
    points = [path.pointAtPercent(step / 2000) for step in range(2001)]
    assert min(point.x() for point in points) == pytest.approx(-24.0, abs=0.1)
    assert max(point.x() for point in points) == pytest.approx(624.0, abs=0.1)
    turning = [path.angleAtPercent(step / 2000) % 90 for step in range(1, 2000)]
    level_or_upright = [angle for angle in turning if min(angle, 90 - angle) < 0.5]
    # Straight for the most part, and nowhere a corner that is not rounded.
    assert 0.75 < len(level_or_upright) / len(turning) < 0.98
    corners = [QPointF(lane[0][0], 0), *(QPointF(*point) for point in lane), QPointF(lane[-1][0], 200)]
    for corner in corners:
        assert min((point - corner).manhattanLength() for point in points) > 2.0


@LED
def test_a_wire_to_another_row_leaves_to_the_right_and_arrives_from_the_left(lane):
    path = wire_path(QPointF(600, 0), QPointF(0, 200), lane)
    assert directions(path) == (pytest.approx(0.0), pytest.approx(0.0))
    assert path.pointAtPercent(1.0) == QPointF(0, 200)


def test_the_distance_to_a_straight_wire_is_that_to_a_line():
    item = EdgeItem(Edge("a", "b"))
    item.lay(QPointF(0, 0), QPointF(100, 0), ())
    assert item.distance(QPointF(50, 7)) == pytest.approx(7.0)
    assert item.distance(QPointF(103, 4)) == pytest.approx(5.0)
    assert item.middle() == QPointF(50, 0)


def test_the_distance_to_a_bent_wire_is_near_that_to_its_finest_chain():
    item = EdgeItem(Edge("a", "b"))
    item.lay(QPointF(0, 0), QPointF(300, 200), ((50.0, 90.0), (200.0, 90.0)))
    points = [item.path().pointAtPercent(step / 5000) for step in range(5001)]
    for place in (QPointF(30, 60), QPointF(120, 100), QPointF(260, 120), QPointF(0, 200)):
        wanted = min(((p.x() - place.x()) ** 2 + (p.y() - place.y()) ** 2) ** 0.5 for p in points)
        assert item.distance(place) == pytest.approx(wanted, abs=0.7)
