"""Blocks that can be put between layers: those of the literature, and the user's own, each a file in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs
import platformdirs

from designer.files import spec
from designer.files.atomic import atomic_write
from designer.files.regular_file import read_regular_file
from designer.files.spec import SUFFIX
from designer.files.spec_values import SpecError
from designer.gallery.ready_blocks import BLOCKS
from designer.graph.compound_edits import groups_among, wires_among
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.group_edits import GroupNodes
from designer.graph.group_rules import check_path
from designer.graph.part_edits import part_of
from designer.i18n import _
from designer.layer_api.geometry import Shape
from designer.layer_api.problems import UserError
from designer.layer_api.registry import make_layer
from designer.layout.inserting import STEP_RIGHT

LARGEST_FILE = 10_000_000
"""Bytes: a block of ten thousand layers has five."""


@attrs.frozen
class BlockEntry:
    """What the palette shows of a block; ``source`` is the paper, or the file of one's own."""

    name: str
    title: str
    source: str
    own: bool = False


def folder() -> Path:
    """Where one's own blocks are, a spec file each; it may not exist yet."""
    return platformdirs.user_data_path("netdraft", appauthor=False) / "blocks"


def entries() -> tuple[BlockEntry, ...]:
    """Every block: those of the literature, then one's own by name."""
    own = sorted(path for path in folder().glob(f"*{SUFFIX}") if path.is_file())
    return (
        *(BlockEntry(block.name, _(block.title), block.source) for block in BLOCKS.values()),
        *(BlockEntry(_name_of(path), _name_of(path), str(path), own=True) for path in own),
    )


def _name_of(path: Path) -> str:
    return path.name.removesuffix(SUFFIX)


def _file(name: str) -> Path:
    return folder() / f"{name}{SUFFIX}"


def block_design(entry: BlockEntry, shape: Shape | None) -> Design:
    """The block behind an image input that stands for what feeds it; raises UserError where the file is none.

    ``shape`` is what will feed it, where that is known: blocks of the literature take their channels from it.
    """
    if not entry.own:
        return BLOCKS[entry.name].design(shape)
    path = _file(entry.name)
    try:
        design = spec.parse(read_regular_file(path, limit=LARGEST_FILE).decode("utf-8")).design
        part_of(design)
    except (OSError, ValueError, SpecError, DesignError) as problem:
        raise UserError(_("{path}: cannot be used as a block: {problem}").format(path=path, problem=problem)) from None
    return design


def block_from(design: Design, ids: Iterable[str], name: str, shape: Shape | None) -> Design:
    """Layers of a design as a block of a name; raises DesignError where they cannot be one.

    One layer outside may feed them, of which ``shape`` is the output; it becomes the image input. Weights stay behind.
    """
    check_path(name, name)
    chosen = [key for key in design.nodes if key in set(ids) and not design.nodes[key].layer.is_source()]
    inside = set(chosen)
    crossing = [edge for edge in design.edges if edge.target in inside and edge.source not in inside]
    feeding = {edge.source for edge in crossing}
    if not chosen or len(feeding) != 1:
        raise DesignError(
            _("a block is fed by one layer; these are fed by {layers}").format(
                layers=", ".join(sorted(feeding)) or _("none")
            )
        )
    stand_in = design.new_id("input", inside)
    source = Node(stand_in, make_layer("image_input", shape=shape or (3, 32, 32)))
    nodes = {stand_in: source, **{key: design.nodes[key] for key in chosen}}
    edges = [*wires_among(design, chosen), *(Edge(stand_in, edge.target, edge.input) for edge in crossing)]
    groups, _outer = groups_among(design, chosen)
    block = Design(name=name, nodes=nodes, edges=tuple(edges), groups=groups)
    if not (len(groups) == 1 and groups[0].name == name):
        block = GroupNodes(tuple(chosen), name).apply(block)
    left = min(node.position[0] for key, node in block.nodes.items() if key != stand_in)
    top = min(node.position[1] for key, node in block.nodes.items() if key != stand_in)
    at = {**block.nodes, stand_in: attrs.evolve(source, position=(left - STEP_RIGHT, top))}
    block = block.evolve(nodes=at)
    part_of(block)
    return block


def save_block(block: Design) -> Path:
    """Write a block under its name into the folder; raises OSError."""
    path = _file(block.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as stream:
        stream.write(spec.dump(block).encode("utf-8"))
    return path


def remove_block(entry: BlockEntry) -> None:
    """Delete one of one's own blocks; raises OSError."""
    if entry.own:
        _file(entry.name).unlink(missing_ok=True)
