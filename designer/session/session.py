"""The application's state without a toolkit: design, report, selection, picture, results, and word of every change.

Views read from here and ask for changes here; they never speak to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path

import attrs

from designer.analysis.analyse import Previous, Settings, analyse
from designer.analysis.receptive_field import seen_by
from designer.analysis.report import LayerReport
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import LayerResult, LayerStarted, RunProfiled
from designer.engine.options import EngineOptions
from designer.engine.remember.weights import WeightStore
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Array, Design, DesignError, Node, Position
from designer.graph.document import Change, Document
from designer.graph.edits import AddNode, Edit, Rename
from designer.layer_api.geometry import Region
from designer.layer_api.problems import FieldError
from designer.layer_api.registry import make_layer
from designer.layout.inserting import appended
from designer.layout.layered import Size
from designer.layout.placing import placed, usual_sizes
from designer.pictures.images import Picture, Prepared, Preprocessing
from designer.session.notices import Choice, Level, Notice
from designer.session.results import fitting, keys_of, worth_keeping
from designer.session.runs import ImagesPrepared, Job, JobEvent, LayerProgress, RunEnded, RunState
from designer.session.signals import SessionSignals


@attrs.frozen
class Probe:
    """One cell of a node's output, pointed at, and the pixels of each image that it sees.

    ``seen`` maps source id → first and last pixel per axis, inclusive; it may reach outside the image, into padding.
    """

    node: str
    cell: tuple[int, ...]
    seen: Mapping[str, Region]


class Session(SessionSignals):
    """One design being worked on: what it tells, and in which order, is in :class:`SessionSignals`."""

    def __init__(self, design: Design | None = None, settings: Settings | None = None) -> None:
        super().__init__()
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
        self.card_sizes: Callable[[], Mapping[str, Size]] = lambda: usual_sizes(self.design)
        """How large the nodes' cards are: a canvas that draws them knows better."""
        self._job: Job | None = None
        self._keys: Mapping[str, Hashable] | None = None
        self._pointed = False
        self.document.changed.connect(self._follow)
        self.document.history_changed.connect(self._history_changed)

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
            with self._signals.held():
                self.document.do(edit, token)
        except DesignError as problem:
            self.notice(str(problem), Level.WARNING)
            return False
        return True

    def undo(self) -> None:
        """Take the last step back."""
        with self._signals.held():
            self.document.undo()

    def redo(self) -> None:
        """Do the last undone step again."""
        with self._signals.held():
            self.document.redo()

    def add_layer(self, kind: str, position: Position, after: str | None = None) -> str | None:
        """Add a layer of a kind, wired after ``after``, and select it; its id, or None where that was refused."""
        return self._add(kind, lambda node: AddNode(attrs.evolve(node, position=position), after))

    def append_layer(self, kind: str, *, branch: bool = False) -> str | None:
        """Add a layer of a kind behind the current node and select it; its id, or None where that was refused.

        What read the current node reads the new one and makes room for it. A ``branch`` takes nothing over.
        """
        return self._add(kind, lambda node: appended(self.design, node, self.current, self.card_sizes(), branch=branch))

    def _add(self, kind: str, edit_of: Callable[[Node], Edit]) -> str | None:
        try:
            layer = make_layer(kind)
        except FieldError as problem:
            self.notice(str(problem), Level.ERROR)
            return None
        node = Node(self.design.new_id(layer.prefix), layer)
        if not self.do(edit_of(node)):
            return None
        self.select([node.id])
        return node.id

    def rename(self, old: str, new: str) -> bool:
        """Rename a node; it stays selected where it was, through undo as well."""
        return self.do(Rename(old, new))

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

    def _release(self) -> None:
        """Let go of what belongs to the design so far; a job that has not stopped yet ends with what it has."""
        self.workspace = Workspace(options=self.engine_options)
        self.profile = RunProfile()
        self._keys = None

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
        with self._signals.held():
            self._signals.send(self.changed, change)
            counts = (
                change.replaced or not change.only_moved or before.name != after.name or before.edges is not after.edges
            )
            if counts:
                self._point_at_nothing()
                previous = None if change.replaced else Previous(before, self.report)
                self.report = analyse(after, settings=self.settings, previous=previous)
                self._keys = None
                self._signals.send(self.analysed, self.report)
            self._carry_over(change)
            if counts:
                self._signals.send(self.run_wanted)

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
            self.report = analyse(self.design, settings=settings)
            self._keys = None
            self._signals.send(self.settings_changed, settings)
            self._signals.send(self.analysed, self.report)

    def configure_engine(self, options: EngineOptions) -> None:
        """Compute in another way, or with other budgets; what is over a smaller budget is dropped at once."""
        before = self.engine_options
        if options == before:
            return
        with self._signals.held():
            self.engine_options = options
            self.workspace.budget_bytes = options.memory_bytes
            self._keys = None
            if options.precise != before.precise or options.memory_bytes != before.memory_bytes:
                self._signals.send(self.results_changed, frozenset(self.design.nodes))
                self._signals.send(self.run_wanted)
            self._signals.send(self.engine_options_changed, options)

    # -- selection and pointing ------------------------------------------------------------------------------------

    def select(self, ids: Iterable[str]) -> None:
        """Select these nodes; the last one is the current node. Unknown ids are left out."""
        nodes = self.design.nodes
        chosen = tuple(dict.fromkeys(node for node in ids if node in nodes))
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

    @property
    def current_report(self) -> LayerReport | None:
        """The facts of the current node."""
        return self.report.layers.get(self.current) if self.current is not None else None

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

    def notice(self, text: str, level: Level = Level.HINT, choices: tuple[Choice, ...] = (), subject: str = "") -> None:
        """Tell the user one line, with buttons where there is something to choose."""
        self._signals.send(self.noticed, Notice(text, level, choices, subject))

    # -- picture and results ---------------------------------------------------------------------------------------

    def set_picture(self, picture: Picture | None) -> None:
        """Feed another picture to the network."""
        with self._signals.held():
            self.cancel_run()
            self.picture = picture
            self.prepared = {}
            # A picture is recognised by its array: what was computed of the one before is never found again.
            self.workspace.maps.clear()
            self._picture_is_another()
            for note in picture.notes if picture is not None else ():
                self.notice(note)

    def set_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Fit and normalise the picture in another way."""
        if preprocessing == self.preprocessing:
            return
        with self._signals.held():
            self.cancel_run()
            self.preprocessing = preprocessing
            self._picture_is_another()

    def _picture_is_another(self) -> None:
        self._keys = None
        self._signals.send(self.picture_changed)
        self._signals.send(self.results_changed, frozenset(self.design.nodes))
        self._signals.send(self.run_wanted)

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
        return None if key is None else self.workspace.maps.get(key)

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
            keep=self._worth_keeping(),
            options=self.engine_options,
        )
        return self._job

    def want_run(self) -> None:
        """Ask for what is missing to be computed: the window starts a job unless runs are started by hand."""
        self._signals.send(self.run_wanted)

    def _worth_keeping(self) -> list[str] | None:
        return worth_keeping(self.design, self.report, self.current, self.engine_options.memory_bytes)

    def _want_current_maps(self) -> None:
        """Ask for a run where the current node's maps were too many to be kept with all the others."""
        if self.picture is None or self.current is None or self._worth_keeping() is None:
            return
        facts = self.current_report
        if facts is not None and facts.output_shape is not None and self.result(facts.id) is None:
            self._signals.send(self.run_wanted)

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
                self._signals.send(self.results_changed, frozenset([node]))
            case RunProfiled(profile=profile):
                self.profile = profile
                self._signals.send(self.profiled, profile)
            case RunEnded(problem=problem):
                self._job = None
                self._set_run_state(RunState())
                if problem is not None:
                    self.notice(problem, Level.ERROR)

    def _take_images(self, images: Mapping[str, Prepared]) -> None:
        if all(self.prepared.get(source) is image for source, image in images.items()):
            return
        with self._signals.held():
            self.prepared = images
            self._keys = None
            self._signals.send(self.picture_changed)
            for note in dict.fromkeys(note for image in images.values() for note in image.notes):
                self.notice(note)

    def _set_run_state(self, state: RunState) -> None:
        if state != self.run_state:
            self.run_state = state
            self._signals.send(self.run_changed, state)
