"""What a run will do and what memory it will need, before it starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Mapping
from functools import cached_property

import attrs
import psutil

from designer.analysis.report import Report
from designer.engine.compile.compiler import Program, Task, compile_steps
from designer.engine.compile.memory_plan import FLOAT_BYTES
from designer.engine.compile.step import Origin, Step
from designer.engine.compile.wiring import Wiring, wiring
from designer.engine.remember.keys import Arithmetic, Digest
from designer.engine.remember.workspace import ResultCache, Workspace
from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import byte_text

HEADROOM_BYTES = 64_000_000
"""Tiles, the interpreter's own, and what the system needs meanwhile."""


ASK_AGAIN = 1.0
"""Seconds for which what the system said of free memory is believed."""


class RunRefused(UserError):
    """A run that cannot be done; the message is one line with the figures."""


@attrs.frozen(eq=False, slots=False)
class Plan:
    """A compiled run of a design.

    ``keep`` are the nodes whose maps are wanted; ``keys`` name results across runs and are empty where nothing is
    remembered. ``remembered`` holds the outputs that need not be computed; what only they depend on is no step.
    Results are added to the ``cache``.
    """

    design: Design
    report: Report
    program: Program
    keep: frozenset[str]
    keys: Mapping[str, Hashable]
    remembered: Mapping[str, Array]
    batch: int
    cache: ResultCache | None = None

    @cached_property
    def estimated_bytes(self) -> int:
        """Memory that the run needs beyond remembered maps, where nothing else is remembered."""
        return self.needed_bytes(None)

    def needed_bytes(self, workspace: Workspace | None) -> int:
        """Memory that the run needs beyond what a workspace remembers."""
        weights = sum(self._fresh_bytes(step, workspace) for step in self.program.steps if step.origin is Origin.LAYER)
        return self.program.memory.peak_bytes + weights

    def _fresh_bytes(self, step: Step, workspace: Workspace | None) -> int:
        """Memory of weights that are to be drawn, and of the form in which a kernel reads them, about."""
        recipe = step.kernel
        if recipe is None:
            return self._drawn_bytes(step.id, workspace)
        inputs = self.report.layers[recipe.layer].input_shapes
        if workspace is not None and workspace.kernels.has(recipe.key((self.batch, *inputs[0]))):
            return 0
        drawn = self._drawn_bytes(recipe.layer, workspace)
        if recipe.fold is not None:
            drawn += self._drawn_bytes(recipe.fold.norm, workspace)
        folded = recipe.fold is not None
        return drawn + recipe.kernel.prepared_bytes(self.batch, precise=recipe.precise, folded=folded)

    def _drawn_bytes(self, node: str, workspace: Workspace | None) -> int:
        """Memory of a node's initial weights as float32, where they are not drawn yet; given ones are there already."""
        if node in self.design.weights:
            return 0
        if workspace is not None and not workspace.weights.must_draw(self.design, self.report, node):
            return 0
        facts = self.report.layers[node]
        return (facts.parameters + facts.buffers) * FLOAT_BYTES

    @property
    def steps(self) -> tuple[str, ...]:
        """The nodes whose arrays are made, in order."""
        return tuple(step.id for step in self.program.steps)


@attrs.frozen
class Request:
    """What a run is asked for, images apart.

    ``keep`` are the nodes whose maps are wanted; None: all.
    """

    design: Design = attrs.field(eq=id)
    report: Report = attrs.field(eq=id)
    keep: frozenset[str] | None
    sources: frozenset[str]
    batch: int
    precise: bool = False

    @classmethod
    def of(
        cls,
        design: Design,
        report: Report,
        images: Mapping[str, Array],
        keep: Collection[str] | None,
        *,
        precise: bool,
    ) -> Request:
        """What is asked for with these images."""
        batch = max((len(array) for array in images.values()), default=1)
        return cls(design, report, None if keep is None else frozenset(keep), frozenset(images), batch, precise)

    @property
    def arithmetic(self) -> Arithmetic:
        """How results are computed."""
        return arithmetic_of(self.keep, self.precise)


def arithmetic_of(keep: Collection[str] | None, precise: bool) -> Arithmetic:
    """How results are computed when these nodes are watched.

    Where all are, nothing can be folded into what is itself to be seen. Where some are, everything is folded that can
    be, whoever watches: so the maps of a node do not depend on which other nodes are watched.
    """
    return Arithmetic(precise=precise, folded=keep is not None)


def make_plan(
    request: Request, images: Mapping[str, Array], workspace: Workspace, cache: ResultCache | None = None
) -> Plan:
    """Plan the run of every computable node, or only of those that the kept ones depend on."""
    wires = wiring(request.design, request.report, images, workspace.declared)
    own = workspace.keys.own(request.design, request.report, wires)
    keys: Mapping[str, Digest] = {} if cache is None else workspace.keys.results(own, wires, images, request.arithmetic)
    remembered: dict[str, Array] = {}

    def is_remembered(node: str) -> bool:
        if node in remembered:
            return True
        found = None if cache is None else cache.get(keys[node])
        if found is not None:
            remembered[node] = found
        return found is not None

    program, keep = _compiled(request, wires, own, is_remembered)
    return Plan(request.design, request.report, program, keep, keys, remembered, request.batch, cache)


def check_request(request: Request, workspace: Workspace, image_bytes: int) -> None:
    """Raise RunRefused where a run would not fit into memory, before its images have been made.

    Parameters
    ----------
    image_bytes
        What making them takes beside the images themselves.
    """
    wires = wiring(request.design, request.report, request.sources, workspace.declared)
    own = workspace.keys.own(request.design, request.report, wires)
    program, keep = _compiled(request, wires, own, lambda _node: False)
    plan = Plan(request.design, request.report, program, keep, {}, {}, request.batch)
    check_memory(plan, workspace, extra=image_bytes)


def _compiled(
    request: Request, wires: Wiring, own: Mapping[str, Digest], is_remembered: Callable[[str], bool]
) -> tuple[Program, frozenset[str]]:
    """The program of a run, and the nodes that are kept of it."""
    computable = frozenset(wires.order)
    keep = computable if request.keep is None else request.keep & computable
    task = Task(request.design, request.report, wires, own, keep, is_remembered, request.batch, request.arithmetic)
    return compile_steps(task), keep


def weight_bytes(design: Design, report: Report, nodes: Collection[str]) -> int:
    """What the initial weights of these nodes occupy as float32; given ones are in memory already."""
    drawn = [report.layers[node] for node in nodes if node not in design.weights]
    return sum(facts.parameters + facts.buffers for facts in drawn) * FLOAT_BYTES


def available_bytes() -> int:
    """Memory that a run may take without pushing anything out, in bytes."""
    return int(psutil.virtual_memory().available) - HEADROOM_BYTES


def check_memory(
    plan: Plan, workspace: Workspace | None = None, available: int | None = None, *, extra: int = 0
) -> None:
    """Raise RunRefused with the figures where the run would not fit into memory.

    What the workspace keeps is in memory already, and what the run has no use for is dropped before it is refused. A
    run that takes little of what was free a moment ago does not ask the system again: that takes as long as a small
    network.

    Parameters
    ----------
    extra
        Bytes that are needed besides.
    """
    if workspace is not None and available is None:
        now = time.monotonic()
        asked, found = workspace.room
        if now - asked < ASK_AGAIN and plan.estimated_bytes + extra < found // 16:
            return
    room = available_bytes() if available is None else available
    if workspace is not None and available is None:
        workspace.room = now, room
    needed = plan.needed_bytes(workspace) + extra
    if needed > room and workspace is not None and available is None:
        workspace.release(needed - room)
        needed, room = plan.needed_bytes(workspace) + extra, available_bytes()
    if needed > room:
        raise RunRefused(
            _(
                "this run needs about {needed} of memory and {room} are free;"
                " make the input or the layers smaller, or keep fewer maps"
            ).format(needed=byte_text(needed), room=byte_text(max(room, 0)))
        )


def check_weights_memory(design: Design, report: Report, available: int | None = None) -> None:
    """Raise RunRefused with the figures where the initial weights of a design would not fit into memory."""
    room = available_bytes() if available is None else available
    needed = weight_bytes(design, report, report.layers)
    if needed > room:
        raise RunRefused(
            _("the weights need {needed} of memory and {room} are free").format(
                needed=byte_text(needed), room=byte_text(max(room, 0))
            )
        )


def check_images(report: Report, images: Mapping[str, Array]) -> None:
    """Raise RunRefused where an image does not have the shape of the input it is fed to, or batches differ."""
    sources = [key for key, facts in report.layers.items() if not facts.inputs]
    batches: dict[str, int] = {}
    for name, array in images.items():
        if name not in sources:
            known = ", ".join(sources) or _("none")
            raise RunRefused(_("there is no input {name}; the design has {known}").format(name=name, known=known))
        shape = report.layers[name].output_shape or ()
        if array.ndim == 0 or array.shape[1:] != shape or len(array) == 0:
            raise RunRefused(
                _("{name}: an array of shape {came} came, {wanted} is wanted").format(
                    name=name, came=array.shape, wanted=f"({', '.join(map(str, ('N', *shape)))})"
                )
            )
        batches[name] = len(array)
    if len(set(batches.values())) > 1:
        listing = ", ".join(f"{name}: {count}" for name, count in batches.items())
        raise RunRefused(_("every input wants as many images as the others; {listing} came").format(listing=listing))
