"""A network and a report as the public surface hands them out: values that show themselves in a notebook."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from designer.analysis import report as analysis
from designer.analysis.analyse import analyse
from designer.analysis.groups import GroupReport, group_reports
from designer.engine.remember.workspace import WeightStore
from designer.files.weight_names import by_node
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.i18n import _
from designer.interchange.figures.design_svg import design_svg
from designer.interchange.tables.html import MOST_ROWS, report_html
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import shape_text
from designer.layer_api.layer import WeightSpec
from designer.layer_api.problems import UserError

COUNTER = "num_batches_tracked"
"""What PyTorch's batch normalisation counts for itself: part of every state dict, read by nothing here."""


@attrs.frozen(slots=False, eq=False, repr=False)
class Model(Design):
    """A network: layers, wires and the weights that were given to it, an immutable value.

    Made by :func:`designer.load` and :class:`designer.Builder`. In a notebook it shows its picture and its summary.

    Attributes
    ----------
    name : str
        What it is called.
    nodes : Mapping[str, Node]
        Layers by id in order of creation; ``model.nodes["conv1"].layer`` has the parameters.
    edges : tuple[Edge, ...]
        Wires: ``source`` feeds input ``input`` of ``target``.
    order : tuple[str, ...]
        Ids in execution order.
    groups : tuple[Group, ...]
        The outermost blocks, each with ``name``, ``members`` and ``groups`` inside; ``model.group("layer1.0")`` is one.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Design) and _plain(self) == _plain(other)

    __hash__ = object.__hash__

    def with_weights(self, tensors: Mapping[str, Any]) -> Model:
        """The model with these tensors in place of what its layers had; the model itself stays as it is.

        Parameters
        ----------
        tensors
            Arrays of numbers under their PyTorch names, ``{"conv1.weight": (64, 3, 7, 7), …}``, as
            :func:`designer.weights` returns them; anything NumPy makes an array of. They are copied, as float32. What a
            layer has besides stays: tensors given before, else initialised ones. PyTorch's ``num_batches_tracked`` is
            passed over.

        Raises
        ------
        designer.UserError
            Where a name belongs to no layer, or a shape is not the one its layer has here.

        Examples
        --------
        >>> import designer, numpy
        >>> model = designer.load("gallery:lenet5")
        >>> blank = model.with_weights({"conv1.bias": numpy.zeros(6)})
        >>> float(designer.weights(blank)["conv1.bias"].sum())
        0.0
        """
        wanted = {name: array for name, array in tensors.items() if name.rpartition(".")[2] != COUNTER}
        found, strangers = by_node(self, wanted)
        report, store = analyse(self), WeightStore()
        if strangers:
            raise _stranger(strangers[0], list(self.nodes))
        given: dict[str, dict[str, Array]] = {}
        for node, arrays in found.items():
            specs = _specs(self, report, node)
            checked = {name: _fitting(f"{node}.{name}", array, specs, name) for name, array in arrays.items()}
            had = {} if specs.keys() <= checked.keys() else store.of(self, report, node)
            given[node] = {name: checked[name] if name in checked else had[name] for name in specs}
        return model_of(SetWeights(given).apply(self))

    def _repr_html_(self) -> str:
        report = analyse(self)
        picture = f"<div>{design_svg(self, report)}</div>" if len(self.nodes) <= MOST_ROWS else ""
        return picture + report_html(report)

    def _repr_svg_(self) -> str:
        return design_svg(self, analyse(self))


def model_of(design: Design) -> Model:
    """The design as a model; what was found out of its wiring is kept."""
    if isinstance(design, Model):
        return design
    model = object.__new__(Model)
    model.__dict__.update(design.__dict__)
    return model


def _plain(design: Design) -> Design:
    """The design without what a model adds, for comparing."""
    plain = object.__new__(Design)
    plain.__dict__.update(design.__dict__)
    return plain


def _stranger(name: str, layers: list[str]) -> UserError:
    near = difflib.get_close_matches(name.rpartition(".")[0], layers, 1)
    if near:
        text = _("{name}: belongs to no layer of the model; did you mean {near}?")
        return UserError(text.format(name=name, near=f"{near[0]}.{name.rpartition('.')[2]}"))
    return UserError(_("{name}: belongs to no layer of the model; names are like conv1.weight").format(name=name))


def _specs(design: Design, report: analysis.Report, node: str) -> Mapping[str, WeightSpec]:
    """What tensors a layer has in its place. Given ones that do not fit it are no hindrance: they may be replaced."""
    facts = report.layers[node]
    if facts.output_shape is None and None in facts.inputs:
        raise UserError(_("{layer}: an input is not connected, so its weights have no shape").format(layer=node))
    if facts.output_shape is None and not facts.input_shapes:
        raise UserError(_("{layer}: a layer before it has a problem, so its weights have no shape").format(layer=node))
    return design.nodes[node].layer.weights(facts.input_shapes)


def _fitting(name: str, array: Any, specs: Mapping[str, WeightSpec], tensor: str) -> Array:
    if tensor not in specs:
        text = _("{name}: the layer has no such tensor; it has {wanted}")
        raise UserError(text.format(name=name, wanted=", ".join(specs) or _("none")))
    try:
        values = np.asarray(array)
    except (TypeError, ValueError):
        values = np.empty((), object)
    if values.dtype.kind not in "biuf":
        raise UserError(_("{name}: an array of numbers is wanted").format(name=name))
    if values.shape != specs[tensor].shape:
        raise UserError(
            _("{name}: {came} came, {wanted} is wanted").format(
                name=name, came=shape_text(values.shape) or _("a single number"), wanted=shape_text(specs[tensor].shape)
            )
        )
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


@attrs.frozen
class Report(analysis.Report):
    """Everything known of a model; ``layers`` in execution order, ``totals`` over those that could be counted.

    In a notebook it shows itself as a table.

    Attributes
    ----------
    layers : Mapping[str, LayerReport]
        Facts by layer id: shapes, counts, bytes, receptive field in pixels, and the problem where there is one.
    totals : Totals
        Sums; lower bounds where the report is not ``complete``.
    problems : tuple[LayerReport, ...]
        The layers that cannot be counted, and why.
    groups : Mapping[str, GroupReport]
        Subtotals by path of the group, ``report.groups["layer1.0"].parameters``, each before those inside it.
    """

    groups: Mapping[str, GroupReport] = attrs.field(factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The public JSON of ``netdraft summary --format json``."""
        # Written out: attrs makes the class anew for its slots, and Python 3.11's zero-argument super() would miss it.
        return {**analysis.Report.to_json(self), "groups": [group.to_json() for group in self.groups.values()]}

    def _repr_html_(self) -> str:
        return report_html(self)


def report_of(report: analysis.Report, design: Design) -> Report:
    """The report of a design as one that shows itself, with subtotals."""
    facts = {field.name: getattr(report, field.name) for field in attrs.fields(analysis.Report)}
    return Report(**facts, groups=group_reports(design, report))


class Builder(NetworkBuilder):
    """Writes a network down in code; a new layer follows the last one unless told otherwise.

    Parameters
    ----------
    name
        What the model is called.

    Examples
    --------
    >>> import designer
    >>> net = designer.Builder("Two paths").image((3, 32, 32))
    >>> first = net.add("conv2d", filters=8, kernel=3, padding=1)
    >>> second = net.add("conv2d", filters=8, kernel=1, after="image")
    >>> net.add("add", after=(first, second))
    'add1'
    >>> model = net.design()
    >>> designer.analyse(model).totals.parameters  # 3·3·3·8 + 8 and 3·8 + 8
    256
    """

    def design(self) -> Model:
        """The network as a model, laid out."""
        return model_of(super().design())
