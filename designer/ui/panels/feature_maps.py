"""Feature maps and filters of the current node."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from designer.graph.design import Array
from designer.i18n import _, ngettext
from designer.layer_api.geometry import axes_text, shape_text
from designer.session.maps import (
    MapStack,
    Sort,
    StackStatistics,
    filter_stack,
    is_vector,
    map_stack,
    shows_colour,
    summarise,
)
from designer.session.maps_export import MapsExport
from designer.session.maps_state import MapsState, Standing, blocked_by, kernel_values, maps_state
from designer.session.runs import RunState
from designer.ui.bridge import Bridge
from designer.ui.panels.bars_view import BarsView
from designer.ui.panels.image_invitation import ImageDropTarget, ImageInvitation, PlainHint
from designer.ui.panels.latest_task import LatestTask
from designer.ui.panels.map_detail import NUMBERS_WIDTH, MapDetail
from designer.ui.panels.maps_toolbar import MapsToolbar
from designer.ui.panels.mosaic_view import MosaicView
from designer.ui.panels.tile_pictures import TilePictures
from designer.ui.panels.top_classes import TopClasses
from designer.ui.panels.veil import Veil

AT_ONCE_VALUES = 1_000_000
"""Up to so many values are summarised, and weights drawn, before the next repaint; more in another thread."""


@attrs.frozen(eq=False)
class Shown:
    """What is on the screen: values of a node, as pictures or, without a stack, as bars."""

    node: str
    filters: bool
    values: Array
    stack: MapStack | None
    statistics: StackStatistics | None = None


class FeatureMapsPanel(ImageDropTarget):
    """Maps of the current node as a mosaic, one enlarged beside it; its filters; vectors as bars.

    Signals
    -------
    export_wanted(str)
        ``png`` or ``npz`` of what :meth:`export` returns.
    run_requested()
        The user wants what is missing computed now.
    """

    export_wanted = Signal(str)
    run_requested = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._session = bridge.session
        self._shown: Shown | None = None
        self._awaited: Shown | None = None
        self._stale = True
        self._asked: object = None
        self._kernels: tuple[object, Array] | None = None
        self.toolbar = MapsToolbar(self)
        self.mosaic = MosaicView(self)
        self.bars = BarsView(self)
        self.top_classes = TopClasses(self)
        self.hint = PlainHint(self)
        self.invitation = ImageInvitation(self)
        self.detail: MapDetail | None = None
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.mosaic)
        self._vector = QWidget(self)
        self._pages = QStackedWidget(self)
        self._build()
        self.veil = Veil(self._pages)
        self._statistics_task = LatestTask(self)
        self._kernels_task = LatestTask(self)
        self._connect(bridge)

    def _build(self) -> None:
        vector = QHBoxLayout(self._vector)
        vector.setContentsMargins(0, 0, 0, 0)
        vector.setSpacing(0)
        vector.addWidget(self.top_classes, 0, Qt.AlignmentFlag.AlignTop)
        vector.addWidget(self.bars, 1)
        for page in (self.hint, self.invitation, self._splitter, self._vector):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._pages, 1)

    def _connect(self, bridge: Bridge) -> None:
        bridge.selection_changed.connect(self._selection_changed)
        bridge.analysed.connect(self._refresh)
        bridge.picture_changed.connect(self._refresh)
        bridge.results_changed.connect(self._results_changed)
        bridge.run_changed.connect(self._run_changed)
        self.toolbar.look_changed.connect(self._look_changed)
        self.toolbar.mode_changed.connect(self._refresh)
        self.toolbar.slice_changed.connect(self._refresh)
        self.toolbar.edge_changed.connect(self.mosaic.set_edge)
        self.toolbar.edge_changed.connect(self.bars.set_edge)
        self.toolbar.export_wanted.connect(self.export_wanted)
        self.mosaic.edge_fitted.connect(self.toolbar.show_edge)
        self.mosaic.edge_wanted.connect(self.toolbar.edge.setValue)
        self.bars.edge_wanted.connect(self.toolbar.edge.setValue)
        self.mosaic.opened.connect(self.open_map)
        self.mosaic.current_changed.connect(self._current_changed)
        self.mosaic.cell_hovered.connect(self._probe)
        self.bars.hovered.connect(self._probe_unit)
        self.hint.acted.connect(self.run_requested)
        self.invitation.open_wanted.connect(self.open_image_wanted)
        self.invitation.paste_wanted.connect(self.paste_image_wanted)
        self.invitation.example_wanted.connect(self.example_image_wanted)
        self._statistics_task.done.connect(self._statistics_came)
        self._kernels_task.done.connect(self._kernels_came)

    # -- following the session -------------------------------------------------------------------------------------

    def _selection_changed(self, chosen: object) -> None:
        del chosen
        self._refresh()
        self._ask_for_run()

    def _results_changed(self, nodes: frozenset[str]) -> None:
        if self._session.current in nodes:
            self._refresh()

    def _run_changed(self, state: RunState) -> None:
        # Progress inside layers comes often and changes nothing here; the end does.
        if not state.running:
            self._refresh()

    def _ask_for_run(self) -> None:
        """A node whose maps were not kept, for want of room, is computed when it is looked at: asked for once."""
        session = self._session
        if not self.isVisible() or session.run_state.running:
            return
        wanted = (session.current, session.report)
        if maps_state(session).standing is Standing.PENDING and wanted != self._asked:
            self._asked = wanted
            session.run_wanted.emit()

    def _refresh(self, *_arguments: object) -> None:
        """Show what there is; nothing is done while nobody looks."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        node = self._session.current
        self.toolbar.setVisible(node is not None)
        values = kernel_values(self._session, node) if node is not None else 0
        if node is not None and values and self.toolbar.wants_filters:
            self._show_filters(node, values)
            return
        state = maps_state(self._session)
        match state.standing:
            case Standing.READY:
                self._show_maps(state, has_filters=bool(values))
            case Standing.PENDING:
                self._show_waiting(state, has_filters=bool(values))
            case _:
                self._show_reason(state, has_filters=bool(values))

    def _show_reason(self, state: MapsState, *, has_filters: bool) -> None:
        self._forget()
        self._title(state.node or "", "")
        self.toolbar.offer(filters=False)
        self.toolbar.enable(maps=True, filters=has_filters, export=False, arrange=False)
        if state.standing is Standing.NO_IMAGE:
            self._pages.setCurrentWidget(self.invitation)
        else:
            self.hint.say(state.message, "problem" if state.standing is Standing.BLOCKED else "muted")
            self._pages.setCurrentWidget(self.hint)

    def _show_waiting(self, state: MapsState, *, has_filters: bool) -> None:
        if self._shown is None or self._shown.filters:
            self._forget()
            self._title(state.node or "", "")
            self.toolbar.offer(filters=False)
            self.toolbar.enable(maps=True, filters=has_filters, export=False, arrange=False)
            self._pages.setCurrentWidget(self.hint)
            # A run is about to start, or none will; the button comes only if nothing happens.
            if self._session.run_state.running:
                self.hint.say("")
            else:
                self.hint.say_later(_("Not computed yet"), button=_("Compute now"))
        if self._session.run_state.running:
            self.veil.expect(_("computing…"))
        elif self._shown is not None:
            self.veil.expect(_("not computed yet"))

    def _forget(self) -> None:
        self.veil.lift()
        self._statistics_task.cancel()
        self._kernels_task.cancel()
        self._shown = self._awaited = None
        self._session.probe(None)

    # -- maps, filters, bars ---------------------------------------------------------------------------------------

    def _show_maps(self, state: MapsState, *, has_filters: bool) -> None:
        node, result = state.node, state.result
        if node is None or result is None:
            return
        self.toolbar.offer(filters=False)
        bars = is_vector(result)
        self.toolbar.enable(maps=True, filters=has_filters, export=True, maps_drawn=not bars)
        shown = self._shown
        if shown is not None and shown.values is result and not shown.filters and shown.node == node:
            self.veil.lift()
            return
        self._summarise(Shown(node, False, result, None if bars else map_stack(result)))

    def _show_filters(self, node: str, values: int) -> None:
        """Weights that are not drawn yet may take a while: many are drawn in another thread."""
        session = self._session
        design, report, store = session.design, session.report, session.weights

        def kernels(keep_on: Callable[[], bool]) -> tuple[str, Array | None]:
            del keep_on
            return node, design.nodes[node].layer.filter_kernels(store.of(design, report, node))

        if values <= AT_ONCE_VALUES:
            self._kernels_came(kernels(lambda: True))
            return
        if self._shown is None:
            self.hint.say("")
            self._pages.setCurrentWidget(self.hint)
        self.veil.expect(_("drawing weights…"))
        self._kernels_task.start(kernels)

    def _kernels_came(self, answer: tuple[str, Array | None]) -> None:
        node, kernels = answer
        if kernels is None or node != self._session.current:
            return
        other = self._shown is None or not self._shown.filters or self._shown.node != node
        colour = shows_colour(kernels)
        self.toolbar.offer(filters=True, slices=kernels.shape[1], colour=colour)
        if other:
            self.toolbar.first_slice()
        self.toolbar.enable(maps=not blocked_by(self._session, node), filters=True, export=True)
        self._summarise(Shown(node, True, kernels, filter_stack(kernels, self.toolbar.chosen_slice)))

    def _summarise(self, coming: Shown) -> None:
        pictures = coming.stack.pictures if coming.stack is not None else coming.values[0].reshape(-1, 1)
        self._awaited = coming
        if pictures.size <= AT_ONCE_VALUES:
            self._statistics_came((coming, summarise(pictures)))
            return
        look = self.toolbar.look
        if look.sort is Sort.INDEX and not look.shared_scale:
            self._display(coming)
        else:
            self.veil.expect(_("sorting…"))

        def numbers(keep_on: Callable[[], bool]) -> tuple[Shown, StackStatistics]:
            return coming, summarise(pictures, keep_on)

        self._statistics_task.start(numbers)

    def _statistics_came(self, answer: tuple[Shown, StackStatistics]) -> None:
        coming, statistics = answer
        if coming is self._awaited:
            self._display(attrs.evolve(coming, statistics=statistics))
            self._awaited = None

    def _display(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        other = before is None or before.node != shown.node or before.filters != shown.filters
        self.veil.lift()
        self._title(shown.node, _subtitle(shown))
        look, statistics = self.toolbar.look, shown.statistics
        if shown.stack is None:
            self._display_bars(shown)
            return
        order = statistics.order(look.sort) if statistics is not None else tuple(range(shown.stack.count))
        limits = statistics.limits() if look.shared_scale and statistics is not None else None
        pictures = TilePictures(shown.stack, look.colormap, limits)
        self.mosaic.show_pictures(pictures, order)
        if other:
            self.mosaic.to_start()
        self._pages.setCurrentWidget(self._splitter)
        if self.detail is not None and self.detail.isVisible():
            self._show_detail(pictures)

    def _display_bars(self, shown: Shown) -> None:
        values = shown.values[0].reshape(-1)
        sort = self.toolbar.look.sort
        order = shown.statistics.order(sort) if shown.statistics is not None else tuple(range(len(values)))
        if sort is Sort.VARIANCE:  # one value has none
            order = tuple(range(len(values)))
        self.bars.show_values(values, order)
        layer = self._session.design.nodes[shown.node].layer
        self.top_classes.setVisible(layer.yields_probabilities())
        if layer.yields_probabilities():
            self.top_classes.show_values(values)
        self._pages.setCurrentWidget(self._vector)

    def _title(self, title: str, subtitle: str) -> None:
        self.toolbar.show_title(title, subtitle)

    def _look_changed(self) -> None:
        if self._shown is None:
            return
        if self._shown.statistics is None:
            self._summarise(self._shown)
        else:
            self._display(self._shown)

    def export(self) -> MapsExport | None:
        """What is shown, as a value that any thread can write; None where nothing is."""
        shown = self._shown
        if shown is None:
            return None
        look = self.toolbar.look
        order = self.bars.order if shown.stack is None else self.mosaic.order
        name = f"{shown.node}.weight" if shown.filters else shown.node
        return MapsExport(name, shown.values, shown.stack, order, look.colormap, look.shared_scale)

    # -- one map enlarged ------------------------------------------------------------------------------------------

    def open_map(self, channel: int) -> None:
        """Enlarge a map."""
        if self._shown is None or self._shown.stack is None:
            return
        if self.detail is None:
            self.detail = MapDetail(self._splitter)
            self._splitter.addWidget(self.detail)
            self.detail.step_wanted.connect(self._step)
            self.detail.closed.connect(self.close_map)
            self.detail.cell_hovered.connect(self._probe)
            self._orient()
        self.mosaic.set_current(channel)
        if self.detail.isHidden() or not self.detail.isVisible():
            self.detail.show()
        self._share_room()
        self._show_detail(self.mosaic.pictures)
        self.detail.setFocus()

    def _share_room(self) -> None:
        if self._splitter.orientation() is Qt.Orientation.Horizontal:
            # As wide as a square picture and its numbers need.
            wide = min(self._splitter.height() + NUMBERS_WIDTH + 32, self.width() // 2)
            self._splitter.setSizes([self.width() - wide, wide])
        else:
            self._splitter.setSizes([self.height() // 3, self.height() * 2 // 3])

    def close_map(self) -> None:
        """Back to all maps."""
        if self.detail is not None and not self.detail.isHidden():
            self.detail.hide()
            self._session.probe(None)
            self.mosaic.setFocus()

    def _step(self, steps: int) -> None:
        self.mosaic.set_current(self.mosaic.neighbour(steps))

    def _current_changed(self, channel: int) -> None:
        del channel
        if self.detail is not None and self.detail.isVisible():
            self._show_detail(self.mosaic.pictures)

    def _show_detail(self, pictures: TilePictures | None) -> None:
        if self.detail is None or pictures is None or self._shown is None:
            return
        channel = self.mosaic.current
        kind = _("Filter {number}") if self._shown.filters else _("Map {number}")
        self.detail.show_map(pictures, channel, kind.format(number=channel))

    def _orient(self) -> None:
        wide = self.width() >= self.height()
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self._splitter.orientation():
            self._splitter.setOrientation(orientation)

    # -- the receptive field ---------------------------------------------------------------------------------------

    def _probe(self, pointed: tuple[int, int, int] | None) -> None:
        shown = self._shown
        if pointed is None or shown is None or shown.stack is None or shown.filters:
            self._session.probe(None)
        else:
            self._session.probe(shown.node, shown.stack.cell(pointed[1], pointed[2]))

    def _probe_unit(self, unit: int | None) -> None:
        shown = self._shown
        if unit is None or shown is None:
            self._session.probe(None)
        else:
            self._session.probe(shown.node, (0,) * (shown.values.ndim - 2))

    # -- window ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the enlarged map from anywhere in the panel."""
        if event.key() == Qt.Key.Key_Escape and self.detail is not None and self.detail.isVisible():
            self.close_map()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up."""
        super().showEvent(event)
        if self._stale:
            self._refresh()
        self._ask_for_run()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: stop."""
        super().hideEvent(event)
        self._statistics_task.cancel()
        self._kernels_task.cancel()
        self._stale = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside the mosaic where the panel is wide, below where it is high."""
        super().resizeEvent(event)
        self._orient()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "mosaic"):
            self.mosaic.viewport().update()


def _subtitle(shown: Shown) -> str:
    if shown.stack is None:
        count = shown.values.shape[1]
        return ngettext("{n} value", "{n} values", count).format(n=count)
    count = shown.stack.count
    if shown.filters:
        text = ngettext("{n} filter", "{n} filters", count).format(n=count)
        return f"{text} · {shape_text(shown.values.shape[1:])}"
    parts = [ngettext("{n} map", "{n} maps", count).format(n=count), axes_text(shown.stack.spatial)]
    dead = int(np.count_nonzero(shown.statistics.dead)) if shown.statistics is not None else 0
    if dead:
        parts.append(_("{n} dead").format(n=dead))
    return " · ".join(parts)
