"""A few words for writing networks down in code, so that an architecture reads like its paper."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Self

import attrs

from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.edits import check_id
from designer.graph.group_rules import check_path
from designer.graph.groups import SEPARATOR, groups_of, joined, outer_of
from designer.i18n import _
from designer.layer_api.geometry import Shape
from designer.layer_api.registry import make_layer
from designer.layout.layered import layout
from designer.layout.placing import placed

After = str | Sequence[str] | None


class NetworkBuilder:
    """Collects layers and wires; a new layer follows the last one unless told otherwise.

    >>> net = NetworkBuilder("Two layers").image((3, 32, 32))
    >>> net.add("conv2d", filters=8, kernel=5)
    'conv1'
    >>> net.add("relu")
    'relu1'
    >>> list(net.design().nodes)
    ['image', 'conv1', 'relu1']
    """

    def __init__(self, name: str) -> None:
        self._design = Design(name=name)
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._homes: dict[str, str] = {}
        self._group: str | None = None
        self.last: str | None = None

    def image(self, shape: Shape, name: str = "image") -> Self:
        """Start with an image of this shape, channels first: (3, 224, 224), or (channels, length) of a sequence."""
        self.add("image_input", after=(), name=name, shape=shape)
        return self

    def add(self, kind: str, *, after: After = None, name: str | None = None, **parameters: object) -> str:
        """Append a layer and return its id.

        Parameters
        ----------
        kind
            One of :func:`designer.layers`, ``"conv2d"``.
        after
            What feeds it: one id, or one for each input; the layer added last where left out.
        name
            Its id; ``conv1``, ``conv2`` … by kind where left out.
        **parameters
            Values of the layer's fields, ``filters=8``; those left out have their defaults.

        Raises
        ------
        DesignError
            The name is taken or no name, or there is no such node to come after.
        FieldError
            The kind or a parameter makes no sense.
        """
        layer = make_layer(kind, **parameters)
        node_id = check_id(name) if name is not None else self._design.new_id(layer.prefix, self._nodes)
        if node_id in self._nodes:
            raise DesignError(_("there is a node {node} already; choose another name").format(node=node_id))
        if after is None:
            after = () if self.last is None or layer.is_source() else self.last
        sources = (after,) if isinstance(after, str) else tuple(after)
        for port, source in enumerate(sources):
            if source not in self._nodes:
                raise DesignError(_("there is no node {node}").format(node=source))
            self._edges.append(Edge(source, node_id, port))
        self._nodes[node_id] = Node(node_id, layer)
        if self._group is not None:
            self._homes[node_id] = self._group
        self.last = node_id
        return node_id

    @contextlib.contextmanager
    def group(self, name: str) -> Iterator[str]:
        """Put the layers added inside the ``with`` into a group, inside the group that is open; gives its path.

        Dots stand between groups: ``layer1.0`` is group ``0`` of group ``layer1``. A group that was open before takes
        more layers. Raises DesignError where the name cannot be one.

        >>> net = NetworkBuilder("Grouped").image((3, 32, 32))
        >>> with net.group("block"):
        ...     conv = net.add("conv2d", filters=8, kernel=5)
        >>> net.design().group("block").members
        ('conv1',)
        """
        outer = self._group
        path = outer
        for part in name.split(SEPARATOR):
            path = joined(path, part)
            check_path(path, part)
        self._group = path
        try:
            yield joined(outer, name)
        finally:
            self._group = outer

    def design(self) -> Design:
        """The network, laid out."""
        groups = groups_of(self._homes)
        design = self._design.evolve(nodes=self._nodes, edges=tuple(self._edges), groups=groups)
        places = layout(design)
        return design.evolve(
            nodes={key: attrs.evolve(node, position=places[key]) for key, node in design.nodes.items()}
        )


def answering(design: Design, class_set: str) -> Design:
    """The design with an output behind its only end, which names the classes that are scored there."""
    [end] = [key for key in design.nodes if not design.outgoing.get(key)]
    output = Node("output", make_layer("output", class_set=class_set))
    return placed(
        design.evolve(nodes={**design.nodes, "output": output}, edges=(*design.edges, Edge(end, "output", 0)))
    )


def in_modules(design: Design) -> Design:
    """The design with its nodes in groups as PyTorch has them in modules: ``layer1.0.conv1`` is in ``layer1.0``.

    Nodes that are in a group already stay there.
    """
    homes = {node: design.grouping.path_of(node) or outer_of(node) for node in design.nodes}
    return design.evolve(groups=groups_of({node: home for node, home in homes.items() if home is not None}))
