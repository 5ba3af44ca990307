"""Feature maps and filters of the current node."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.session.class_scores import class_scores
from designer.session.maps.export import MapsExport
from designer.session.maps.scale import Scaling
from designer.session.maps.stack import Sort, filter_stack, is_vector, map_stack, shows_colour, slices_of
from designer.session.maps.state import MapsState, Standing, blocked_by, kernel_values, maps_state
from designer.session.runs import RunState
from designer.ui.bridge import Bridge
from designer.ui.panels.image.image_invitation import ImageDropTarget, ImageInvitation, PlainHint
from designer.ui.panels.maps.bars_view import BarsView
from designer.ui.panels.maps.maps_browser import MapsBrowser
from designer.ui.panels.maps.maps_toolbar import MapsToolbar
from designer.ui.panels.maps.shown_maps import KernelReader, Shown, Summariser
from designer.ui.panels.maps.tile_pictures import TilePictures
from designer.ui.panels.maps.top_classes import TopClasses
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.veil import Veil


class FeatureMapsPanel(FollowsTheme, ImageDropTarget):
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
        self._wanted: Array | None = None
        self._subject: tuple[str, bool] | None = None
        """The node shown last, and whether its filters were: scrolling begins anew with another."""
        self._running = self._session.run_state.running
        self._stale = True
        self._asked: object = None
        self.toolbar = MapsToolbar(self)
        self.browser = MapsBrowser(self)
        self.mosaic = self.browser.mosaic
        self.bars = BarsView(self)
        self.top_classes = TopClasses(self)
        self.hint = PlainHint(self)
        self.invitation = ImageInvitation(self)
        self._vector = QWidget(self)
        self._pages = QStackedWidget(self)
        self._build()
        self.veil = Veil(self._pages)
        self._summariser = Summariser(self)
        self._kernels = KernelReader(self._session, self)
        self._follow(bridge)
        self._connect()
        self._follow_theme()

    def _build(self) -> None:
        vector = QHBoxLayout(self._vector)
        vector.setContentsMargins(0, 0, 0, 0)
        vector.setSpacing(0)
        vector.addWidget(self.top_classes, 0, Qt.AlignmentFlag.AlignTop)
        vector.addWidget(self.bars, 1)
        for page in (self.hint, self.invitation, self.browser, self._vector):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(self._pages, 1)

    def _follow(self, bridge: Bridge) -> None:
        bridge.selection_changed.connect(self._selection_changed)
        bridge.analysed.connect(self._refresh)
        bridge.picture_changed.connect(self._refresh)
        bridge.results_changed.connect(self._results_changed)
        bridge.run_changed.connect(self._run_changed)

    def _connect(self) -> None:
        self.toolbar.look_changed.connect(self._look_changed)
        self.toolbar.mode_changed.connect(self._refresh)
        self.toolbar.slice_changed.connect(self._refresh)
        self.toolbar.edge_changed.connect(self.mosaic.set_edge)
        self.toolbar.edge_changed.connect(self.bars.set_edge)
        self.toolbar.export_wanted.connect(self.export_wanted)
        self.mosaic.edge_fitted.connect(self.toolbar.show_edge)
        self.mosaic.edge_wanted.connect(self.toolbar.edge.setValue)
        self.bars.edge_wanted.connect(self.toolbar.edge.setValue)
        self.browser.cell_hovered.connect(self._probe)
        self.bars.hovered.connect(self._probe_unit)
        self.hint.acted.connect(self.run_requested)
        self.invitation.open_wanted.connect(self.open_image_wanted)
        self.invitation.paste_wanted.connect(self.paste_image_wanted)
        self.invitation.example_wanted.connect(self.example_image_wanted)
        self._summariser.done.connect(self._summarised)
        self._kernels.done.connect(self._kernels_came)

    # -- following the session -------------------------------------------------------------------------------------

    def _selection_changed(self, chosen: object) -> None:
        del chosen
        self._refresh()
        self._ask_for_run()

    def _results_changed(self, nodes: frozenset[str]) -> None:
        if self._session.current in nodes:
            self._refresh()

    def _run_changed(self, state: RunState) -> None:
        # Progress inside layers comes often and changes nothing here; the beginning and the end do.
        if state.running != self._running:
            self._running = state.running
            self._refresh()

    def _ask_for_run(self) -> None:
        """A node whose maps were not kept, for want of room, is computed when it is looked at: asked for once."""
        session = self._session
        if not self.isVisible() or session.run_state.running:
            return
        wanted = (session.current, session.report)
        if maps_state(session).standing is Standing.PENDING and wanted != self._asked:
            self._asked = wanted
            session.want_run()

    def _refresh(self, *_arguments: object) -> None:
        """Show what there is; nothing is done while nobody looks."""
        if not self.isVisible():
            self._stale = True
            self._forget()
            return
        self._stale = False
        node = self._session.current
        self.toolbar.setVisible(node is not None)
        weights = kernel_values(self._session, node) if node is not None else 0
        if node is not None and weights and self.toolbar.wants_filters:
            self._read_kernels(node, weights)
            return
        self._kernels.cancel()
        state = maps_state(self._session)
        match state.standing:
            case Standing.READY:
                self._show_maps(state, has_filters=bool(weights))
            case Standing.PENDING:
                self._show_waiting(state, has_filters=bool(weights))
            case _:
                self._show_reason(state, has_filters=bool(weights))

    # -- nothing to show -------------------------------------------------------------------------------------------

    def _show_reason(self, state: MapsState, *, has_filters: bool) -> None:
        self._clear(state, has_filters=has_filters)
        if state.standing is Standing.NO_IMAGE:
            self._pages.setCurrentWidget(self.invitation)
        else:
            self.hint.say(state.message, "problem" if state.standing is Standing.BLOCKED else "muted")
            self._pages.setCurrentWidget(self.hint)

    def _show_waiting(self, state: MapsState, *, has_filters: bool) -> None:
        running = self._session.run_state.running
        if self._shown is None or self._shown.filters:
            self._clear(state, has_filters=has_filters)
            self._pages.setCurrentWidget(self.hint)
            # A run is about to start, or none will; the button comes only if nothing happens.
            if running:
                self.hint.say("")
            else:
                self.hint.say_later(_("Not computed yet"), button=_("Compute now"))
        if running:
            self.veil.expect(_("computing…"))
        elif self._shown is not None:
            self.veil.expect(_("not computed yet"))

    def _clear(self, state: MapsState, *, has_filters: bool) -> None:
        self.veil.lift()
        self._summariser.cancel()
        if self._shown is not None:
            self._session.probe(None)
        self._forget()
        self._subject = None
        self.toolbar.show_title(state.node or "", "")
        self.toolbar.offer(filters=False)
        self.toolbar.enable(maps=True, filters=has_filters, export=False, arrange=False)

    def _forget(self) -> None:
        """Keep no maps alive that may be gone from the session: those of a large image are gigabytes."""
        self._summariser.cancel()
        self._shown = self._wanted = None
        self.browser.forget()

    # -- maps, filters, bars ---------------------------------------------------------------------------------------

    def _show_maps(self, state: MapsState, *, has_filters: bool) -> None:
        node, result = state.node, state.result
        if node is None or result is None:
            return
        bars = is_vector(result)
        self.toolbar.offer(filters=False, depth=0 if bars else slices_of(result.shape[2:]))
        self.toolbar.enable(maps=True, filters=has_filters, export=True, maps_drawn=not bars)
        scores = class_scores(self._session.design, node, result) if bars else None
        stack = None if bars else map_stack(result, self.toolbar.volume_slice.chosen_slice)
        coming = Shown(node, False, result, stack, scores)
        self._wanted, shown = result, self._shown
        if shown is not None and shown.values is result and coming.same_subject(shown) and coming.same_slice(shown):
            self.veil.lift()
            return
        self._summarise(coming)

    def _read_kernels(self, node: str, weights: int) -> None:
        if self._kernels.start(node, weights):
            return
        if self._shown is None:
            self.hint.say("")
            self._pages.setCurrentWidget(self.hint)
        self.veil.expect(_("drawing weights…"))

    def _kernels_came(self, answer: tuple[str, Array | None]) -> None:
        node, kernels = answer
        if kernels is None or node != self._session.current:
            return
        depth = slices_of(kernels.shape[2:])
        self.toolbar.offer(filters=True, slices=kernels.shape[1], colour=shows_colour(kernels), depth=depth)
        if self._shown is None or not self._shown.filters or self._shown.node != node:
            self.toolbar.first_slice()
        self.toolbar.enable(maps=not blocked_by(self._session, node), filters=True, export=True)
        self._wanted = kernels
        stack = filter_stack(kernels, self.toolbar.chosen_slice, self.toolbar.volume_slice.chosen_slice)
        self._summarise(Shown(node, True, kernels, stack))

    def _summarise(self, coming: Shown) -> None:
        if self._summariser.start(coming):
            return
        look = self.toolbar.look
        if look.sort is Sort.INDEX and look.scaling is not Scaling.SHARED:
            self._display(coming)  # its statistics are not needed for a picture
        else:
            self.veil.expect(_("sorting…"))

    def _summarised(self, shown: Shown) -> None:
        # What was undone meanwhile is not wanted any more.
        if shown.values is self._wanted:
            self._display(shown)

    def _display(self, shown: Shown) -> None:
        subject = (shown.node, shown.filters)
        afresh, self._subject, self._shown = subject != self._subject, subject, shown
        self.veil.lift()
        self.toolbar.show_title(shown.node, shown.subtitle())
        if shown.stack is None:
            self._display_bars(shown)
            return
        look, statistics = self.toolbar.look, shown.statistics
        order = statistics.order(look.sort) if statistics is not None else tuple(range(shown.stack.count))
        shown_already = self.mosaic.pictures
        limits = statistics.limits() if look.scaling is Scaling.SHARED and statistics is not None else None
        pictures = TilePictures(shown.stack, look.colormap, limits, clipped=look.scaling is Scaling.CLIPPED)
        if shown_already is not None and shown_already.draws_the_same(pictures):
            pictures = shown_already  # only its statistics came: the tiles are made
        self.browser.show_pictures(pictures, order, filters=shown.filters, afresh=afresh)
        self._pages.setCurrentWidget(self.browser)

    def _display_bars(self, shown: Shown) -> None:
        values = shown.vector()
        # One value has no variance.
        sort = Sort.ENERGY if self.toolbar.look.sort is Sort.ENERGY else Sort.INDEX
        order = shown.statistics.order(sort) if shown.statistics is not None else tuple(range(len(values)))
        self.bars.show_values(values, order)
        self.top_classes.setVisible(shown.scores is not None)
        if shown.scores is not None:
            self.top_classes.show_scores(shown.scores)
        self._pages.setCurrentWidget(self._vector)

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
        return MapsExport(name, shown.values, shown.stack, order, look.colormap, look.scaling)

    # -- the receptive field ---------------------------------------------------------------------------------------

    def _probe(self, pointed: tuple[int, int, int] | None) -> None:
        shown = self._shown
        if pointed is None or shown is None or shown.stack is None or shown.filters:
            self._session.probe(None)
        else:
            cell = shown.stack.cell(pointed[1], pointed[2])
            self._session.probe(None) if cell is None else self._session.probe(shown.node, cell)

    def _probe_unit(self, unit: int | None) -> None:
        shown = self._shown
        if unit is None or shown is None:
            self._session.probe(None)
        else:
            self._session.probe(shown.node, (0,) * (shown.values.ndim - 2))

    # -- window ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()
        self._ask_for_run()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._summariser.cancel()
        self._kernels.cancel()
        self._stale = True

    def _apply_theme(self) -> None:
        self.mosaic.viewport().update()
        self.bars.viewport().update()


PANEL = Panel("feature_maps", N_("Feature maps"), Area.BOTTOM, 10, FeatureMapsPanel)
