"""How every wire looks: at rest, beside a selected node, pointed at, chosen."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from designer.graph.design import Edge
from designer.ui.canvas.items_on_demand import ItemsOnDemand
from designer.ui.canvas.style import CanvasStyle
from designer.ui.canvas.wires.edge_item import EdgeItem
from designer.ui.widgets.theme import mixed

THINNEST = 1.1
"""Pixels on the screen."""


class _Wires(Protocol):
    @property
    def edges(self) -> ItemsOnDemand[Edge, EdgeItem]: ...

    appearance: CanvasStyle
    lifted: Edge | None

    @property
    def far(self) -> bool: ...


class WireLooks:
    """Keeps the pens of a scene's wires; only wires whose look changes are touched."""

    def __init__(self, wires: _Wires) -> None:
        self._wires = wires
        self.zoom = 1.0
        self._step = 1.0
        self._followed: Set[str] = frozenset()
        self._pointed: Edge | None = None
        self.chosen: Edge | None = None
        self.restyle()

    def restyle(self) -> None:
        """Pens of the theme in force, for the zoom in force."""
        theme = self._wires.appearance.theme
        width = max(1.75, THINNEST / self._step)
        beside = mixed(theme.wire, theme.accent, 0.75)
        self.rest, self.beside = self._pen(theme.wire, width), self._pen(beside, width * 1.15)
        self._strong = self._pen(theme.accent, width * 1.6)
        self._dress_all()

    @staticmethod
    def _pen(colour: QColor, width: float) -> QPen:
        return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)

    @property
    def strong(self) -> frozenset[Edge]:
        """The wire below the pointer and the chosen one; they have items at any zoom."""
        return frozenset(edge for edge in (self._pointed, self.chosen) if edge is not None)

    def zoomed(self, zoom: float) -> None:
        """Keep wires visible from afar; in steps, so that zooming stays cheap."""
        self.zoom = zoom
        step = next((least for least in (0.6, 0.4, 0.25, 0.15, 0.08) if zoom >= least), 0.04)
        step = 1.0 if zoom >= 0.6 else step
        if step != self._step:
            self._step = step
            self.restyle()

    def dress(self, edge: Edge, item: EdgeItem) -> None:
        """Give a wire the pen it should have."""
        strong = edge in (self._pointed, self.chosen)
        if strong:
            item.set_pen(self._strong, True)
        elif edge.source in self._followed or edge.target in self._followed:
            item.set_pen(self.beside, True)
        else:
            item.set_pen(self.rest, False)
        item.setVisible(edge != self._wires.lifted and (strong or not self._wires.far))

    def _dress_all(self) -> None:
        for edge, item in self._wires.edges.made.items():
            self.dress(edge, item)

    def follow(self, nodes: Iterable[str]) -> None:
        """Lift out the wires of the selected nodes."""
        self._followed = frozenset(nodes)
        self._dress_all()

    def point_at(self, edge: Edge | None) -> None:
        """Lift out the wire under the pointer."""
        before, self._pointed = self._pointed, edge
        self._dress_anew(before, edge)

    def choose(self, edge: Edge | None) -> None:
        """Mark a wire as the one that Delete removes."""
        before, self.chosen = self.chosen, edge
        self._dress_anew(before, edge)

    def _dress_anew(self, *edges: Edge | None) -> None:
        for edge in edges:
            if edge is not None:
                self.dress(edge, self._wires.edges[edge])

    def forget(self, edge: Edge) -> None:
        """A wire is gone."""
        self._pointed = None if self._pointed == edge else self._pointed
        self.chosen = None if self.chosen == edge else self.chosen
