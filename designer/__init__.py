"""Netdraft: draw a convolutional network and see what it costs and what it sees.

For notebooks and scripts::

    import designer

    model = designer.load("gallery:resnet18")
    report = designer.analyse(model, input_shape=(3, 224, 224))
    picture = designer.image("cat.jpg", shape=(3, 224, 224))
    maps = designer.run(model, picture, keep="all")
    forward = designer.Runner(model, keep=["fc"])  # for many arrays
    tensors = designer.weights(model)
    trained = model.with_weights({"fc.bias": bias})
    trained, matched = designer.load_weights(model, "resnet18.pth")
    designer.save(trained, "net.netdraft.json")  # or "net.onnx"

Bad input raises `designer.UserError`, whose text is one line.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Builder",
    "Device",
    "Estimate",
    "Group",
    "GroupReport",
    "LayerReport",
    "Memory",
    "Model",
    "Report",
    "RunRefused",
    "Runner",
    "UserError",
    "WeightsReport",
    "analyse",
    "estimate",
    "image",
    "layers",
    "load",
    "load_weights",
    "memory",
    "run",
    "save",
    "weights",
]

if TYPE_CHECKING:
    from designer.analysis.groups import GroupReport
    from designer.analysis.report import LayerReport
    from designer.analysis.roofline import Device, Estimate
    from designer.engine.compile.plan import RunRefused
    from designer.files.weight_matching import WeightsReport
    from designer.graph.groups import Group
    from designer.layer_api.problems import UserError
    from designer.library.catalogue import layers
    from designer.library.costs import Memory, estimate, memory
    from designer.library.model import Builder, Model, Report
    from designer.library.models import Runner, analyse, load, run, save, weights
    from designer.library.pictures import image
    from designer.library.weights_loading import load_weights

_HOMES = {
    "Builder": "designer.library.model",
    "Device": "designer.analysis.roofline",
    "Estimate": "designer.analysis.roofline",
    "Group": "designer.graph.groups",
    "GroupReport": "designer.analysis.groups",
    "LayerReport": "designer.analysis.report",
    "Memory": "designer.library.costs",
    "Model": "designer.library.model",
    "Report": "designer.library.model",
    "RunRefused": "designer.engine.compile.plan",
    "UserError": "designer.layer_api.problems",
    "estimate": "designer.library.costs",
    "WeightsReport": "designer.files.weight_matching",
    "image": "designer.library.pictures",
    "load_weights": "designer.library.weights_loading",
    "memory": "designer.library.costs",
}


def __getattr__(name: str) -> Any:
    """Import the surface when it is first asked for, so that ``import designer.kernels`` stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'designer' has no attribute {name!r}")
    if name == "layers":
        return importlib.import_module(f"designer.{name}")
    return getattr(importlib.import_module(_HOMES.get(name, "designer.library.models")), name)


def __dir__() -> list[str]:
    """What is public, whether it was asked for already or not."""
    return [*__all__, "__doc__", "__name__", "__version__"]


class _CallablePackage(ModuleType):
    def __call__(self) -> Any:
        from designer.library.catalogue import layers

        return layers()


class _Surface(ModuleType):
    """``designer.layers()`` is a function, and ``designer.layers`` the package that holds the layers."""

    def __setattr__(self, name: str, value: object) -> None:
        # Python's import puts every package into the one above it by this.
        if name == "layers" and isinstance(value, ModuleType):
            value.__class__ = _CallablePackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Surface
