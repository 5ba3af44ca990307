"""The Python surface for notebooks and scripts: load, analyse, run, weights, save; ``import designer`` offers them."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from designer.analysis.analyse import Settings, with_input_shape
from designer.analysis.analyse import analyse as analyse_design
from designer.analysis.report import Report
from designer.engine.compile.plan import Plan, Request, RunRefused, check_request, check_weights_memory
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import LayerResult, Progress, RunProfiled, ignore_progress, plan_run, run_to_end
from designer.engine.execute.runner import run as run_steps
from designer.engine.options import EngineOptions
from designer.engine.remember.weights import all_weights
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Array, Design, freeze
from designer.i18n import _
from designer.kernels.runtime.threads import kernel_scope
from designer.library import files

Model = Design
"""A network: the design and the weights that were given to it, an immutable value."""


def load(source: str | os.PathLike[str]) -> Model:
    """Read a spec file with its weights, or ``"gallery:resnet18"``.

    Weights that are no numbers, and tensors that belong to no layer, are told by a `UserWarning`.

    Raises
    ------
    designer.UserError
        One line: where, what came, what was wanted.
    """
    opened = files.open_design(source)
    for note in opened.notes:
        warnings.warn(note, stacklevel=2)
    return opened.design


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model in the format that the suffix of ``path`` says.

    ``.netdraft.json``
        The program's own; given weights go to a safetensors file beside it. Both are one state: whoever opens the path
        meanwhile, or after a failure, finds the old or the new one.
    ``.onnx``
        One file with all weights inside, the initialised ones too, for batches of any size (opset 19).

    Raises
    ------
    designer.UserError
        Where it cannot be written; an old file is then as it was.
    """
    files.write(model, path)


def analyse(
    model: Model,
    input_shape: Sequence[int] | None = None,
    *,
    batch: int = 1,
    dtype: str = "float32",
    convention: str = "torchvision",
) -> Report:
    """Shapes, parameters, multiply-adds, memory and receptive fields: the facts of ``netdraft summary``.

    Parameters
    ----------
    input_shape
        Channels first without the batch, ``(3, 224, 224)``, in place of the designed one.
    dtype
        ``float32``, ``float16`` or ``int8``: bytes per value.
    convention
        How operations are counted: ``torchvision``, ``flops`` or ``tf-slim``.
    """
    return analyse_design(
        model, input_shape=input_shape, settings=Settings(batch=batch, dtype=dtype, convention=convention)
    )


def run(
    model: Model,
    images: Array | Mapping[str, Array],
    *,
    input_shape: Sequence[int] | None = None,
    keep: str | Collection[str] = "all",
    precise: bool = False,
) -> dict[str, Array]:
    """Compute the maps of a model.

    Parameters
    ----------
    images
        An array (N, C, H, W) or (C, H, W), or one for each image input by its id.
    keep
        ``"all"``, or the ids of the layers wanted. With few of them a run is faster and needs less memory, because
        layers are computed as one where nobody looks in between.
    precise
        Do without Winograd's convolutions, whose rounding error is some ten times that of plain sums of products.

    Returns
    -------
    dict
        Layer id → read-only float32 (N, C, H, W), or (N, features). Layers with a problem, and those after them, are
        left out.

    Raises
    ------
    designer.UserError
        Where an array does not fit its input, a wanted layer cannot be computed, or memory is short.
    """
    return Runner(model, input_shape=input_shape, keep=keep, precise=precise).run(images)


class Runner:
    """A model that is run on many images, one batch after the other.

    Weights are drawn and prepared once, and from the third batch of one shape on a small network is computed several
    times faster than by :func:`run`. Parameters and errors as there.
    """

    def __init__(
        self,
        model: Model,
        *,
        input_shape: Sequence[int] | None = None,
        keep: str | Collection[str] = "all",
        precise: bool = False,
        report: Report | None = None,
    ) -> None:
        """``report`` is what is known of the model already, of the shape that it has."""
        self.model = model if input_shape is None else with_input_shape(model, input_shape)
        self._report = analyse_design(self.model) if report is None or input_shape is not None else report
        self._keep = None if keep == "all" else ([keep] if isinstance(keep, str) else list(keep))
        self._options, self._workspace = EngineOptions(precise=precise), Workspace()
        for node_id in self._keep or ():
            check_wanted(self._report, node_id)

    def check_memory(self, image_bytes: int = 0) -> None:
        """Raise RunRefused where a run on one image would not fit into memory, with so many bytes besides."""
        sources = frozenset(self.model.sources())
        keep = None if self._keep is None else frozenset(self._keep)
        request = Request(self.model, self._report, keep, sources, 1, self._options.precise)
        check_request(request, self._workspace, image_bytes)

    def run(self, images: Array | Mapping[str, Array], *, progress: Progress = ignore_progress) -> dict[str, Array]:
        """The maps of these images, as :func:`run` gives them; they stay as they are when the next are computed.

        ``progress`` is told the layer and the fraction of it that is done.
        """
        plan, arrays = self._plan(images)
        return run_to_end(plan, arrays, progress=progress, workspace=self._workspace)

    def run_profiled(
        self, images: Array | Mapping[str, Array], *, progress: Progress = ignore_progress
    ) -> tuple[dict[str, Array], RunProfile]:
        """The maps, computed layer by layer, and where the time went."""
        plan, arrays = self._plan(images)
        maps, profile = {}, RunProfile()
        with kernel_scope():
            for event in run_steps(plan, arrays, progress=progress, workspace=self._workspace):
                if isinstance(event, LayerResult):
                    maps[event.id] = event.output
                elif isinstance(event, RunProfiled):
                    profile = event.profile
        return maps, profile

    def _plan(self, images: Array | Mapping[str, Array]) -> tuple[Plan, dict[str, Array]]:
        arrays = _by_source(self.model, images)
        plan = plan_run(
            self.model, self._report, arrays, keep=self._keep, options=self._options, workspace=self._workspace
        )
        return plan, arrays


def check_wanted(report: Report, node_id: str) -> None:
    """Raise RunRefused where the maps of this layer cannot be had."""
    facts = report.layers.get(node_id)
    if facts is None:
        near = difflib.get_close_matches(node_id, report.layers, 3)
        text = _("there is no layer {layer}; did you mean {near}?") if near else _("there is no layer {layer}")
        raise RunRefused(text.format(layer=node_id, near=", ".join(near)))
    if facts.output_shape is None:
        reason = facts.problem.message if facts.problem is not None else _("a layer before it has a problem")
        raise RunRefused(_("{layer} cannot be computed: {reason}").format(layer=node_id, reason=reason))


def _by_source(model: Model, images: Array | Mapping[str, Array]) -> dict[str, Array]:
    sources = model.sources()
    if not isinstance(images, Mapping):
        if len(sources) != 1:
            raise RunRefused(
                _("the design has {count} image inputs; give a dict of arrays by input id").format(count=len(sources))
            )
        images = {sources[0]: images}
    missing = [source for source in sources if source not in images]
    if missing:
        raise RunRefused(_("no array came for the input {name}").format(name=missing[0]))
    return {name: _batched(model, name, array) for name, array in images.items()}


def _batched(model: Model, name: str, array: Any) -> Array:
    """Read-only float32, a copy of what the caller can change; one image becomes a batch of one."""
    try:
        values = np.asarray(array)
        if values.dtype.kind not in "biuf":
            raise TypeError
        with np.errstate(over="ignore"):
            values = freeze(values)
    except (TypeError, ValueError):
        raise RunRefused(_("{name}: an array of numbers is wanted").format(name=name)) from None
    shape = model.nodes[name].layer.output_shape(()) if name in model.sources() else ()
    return values[np.newaxis] if values.ndim == len(shape) else values


def weights(model: Model) -> dict[str, Array]:
    """Every tensor under its PyTorch name, ``conv1.weight``; those that were not given are initialised ones.

    Raises
    ------
    designer.UserError
        Where they would not fit into memory.
    """
    report = analyse_design(model)
    check_weights_memory(model, report)
    return all_weights(model, report)
