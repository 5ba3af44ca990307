"""The automatic layout of the whole design: at once where it is small, else in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
from PySide6.QtCore import QObject

from designer.graph.compound_edits import Become
from designer.graph.design import Design, Position
from designer.graph.document import Change, difference
from designer.graph.edits import Edit, MoveNodes
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint, checkpoint_span
from designer.layout.cards import snapped
from designer.layout.grouped import arranged
from designer.session.session import Session
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.wires.wire_ways import Routed
from designer.ui.worker import BackgroundTasks, Task

LAYOUT_SHARE = 0.8
"""Of the work in the background; the rest goes into the wires (measured at 10,000 nodes with skip connections)."""

SMALL = 300
"""Nodes that are laid out at once: 300 with many skip connections take about 60 ms."""


@attrs.frozen
class _Found:
    """What the background has found: the places, and all that follows if the design is still the one it was."""

    places: Mapping[str, Position]
    change: Change
    routed: Routed | None


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

    def start(self) -> None:
        """Lay out the design as it is now."""
        design = self._session.design
        if not design.nodes:
            return
        if self._tasks is None or len(design.nodes) <= SMALL:
            places = arranged(design, self._scene.node_sizes())
            self._apply(MoveNodes(_in_corner(design, places), text=_("Lay out")))
            return
        self.stop()
        cards, too_old = self._scene.cards.copied(), self._scene.ways.make_room()
        plain = self._scene.shown.folded.plain

        def work() -> _Found:
            checkpoint(0.0)
            too_old.clear()
            with checkpoint_span(0.0, LAYOUT_SHARE):
                places = _in_corner(design, arranged(design, cards.sizes()))
            checkpoint(LAYOUT_SHARE)
            # All that follows too: of 10,000 nodes it takes longer than everything that is left.
            moved = MoveNodes(places).apply(design)
            change = difference(design, moved)
            if not plain:
                # What is drawn is another design, with fewer nodes and wires: those are found at once.
                return _Found(places, change, None)
            cards.place(places)
            return _Found(places, change, Routed.among(moved, cards))

        self._task = self._tasks.start(
            work,
            self._arrived,
            self._failed,
            _("laying out {count:,} layers").format(count=len(design.nodes)),
        )

    def stop(self) -> None:
        """Give up the layout that is being computed, if any."""
        if self._tasks is not None and self._task is not None:
            self._tasks.cancel(self._task)

    def _arrived(self, found: _Found) -> None:
        now, design = self._session.design, found.change.before
        same = now is design
        if not same and (now.nodes.keys() != design.nodes.keys() or set(now.edges) != set(design.edges)):
            self._session.notice(_("The design has changed while it was laid out; choose Lay Out again"))
            return
        if found.routed is not None:
            self._scene.ways.offer(found.routed)
        if same:
            self._apply(Become(found.change.after, _("Lay out")), found.change)
        else:
            self._apply(MoveNodes(found.places, text=_("Lay out")))

    def _failed(self, error: Exception) -> None:
        raise error

    def _apply(self, edit: Edit, change: Change | None = None) -> None:
        if self._session.do(edit, change=change):
            self._done()


def _in_corner(design: Design, places: Mapping[str, Position]) -> dict[str, Position]:
    """The places moved together, so that the upper left corner is where the design has it."""
    corners = [node.position for node in design.nodes.values()]
    left, top = min(x for x, _y in corners), min(y for _x, y in corners)
    new_left, new_top = min(x for x, _y in places.values()), min(y for _x, y in places.values())
    dx, dy = snapped(left - new_left, top - new_top)
    return {key: (x + dx, y + dy) for key, (x, y) in places.items()}
