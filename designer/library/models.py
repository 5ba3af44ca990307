"""The Python surface for notebooks and scripts: load, analyse, run, weights, save; ``import designer`` offers them."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from designer.analysis import report as analysis
from designer.analysis.analyse import Settings, with_input_shape
from designer.analysis.analyse import analyse as analyse_design
from designer.analysis.conventions import Convention, DataType
from designer.engine.compile.plan import RunRefused, check_weights_memory
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.repeat import RepeatedRun
from designer.engine.execute.runner import Progress, ignore_progress
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import Workspace, all_weights
from designer.graph.design import Design, freeze
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.library import files
from designer.library.model import Model, Report, model_of, report_of

Keep = Literal["all"] | Collection[str]
"""Every layer, or the ids of those that are wanted."""


def load(source: str | os.PathLike[str]) -> Model:
    """Read a spec file with its weights, or a network of the gallery.

    Parameters
    ----------
    source
        Path of a ``.netdraft.json`` file, or ``"gallery:resnet18"``; ``netdraft gallery`` lists the names.

    Warns
    -----
    UserWarning
        For weights that are no finite numbers, and for tensors that belong to no layer.

    Raises
    ------
    designer.UserError
        One line: where, what came, what was wanted.

    Examples
    --------
    >>> import designer
    >>> model = designer.load("gallery:lenet5")
    >>> model.order[:3]
    ('image', 'conv1', 'tanh1')
    """
    opened = files.open_design(source)
    for note in opened.notes:
        warnings.warn(note, stacklevel=2)
    return model_of(opened.design)


def save(model: Design, path: str | os.PathLike[str]) -> None:
    """Write a model in the format that the suffix of ``path`` says.

    ``.netdraft.json``
        The program's own; given weights go to a safetensors file beside it. Both are one state: whoever opens the path
        meanwhile, or after a failure, finds the old or the new one.
    ``.onnx``
        One file with all weights inside, the initialised ones too, for batches of any size (opset 19; ONNX, 2023).

    Raises
    ------
    designer.UserError
        Where it cannot be written; an old file is then as it was.
    """
    files.write(model, path)


def analyse(
    model: Design,
    input_shape: Sequence[int] | None = None,
    *,
    batch: int = 1,
    dtype: DataType = "float32",
    convention: Convention = "torchvision",
) -> Report:
    """Shapes, parameters, multiply-adds, memory and receptive fields: the facts of ``netdraft summary``.

    Parameters
    ----------
    model
        Of :func:`designer.load` or :class:`designer.Builder`. A layer with a problem is no error: the report says so.
    input_shape
        Channels first without the batch, ``(3, 224, 224)``, in place of the designed one.
    batch
        Images at once; operations and activations grow with it.
    dtype
        ``float32``, ``float16`` or ``int8``: 4, 2 or 1 bytes per value.
    convention
        How operations are counted: ``torchvision`` counts multiply-adds of convolutions, dense layers and products,
        ``flops`` twice that, ``tf-slim`` adds biases and poolings.

    Returns
    -------
    designer.Report
        Sizes in bytes; receptive fields in pixels (Araujo, Norris and Sim, Distill 2019).

    Raises
    ------
    designer.UserError
        Where a parameter makes no sense.

    Examples
    --------
    >>> import designer
    >>> report = designer.analyse(designer.load("gallery:resnet18"))
    >>> report.totals.parameters, report.totals.macs  # as torchvision publishes them
    (11689512, 1814073344)
    >>> report.layers["conv1"].receptive_field.size
    (7, 7)
    """
    settings = Settings(batch=batch, dtype=dtype, convention=convention)
    return report_of(analyse_design(model, input_shape=input_shape, settings=settings), model)


def run(
    model: Design,
    images: Array | Mapping[str, Array],
    *,
    input_shape: Sequence[int] | None = None,
    keep: Keep = "all",
    precise: bool = False,
) -> dict[str, Array]:
    """Compute the maps of a model.

    Parameters
    ----------
    images
        An array (N, C, H, W) or (C, H, W) of any kind of number and any memory layout, or one for each image input by
        its id. It is copied, as float32, and never changed; :func:`designer.image` makes one of a picture.
    input_shape
        Channels first without the batch, in place of the designed one.
    keep
        ``"all"``, or the ids of the layers wanted. With few of them a run is faster and needs less memory, because
        layers are computed as one where nobody looks in between.
    precise
        Do without Winograd's convolutions, whose rounding error is some ten times that of plain sums of products.

    Returns
    -------
    dict
        Layer id → float32 (N, C, H, W), or (N, features). Layers with a problem, and those after them, are left out.

    Raises
    ------
    designer.RunRefused
        A :class:`designer.UserError`: where an array does not fit its input, a wanted layer cannot be computed, or
        memory is short.

    Notes
    -----
    Every array is read-only and stays as it is. Its axes are in the order above whatever its memory: many are views
    of values with the channels last, so ``array.strides`` may fall in another order than the axes, and layers may share
    memory. Use ``numpy.ascontiguousarray`` where C order is needed, and a copy to write to.

    Examples
    --------
    >>> import designer, numpy
    >>> model = designer.load("gallery:lenet5")
    >>> maps = designer.run(model, numpy.zeros((1, 32, 32)), keep=["pool1", "fc3"])
    >>> maps["pool1"].shape, maps["fc3"].shape, maps["fc3"].flags.writeable
    ((1, 6, 14, 14), (1, 10), False)
    """
    return Runner(model, input_shape=input_shape, keep=keep, precise=precise).run(images)


class Runner:
    """A model that is run on many images, one batch after the other.

    Weights are drawn and prepared once, and from the third batch of one shape on a small network is computed several
    times faster than by :func:`designer.run`. Parameters, memory layout and errors as there.

    Examples
    --------
    >>> import designer, numpy
    >>> forward = designer.Runner(designer.load("gallery:lenet5"), keep="fc3")
    >>> forward(numpy.zeros((4, 1, 32, 32)))["fc3"].shape
    (4, 10)
    """

    def __init__(
        self,
        model: Design,
        *,
        input_shape: Sequence[int] | None = None,
        keep: Keep = "all",
        precise: bool = False,
        report: analysis.Report | None = None,
    ) -> None:
        """``report`` is what is known of the model already, of the shape that it has."""
        self.model = model if input_shape is None else with_input_shape(model, input_shape)
        self._report = analyse_design(self.model) if report is None or input_shape is not None else report
        self._keep = None if keep == "all" else ([keep] if isinstance(keep, str) else list(keep))
        options = EngineOptions(precise=precise)
        self._workspace = Workspace(options)
        self._runs = RepeatedRun(self.model, self._report, keep=self._keep, options=options, workspace=self._workspace)
        for node_id in self._keep or ():
            check_wanted(self._report, node_id)

    def check_memory(self, image_bytes: int = 0) -> None:
        """Raise RunRefused where a run on one image would not fit into memory, with so many bytes besides."""
        self._runs.check_memory(frozenset(self.model.sources()), image_bytes)

    def run(self, images: Array | Mapping[str, Array], *, progress: Progress = ignore_progress) -> dict[str, Array]:
        """The maps of these images, as :func:`designer.run` gives them; they stay when the next are computed.

        ``runner(images)`` does the same.

        Parameters
        ----------
        images
            An array (N, C, H, W) or (C, H, W), or one for each image input by its id.
        progress
            Called with the id of a layer and the fraction of it, 0 to 1, that is done.

        Raises
        ------
        designer.RunRefused
            Where an array does not fit its input, or memory is short.
        """
        return self._runs.run(_by_source(self.model, images), progress=progress)

    __call__ = run

    def run_profiled(
        self, images: Array | Mapping[str, Array], *, progress: Progress = ignore_progress
    ) -> tuple[dict[str, Array], RunProfile]:
        """The maps, computed layer by layer, and where the time went.

        Parameters and errors as of :meth:`designer.Runner.run`; the second of two runs counts, for in the first weights
        are drawn and brought into the form in which they are read.

        Returns
        -------
        maps : dict
            As :meth:`designer.Runner.run` gives them.
        profile : RunProfile
            A step for each layer, or for layers computed as one: seconds, multiply-adds, GFLOP/s and algorithm.
        """
        return self._runs.run_profiled(_by_source(self.model, images), progress=progress)


def check_wanted(report: analysis.Report, node_id: str) -> None:
    """Raise RunRefused where the maps of this layer cannot be had."""
    facts = report.layers.get(node_id)
    if facts is None:
        near = difflib.get_close_matches(node_id, report.layers, 3)
        text = _("there is no layer {layer}; did you mean {near}?") if near else _("there is no layer {layer}")
        raise RunRefused(text.format(layer=node_id, near=", ".join(near)))
    if facts.output_shape is None:
        reason = facts.problem.message if facts.problem is not None else _("a layer before it has a problem")
        raise RunRefused(_("{layer} cannot be computed: {reason}").format(layer=node_id, reason=reason))


def _by_source(model: Design, images: Array | Mapping[str, Array]) -> dict[str, Array]:
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


def _batched(model: Design, name: str, array: Any) -> Array:
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


def weights(model: Design) -> dict[str, Array]:
    """Every tensor under its PyTorch name, ``conv1.weight``; those that were not given are initialised ones.

    Returns
    -------
    dict
        Name → read-only float32 array in PyTorch's layout: (filters, channels, height, width) for a convolution.

    Raises
    ------
    designer.RunRefused
        Where they would not fit into memory.

    Examples
    --------
    >>> import designer
    >>> tensors = designer.weights(designer.load("gallery:lenet5"))
    >>> tensors["conv1.weight"].shape, sum(tensor.size for tensor in tensors.values())  # LeCun et al., 1998
    ((6, 1, 5, 5), 61706)
    """
    report = analyse_design(model)
    check_weights_memory(model, report)
    return all_weights(model, report)
