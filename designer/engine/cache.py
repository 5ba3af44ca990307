"""Results remembered by what they depend on, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping

from designer.analysis.report import Report
from designer.engine.keys import KeyMaker, Way
from designer.engine.wiring import wiring
from designer.graph.design import Array, Design


def result_keys(
    design: Design, report: Report, images: Mapping[str, Array], way: Way | None = None, maker: KeyMaker | None = None
) -> dict[str, Hashable]:
    """A key for every computable node, in execution order: equal keys mean equal results.

    A key depends on the layer, on how its weights come about, and on the keys of its inputs; not on names or places.
    """
    maker = maker or KeyMaker()
    wires = wiring(design, report, images)
    return dict(maker.results(maker.own(design, report, wires), wires, images, way or Way()))


class ResultCache:
    """Feature maps by key, least recently shown dropped first when over budget. Safe between threads.

    Parameters
    ----------
    budget_bytes
        How much the kept maps may occupy; the maps kept last always are.
    """

    def __init__(self, budget_bytes: int = 1_000_000_000) -> None:
        self._budget = budget_bytes
        self._kept: OrderedDict[Hashable, tuple[Array, float, str]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def budget_bytes(self) -> int:
        """How much the kept maps may occupy; a smaller budget drops maps at once."""
        return self._budget

    @budget_bytes.setter
    def budget_bytes(self, budget: int) -> None:
        with self._lock:
            self._budget = budget
            self._drop()

    def get(self, key: Hashable) -> Array | None:
        """The maps of this key, marked as just shown; None where they are not kept."""
        if key not in self._kept:  # most are not: the lock takes longer than looking
            return None
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def cost(self, key: Hashable) -> tuple[float, str]:
        """Seconds that these maps once took to compute, and the algorithm; 0 and nothing where that is not known."""
        with self._lock:
            found = self._kept.get(key)
            return (0.0, "") if found is None else found[1:]

    def put(self, key: Hashable, array: Array, seconds: float = 0.0, algorithm: str = "") -> Array:
        """Keep maps and return them, or those that were there before; drop the least recently shown beyond the budget.

        ``seconds`` is what they took to compute, by ``algorithm``.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept[0]
            self._kept[key] = (array, seconds, algorithm)
            self._bytes += array.nbytes
            self._drop()
            return array

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _drop(self) -> None:
        while self._bytes > self._budget and len(self._kept) > 1:
            _key, (dropped, *_cost) = self._kept.popitem(last=False)
            self._bytes -= dropped.nbytes
