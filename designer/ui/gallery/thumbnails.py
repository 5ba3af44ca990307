"""Thumbnails by network: from memory, else from the user's cache folder, else drawn.

Reading and drawing are done in the background.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import attrs
import platformdirs
from PySide6.QtCore import QBuffer, QIODevice, QObject, QSizeF, Signal
from PySide6.QtGui import QImage

from designer import __version__
from designer.files.atomic import atomic_write
from designer.gallery.catalogue import network
from designer.gallery.figures import shipped
from designer.ui.gallery.thumbnail_drawing import DRAWING, thumbnail
from designer.ui.widgets.theme import Theme, current_theme
from designer.ui.worker import BackgroundTasks

OVERRIDE = "NETDRAFT_CACHE"

KEPT = 4
"""Files of one network: both themes, on two screens."""

LARGEST_FILE = 1_000_000
"""A thumbnail of 800×400 pixels without any compression."""


def cache_folder() -> Path:
    """The folder that ``NETDRAFT_CACHE`` names, or the system's place for a program's cache; it may not exist yet."""
    named = os.environ.get(OVERRIDE)
    return Path(named).absolute() if named else platformdirs.user_cache_path("netdraft", appauthor=False)


@attrs.frozen
class _Wanted:
    """What tells one picture from another: the network, and all that its look depends on."""

    name: str
    theme: str
    width: float
    height: float
    ratio: float

    def file(self, folder: Path) -> Path:
        """Where it is kept: another version of the program, drawing or network finds another name."""
        content = (__version__, DRAWING, attrs.astuple(self), attrs.astuple(shipped()[self.name]))
        digest = hashlib.sha256(repr(content).encode()).hexdigest()
        return folder / "thumbnails" / f"{self.name}-{digest[:16]}.png"


class Thumbnails(QObject):
    """One for a window, asked by all that shows the gallery in it.

    Parameters
    ----------
    tasks
        Where they are read or drawn, one after the other.

    Signals: ``arrived(str)`` with the name of a network whose thumbnail is there now.
    """

    arrived = Signal(str)

    def __init__(self, tasks: BackgroundTasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._known: dict[_Wanted, QImage] = {}
        self._asked: set[_Wanted] = set()

    def get(self, name: str, size: QSizeF, ratio: float) -> QImage | None:
        """The thumbnail; None where it is not there yet: :attr:`arrived` tells."""
        theme = current_theme()
        wanted = _Wanted(name, theme.name, size.width(), size.height(), ratio)
        found = self._known.get(wanted)
        if found is None and wanted not in self._asked:
            self._asked.add(wanted)
            self._tasks.start(_maker(wanted, theme), lambda image: self._take(wanted, image), _tell, name)
        return found

    def _take(self, wanted: _Wanted, image: QImage) -> None:
        self._known[wanted] = image
        self.arrived.emit(wanted.name)


def _tell(error: Exception) -> None:
    # A network that cannot be drawn is a defect of ours.
    raise error


def _maker(wanted: _Wanted, theme: Theme) -> Callable[[], QImage]:
    return lambda: _kept(wanted, cache_folder()) or _drawn(wanted, theme, cache_folder())


def _kept(wanted: _Wanted, folder: Path) -> QImage | None:
    """The picture of the cache, unless there is none or something else."""
    path, image = wanted.file(folder), QImage()
    with contextlib.suppress(OSError):
        if path.stat().st_size <= LARGEST_FILE:
            image.loadFromData(path.read_bytes(), "PNG")
    if image.width() != round(wanted.width * wanted.ratio) or image.height() != round(wanted.height * wanted.ratio):
        return None
    image.setDevicePixelRatio(wanted.ratio)
    return image


def _drawn(wanted: _Wanted, theme: Theme, folder: Path) -> QImage:
    image = thumbnail(network(wanted.name), theme, QSizeF(wanted.width, wanted.height), wanted.ratio)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6 wants the text its stubs refuse
    path = wanted.file(folder)
    # A cache that cannot be written costs time at the next start, nothing else.
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        others = sorted(path.parent.glob(f"{wanted.name}-*.png"), key=lambda other: other.stat().st_mtime)
        for old in others[: max(0, len(others) - KEPT + 1)]:
            old.unlink()
        with atomic_write(path) as stream:
            stream.write(bytes(buffer.data().data()))
    return image
