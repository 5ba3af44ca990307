"""Give a design the tensors of a file that was made elsewhere, and say what became of each."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
import numpy as np

from designer.analysis.analyse import analyse
from designer.analysis.report import Report
from designer.engine.remember.workspace import WeightStore
from designer.files.regular_file import printable_path
from designer.files.tensor_files import read_tensors
from designer.files.weight_matching import Differing, Match, WeightsReport, match
from designer.files.weights_read import nothing_belongs, weights_notes
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.layer import WeightSpec
from designer.layer_api.problems import UserError, printable
from designer.library.model import Model, model_of

MOST_LINES = 40
"""Of a report in the terminal."""


@attrs.frozen
class LoadedWeights:
    """A design with tensors of a file, what became of each, and notes: one line each."""

    design: Design
    report: WeightsReport
    notes: tuple[str, ...] = ()


def load_weights(model: Design, path: str | os.PathLike[str]) -> tuple[Model, WeightsReport]:
    """Give a model the tensors of a weights file that another program has written.

    Parameters
    ----------
    path
        safetensors, ``.npz``, or a checkpoint of PyTorch (``.pth``), of which nothing is carried out: only tensors are
        read, and a file that names anything else is refused. Tensors are matched by name, else by the end of their
        names (``module.conv1.weight``), else by order and shape; kernels with the channels last are transposed.

    Returns
    -------
    model : Model
        Layers of which the file has nothing that fits keep what they had.
    report : WeightsReport
        ``matched``, ``transposed``, ``differing`` (in shape), ``missing`` and ``unexpected`` tensors, and whether it is
        ``complete``.

    Raises
    ------
    designer.UserError
        Where the file cannot be read, or nothing in it belongs to the model.

    Examples
    --------
    >>> import designer, numpy, os, tempfile
    >>> model = designer.load("gallery:lenet5")
    >>> path = os.path.join(tempfile.mkdtemp(), "w.npz")
    >>> numpy.savez(path, **{f"net.{name}": tensor for name, tensor in designer.weights(model).items()})
    >>> trained, report = designer.load_weights(model, path)
    >>> len(report.matched), report.matched[0].way, report.complete
    (10, 'suffix', True)
    """
    loaded = with_file_weights(model, path)
    return model_of(loaded.design), loaded.report


def with_file_weights(design: Design, path: str | os.PathLike[str]) -> LoadedWeights:
    """The design with the tensors of a file; raises UserError as `load_weights` does."""
    tensors, facts = read_tensors(path), analyse(design)
    specs = _specs(design, facts)
    report = match(
        {name: spec.shape for name, spec in specs.items()}, {name: tensor.shape for name, tensor in tensors.items()}
    )
    if tensors and not report.matched:
        if report.differing:
            raise _nothing_fits(path, report.differing[0])
        raise nothing_belongs(path, next(iter(report.unexpected), next(iter(tensors))))
    given = {found.wanted: _arranged(tensors[found.came], found, specs[found.wanted].shape) for found in report.matched}
    return LoadedWeights(_with(design, facts, given), report, weights_notes(path, given, ()))


def _specs(design: Design, facts: Report) -> dict[str, WeightSpec]:
    """Every tensor of the design whose shape is known, in the order of execution."""
    return {
        f"{node}.{name}": spec
        for node in design.order
        if facts.layers[node].output_shape is not None or node in design.weights
        for name, spec in design.nodes[node].layer.weights(facts.layers[node].input_shapes).items()
    }


def _arranged(tensor: Array, found: Match, shape: Shape) -> Array:
    """The tensor as its layer wants it, read-only."""
    if found.permutation is not None:
        tensor = np.ascontiguousarray(np.transpose(tensor, found.permutation))
    if found.reshaped:
        tensor = tensor.reshape(shape)
    tensor.flags.writeable = False
    return tensor


def _with(design: Design, facts: Report, given: Mapping[str, Array]) -> Design:
    """The design with these tensors; what a layer has besides stays, given before or initialised."""
    store = WeightStore()
    nodes: dict[str, dict[str, Array]] = {}
    for name, array in given.items():
        node, _dot, tensor = name.rpartition(".")
        nodes.setdefault(node, {})[tensor] = array
    for node, tensors in nodes.items():
        specs = design.nodes[node].layer.weights(facts.layers[node].input_shapes)
        if specs.keys() != tensors.keys():
            all_there = {**store.of(design, facts, node), **tensors}
            nodes[node] = {name: all_there[name] for name in specs if name in all_there}
    return SetWeights(nodes).apply(design)


def _nothing_fits(path: str | os.PathLike[str], first: Differing) -> UserError:
    return UserError(
        _("{path}: no tensor fits; {name} is {came} there and {wanted} here").format(
            path=printable_path(path),
            name=printable(first.wanted),
            came=shape_text(first.came_shape),
            wanted=shape_text(first.wanted_shape),
        )
    )


# -- in words ----------------------------------------------------------------------------------------------------------


def summary_of(report: WeightsReport) -> str:
    """One line: ``62 tensors loaded, 2 of them transposed; 1 of another shape; 2 missing; 3 unexpected``."""
    count = len(report.matched)
    parts = [ngettext("{count} tensor loaded", "{count} tensors loaded", count).format(count=count)]
    by_order = sum(found.way == "order" for found in report.matched)
    if by_order:
        parts[0] += _(", {count} of them by order and shape").format(count=by_order)
    if report.transposed:
        parts[0] += _(", {count} of them transposed").format(count=len(report.transposed))
    for text, names in (
        (_("{count} of another shape"), report.differing),
        (_("{count} missing in the file"), report.missing),
        (_("{count} unexpected"), report.unexpected),
    ):
        if names:
            parts.append(text.format(count=len(names)))
    return "; ".join(parts)


def report_lines(report: WeightsReport) -> list[str]:
    """The report for a terminal: the summary, then what is not as one would expect, `MOST_LINES` at most."""
    details = [
        _("another shape: {name} is {came} in the file, {wanted} in the network").format(
            name=each.wanted, came=shape_text(each.came_shape), wanted=shape_text(each.wanted_shape)
        )
        for each in report.differing
    ]
    details += [_("missing: {name}").format(name=name) for name in report.missing]
    details += [_("unexpected: {name}").format(name=name) for name in report.unexpected]
    if len(details) > MOST_LINES:
        more = len(details) - MOST_LINES
        details = [*details[:MOST_LINES], _("… and {count} more").format(count=more)]
    return [printable(line) for line in (summary_of(report), *details)]
