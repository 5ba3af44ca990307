"""What holds at any time, however one got there. Each function gives a text for everything that does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from designer.analysis.analyse import analyse
from designer.graph.folding import card_id, output_of
from designer.graph.groups import around, within
from designer.library import files
from designer.library.models import run
from designer.pictures.images import prepare
from designer.ui.canvas.cards.card import blocked_by, card_of
from designer.ui.canvas.groups.group_card import group_card
from tests.fuzz.world import World

FEW_MACS, FEW_VALUES = 3_000_000, 300_000
"""Designs up to here are computed once more from scratch."""

IMAGE_AXES = 3
"""Channels, height and width: a picture fits no other input."""

MOST_STEPS = 60
"""Steps taken back and done again at a check; a longer history only its end."""


def the_canvas_shows_the_document(world: World) -> Iterator[str]:
    whole, scene = world.session.design, world.scene
    folded = scene.shown.folded
    if folded.whole is not whole:
        yield "the canvas shows another design"
        return
    yield from _every_node_is_drawn_once(world)
    design = folded.design
    if set(scene.nodes) != set(design.nodes):
        yield f"cards {sorted(scene.nodes)} for nodes {sorted(design.nodes)}"
        return
    report = world.session.report
    waits = blocked_by(report)
    for key, node in design.nodes.items():
        item = scene.nodes[key]
        if item.pos().toTuple() != node.position:
            yield f"{key} is shown at {item.pos().toTuple()}, and is at {node.position}"
        if key in folded.cards:
            wanted = group_card(whole, node, report)
        else:
            wanted = card_of(whole, node, report.layers.get(key), waits.get(key, ""))
        if item.card != wanted:
            yield f"{key} says {item.card}, not {wanted}"
        if item.selected != (key in folded.shown(world.session.selection)):
            yield f"{key} is shown {'' if item.selected else 'not '}selected"
    if set(scene.edges) != set(design.edges):
        yield f"wires {set(scene.edges) ^ set(design.edges)} are shown or not, wrongly"
        return
    for edge, wire in scene.edges.items():
        path = wire.path()
        ends = path.pointAtPercent(0.0), path.pointAtPercent(1.0)
        begin = scene.nodes[edge.source].output_point(output_of(edge))
        wanted_ends = begin, scene.nodes[edge.target].input_point(edge.input)
        if any(math.dist(end.toTuple(), other.toTuple()) > 1.0 for end, other in zip(ends, wanted_ends, strict=True)):
            yield f"the wire of {edge} runs from {ends[0]} to {ends[1]}, not {wanted_ends}"


def _every_node_is_drawn_once(world: World) -> Iterator[str]:
    """By itself, or on the card of the outermost collapsed group around it, inside the group that has been entered."""
    scene, grouping = world.scene, world.session.design.grouping
    inside = scene.shown.inside
    for node in world.session.design.nodes:
        way = [path for path in around(grouping.path_of(node)) if inside is None or path.startswith(inside + ".")]
        closed = [path for path in way if grouping.groups[path].collapsed]
        there = within(grouping.path_of(node), inside)
        wanted = (card_id(closed[-1]) if closed else node) if there else None
        if scene.shown.node_of([node]) != wanted:
            yield f"{node} is drawn as {scene.shown.node_of([node])}, not {wanted}"


def a_fresh_analysis_equals_the_report(world: World) -> Iterator[str]:
    session = world.session
    if analyse(session.design, settings=session.settings) != session.report:
        yield "a fresh analysis differs from the report"


def the_window_says_what_is(world: World) -> Iterator[str]:
    window, document, report = world.window, world.session.document, world.session.report
    if window.isWindowModified() is not document.modified:
        yield f"the title says modified: {window.isWindowModified()}"
    for name, label in (("undo", document.undo_label), ("redo", document.redo_label)):
        if window.commands[name].isEnabled() is not (label is not None):
            yield f"{name} is {'' if window.commands[name].isEnabled() else 'not '}enabled"
    title, count = window.docks.by_name["problems"].windowTitle(), len(report.problems)
    if title != (f"Problems ({count})" if count else "Problems"):
        yield f"{title!r} for {count} problems"
    if window.commands["stop"].isEnabled() is not world.session.run_state.running:
        yield "Stop is enabled, or not, wrongly"
    if any(node not in world.session.design.nodes for node in world.session.selection):
        yield f"selected are {world.session.selection}"


def maps_equal_a_run_from_scratch(world: World) -> Iterator[str]:
    session = world.session
    picture, report, design = session.picture, session.report, session.design
    values = sum(math.prod(facts.output_shape) for facts in report.layers.values() if facts.output_shape)
    if picture is None or report.totals.macs > FEW_MACS or values > FEW_VALUES or report.totals.parameters > FEW_VALUES:
        return
    held = {node: session.result(node) for node in design.nodes}
    held = {node: maps for node, maps in held.items() if maps is not None}
    shapes = {source: report.layers[source].output_shape for source in design.sources()}
    if not held or any(shape is None or len(shape) != IMAGE_AXES for shape in shapes.values()):
        return
    tensors = {source: prepare(picture, shape, session.preprocessing).tensor for source, shape in shapes.items()}
    wanted = run(design, tensors, keep=list(held), precise=session.engine_options.precise)
    for node, maps in held.items():
        size = float(np.nanmax(np.abs(wanted[node]), initial=1.0))
        if not np.allclose(maps, wanted[node], rtol=1e-3, atol=1e-3 * size, equal_nan=True):
            yield f"the maps of {node} are not those of a run from scratch"
    shown = world.window.docks.by_name["feature_maps"].widget().export()
    if shown is not None and shown.name in held and world.window.docks.by_name["feature_maps"].widget().isVisible():
        same_sort = shown.values.shape == held[shown.name].shape  # else these are the filters
        if same_sort and not np.array_equal(shown.values, held[shown.name], equal_nan=True):
            yield f"the panel shows other maps of {shown.name} than the session has"


def what_is_saved_is_read_back(world: World) -> Iterator[str]:
    design, path = world.session.design, world.folder / "check" / "saved.netdraft.json"
    path.parent.mkdir(exist_ok=True)
    files.save(design, path)
    if files.load(path) != design:
        yield "the design read back is another"


def undo_leads_back_and_redo_again(world: World) -> Iterator[str]:
    document = world.session.document
    history = list(document.history())
    now = document.design
    whole = len(history) <= MOST_STEPS
    for step in reversed(history[-MOST_STEPS:]):
        if document.design is not step.after:
            yield f"before {step.label!r} is taken back the design is not the one after it"
        document.undo()
        if document.design is not step.before:
            yield f"{step.label!r} taken back is not the design before it"
    if whole and document.design != world.first:
        yield "undo to the start is not the first design"
    yield from the_canvas_shows_the_document(world)
    yield from a_fresh_analysis_equals_the_report(world)
    for _step in history[-MOST_STEPS:]:
        document.redo()
    if document.design is not now:
        yield "redo does not lead to where undo began"


class ObjectCounts:
    """Widgets, objects and items on the canvas: after some warming up there are no more of them than before.

    Forms are made once for each kind of layer, plots and their menus when they are first shown, dialogs are kept until
    they are closed: the first checks find out how many that is.
    """

    WARM_UP = 20
    GRACE = 300

    def __init__(self) -> None:
        self._checks = 0
        self._most: dict[str, int] = {}

    def __call__(self, world: World) -> Iterator[str]:
        self._checks += 1
        for name, count in self.count(world).items():
            most = self._most.setdefault(name, count)
            if self._checks <= self.WARM_UP:
                self._most[name] = max(most, count)
            elif count > 1.5 * most + self.GRACE:
                yield f"{count} {name}, at most {most} in the first {self.WARM_UP} checks"

    @staticmethod
    def count(world: World) -> dict[str, int]:
        world.flush_deletes()
        design = world.session.design
        return {
            "widgets": len(QApplication.allWidgets()),
            "objects in the window": len(world.window.findChildren(QObject)),
            "windows": len(QApplication.topLevelWidgets()),
            "items beside cards and wires": len(world.scene.items()) - len(design.nodes) - len(design.edges),
        }


def a_closed_window_is_gone(world: World) -> Iterator[str]:
    survivors = world.survivors()
    if survivors:
        yield f"of a closed window are still alive: {', '.join(survivors)}"


Invariant = Callable[[World], Iterator[str]]


def invariants() -> tuple[Invariant, ...]:
    """All of them; the last one counts, and remembers the first count."""
    return (
        the_canvas_shows_the_document,
        a_fresh_analysis_equals_the_report,
        the_window_says_what_is,
        maps_equal_a_run_from_scratch,
        what_is_saved_is_read_back,
        undo_leads_back_and_redo_again,
        a_closed_window_is_gone,
        ObjectCounts(),
    )
