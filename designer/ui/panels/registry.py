"""The panels around the canvas, found by the names of their modules.

A module of this package, or of one in it, whose name ends in ``_panel`` declares a :class:`Panel` as ``PANEL``; nothing
else names it. Other modules are not imported here: some need the plotting library, which takes a while.
"""

from __future__ import annotations

import enum
import functools
import importlib
import pkgutil
from collections.abc import Callable

import attrs
from PySide6.QtWidgets import QWidget

from designer.ui.bridge import Bridge

SUFFIX = "_panel"


class Area(enum.Enum):
    """Where a panel stands at first: in a column beside the canvas, or as a tab below it."""

    LEFT = 0
    RIGHT = 1
    BOTTOM = 2


@attrs.frozen
class Panel:
    """What the window must know to show a panel.

    Parameters
    ----------
    name
        Remembered layouts know the panel by it.
    title
        Marked for translation. A panel that sets its own window title shows that instead.
    area, place
        The order in an area is that of ``place``.
    kind
        A widget that reads the session and hands it edits.
    height
        Pixels at first, in a column; 0 for an even share of what the others leave.
    """

    name: str
    title: str
    area: Area
    place: int
    kind: Callable[[Bridge, QWidget], QWidget]
    height: int = 0


@functools.cache
def panels() -> tuple[Panel, ...]:
    """Every panel, area by area.

    Raises
    ------
    TypeError
        Where a module declares no panel, or two panels have one name.
    """
    package = importlib.import_module(__name__.rpartition(".")[0])
    found: dict[str, Panel] = {}
    for entry in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not entry.name.endswith(SUFFIX):
            continue
        panel = getattr(importlib.import_module(entry.name), "PANEL", None)
        if not isinstance(panel, Panel):
            raise TypeError(f"{entry.name} declares no panel: PANEL = Panel(…) is wanted")
        if panel.name in found:
            raise TypeError(f"two panels have the name {panel.name}")
        found[panel.name] = panel
    return tuple(sorted(found.values(), key=lambda panel: (panel.area.value, panel.place)))
