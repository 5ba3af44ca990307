"""What is at a place of the canvas: the topmost of cards, ports and wires."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QPointF

from designer.graph.design import Edge
from designer.ui.canvas.cards.card import HEADER, WIDTH
from designer.ui.canvas.cards.card_table import CardTable
from designer.ui.canvas.gestures.hits import OnEdge, OnInput, OnNode, OnOutput
from designer.ui.canvas.wires.wire_table import WireTable

REACH = 8.0
"""How far from a port or wire the pointer still means it, in pixels on the screen."""

DOT = 6.0
"""Radius within which the dot of a port is hit though another card lies below it: the dot's own and a little."""


class Pointing:
    """Finds what a pointer is on."""

    def __init__(self, cards: CardTable, wires: WireTable) -> None:
        self._cards, self._wires = cards, wires
        self.spare: frozenset[str] = frozenset()
        """Nodes that show one more input port than are connected."""

    def port_at(
        self, place: QPointF, zoom: float, wanted: type[OnInput] | type[OnOutput] | None, reach: float
    ) -> OnInput | OnOutput | None:
        """The nearest port within reach (pixels on the screen), of one sort where ``wanted`` says so.

        A port that another card covers is not there.
        """
        reach = max(reach / zoom, reach)
        top = self._cards.top_at(place)
        found: OnInput | OnOutput | None = None
        for row in self._cards.near(place, reach).tolist():
            limit = self._limit(row, top, reach)
            for point, port in self._ports(row):
                distance = math.dist(point, (place.x(), place.y()))
                if distance <= min(reach, limit) and (wanted is None or isinstance(port, wanted)):
                    reach, found = distance, port
        return found

    def _limit(self, row: int, top: int | None, reach: float) -> float:
        """How near the pointer has to be to the ports of a card."""
        if top is None:
            return reach
        if row == top:
            # Inside a small card most of it stays for the card itself.
            return min(reach, WIDTH / 4)
        return DOT if self._cards.above(row, top) else -1.0

    def _ports(self, row: int) -> Iterator[tuple[tuple[float, float], OnInput | OnOutput]]:
        cards, node = self._cards, self._cards.ids[row]
        for port in range(max(1, int(cards.outs[row]))):
            yield tuple(cards.outputs(row, port).tolist()), OnOutput(node, port)
        count = int(cards.ports[row]) + (node in self.spare and bool(cards.open_ended[row]))
        for port in range(count):
            yield tuple(cards.inputs(row, port).tolist()), OnInput(node, port)

    def node_at(self, place: QPointF) -> OnNode | None:
        """The topmost card at a place."""
        row = self._cards.top_at(place)
        if row is None:
            return None
        return OnNode(self._cards.ids[row], place.y() < float(self._cards.top[row]) + HEADER)

    def edge_at(self, place: QPointF, zoom: float, reach: float, lifted: Edge | None = None) -> OnEdge | None:
        """The nearest wire within reach (pixels on the screen) but the lifted one."""
        edge = self._wires.nearest(place, reach / zoom, lifted)
        return None if edge is None else OnEdge(edge)
