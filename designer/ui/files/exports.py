"""What the File menu writes beside the design's own file: other formats, weights, feature maps."""

from __future__ import annotations

from designer.engine.remember.workspace import all_weights
from designer.files.weights_file import write_weights
from designer.i18n import _
from designer.library import files
from designer.library.formats import OWN, writable
from designer.session.maps.export import MapsExport
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.files.file_dialogs import FileDialogs
from designer.ui.files.file_names import WEIGHTS_SUFFIX, format_filters, suggested_name, weights_filter
from designer.ui.files.file_tasks import FileTasks


class Exports:
    """Each asks for a name, and writes what there was when it was asked for."""

    def __init__(self, session: Session, tasks: FileTasks, dialogs: FileDialogs) -> None:
        self._session, self._tasks, self._dialogs = session, tasks, dialogs

    def design(self) -> None:
        """Write the design in another format; the window's own file stays what it is."""
        design, entries = self._session.design, [entry for entry in writable() if entry is not OWN]
        self._dialogs.ask_target(
            "export",
            _("Export the design"),
            format_filters(entries),
            suggested_name(design, entries[0].suffixes[0]),
            lambda path: self._tasks.write(lambda target: files.write(design, target), path),
        )

    def weights(self) -> None:
        """Write every tensor, the initialised ones included."""
        design, report, store = self._session.design, self._session.report, self._session.weights
        self._dialogs.ask_target(
            "weights",
            _("Save the weights"),
            [weights_filter()],
            design.name + WEIGHTS_SUFFIX,
            lambda path: self._tasks.write(
                lambda target: write_weights(target, all_weights(design, report, store)), path
            ),
        )

    def maps(self, suffix: str, maps: MapsExport | None) -> None:
        """Write feature maps: ``png`` or ``npz``."""
        if maps is None:
            self._session.notice(_("there are no maps to export; select a layer and run the network"), Level.WARNING)
            return
        label = _("Pictures (*.png)") if suffix == "png" else _("NumPy arrays (*.npz)")
        self._dialogs.ask_target(
            "export",
            _("Export feature maps"),
            [label],
            f"{maps.name}.{suffix}",
            lambda path: self._tasks.write(maps.write_png if suffix == "png" else maps.write_npz, path),
        )
