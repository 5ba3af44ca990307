"""What is remembered between two starts: layout of the window, appearance, recent files, ways of counting.

Everything read from disk may be anything; what makes no sense is left at its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from designer.analysis.analyse import Settings
from designer.analysis.conventions import CONVENTIONS, Convention
from designer.engine.options import EngineOptions
from designer.pictures.images import Preprocessing
from designer.ui.widgets.theme import SCHEMES, Scheme

MOST_RECENT = 10
LAYOUT_VERSION = 2
"""Of docks and toolbars; another number forgets layouts saved before."""

MEMORY_SIZES: Mapping[str, int] = {
    "512mb": 512_000_000,
    "1gb": 1_000_000_000,
    "2gb": 2_000_000_000,
    "4gb": 4_000_000_000,
    "8gb": 8_000_000_000,
}
"""Bytes that the engine may be told to keep from run to run: maps, prepared and initial weights, buffers."""


_GALLERY = ("search", "family", "order")


class Preferences:
    """The user's settings file, or the one given."""

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            self._file = QSettings("netdraft", "netdraft")
        else:
            self._file = QSettings(str(file), QSettings.Format.IniFormat)

    # -- appearance and layout -------------------------------------------------------------------------------------

    @property
    def scheme(self) -> Scheme:
        """Light, dark or as the system."""
        kept = self._file.value("appearance")
        return next((scheme for scheme in SCHEMES if scheme == kept), "system")

    @scheme.setter
    def scheme(self, scheme: Scheme) -> None:
        self._file.setValue("appearance", scheme)

    @property
    def geometry(self) -> QByteArray | None:
        """Place and size of the window."""
        return self._bytes("window/geometry")

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._file.setValue("window/geometry", geometry)

    @property
    def layout(self) -> QByteArray | None:
        """Places and sizes of docks and toolbars."""
        return self._bytes("window/layout")

    @layout.setter
    def layout(self, layout: QByteArray) -> None:
        self._file.setValue("window/layout", layout)

    @property
    def gallery_geometry(self) -> QByteArray | None:
        """Place and size of the gallery's window."""
        return self._bytes("gallery/geometry")

    @gallery_geometry.setter
    def gallery_geometry(self, geometry: QByteArray) -> None:
        self._file.setValue("gallery/geometry", geometry)

    @property
    def gallery(self) -> tuple[str, str, str]:
        """What was searched for in the gallery, the family shown and the sorting; empty where nothing is kept."""
        kept = [self._file.value(f"gallery/{name}") for name in _GALLERY]
        search, family, order = (text if isinstance(text, str) else "" for text in kept)
        return search, family, order

    @gallery.setter
    def gallery(self, choice: tuple[str, str, str]) -> None:
        for name, text in zip(_GALLERY, choice, strict=True):
            self._file.setValue(f"gallery/{name}", text)

    def _bytes(self, key: str) -> QByteArray | None:
        kept = self._file.value(key)
        return kept if isinstance(kept, QByteArray) else None

    # -- files -----------------------------------------------------------------------------------------------------

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Design files opened or saved last, latest first; those that are gone are left out."""
        return tuple(path for path in self._recent() if path.is_file())

    def _recent(self) -> list[Path]:
        kept = self._file.value("recent_files")
        # Qt gives back a list of one as a plain string.
        texts = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and text and "\0" not in text]

    def add_recent(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        path = path.resolve()
        others = [other for other in self._recent() if other != path and other.is_file()]
        self._file.setValue("recent_files", [str(each) for each in [path, *others][:MOST_RECENT]])

    def forget_recent(self) -> None:
        """Empty the list."""
        self._file.remove("recent_files")

    def folder(self, purpose: str) -> Path:
        """The folder last used for ``design``, ``image``, ``weights`` or ``export``; at first the user's home."""
        kept = self._file.value(f"folders/{purpose}")
        folder = Path(kept) if isinstance(kept, str) and kept and "\0" not in kept else Path.home()
        return folder if folder.is_dir() else Path.home()

    def remember_folder(self, purpose: str, path: Path) -> None:
        """The folder of this file was used."""
        self._file.setValue(f"folders/{purpose}", str(path.resolve().parent))

    # -- ways of counting and preparing ----------------------------------------------------------------------------

    @property
    def convention(self) -> Convention:
        """How operations are counted. Data type and batch are no preferences: they belong to one design."""
        kept = self._file.value("counting/convention")
        return next((name for name in CONVENTIONS if name == kept), Settings().convention)

    @convention.setter
    def convention(self, convention: Convention) -> None:
        self._file.setValue("counting/convention", convention)

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are fitted and normalised."""
        group = "preprocessing"
        kept = {name: self._file.value(f"{group}/{name}") for name in ("fit", "normalisation", "mean", "std")}
        if not all(isinstance(value, str) for value in kept.values()):
            return Preprocessing()
        try:
            return Preprocessing(
                fit=kept["fit"],
                normalisation=kept["normalisation"],
                mean=[float(number) for number in kept["mean"].split()],
                std=[float(number) for number in kept["std"].split()],
            )
        except ValueError:
            return Preprocessing()

    @preprocessing.setter
    def preprocessing(self, way: Preprocessing) -> None:
        self._file.setValue("preprocessing/fit", str(way.fit))
        self._file.setValue("preprocessing/normalisation", str(way.normalisation))
        self._file.setValue("preprocessing/mean", " ".join(map(repr, way.mean)))
        self._file.setValue("preprocessing/std", " ".join(map(repr, way.std)))

    @property
    def engine_options(self) -> EngineOptions:
        """How runs compute, and how much memory they may use."""
        default = EngineOptions()
        size = str(self._file.value("engine/memory_bytes"))
        return EngineOptions(
            precise=self._file.value("engine/precise") in ("true", True),
            memory_bytes=next(
                (offered for offered in MEMORY_SIZES.values() if str(offered) == size), default.memory_bytes
            ),
        )

    @engine_options.setter
    def engine_options(self, options: EngineOptions) -> None:
        self._file.setValue("engine/precise", "true" if options.precise else "false")
        self._file.setValue("engine/memory_bytes", str(options.memory_bytes))

    @property
    def automatic_run(self) -> bool:
        """Whether edits start the engine by themselves."""
        return self._file.value("automatic_run") not in ("false", False)

    @automatic_run.setter
    def automatic_run(self, automatic: bool) -> None:
        self._file.setValue("automatic_run", "true" if automatic else "false")
