"""The catalogue of layers, filled by importing every module of :mod:`designer.layers` by name.

This is the one upward link of the project and the only way to the layer classes.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Mapping

from designer.i18n import _
from designer.layer_api.layer import Layer
from designer.layer_api.onnx_operator import CannotRead, Constants, LayerRead, OnnxOperator, OtherLayer
from designer.layer_api.problems import FieldError

CATALOGUE = "designer.layers"


@functools.cache
def catalogue() -> Mapping[str, type[Layer]]:
    """Every layer class by kind, in palette order (category, then order of definition).

    Raises
    ------
    TypeError
        Where two classes claim the same kind.
    """
    found: dict[str, type[Layer]] = {}
    package = importlib.import_module(CATALOGUE)
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{CATALOGUE}.{entry.name}")
        for value in vars(module).values():
            if not (inspect.isclass(value) and issubclass(value, Layer)) or value.__module__ != module.__name__:
                continue
            if inspect.isabstract(value) or "kind" not in vars(value):
                continue
            if value.kind in found:
                raise TypeError(f"two layers claim the kind {value.kind}")
            found[value.kind] = value
    order = {category: index for index, category in enumerate(type(next(iter(found.values())).category))}
    return dict(sorted(found.items(), key=lambda item: order[item[1].category]))


def layer_class(kind: str) -> type[Layer]:
    """The class of a kind; raises FieldError naming the nearest kind where there is none."""
    try:
        return catalogue()[kind]
    except (KeyError, TypeError):
        import difflib

        near = difflib.get_close_matches(str(kind), catalogue(), 1)
        hint = _("; did you mean {near}?").format(near=near[0]) if near else ""
        shown = str(kind) if len(str(kind)) <= 40 else str(kind)[:39] + "…"
        raise FieldError(_("there is no layer kind {kind!r}{hint}").format(kind=shown, hint=hint)) from None


def make_layer(kind: str, /, **parameters: object) -> Layer:
    """A layer of ``kind``; raises FieldError where the kind or a value makes no sense."""
    return layer_class(kind).from_parameters(parameters)


def read_onnx(operator: OnnxOperator, constants: Constants) -> LayerRead:
    """The layer that an ONNX operator stands for, with its weights; raises CannotRead in one line."""
    reasons = []
    for cls in catalogue().values():
        if operator.op in cls.onnx_operators:
            try:
                return cls.from_onnx(operator, constants)
            except CannotRead as problem:
                reasons.append(problem)
    if reasons:
        # What a layer for images says of an operator on images tells more than that one for volumes is none for it.
        raise min(reasons, key=lambda reason: isinstance(reason, OtherLayer))
    raise operator.refused(_("no layer reads this operator"))
