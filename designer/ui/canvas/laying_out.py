"""The automatic layout of the whole design: at once where it is small, else in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject

from designer.graph.compound_edits import Become
from designer.graph.design import Design, Position
from designer.graph.edits import Edit, MoveNodes
from designer.i18n import _
from designer.layout.cards import snapped
from designer.layout.grouped import arranged
from designer.session.session import Session
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.wires.wire_ways import Routed
from designer.ui.worker import BackgroundTasks, Task

SMALL = 300
"""Nodes that are laid out at once: 300 with many skip connections take about 60 ms."""


class _Stopped(Exception):
    """The user no longer wants it."""


class LayingOut(QObject):
    """Puts every node where the automatic layout has it, keeping the upper left corner; one undo step.

    Parameters
    ----------
    tasks
        Where large designs are laid out; without it all are laid out at once.
    done
        Called when the nodes stand in their new places.
    """

    def __init__(
        self,
        session: Session,
        scene: CanvasScene,
        tasks: BackgroundTasks | None,
        done: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._scene, self._tasks, self._done = session, scene, tasks, done
        self._task: Task | None = None
        self._stop = threading.Event()
        if tasks is not None:
            tasks.changed.connect(self._watch)

    def start(self) -> None:
        """Lay out the design as it is now."""
        design, sizes = self._session.design, self._scene.node_sizes()
        if not design.nodes:
            return
        if self._tasks is None or len(design.nodes) <= SMALL:
            self._apply(MoveNodes(_in_corner(design, arranged(design, sizes)), text=_("Lay out")))
            return
        self.stop()
        self._scene.ways.make_room()
        stop = self._stop = threading.Event()

        def checkpoint() -> None:
            if stop.is_set():
                raise _Stopped

        cards = self._scene.cards.copied()

        plain = self._scene.shown.folded.plain

        def work() -> tuple[dict[str, Position], Routed | None]:
            places = _in_corner(design, arranged(design, sizes, checkpoint=checkpoint))
            checkpoint()
            if not plain:
                # What is drawn is another design, with fewer nodes and wires: those are found at once.
                return places, None
            # The moved design and its wires too: of 10,000 nodes they take longer than everything that is left.
            moved = MoveNodes(places).apply(design)
            cards.place(places)
            return places, Routed.among(moved, cards)

        self._task = self._tasks.start(
            work,
            lambda found: self._arrived(design, *found),
            self._failed,
            _("laying out {count:,} layers").format(count=len(design.nodes)),
        )

    def stop(self) -> None:
        """Give up the layout that is being computed, if any."""
        if self._tasks is not None and self._task is not None:
            self._tasks.cancel(self._task)

    def _watch(self) -> None:
        """Nobody waits for a task that is no longer among the active ones: it ends at its next checkpoint."""
        if self._tasks is not None and self._task is not None and self._task not in self._tasks.active:
            self._task = None
            self._stop.set()

    def _arrived(self, design: Design, places: Mapping[str, Position], routed: Routed | None) -> None:
        now = self._session.design
        if now is design and routed is None:
            self._apply(MoveNodes(places, text=_("Lay out")))
            return
        if now is design and routed is not None:
            self._scene.ways.offer(routed)
            self._apply(Become(routed.design, _("Lay out")))
            return
        if now.nodes.keys() != design.nodes.keys() or set(now.edges) != set(design.edges):
            self._session.notice(_("The design has changed while it was laid out; choose Lay Out again"))
            return
        if routed is not None:
            self._scene.ways.offer(routed)
        self._apply(MoveNodes(places, text=_("Lay out")))

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, _Stopped):
            raise error

    def _apply(self, edit: Edit) -> None:
        if self._session.do(edit):
            self._done()


def _in_corner(design: Design, places: Mapping[str, Position]) -> dict[str, Position]:
    """The places moved together, so that the upper left corner is where the design has it."""
    corners = [node.position for node in design.nodes.values()]
    left, top = min(x for x, _y in corners), min(y for _x, y in corners)
    new_left, new_top = min(x for x, _y in places.values()), min(y for _x, y in places.values())
    dx, dy = snapped(left - new_left, top - new_top)
    return {key: (x + dx, y + dy) for key, (x, y) in places.items()}
