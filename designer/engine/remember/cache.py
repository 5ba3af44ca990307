"""Results remembered by what they depend on, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import attrs

from designer.analysis.report import Report
from designer.engine.compile.wiring import Declared, wiring
from designer.engine.remember.keys import Arithmetic, KeyMaker
from designer.engine.remember.memory import Kind, Memory
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array


def result_keys(
    design: Design,
    report: Report,
    images: Mapping[str, Array],
    maker: KeyMaker,
    arithmetic: Arithmetic | None = None,
    declared: Declared | None = None,
) -> dict[str, Hashable]:
    """A key for every computable node, in execution order: equal keys of one maker mean equal results.

    A key depends on the layer, on how its weights come about, and on the keys of its inputs; not on names or places.
    ``declared`` is what layers have been asked for before.
    """
    wires = wiring(design, report, images, declared)
    return dict(maker.results(maker.own(design, report, wires), wires, images, arithmetic or Arithmetic()))


class ResultCache:
    """Feature maps by key.

    Parameters
    ----------
    memory
        Where they are kept.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def get(self, key: Hashable) -> Array | None:
        """The maps of this key, marked as just shown; None where they are not kept."""
        found = self._memory.get(Kind.MAPS, key)
        return None if found is None else found.array

    def cost(self, key: Hashable) -> tuple[float, str]:
        """Seconds that these maps once took to compute, and the algorithm; 0 and nothing where that is not known."""
        found = self._memory.peek(Kind.MAPS, key)
        return (0.0, "") if found is None else (found.seconds, found.algorithm)

    def put(self, key: Hashable, array: Array, seconds: float = 0.0, algorithm: str = "") -> Array:
        """Keep maps and return them, or those that were there before.

        ``seconds`` is what they took to compute, by ``algorithm``.
        """
        kept: Array = self._memory.keep(Kind.MAPS, key, _Maps(array, seconds, algorithm), [array]).array
        return kept

    def clear(self) -> None:
        """Drop the maps of all designs, so that the next run computes every layer."""
        self._memory.forget(Kind.MAPS)


@attrs.frozen(eq=False)
class _Maps:
    array: Array
    seconds: float
    algorithm: str
