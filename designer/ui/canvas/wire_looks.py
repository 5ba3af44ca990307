"""How every wire looks: at rest, beside a selected node, pointed at, chosen."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from designer.graph.design import Edge
from designer.ui.canvas.edge_item import EdgeItem
from designer.ui.canvas.style import CanvasStyle
from designer.ui.theme import mixed

THINNEST = 1.1
"""Pixels on the screen."""


class _Wires(Protocol):
    @property
    def edges(self) -> Mapping[Edge, EdgeItem]: ...

    appearance: CanvasStyle


class WireLooks:
    """Keeps the pens of a scene's wires; only wires whose look changes are touched."""

    def __init__(self, wires: _Wires) -> None:
        self._wires = wires
        self.zoom = 1.0
        self._step = 1.0
        self._followed: Set[Edge] = frozenset()
        self._pointed: Edge | None = None
        self.chosen: Edge | None = None
        self.restyle()

    def restyle(self) -> None:
        """Pens of the theme in force, for the zoom in force."""
        theme = self._wires.appearance.theme
        width = max(1.75, THINNEST / self._step)
        beside = mixed(theme.wire, theme.accent, 0.75)
        self._rest, self._beside = self._pen(theme.wire, width), self._pen(beside, width * 1.15)
        self._strong = self._pen(theme.accent, width * 1.6)
        for edge in self._wires.edges:
            self.dress(edge)

    @staticmethod
    def _pen(colour: QColor, width: float) -> QPen:
        return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)

    def zoomed(self, zoom: float) -> None:
        """Keep wires visible from afar; in steps, so that zooming stays cheap."""
        self.zoom = zoom
        step = next((least for least in (0.6, 0.4, 0.25, 0.15, 0.08) if zoom >= least), 0.04)
        step = 1.0 if zoom >= 0.6 else step
        if step != self._step:
            self._step = step
            self.restyle()

    def dress(self, edge: Edge) -> None:
        """Give a wire the pen it should have."""
        item = self._wires.edges.get(edge)
        if item is None:
            return
        if edge in (self._pointed, self.chosen):
            item.set_pen(self._strong, True)
        elif edge in self._followed:
            item.set_pen(self._beside, True)
        else:
            item.set_pen(self._rest, False)

    def follow(self, edges: Set[Edge]) -> None:
        """Lift out the wires of the selected nodes."""
        before, self._followed = self._followed, frozenset(edges)
        for edge in before ^ self._followed:
            self.dress(edge)

    def point_at(self, edge: Edge | None) -> None:
        """Lift out the wire under the pointer."""
        before, self._pointed = self._pointed, edge
        for changed in {before, edge} - {None}:
            self.dress(changed)  # type: ignore[arg-type]

    def choose(self, edge: Edge | None) -> None:
        """Mark a wire as the one that Delete removes."""
        before, self.chosen = self.chosen, edge
        for changed in {before, edge} - {None}:
            self.dress(changed)  # type: ignore[arg-type]

    def forget(self, edge: Edge) -> None:
        """A wire is gone."""
        self._followed = self._followed - {edge}
        self._pointed = None if self._pointed == edge else self._pointed
        self.chosen = None if self.chosen == edge else self.chosen
