"""Hypothesis strategies: layers, designs and edits of any kind, drawn from what the layers declare.

A new layer or field is covered without being named here. Strategies are cached: hypothesis checks each new one, which
takes longer than drawing from it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st

from designer.graph import compound_edits, edits, group_edits
from designer.graph.design import Design, Edge, Node
from designer.graph.group_repeat import RepeatGroup
from designer.graph.groups import Group, Groups
from designer.layer_api import fields, list_fields
from designer.layer_api.layer import Layer
from designer.layer_api.registry import catalogue

SMALL = 6
"""Counts, kernels and sizes are drawn up to this."""

MOST_PORTS = 3
"""Wires drawn into a layer that takes any number."""


def field_values(field: fields.Field, rank: int) -> st.SearchStrategy[Any]:
    """Values that a field accepts, in every form that it accepts."""
    values = _plain_values(field, rank)
    return st.none() | values if field.optional else values


def _plain_values(field: fields.Field, rank: int) -> st.SearchStrategy[Any]:
    match field:
        case fields.Integer():
            return st.integers(field.low, min(field.high, field.low + SMALL))
        case fields.Real(unit="×"):
            # What a map grows by: a thousand times larger would test nothing more.
            return st.floats(field.low, 3)
        case fields.Real():
            return st.floats(field.low, field.high, exclude_min=field.above)
        case fields.Boolean():
            return st.booleans()
        case fields.Choice():
            return st.sampled_from(list(field.options))
        case fields.PerAxis():
            one = st.integers(field.low, min(field.high, field.low + SMALL))
            return one | st.tuples(*[one] * rank) | st.lists(one, min_size=rank, max_size=rank)
        case fields.PaddingField():
            one = st.integers(max(-2, field.low), 3)
            sides = st.tuples(*[one | st.tuples(one, one)] * rank)
            return one | sides | st.just("same") if field.same else one | sides
        case fields.ShapeField():
            return st.lists(st.integers(1, 2 * SMALL), min_size=1, max_size=4).map(tuple)
        case list_fields.SizesField():
            known = st.lists(st.integers(1, SMALL), min_size=0, max_size=2)
            return st.tuples(known, st.sampled_from([-1, 1, 2, 3]), known).map(
                lambda part: (*part[0], part[1], *part[2][:1])
            )
        case list_fields.AxesField(permutation=True):
            return st.integers(1, 4).flatmap(lambda count: st.permutations(range(1, count + 1)).map(tuple))
        case list_fields.AxesField():
            one = st.sampled_from([-2, -1, 1, 2, 3])
            return one | st.lists(one, min_size=1, max_size=3, unique=True)
        case list_fields.NamesField():
            return st.lists(st.sampled_from(["cat", "dog", "tench, Tinca tinca", "Zürich"]), max_size=4).map(tuple)
    raise NotImplementedError(f"say in {__name__} what values a {type(field).__name__} takes")


@cache
def parameters_of(cls: type[Layer]) -> st.SearchStrategy[dict[str, Any]]:
    """Legal parameters of a layer class; any of them may be left at its default."""
    return st.fixed_dictionaries(
        {}, optional={name: field_values(field, cls.rank) for name, field in cls.fields().items()}
    )


@cache
def layers() -> st.SearchStrategy[Layer]:
    """Any layer of the catalogue with any legal parameters."""
    return st.one_of([layers_of(cls) for cls in catalogue().values()])


@cache
def layers_of(cls: type[Layer]) -> st.SearchStrategy[Layer]:
    """A layer of this class with any legal parameters."""
    return parameters_of(cls).map(cls.from_parameters)


@cache
def ids() -> st.SearchStrategy[str]:
    """Names of nodes, ordinary and odd ones."""
    ordinary = st.sampled_from(["image", "conv1", "conv2", "relu1", "pool1", "fc", "add", "layer1.0.conv1"])
    return ordinary | st.from_regex(edits.ID_PATTERN, fullmatch=True).filter(lambda name: len(name) <= edits.LONGEST_ID)


@cache
def positions() -> st.SearchStrategy[tuple[float, float]]:
    """Places on the canvas."""
    coordinate = st.integers(-400, 400).map(float) | st.floats(-1e6, 1e6)
    return st.tuples(coordinate, coordinate)


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Anything that a JSON file may hold."""
    leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    return st.recursive(
        leaves | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=6,
    )


@cache
def unknown_keys(*known: str) -> st.SearchStrategy[dict[str, Any]]:
    """Keys that a later program might write, beside those that this one knows."""
    return st.dictionaries(st.text(max_size=6).filter(lambda key: key not in known), json_values(), max_size=2)


@cache
def nodes() -> st.SearchStrategy[Node]:
    """A node of any name."""
    extra = unknown_keys("id", "kind", "params", "position", "seed")
    seeds = st.none() | st.integers(0, 2**64 - 1)
    return st.builds(_node, ids(), layers(), positions(), seeds, extra)


def _node(node_id: str, layer: Layer, position: tuple[float, float], seed: int | None, extra: dict[str, Any]) -> Node:
    node = Node(node_id, layer, position, extra=extra)
    return node if seed is None else attrs.evolve(node, seed=seed)


@st.composite
def designs(draw: st.DrawFn, *, max_nodes: int = 7, with_extras: bool = True) -> Design:
    """Any design: nodes in any order of creation, wires without a cycle, many of them half built."""
    flow = draw(st.lists(nodes(), unique_by=lambda node: node.id, max_size=max_nodes))
    names = [node.id for node in flow]
    if not with_extras:
        flow = [attrs.evolve(node, extra={}) for node in flow]
    wires = []
    for index, node in enumerate(flow):
        ports = MOST_PORTS if node.layer.max_inputs is None else node.layer.max_inputs
        for port in range(ports if index else 0):
            source = draw(st.none() | st.sampled_from(names[:index]))
            if source is not None:
                extra = draw(unknown_keys("from", "to", "input")) if with_extras else {}
                wires.append(Edge(source, node.id, port, extra))
    known = ("format", "version", "name", "nodes", "edges", "groups", "notes", "weights")
    return Design(
        name=draw(st.text(max_size=12)),
        nodes={node.id: node for node in draw(st.permutations(flow))},
        edges=tuple(draw(st.permutations(wires))),
        groups=draw(groups_of(names, with_extras=with_extras)),
        notes=tuple(draw(st.lists(json_values(), max_size=2))) if with_extras else (),
        extra=draw(unknown_keys(*known)) if with_extras else {},
    )


GROUP_PATHS = ("stem", "stage1", "stage1.0", "stage1.0.branch", "stage1.1", "Stufe_ä", "head-2")


@st.composite
def groups_of(draw: st.DrawFn, names: list[str], *, with_extras: bool = True) -> Groups:
    """Groups, one inside another, of some of these nodes."""
    homes = {name: draw(st.none() | st.sampled_from(GROUP_PATHS)) for name in names}
    looks = {
        path: draw(
            st.fixed_dictionaries(
                {
                    "collapsed": st.booleans(),
                    "colour": st.none() | st.just("#0072B2"),
                    "note": st.text(max_size=4),
                    "extra": unknown_keys("name", "nodes", "groups", "collapsed", "colour", "note"),
                }
            )
        )
        for path in {home for home in homes.values() if home is not None and with_extras}
    }

    def inside(outer: str) -> Groups:
        level = [path for path in GROUP_PATHS if path.rpartition(".")[0] == outer]
        made = (
            Group(
                path.rpartition(".")[2],
                tuple(name for name, home in homes.items() if home == path),
                inside(path),
                **looks.get(path, {}),
            )
            for path in level
        )
        return tuple(group for group in made if not group.empty)

    return inside("")


def _group_edits(design: Design, some: st.SearchStrategy[frozenset[str]]) -> list[st.SearchStrategy[edits.Edit]]:
    path = st.sampled_from([*design.grouping.groups, "nowhere"])
    name = st.sampled_from(["stem", "0", "1", "block1"]) | st.text(max_size=3)
    colours = st.none() | st.sampled_from(["#0072b2", "blue", ""])
    return [
        st.builds(group_edits.GroupNodes, some | st.just(frozenset()), name, st.none() | path),
        st.builds(group_edits.Dissolve, path),
        st.builds(RepeatGroup, path, st.integers(1, 3), st.booleans()),
        st.builds(group_edits.RenameGroup, path, name),
        st.builds(group_edits.CollapseGroups, st.frozensets(path, min_size=1, max_size=2), st.booleans()),
        st.builds(group_edits.ColourGroup, path, colours),
        st.builds(group_edits.NoteGroup, path, st.text(max_size=5)),
        st.builds(
            group_edits.MoveToGroup, some | st.just(frozenset()), st.none() | path, st.frozensets(path, max_size=2)
        ),
    ]


def any_edit(design: Design) -> st.SearchStrategy[edits.Edit]:
    """Edits of every class; some of them this design refuses."""
    here = st.sampled_from([*design.nodes, "nowhere"])
    some = st.frozensets(here, min_size=1, max_size=3)
    wires = st.builds(edits.Connect, here, here, st.integers(0, 2))
    strategies: list[st.SearchStrategy[edits.Edit]] = [
        st.builds(edits.AddNode, nodes(), st.none() | here),
        st.builds(compound_edits.InsertAfter, nodes(), here),
        st.builds(edits.RemoveNodes, some, st.booleans()),
        wires,
        st.builds(edits.MoveNodes, st.dictionaries(here, positions(), min_size=1, max_size=3)),
        st.builds(edits.Rename, here, ids() | st.text(max_size=5)),
        st.builds(edits.SetName, st.text(max_size=8)),
        st.builds(edits.SetWeights, st.dictionaries(here, st.none() | tensors(), min_size=1, max_size=2)),
        st.builds(compound_edits.Several, st.lists(wires, max_size=3), st.just("several")),
        _parts(design),
        st.one_of(_group_edits(design, some)),
    ]
    if design.edges:
        wire = st.sampled_from(design.edges)
        strategies.append(st.builds(edits.Disconnect, st.frozensets(wire, min_size=1, max_size=2)))
        strategies.append(st.builds(compound_edits.InsertOnEdge, nodes(), wire))
    if design.nodes:
        strategies.append(st.sampled_from(list(design.nodes.values())).flatmap(_changes))
    return st.one_of(strategies)


@cache
def tensors() -> st.SearchStrategy[dict[str, np.ndarray[Any, Any]]]:
    """Weights for a node, fitting or not."""
    sizes = st.lists(st.integers(1, 3), min_size=1, max_size=2)
    return st.dictionaries(st.sampled_from(["weight", "bias"]), sizes.map(np.ones), max_size=2)


def _changes(node: Node) -> st.SearchStrategy[edits.Edit]:
    legal = parameters_of(type(node.layer))
    silly = st.dictionaries(st.sampled_from([*node.layer.fields(), "nonsense"]), json_values(), max_size=1)
    return st.builds(edits.SetParameters, st.just(node.id), legal | silly)


@st.composite
def _parts(draw: st.DrawFn, design: Design) -> edits.Edit:
    part = draw(designs(max_nodes=3))
    into = draw(st.none() | st.sampled_from([*design.grouping.groups, "nowhere"]))
    return compound_edits.AddPart(tuple(part.nodes.values()), part.edges, "Paste", groups=part.groups, into=into)
