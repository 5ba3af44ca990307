"""Subtotals: what the layers of a group are together, and what crosses its border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design
from designer.graph.group_boundary import boundary
from designer.graph.groups import Grouping, around, name_of, outer_of
from designer.layer_api.geometry import Shape


@attrs.frozen
class GroupReport:
    """The facts of one group. Sums are over the layers that could be counted: lower bounds where not ``complete``.

    Attributes
    ----------
    path : str
        Names from the outermost group inwards, ``layer1.0``.
    members, nodes : tuple[str, ...]
        Ids of the nodes directly inside; and of all, also those in groups inside.
    sources, exits : tuple[str, ...]
        Nodes outside that feed it; nodes inside that are read outside, or where the network ends.
    wires_in, wires_out : int
        Wires that cross its border.
    input_shapes, output_shapes : tuple[Shape | None, ...]
        Of ``sources`` and ``exits``, channels first without the batch; None where not known.
    layers : int
        Nodes inside but for images.
    parameters, buffers, macs, operations, activation_bytes, weight_bytes : int
        Sums over the layers inside, counted as in the report.
    problem : LayerReport | None
        A layer inside with a problem of its own.
    waiting : int
        Layers inside that wait for one with a problem.
    """

    path: str
    members: tuple[str, ...]
    nodes: tuple[str, ...]
    sources: tuple[str, ...]
    exits: tuple[str, ...]
    wires_in: int
    wires_out: int
    input_shapes: tuple[Shape | None, ...]
    output_shapes: tuple[Shape | None, ...]
    layers: int
    parameters: int
    buffers: int
    macs: int
    operations: int
    activation_bytes: int
    weight_bytes: int
    problem: LayerReport | None = None
    waiting: int = 0

    @property
    def name(self) -> str:
        """The last name of the path."""
        return name_of(self.path)

    @property
    def complete(self) -> bool:
        """Whether every layer inside could be counted."""
        return self.problem is None and not self.waiting

    def to_json(self) -> dict[str, Any]:
        """As ``netdraft summary --format json`` has it."""
        problem = None
        if self.problem is not None and self.problem.problem is not None:
            problem = f"{self.problem.id}: {self.problem.problem.message}"
        return {
            "path": self.path,
            "status": "complete" if self.complete else "partial",
            "members": list(self.members),
            "inputs": list(self.sources),
            "outputs": list(self.exits),
            "input_shapes": [shape and list(shape) for shape in self.input_shapes],
            "output_shapes": [shape and list(shape) for shape in self.output_shapes],
            "layers": self.layers,
            "parameters": self.parameters,
            "trainable_parameters": self.parameters,
            "buffers": self.buffers,
            "macs": self.macs,
            "operations": self.operations,
            "activation_bytes": self.activation_bytes,
            "weight_bytes": self.weight_bytes,
            "problem": problem,
        }


def group_report(design: Design, report: Report, path: str) -> GroupReport:
    """The facts of the group of this path; raises DesignError. It costs what is in the group, not the design."""
    border = boundary(design, path)
    facts = [report.layers[node] for node in border.nodes]
    return GroupReport(
        path=path,
        members=design.group(path).members,
        nodes=border.nodes,
        sources=border.sources,
        exits=border.exits,
        wires_in=len(border.incoming),
        wires_out=len(border.outgoing),
        input_shapes=_shapes(report, border.sources),
        output_shapes=_shapes(report, border.exits),
        layers=sum([not design.nodes[node].layer.is_source() for node in border.nodes]),
        parameters=sum([layer.parameters for layer in facts]),
        buffers=sum([layer.buffers for layer in facts]),
        macs=sum([layer.macs for layer in facts]),
        operations=sum([layer.operations for layer in facts]),
        activation_bytes=sum([layer.activation_bytes for layer in facts]),
        weight_bytes=sum([layer.weight_bytes for layer in facts]),
        # What a problem lets wait has none of its own: no problem inside hides another.
        problem=next((layer for layer in facts if layer.problem is not None), None),
        waiting=sum([layer.waiting for layer in facts]),
    )


@attrs.frozen
class TreeEntry:
    """A node, or a group by its path, where a tree of the design has it."""

    name: str
    is_group: bool


def tree(nodes: Iterable[str], grouping: Grouping) -> Mapping[str | None, list[TreeEntry]]:
    """What stands directly in each group, and (None) in none, in the order of ``nodes``.

    A group stands where its first node is.
    """
    inside: dict[str | None, list[TreeEntry]] = {None: []}
    for node in nodes:
        home = grouping.path_of(node)
        for path in reversed(list(around(home))):
            if path not in inside:
                inside[path] = []
                inside[outer_of(path)].append(TreeEntry(path, True))
        inside[home].append(TreeEntry(node, False))
    return inside


def _shapes(report: Report, nodes: Iterable[str]) -> tuple[Shape | None, ...]:
    return tuple([report.layers[node].output_shape for node in nodes])


def group_reports(design: Design, report: Report) -> Mapping[str, GroupReport]:
    """The facts of every group by path, each before those inside it."""
    return {path: group_report(design, report, path) for path in design.grouping.groups}
