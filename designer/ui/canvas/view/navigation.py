"""A view that can be zoomed and panned, with its background and what lies over it; no editing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QImage,
    QNativeGestureEvent,
    QPainter,
    QPixmapCache,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip, QWidget

from designer.graph.folding import real_edge
from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.canvas.gestures.hits import Hit, OnEdge, OnFrame, OnInput, hit_node
from designer.ui.canvas.groups.frames_item import frame_tooltip
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.style import canvas_style
from designer.ui.canvas.view.camera import STEP, Camera
from designer.ui.canvas.view.dot_grid import paint_dots
from designer.ui.canvas.view.overlays import EmptyHint, ZoomPill
from designer.ui.canvas.view.picture import render_scene
from designer.ui.widgets.follows_theme import FollowsTheme

CARDS_CACHED_KB = 96 * 1024
"""Room for the painted cards of a large screen; Qt's own limit is soon used up."""


class NavigableView(FollowsTheme, QGraphicsView):
    """Shows a scene at any zoom: wheel, touchpad, pinch, fit; dots behind, zoom and hint in front."""

    CHANGES = FollowsTheme.CHANGES | {QEvent.Type.FontChange, QEvent.Type.StyleChange}

    def __init__(self, scene: CanvasScene, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self.canvas = scene
        self.session = bridge.session
        self.camera = Camera(self)
        self._open_wanted = True
        self._zoom_pill = ZoomPill(self)
        self._zoom_pill.clicked.connect(lambda: self.zoom_to(1.0))
        self._hint = EmptyHint(self)
        self._show_hint()
        self._set_up()
        self.camera.zoomed.connect(self._zoom_pill.show_zoom)
        self.camera.zoomed.connect(scene.looks.zoomed)
        self.camera.zoomed.connect(self._look)
        self._zoom_pill.show_zoom(1.0)
        scene.replaced.connect(self._open)
        bridge.changed.connect(self._show_hint)
        self._follow_theme()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), CARDS_CACHED_KB))
        self.canvas.restyle(canvas_style(self.font()))

    # -- what actions call -----------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole design."""
        self.camera.fit(self.canvas.content_rect())

    def zoom_to(self, factor: float) -> None:
        """Zoom around the middle; 1 is 100 %."""
        self.camera.zoom_to(factor)

    def zoom_in(self) -> None:
        """One step closer."""
        self.camera.zoom_to(self.camera.zoom * STEP)

    def zoom_out(self) -> None:
        """One step further away."""
        self.camera.zoom_to(self.camera.zoom / STEP)

    def center_on(self, node: str) -> None:
        """Move a node into the middle."""
        shown = self._in_sight(node)
        if shown is not None:
            self.camera.glide_to(self.canvas.cards.rect(shown).center())

    def reveal(self, node: str) -> None:
        """Move a node into sight, if it is not."""
        shown = self._in_sight(node)
        if shown is not None:
            self.camera.reveal(self.canvas.cards.rect(shown))

    def _in_sight(self, node: str) -> str | None:
        """What is drawn for a node; a group that has been entered and does not hold it is left."""
        if node in self.session.design.nodes and not self.canvas.shown.holds(node):
            self.canvas.enter(None)
        return self.canvas.shown.node_of([node])

    def render_picture(self, scale: float = 2.0) -> QImage:
        """The whole design as a picture, ``scale`` pixels for one of the scene's."""
        return render_scene(self.canvas, scale)

    # -- what is where ---------------------------------------------------------------------------------------------

    def hit_at(self, spot: QPointF) -> Hit:
        """What is at a pixel of the viewport."""
        return self.canvas.hit(self.camera.scene_point(spot), self.camera.zoom)

    def _open(self) -> None:
        """Another design has come: show it, now or when the view has its size."""
        self._open_wanted = not self.isVisible()
        if not self._open_wanted:
            self.camera.open_on(self.canvas.content_rect())

    def _show_hint(self, _change: object = None) -> None:
        self._hint.setVisible(not self.session.design.nodes)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """The first time the view has its size."""
        super().showEvent(event)
        if self._open_wanted:
            self._open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies over the canvas in its place."""
        super().resizeEvent(event)
        self._zoom_pill.place()
        self._hint.place()
        self._look()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Something else is in sight."""
        super().scrollContentsBy(dx, dy)
        self._look()

    def _look(self, _zoom: float = 1.0) -> None:
        self.canvas.look_at(self.camera.visible(), self.camera.zoom)

    def _apply_theme(self) -> None:
        style = canvas_style(self.font())
        before = self.canvas.appearance
        if (style.theme, style.base) == (before.theme, before.base):
            return
        self.canvas.restyle(style)
        self._zoom_pill.restyle()
        self._hint.restyle()
        self.resetCachedContent()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """The canvas with its dots."""
        paint_dots(painter, QRectF(rect), self.camera.zoom, self.canvas.appearance.theme)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; a touchpad's scrolling pans."""
        event.accept()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        pixels, turned = event.pixelDelta(), event.angleDelta()
        if not pixels.isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase and not ctrl:
            self.camera.pan(pixels.x(), pixels.y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.camera.pan(turned.x() or turned.y(), 0.0)
        else:
            self.camera.zoom_to(self.camera.zoom * STEP ** (turned.y() / 120.0), event.position())

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips, and pinching on a touchpad."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self._tooltip(self.hit_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.camera.zoom_to(self.camera.zoom * (1.0 + event.value()), event.position())
            return True
        return super().viewportEvent(event)

    def _tooltip(self, hit: Hit) -> str:
        if isinstance(hit, OnEdge):
            edge = real_edge(hit.edge)
            return "\n".join(filter(None, (f"{edge.source} → {edge.target}", self.canvas.shape_on(edge))))
        if isinstance(hit, OnFrame):
            return frame_tooltip(self.canvas, hit)
        node = hit_node(hit)
        if node is None:
            return ""
        card = self.canvas.card(node).tooltip()
        return f"{self._port_text(hit)}\n{card}" if isinstance(hit, OnInput) else card

    def _port_text(self, hit: OnInput) -> str:
        """Which input it is, and what comes in there: ``input 2: conv3, 64×28×28``."""
        border = self.canvas.shown.folded.cards.get(hit.node)
        if border is not None and hit.port < len(border.incoming):
            edge = border.incoming[hit.port]
            hit = OnInput(edge.target, edge.input)
        elif border is not None:
            return ""
        design = self.canvas.shown.whole
        several = len(design.inputs_of(hit.node)) > 1
        name = design.nodes[hit.node].layer.port_name(hit.port)
        port = _("input {name}").format(name=name) if several else _("input")
        for edge in design.incoming[hit.node]:
            if edge.input == hit.port:
                return f"{port}: " + ", ".join(filter(None, (edge.source, self.canvas.shape_on(edge))))
        return _("{port}: not connected").format(port=port)
