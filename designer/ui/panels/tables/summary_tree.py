"""The rows of the summary as a tree: groups with what is in them, opened and folded. No widgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from designer.analysis.groups import GroupReport, group_report, tree
from designer.analysis.report import LayerReport, Report, Totals
from designer.graph.design import Design
from designer.graph.groups import SEPARATOR, all_members, around
from designer.i18n import ngettext
from designer.layer_api.geometry import shape_text
from designer.layer_api.quantities import SPACE, byte_text, number

MARK = "/"
"""Ends the name of a group's row: no node's name ends so."""

INDENT = 4 * SPACE
OPEN, FOLDED = "\N{BLACK DOWN-POINTING SMALL TRIANGLE}", "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"


@attrs.frozen
class GroupRow:
    """What the columns say of a group; where not every layer inside is counted, numbers are lower bounds."""

    report: GroupReport
    level: int
    open: bool

    def text(self, key: str) -> str:
        """The text of a column."""
        facts, bound = self.report, "" if self.report.complete else "≥" + SPACE
        if key == "id":
            return f"{INDENT * self.level}{OPEN if self.open else FOLDED}{SPACE}{facts.name}"
        if key == "kind":
            return ngettext("{count} layer", "{count} layers", facts.layers).format(count=number(facts.layers))
        if key == "output":
            shapes = [shape_text(shape) for shape in facts.output_shapes if shape is not None]
            return ", ".join(dict.fromkeys(shapes))
        if key == "memory":
            return bound + byte_text(facts.activation_bytes)
        if key in ("parameters", "operations"):
            return bound + number(getattr(facts, key))
        problem = facts.problem
        if key == "problem" and problem is not None and problem.problem is not None:
            return f"{problem.id}: {problem.problem.message}"
        return ""


class SummaryTree:
    """Which groups of a design are open, and the rows that follow."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self._design, self._report = Design(), Report("", {}, Totals())
        self._known: dict[str, GroupReport] = {}
        self._levels: dict[str, int] = {}

    def follow(self, design: Design, report: Report) -> None:
        """Show another design, or other numbers of it."""
        self._design, self._report = design, report
        self._known.clear()
        self.open &= design.grouping.groups.keys()

    def toggle(self, path: str) -> None:
        """Open a group that is folded, fold one that is open."""
        self.open ^= {path}

    def names(self) -> list[str]:
        """Names of the rows, in execution order: a group stands where its first layer is."""
        inside, found = tree(self._report.layers, self._design.grouping), []
        self._levels = {}

        def rows(outer: str | None, level: int) -> None:
            for entry in inside[outer]:
                name = entry.name + MARK if entry.is_group else entry.name
                self._levels[name] = level
                found.append(name)
                if entry.is_group and entry.name in self.open:
                    rows(entry.name, level + 1)

        rows(None, 0)
        return found

    def group(self, name: str) -> GroupRow:
        """The row of a group by its name."""
        path = name.removesuffix(MARK)
        if path not in self._known:
            self._known[path] = group_report(self._design, self._report, path)
        return GroupRow(self._known[path], self._levels.get(name, 0), path in self.open)

    def layer_name(self, layer: LayerReport) -> str:
        """A layer's name without that of its group, indented."""
        home = self._design.grouping.path_of(layer.id)
        name = layer.id if home is None else layer.id.removeprefix(home + SEPARATOR)
        return INDENT * self._levels.get(layer.id, 0) + name

    def nodes(self, name: str) -> tuple[str, ...]:
        """The nodes that a row stands for."""
        if not name.endswith(MARK):
            return (name,)
        inside = set(all_members(self._design.group(name.removesuffix(MARK))))
        return tuple(node for node in self._report.layers if node in inside)

    def shown_for(self, node: str) -> str:
        """Name of the row in which a node is seen: its own, or that of the outermost folded group around it."""
        home = self._design.grouping.path_of(node)
        folded = (path for path in reversed(list(around(home))) if path not in self.open)
        path = next(folded, None)
        return node if path is None else path + MARK

    def whole(self, selection: Iterable[str]) -> Iterator[str]:
        """Names of the rows of groups all of whose nodes are selected."""
        grouping = self._design.grouping
        counts = Counter(path for node in selection for path in around(grouping.path_of(node)))
        for path, count in counts.items():
            if count == sum(1 for _node in all_members(grouping.groups[path])):
                yield path + MARK
