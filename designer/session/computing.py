"""What of a session is computed: the picture, the runs of the engine, and the maps they leave."""

from __future__ import annotations

import abc
from collections.abc import Hashable, Mapping

import attrs

from designer.analysis.report import LayerReport, Report
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import LayerResult, LayerStarted, RunProfiled
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import WeightStore, Workspace
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array
from designer.pictures.images import Picture, Prepared, Preprocessing
from designer.session.notices import Choice, Level, Notice
from designer.session.results import keys_of, worth_keeping
from designer.session.runs import ImagesPrepared, Job, JobEvent, LayerProgress, RunEnded, RunState
from designer.session.signals import SessionSignals


class Computing(SessionSignals, abc.ABC):
    """The part of a session that concerns picture, runs and results; which design that is, :class:`Session` knows."""

    report: Report

    def __init__(self) -> None:
        super().__init__()
        self.picture: Picture | None = None
        self.preprocessing = Preprocessing()
        self.prepared: Mapping[str, Prepared] = {}
        self.run_state = RunState()
        self.profile = RunProfile()
        self.engine_options = EngineOptions()
        self.workspace = Workspace(options=self.engine_options)
        self._job: Job | None = None
        self._keys: Mapping[str, Hashable] | None = None

    @property
    @abc.abstractmethod
    def design(self) -> Design:
        """The current design."""

    @property
    @abc.abstractmethod
    def current(self) -> str | None:
        """The node that the panels show."""

    @property
    def weights(self) -> WeightStore:
        """Where initial weights are drawn and remembered."""
        return self.workspace.weights

    @property
    def current_report(self) -> LayerReport | None:
        """The facts of the current node."""
        return self.report.layers.get(self.current) if self.current is not None else None

    def notice(self, text: str, level: Level = Level.HINT, choices: tuple[Choice, ...] = (), subject: str = "") -> None:
        """Tell the user one line, with buttons where there is something to choose."""
        self._signals.send(self.noticed, Notice(text, level, choices, subject))

    def tell_of_blocks(self) -> None:
        """One's own blocks, which no session holds, have been changed."""
        self._signals.send(self.blocks_changed)

    def _release(self) -> None:
        """Let go of what belongs to the design so far; a job that has not stopped yet ends with what it has."""
        self.workspace = Workspace(options=self.engine_options)
        self.profile = RunProfile()
        self._keys = None

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
        if self.picture is None:
            return None
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
