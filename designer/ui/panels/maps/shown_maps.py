"""What of a node is on the screen, with its statistics: made at once where it is little, else in a thread."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from PySide6.QtCore import QObject, Signal

from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import axes_text, shape_text
from designer.session.class_scores import ClassScores
from designer.session.maps.stack import MapStack, StackStatistics, summarise
from designer.session.session import Session
from designer.ui.widgets.latest_task import LatestTask

AT_ONCE_VALUES = 1_000_000
"""Up to so many values are summarised, and weights drawn, before the next repaint; more in another thread."""


@attrs.frozen(eq=False)
class Shown:
    """Values of a node, as pictures or, without a stack, as bars."""

    node: str
    filters: bool
    values: Array
    stack: MapStack | None
    scores: ClassScores | None = None
    """What the values say about classes."""

    statistics: StackStatistics | None = None

    def same_subject(self, other: Shown | None) -> bool:
        """Whether the other shows the same node's maps or filters, perhaps with other values or another slice."""
        return other is not None and other.node == self.node and other.filters == self.filters

    def same_slice(self, other: Shown) -> bool:
        """Whether the other shows the same slice of a volume, or all, too."""
        mine, theirs = (each.stack.slice_ if each.stack is not None else None for each in (self, other))
        return mine == theirs

    def vector(self) -> Array:
        """The values (F,) that are drawn as bars."""
        flat: Array = self.values[0].reshape(-1)
        return flat

    def subtitle(self) -> str:
        """How many of what size: ``64 maps · 28×28 · 3 dead``."""
        if self.stack is None:
            count = self.values.shape[1]
            return ngettext("{n} value", "{n} values", count).format(n=count)
        count = self.stack.count
        if self.filters:
            text = ngettext("{n} filter", "{n} filters", count).format(n=count)
            return " · ".join([text, shape_text(self.values.shape[1:]), *self._slice_part()])
        parts = [ngettext("{n} map", "{n} maps", count).format(n=count), axes_text(self.stack.spatial)]
        parts += self._slice_part()
        dead = int(np.count_nonzero(self.statistics.dead)) if self.statistics is not None else 0
        if dead:
            parts.append(_("{n} dead").format(n=dead))
        return " · ".join(parts)

    def _slice_part(self) -> list[str]:
        if self.stack is None or self.stack.slice_ is None:
            return []
        return [_("slice {n} of {count}").format(n=self.stack.slice_, count=self.stack.spatial[0])]


class Summariser(QObject):
    """Gives what is shown its statistics.

    Signals
    -------
    done(object)
        A `Shown` with statistics: the one asked for last.
    """

    done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._task = LatestTask(self)
        self._task.done.connect(self.done)

    def start(self, coming: Shown) -> bool:
        """Summarise; whether it was done at once."""
        values = coming.stack.values if coming.stack is not None else coming.vector()[:, np.newaxis]
        self._task.cancel()
        if values.size <= AT_ONCE_VALUES:
            self.done.emit(attrs.evolve(coming, statistics=summarise(values)))
            return True
        self._task.start(lambda keep_on: attrs.evolve(coming, statistics=summarise(values, keep_on)))
        return False

    def cancel(self) -> None:
        """Forget what is being summarised."""
        self._task.cancel()


class KernelReader(QObject):
    """Fetches the kernels of a node: weights that were not drawn yet may take a while.

    Signals
    -------
    done(object)
        (node, kernels or None), for the node asked for last.
    """

    done = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._task = LatestTask(self)
        self._task.done.connect(self.done)

    def start(self, node: str, values: int) -> bool:
        """Fetch the kernels, so many values; whether it was done at once."""
        session = self._session
        # Snapshots that nobody can change: safe in any thread.
        design, report, store = session.design, session.report, session.weights

        def kernels(keep_on: Callable[[], bool]) -> tuple[str, Array | None]:
            del keep_on
            return node, design.nodes[node].layer.filter_kernels(store.of(design, report, node))

        self._task.cancel()
        if values <= AT_ONCE_VALUES:
            self.done.emit(kernels(lambda: True))
            return True
        self._task.start(kernels)
        return False

    def cancel(self) -> None:
        """Forget what is being fetched."""
        self._task.cancel()
