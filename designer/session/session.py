"""The application's state without a toolkit: design, report, selection, picture, results, and word of every change.

Views read from here and ask for changes here; they never speak to each other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

import attrs
from psygnal import Signal

from designer.analysis.analyse import Previous, Settings, analyse
from designer.analysis.receptive_field import seen_by
from designer.analysis.report import LayerReport, Report
from designer.engine.cache import ResultCache
from designer.engine.images import Picture, Prepared, Preprocessing
from designer.engine.options import EngineOptions
from designer.engine.profile import RunProfile
from designer.engine.runner import LayerResult, LayerStarted, RunProfiled
from designer.engine.weights import WeightStore
from designer.engine.workspace import Workspace
from designer.graph.design import Array, Design, DesignError, Node, Position
from designer.graph.document import Change, Document
from designer.graph.edits import AddNode, Edit, Rename
from designer.layer_api.geometry import Region
from designer.layer_api.problems import FieldError
from designer.layer_api.registry import make_layer
from designer.session.notices import Choice, Level, Notice
from designer.session.results import keys_of, worth_keeping
from designer.session.runs import ImagesPrepared, Job, JobEvent, LayerProgress, RunEnded, RunState

STEP_RIGHT = 216.0
STEP_DOWN = 104.0


@attrs.frozen
class Probe:
    """One cell of a node's output, pointed at, and the pixels of each image that it sees.

    ``seen`` maps source id → first and last pixel per axis, inclusive; it may reach outside the image, into padding.
    """

    node: str
    cell: tuple[int, ...]
    seen: Mapping[str, Region]


class Session:
    """One design being worked on.

    Signals
    -------
    changed(Change)
        The design is another; ``report`` still belongs to the one before.
    analysed(Report)
        ``report`` belongs to the current design; after every change that is more than moving, and at new settings.
    selection_changed(tuple of ids)
        The last id is the current node.
    settings_changed(Settings), picture_changed(), run_changed(RunState), probed(Probe or None), noticed(Notice)
    results_changed(frozenset of ids)
        Maps that a run has brought, or every node when the picture or its preparation is another. After ``analysed``
        all maps may be other ones too: views ask :meth:`result` again.
    run_wanted()
        Maps are missing: something they depend on has changed, or the current node's were not kept. The window starts
        a job when the hand rests.
    profiled(RunProfile)
        A run is over, and where its time went is known: ``profile``; empty when another design was adopted.
    engine_options_changed(EngineOptions)
        Runs compute in another way, or with other budgets.
    file_changed()
        ``path``, ``title`` or ``document.modified``.
    """

    changed = Signal(Change)
    analysed = Signal(Report)
    selection_changed = Signal(tuple)
    settings_changed = Signal(Settings)
    picture_changed = Signal()
    results_changed = Signal(frozenset)
    run_wanted = Signal()
    run_changed = Signal(RunState)
    profiled = Signal(RunProfile)
    engine_options_changed = Signal(EngineOptions)
    probed = Signal(object)
    noticed = Signal(Notice)
    file_changed = Signal()

    def __init__(self, design: Design | None = None, settings: Settings | None = None) -> None:
        self.document = Document(design)
        self.settings = settings or Settings()
        self.report = analyse(self.design, settings=self.settings)
        self.path: Path | None = None
        self.selection: tuple[str, ...] = ()
        self.picture: Picture | None = None
        self.preprocessing = Preprocessing()
        self.prepared: Mapping[str, Prepared] = {}
        self.run_state = RunState()
        self.profile = RunProfile()
        self.engine_options = EngineOptions()
        self.workspace = Workspace(options=self.engine_options)
        self.cache = ResultCache(self.engine_options.cache_bytes)
        self._job: Job | None = None
        self._keys: Mapping[str, Hashable] | None = None
        self._pointed = False
        self.document.changed.connect(self._follow)
        self.document.history_changed.connect(self.file_changed.emit)

    # -- the design ------------------------------------------------------------------------------------------------

    @property
    def weights(self) -> WeightStore:
        """Where initial weights are drawn and remembered."""
        return self.workspace.weights

    @property
    def design(self) -> Design:
        """The current design."""
        return self.document.design

    def do(self, edit: Edit, token: object | None = None) -> bool:
        """Apply an edit; where it is refused, say why in a notice, change nothing and return False."""
        try:
            self.document.do(edit, token)
        except DesignError as problem:
            self.notice(str(problem), Level.WARNING)
            return False
        return True

    def undo(self) -> None:
        """Take the last step back."""
        self.document.undo()

    def redo(self) -> None:
        """Do the last undone step again."""
        self.document.redo()

    def add_layer(self, kind: str, position: Position, after: str | None = None) -> str | None:
        """Add a layer of a kind, wired after ``after``, and select it; its id, or None where that was refused."""
        try:
            layer = make_layer(kind)
        except FieldError as problem:
            self.notice(str(problem), Level.ERROR)
            return None
        node = Node(self.design.new_id(layer.prefix), layer, position)
        if not self.do(AddNode(node, after)):
            return None
        self.select([node.id])
        return node.id

    def append_layer(self, kind: str) -> str | None:
        """Add a layer of a kind to the right of the current node, connected to it."""
        after = self.current
        return self.add_layer(kind, self.free_place(after), after)

    def free_place(self, after: str | None) -> Position:
        """A place to the right of a node (or of everything) where no node stands."""
        taken = [node.position for node in self.design.nodes.values()]
        if after is None:
            right = max((x for x, _y in taken), default=-STEP_RIGHT)
            x, y = right + STEP_RIGHT, taken[-1][1] if taken else 0.0
        else:
            x, y = self.design.nodes[after].position
            x += STEP_RIGHT
        while any(abs(x - a) < STEP_RIGHT - 24 and abs(y - b) < STEP_DOWN - 8 for a, b in taken):
            y += STEP_DOWN
        return x, y

    def rename(self, old: str, new: str) -> bool:
        """Rename a node; it stays selected where it was, through undo as well."""
        return self.do(Rename(old, new))

    def adopt(self, design: Design, path: Path | None = None, *, saved: bool = True) -> None:
        """Show another design, with an empty history: open, new, example."""
        self.cancel_run()
        self.path = path
        self.selection = ()
        self.document.reset(design)
        self.profile = RunProfile()
        self.profiled.emit(self.profile)
        if not saved:
            self.document.mark_unsaved()
        self.selection_changed.emit(())
        self.file_changed.emit()

    def saved_as(self, path: Path, design: Design) -> None:
        """A snapshot of the design has been written to a file."""
        self.path = path
        self.document.mark_saved(design)

    @property
    def title(self) -> str:
        """The file's name, or the design's."""
        return self.path.name if self.path is not None else self.design.name

    def _follow(self, change: Change) -> None:
        self.changed.emit(change)
        names = _new_names(change)
        self.select(names.get(node, node) for node in self.selection)
        before, after = change.before, change.after
        if change.only_moved and before.name == after.name and before.edges is after.edges:
            return
        self._analyse(Previous(before, self.report))

    def _analyse(self, previous: Previous | None) -> None:
        self.report = analyse(self.design, settings=self.settings, previous=previous)
        self._keys = None
        if self._pointed:
            self.probe(None)
        self.analysed.emit(self.report)
        self.run_wanted.emit()

    def configure(self, settings: Settings) -> None:
        """Count with another batch size, data type or convention."""
        if settings == self.settings:
            return
        self.settings = settings
        self.report = analyse(self.design, settings=settings)
        self.settings_changed.emit(settings)
        self.analysed.emit(self.report)

    def configure_engine(self, options: EngineOptions) -> None:
        """Compute in another way, or with other budgets; what is over a smaller budget is dropped at once."""
        before = self.engine_options
        if options == before:
            return
        self.engine_options = options
        self.cache.budget_bytes = options.cache_bytes
        self.workspace.kernels.budget_bytes = options.kernel_bytes
        self._keys = None
        self.engine_options_changed.emit(options)
        if options.precise != before.precise or options.cache_bytes != before.cache_bytes:
            self.results_changed.emit(frozenset(self.design.nodes))
            self.run_wanted.emit()

    # -- selection and pointing ------------------------------------------------------------------------------------

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes; the last one is the current node. Unknown ids are left out."""
        chosen = tuple(dict.fromkeys(node for node in ids if node in self.design.nodes))
        if chosen != self.selection:
            self.selection = chosen
            self.probe(None)
            self.selection_changed.emit(chosen)
            self._want_current_maps()

    @property
    def current(self) -> str | None:
        """The node that the panels show."""
        return self.selection[-1] if self.selection else None

    @property
    def current_report(self) -> LayerReport | None:
        """The facts of the current node."""
        return self.report.layers.get(self.current) if self.current is not None else None

    def probe(self, node: str | None, cell: tuple[int, ...] = ()) -> None:
        """Point at one cell of a node's output (None: at nothing): its receptive field is shown on the image."""
        if node is None or node not in self.report.layers:
            self._pointed = False
            self.probed.emit(None)
            return
        self._pointed = True
        region = tuple((index, index) for index in cell)
        self.probed.emit(Probe(node, cell, seen_by(self.design, self.report, node, region)))

    def notice(self, text: str, level: Level = Level.HINT, choices: tuple[Choice, ...] = (), subject: str = "") -> None:
        """Tell the user one line, with buttons where there is something to choose."""
        self.noticed.emit(Notice(text, level, choices, subject))

    # -- picture and results ---------------------------------------------------------------------------------------

    def set_picture(self, picture: Picture | None) -> None:
        """Feed another picture to the network."""
        self.cancel_run()
        self.picture = picture
        self.prepared = {}
        self._keys = None
        for note in picture.notes if picture is not None else ():
            self.notice(note)
        self.picture_changed.emit()
        self.results_changed.emit(frozenset(self.design.nodes))
        self.run_wanted.emit()

    def set_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Fit and normalise the picture in another way."""
        if preprocessing == self.preprocessing:
            return
        self.cancel_run()
        self.preprocessing = preprocessing
        self._keys = None
        self.picture_changed.emit()
        self.results_changed.emit(frozenset(self.design.nodes))
        self.run_wanted.emit()

    def result(self, node_id: str) -> Array | None:
        """The node's maps, float32 (N, *shape), for the design and picture as they are now; None until computed.

        Undo brings maps back at once: they are remembered by what they depend on.
        """
        if self._keys is None:
            self._keys = keys_of(
                self.design,
                self.report,
                self.prepared,
                picture=self.picture,
                preprocessing=self.preprocessing,
                keep=self._worth_keeping(),
                precise=self.engine_options.precise,
                workspace=self.workspace,
            )
        key = self._keys.get(node_id)
        return None if key is None else self.cache.get(key)

    def filters(self, node_id: str) -> Mapping[str, Array]:
        """The node's weight tensors by name; quick once a run has passed the node."""
        return self.workspace.weights.of(self.design, self.report, node_id)

    def start_job(self) -> Job | None:
        """A job for the design and picture as they are now, cancelling the one before; None without a picture."""
        self.cancel_run()
        if self.picture is None or not self.design.sources():
            return None
        self._job = Job(
            self.design,
            self.report,
            self.picture,
            self.preprocessing,
            prepared=self.prepared,
            workspace=self.workspace,
            cache=self.cache,
            keep=self._worth_keeping(),
            options=self.engine_options,
        )
        return self._job

    def _worth_keeping(self) -> list[str] | None:
        return worth_keeping(self.design, self.report, self.current, self.cache.budget_bytes)

    def _want_current_maps(self) -> None:
        """Ask for a run where the current node's maps were too many to be kept with all the others."""
        if self.picture is None or self.current is None or self._worth_keeping() is None:
            return
        facts = self.current_report
        if facts is not None and facts.output_shape is not None and self.result(facts.id) is None:
            self.run_wanted.emit()

    def cancel_run(self) -> None:
        """Stop the job that is running, if any."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self._set_run_state(RunState())

    def take(self, job: Job, event: JobEvent) -> None:
        """Take in what a job tells, in the window's thread; word of any but the latest job is ignored."""
        if job is not self._job:
            return
        match event:
            case ImagesPrepared(images=images):
                self._take_images(images)
            case LayerStarted(id=node, index=index, count=count):
                self._set_run_state(RunState(True, node, index, count))
            case LayerProgress(id=node, fraction=fraction):
                self._set_run_state(attrs.evolve(self.run_state, running=True, node=node, fraction=fraction))
            case LayerResult(id=node):
                self.results_changed.emit(frozenset([node]))
            case RunProfiled(profile=profile):
                self.profile = profile
                self.profiled.emit(profile)
            case RunEnded(problem=problem):
                self._job = None
                self._set_run_state(RunState())
                if problem is not None:
                    self.notice(problem, Level.ERROR)

    def _take_images(self, images: Mapping[str, Prepared]) -> None:
        if all(self.prepared.get(source) is image for source, image in images.items()):
            return
        self.prepared = images
        self._keys = None
        for note in dict.fromkeys(note for image in images.values() for note in image.notes):
            self.notice(note)
        self.picture_changed.emit()

    def _set_run_state(self, state: RunState) -> None:
        if state != self.run_state:
            self.run_state = state
            self.run_changed.emit(state)


def _new_names(change: Change) -> Mapping[str, str]:
    """Old id → new id where the change is the renaming of a node, or its undoing."""
    if len(change.removed) != 1 or len(change.added) != 1:
        return {}
    (old,), (new,) = change.removed, change.added
    before, after = change.before.nodes[old], change.after.nodes[new]
    same = before.layer is after.layer and before.seed == after.seed and before.position == after.position
    return {old: new} if same else {}
