"""A run of the engine as the window sees it: a job for a worker thread, and the events it sends back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

import attrs

from designer.analysis.report import Report
from designer.engine.compile.plan import Request, check_request
from designer.engine.execute.runner import Event, Progress, RunCancelled, plan_run, run
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint_scope, kernel_scope
from designer.layer_api.problems import UserError
from designer.pictures.images import Picture, Prepared, Preprocessing, prepare, preparing_bytes
from designer.session.results import source_shapes

PROGRESS_INTERVAL = 0.05
"""Seconds between two reports of progress inside a layer."""


@attrs.frozen(eq=False)
class ImagesPrepared:
    """The picture, fitted to every source of the design."""

    images: Mapping[str, Prepared]


@attrs.frozen
class LayerProgress:
    """Inside a layer: the fraction of it that is done."""

    id: str
    fraction: float


@attrs.frozen
class RunEnded:
    """The job is over; ``problem`` is a line for the user where it could not be done."""

    cancelled: bool = False
    problem: str | None = None
    seconds: float = 0.0


JobEvent = Event | ImagesPrepared | LayerProgress | RunEnded


@attrs.frozen
class RunState:
    """What the engine is doing, for the status bar: layer ``index`` of ``count``, and how far inside it."""

    running: bool = False
    node: str = ""
    index: int = 0
    count: int = 0
    fraction: float = 0.0

    @property
    def overall(self) -> float:
        """Fraction of the layers that are done."""
        return (self.index + self.fraction) / self.count if self.count else 0.0


class Job:
    """One run on snapshots: safe in any thread. Latest wins: starting a new job cancels the one before.

    Parameters
    ----------
    prepared
        Images already fitted, by source; those with the right picture, shape and preprocessing are used again.
    keep
        Nodes whose maps are wanted; None for all.
    """

    def __init__(
        self,
        design: Design,
        report: Report,
        picture: Picture,
        preprocessing: Preprocessing,
        *,
        prepared: Mapping[str, Prepared],
        workspace: Workspace,
        keep: Collection[str] | None,
        options: EngineOptions,
    ) -> None:
        self._design, self._report = design, report
        self._picture, self._preprocessing = picture, preprocessing
        self._prepared, self._workspace = prepared, workspace
        self._keep, self._options = keep, options
        self._stopped = threading.Event()

    def cancel(self) -> None:
        """Stop at the next tile; any thread."""
        self._stopped.set()

    def run(self, tell: Callable[[JobEvent], None]) -> None:
        """Run to the end, telling every event, RunEnded last; never raises for bad input."""
        began = time.perf_counter()
        try:
            self._run(tell)
        except RunCancelled:
            tell(RunEnded(cancelled=True))
        except (UserError, MemoryError) as problem:
            tell(RunEnded(problem=str(problem) or _("there is not enough memory")))
        except BaseException:
            # A defect of ours: the window must not wait for ever, and whoever runs the job must hear of it.
            tell(RunEnded(problem=_("the run failed; this is a defect of the program")))
            raise
        else:
            tell(RunEnded(seconds=time.perf_counter() - began))
        finally:
            # Where the run was stopped, what it had computed is only now given back.
            self._workspace.trim()

    def _run(self, tell: Callable[[JobEvent], None]) -> None:
        progress = self._progress_teller(tell)
        images = self._images(progress)
        tell(ImagesPrepared(images))
        tensors = {source: image.tensor for source, image in images.items()}
        plan = plan_run(
            self._design,
            self._report,
            tensors,
            keep=self._keep,
            cache=self._workspace.maps,
            options=self._options,
            workspace=self._workspace,
        )
        with kernel_scope():
            for event in run(plan, tensors, workspace=self._workspace, progress=progress):
                tell(event)

    def _images(self, progress: Progress) -> dict[str, Prepared]:
        """The picture fitted to every source, taking over what fits already; refused before where memory is short."""
        shapes = source_shapes(self._design, self._report)
        fitting = {source: old for source, old in self._prepared.items() if self._fits(old, shapes.get(source))}
        if len(fitting) < len(shapes):
            size = sum(preparing_bytes(self._picture, shapes[source]) for source in shapes if source not in fitting)
            keep = None if self._keep is None else frozenset(self._keep)
            request = Request(self._design, self._report, keep, frozenset(shapes), 1, self._options.precise)
            check_request(request, self._workspace, size)
        return {
            source: fitting[source] if source in fitting else self._fit(source, shape, progress)
            for source, shape in shapes.items()
        }

    def _fit(self, source: str, shape: tuple[int, ...], progress: Progress) -> Prepared:
        progress(source, 0.0)
        with checkpoint_scope(partial(progress, source)):
            return prepare(self._picture, shape, self._preprocessing)

    def _fits(self, old: Prepared, shape: tuple[int, ...] | None) -> bool:
        return (
            old.picture is self._picture and old.preprocessing == self._preprocessing and old.tensor.shape[1:] == shape
        )

    def _progress_teller(self, tell: Callable[[JobEvent], None]) -> Progress:
        told = time.perf_counter()

        def progress(node_id: str, fraction: float) -> None:
            nonlocal told
            if self._stopped.is_set():
                raise RunCancelled
            now = time.perf_counter()
            if now - told >= PROGRESS_INTERVAL:
                told = now
                tell(LayerProgress(node_id, fraction))

        return progress
