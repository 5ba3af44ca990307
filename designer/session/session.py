"""The application's state without a toolkit: design, report, selection, picture, results, and word of every change.

Views read from here and ask for changes here; they never speak to each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import attrs

from designer.analysis.analyse import Previous, Settings, analyse
from designer.analysis.receptive_field import seen_by
from designer.analysis.report import Report
from designer.graph.compound_edits import Several
from designer.graph.design import Design, DesignError, Node, Position
from designer.graph.document import Change, Document
from designer.graph.edits import AddNode, Edit, Rename
from designer.graph.group_edits import Dissolve, GroupNodes, MoveToGroup, group_name
from designer.graph.groups import still_there, within
from designer.layer_api.geometry import Region
from designer.layer_api.problems import FieldError
from designer.layer_api.registry import make_layer
from designer.layout.inserting import appended
from designer.layout.layered import Size
from designer.layout.placing import placed, usual_sizes
from designer.layout.repeating import repeated
from designer.session.computing import Computing
from designer.session.notices import Level
from designer.session.results import fitting

REMEMBERED = 2
"""Designs whose reports are kept, for the last step to be taken back and done again without counting."""


@attrs.frozen
class Probe:
    """One cell of a node's output, pointed at, and the pixels of each image that it sees.

    ``seen`` maps source id → first and last pixel per axis, inclusive; it may reach outside the image, into padding.
    """

    node: str
    cell: tuple[int, ...]
    seen: Mapping[str, Region]


class Session(Computing):
    """One design being worked on: what it tells, and in which order, is in :class:`SessionSignals`."""

    def __init__(self, design: Design | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self.document = Document(design)
        self.settings = settings or Settings()
        self.report = analyse(self.design, settings=self.settings)
        self._reports: deque[tuple[Design, Report]] = deque(maxlen=REMEMBERED)
        self.path: Path | None = None
        self.selection: tuple[str, ...] = ()
        self.card_sizes: Callable[[], Mapping[str, Size]] = lambda: usual_sizes(self.design)
        """How large the nodes' cards are: a canvas that draws them knows better."""
        self._inside: str | None = None
        self._pointed = False
        self.document.changed.connect(self._follow)
        self.document.history_changed.connect(self._history_changed)

    # -- the design ------------------------------------------------------------------------------------------------

    @property
    def design(self) -> Design:
        """The current design."""
        return self.document.design

    @property
    def inside(self) -> str | None:
        """Path of the group that the canvas shows alone, or of what is left around it: what is added goes into it."""
        return still_there(self.design.grouping, self._inside)

    @inside.setter
    def inside(self, path: str | None) -> None:
        self._inside = path

    def do(self, edit: Edit, token: object | None = None, *, change: Change | None = None) -> bool:
        """Apply an edit; where it is refused, say why in a notice, change nothing and return False.

        ``change`` is what the edit changes, where that was found beforehand.
        """
        try:
            with self._signals.held():
                self.document.do(edit, token, self.selection, change)
        except DesignError as problem:
            self.notice(str(problem), Level.WARNING)
            return False
        return True

    def undo(self) -> None:
        """Take the last step back; what was selected before it is selected again."""
        with self._signals.held():
            selected = self.document.undo(self.selection)
            if selected is not None:
                self.select(selected)

    def redo(self) -> None:
        """Do the last undone step again; what was selected after it is selected again."""
        with self._signals.held():
            selected = self.document.redo(self.selection)
            if selected is not None:
                self.select(selected)

    def add_layer(
        self, kind: str, position: Position, after: str | None = None, *, into: str | None = None
    ) -> str | None:
        """Add a layer of a kind, wired after ``after``, and select it; its id, or None where that was refused.

        It goes into the group of path ``into``, if any.
        """

        def edit(node: Node) -> Edit:
            add = AddNode(attrs.evolve(node, position=position), after)
            return add if into is None else Several((add, MoveToGroup([node.id], into)), add.label())

        return self._add(kind, edit)

    def append_layer(self, kind: str, *, branch: bool = False) -> str | None:
        """Add a layer of a kind behind the current node and select it; its id, or None where that was refused.

        What read the current node reads the new one and makes room for it. A ``branch`` takes nothing over.
        """
        return self._add(kind, lambda node: self._appended(node, branch))

    def _appended(self, node: Node, branch: bool) -> Edit:
        return appended(self.design, node, self.current, self.card_sizes(), branch=branch, inside=self.inside)

    def _add(self, kind: str, edit_of: Callable[[Node], Edit]) -> str | None:
        try:
            layer = make_layer(kind)
        except FieldError as problem:
            self.notice(str(problem), Level.ERROR)
            return None
        node = Node(self.design.new_id(layer.prefix), layer)
        edit = edit_of(node)
        if self.inside is not None and self._outside(edit, node.id):
            edit = Several((edit, MoveToGroup([node.id], self.inside)), edit.label())
        if not self.do(edit):
            return None
        self.select([node.id])
        return node.id

    def _outside(self, edit: Edit, node: str) -> bool:
        """Whether an edit would put a node where the canvas does not show it."""
        try:
            return not within(edit.apply(self.design).grouping.path_of(node), self.inside)
        except DesignError:
            # Doing it will say why not.
            return False

    def rename(self, old: str, new: str) -> bool:
        """Rename a node; it stays selected where it was, through undo as well."""
        return self.do(Rename(old, new))

    def group_selection(self, name: str | None = None, inside: str | None = None) -> str | None:
        """Make a group of the selected nodes, not further out than ``inside``; its path, or None where refused."""
        chosen = self.selection
        edit = GroupNodes(chosen, name or group_name(self.design, chosen, inside), inside)
        path = edit.path(self.design)
        return path if self.do(edit) else None

    def dissolve_group(self, path: str) -> bool:
        """Take a group away and leave what is in it."""
        return self.do(Dissolve(path))

    def repeat_group(self, path: str, times: int, *, weights: bool = False) -> bool:
        """Have a group so many times in series; with ``weights`` the copies get those that were given to it."""
        try:
            edit = repeated(self.design, path, times, self.card_sizes(), weights=weights)
        except DesignError as problem:
            self.notice(str(problem), Level.WARNING)
            return False
        return self.do(edit)

    def adopt(self, design: Design, path: Path | None = None, *, saved: bool = True) -> None:
        """Show another design, with an empty history: open, new, example. What has no place gets one."""
        design = placed(design)
        with self._signals.held():
            self.cancel_run()
            self.path = path
            self._release()
            self._count_plainly()
            self.document.reset(design)
            if not saved:
                self.document.mark_unsaved()
            self._signals.send(self.profiled, self.profile)

    def _count_plainly(self) -> None:
        """Data type and batch belong to one design: the next one's numbers are the usual ones until it is asked."""
        plain = attrs.evolve(Settings(), convention=self.settings.convention)
        if plain != self.settings:
            self.settings = plain
            self._signals.send(self.settings_changed, plain)

    def saved_as(self, path: Path, design: Design) -> None:
        """A snapshot of the design has been written to a file."""
        with self._signals.held():
            self.path = path
            self.document.mark_saved(design)

    @property
    def title(self) -> str:
        """The file's name, or the design's."""
        return self.path.name if self.path is not None else self.design.name

    def _follow(self, change: Change) -> None:
        before, after = change.before, change.after
        if change.replaced:
            self._inside = None
        with self._signals.held():
            self._signals.send(self.changed, change)
            counts = (
                change.replaced or not change.only_moved or before.name != after.name or before.edges is not after.edges
            )
            if counts:
                self._point_at_nothing()
                self.report = self._report_of(change)
                self._keys = None
                self._signals.send(self.analysed, self.report)
            self._carry_over(change)
            if counts:
                self._signals.send(self.run_wanted)

    def _report_of(self, change: Change) -> Report:
        """The numbers of the design as it is now; counted anew only where it was not shown a moment ago."""
        if change.replaced:
            self._reports.clear()
            return analyse(change.after, settings=self.settings)
        known = [report for design, report in self._reports if design is change.after]
        self._reports.append((change.before, self.report))
        if known:
            return known[0]
        return analyse(change.after, settings=self.settings, previous=Previous(change.before, self.report))

    def _history_changed(self) -> None:
        self._signals.send(self.file_changed)

    def _carry_over(self, change: Change) -> None:
        """Let selection and images follow a renamed node, and forget those of nodes that are gone."""
        names = change.renamed
        if names:
            self.prepared = {names.get(source, source): image for source, image in self.prepared.items()}
        kept = (names.get(node, node) for node in self.selection if not change.replaced)
        self._set_selection(tuple(node for node in kept if node in change.after.nodes))
        if change.replaced and len(prepared := fitting(self.prepared, self.report)) < len(self.prepared):
            self.prepared = prepared
            self._signals.send(self.picture_changed)

    def configure(self, settings: Settings) -> None:
        """Count with another batch size, data type or convention."""
        if settings == self.settings:
            return
        with self._signals.held():
            self.settings = settings
            self._reports.clear()
            self.report = analyse(self.design, settings=settings)
            self._keys = None
            self._signals.send(self.settings_changed, settings)
            self._signals.send(self.analysed, self.report)

    # -- selection and pointing ------------------------------------------------------------------------------------

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes; the last one is the current node. Unknown ids are left out."""
        nodes = self.design.nodes
        chosen = tuple(dict.fromkeys(filter(nodes.__contains__, ids)))
        with self._signals.held():
            if self._set_selection(chosen):
                self._want_current_maps()

    def _set_selection(self, chosen: tuple[str, ...]) -> bool:
        """Whether this is another selection than before."""
        if chosen == self.selection:
            return False
        self._point_at_nothing()
        self.selection = chosen
        self._signals.send(self.selection_changed, chosen)
        return True

    @property
    def current(self) -> str | None:
        """The node that the panels show."""
        return self.selection[-1] if self.selection else None

    def probe(self, node: str | None, cell: tuple[int, ...] = ()) -> None:
        """Point at one cell of a node's output (None: at nothing): its receptive field is shown on the image."""
        if node is None or node not in self.report.layers:
            self._pointed = False
            self._signals.send(self.probed, None)
            return
        self._pointed = True
        region = tuple((index, index) for index in cell)
        self._signals.send(self.probed, Probe(node, cell, seen_by(self.design, self.report, node, region)))

    def _point_at_nothing(self) -> None:
        if self._pointed:
            self.probe(None)
