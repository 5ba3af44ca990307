"""Netdraft: draw a convolutional network and see what it costs and what it sees.

For notebooks and scripts::

    import designer

    model = designer.load("gallery:resnet18")
    report = designer.analyse(model, input_shape=(3, 224, 224))
    maps = designer.run(model, {"image": array}, keep="all")
    forward = designer.Runner(model, keep=["fc"]).run  # for many arrays
    tensors = designer.weights(model)
    designer.save(model, "net.netdraft.json")

Bad input raises `designer.UserError`, whose text is one line.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = ["Model", "Report", "Runner", "UserError", "analyse", "load", "run", "save", "weights"]

if TYPE_CHECKING:
    from designer.analysis.report import Report
    from designer.layer_api.problems import UserError
    from designer.library.models import Model, Runner, analyse, load, run, save, weights

_HOMES = {"Report": "designer.analysis.report", "UserError": "designer.layer_api.problems"}


def __getattr__(name: str) -> Any:
    """Import the surface when it is first asked for, so that ``import designer.kernels`` stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'designer' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES.get(name, "designer.library.models")), name)
