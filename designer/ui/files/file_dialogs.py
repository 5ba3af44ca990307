"""The system's file dialogs, each beginning in the folder that was used last for the same purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from designer.i18n import _
from designer.ui.shell.preferences import Preferences


class FileDialogs:
    """Asks for a file without holding the window up: the answer comes by a call.

    Parameters
    ----------
    window
        What the dialogs belong to.
    """

    def __init__(self, preferences: Preferences, window: QWidget) -> None:
        self._preferences, self._window = preferences, window

    def build(self, purpose: str, title: str, filters: Sequence[str], *, saving: bool) -> QFileDialog:
        """A dialog that is not open yet."""
        dialog = QFileDialog(self._window, title, str(self._preferences.folder(purpose)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilters(filters if saving else [*filters, _("All files (*)")])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave if saving else QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile if saving else QFileDialog.FileMode.ExistingFile)
        return dialog

    def ask_file(self, purpose: str, title: str, filters: Sequence[str], chosen: Callable[[Path], None]) -> None:
        """Ask for a file that exists."""
        dialog = self.build(purpose, title, filters, saving=False)
        dialog.fileSelected.connect(lambda name: chosen(Path(name)))
        dialog.open()

    def ask_target(
        self, purpose: str, title: str, filters: Sequence[str], name: str, chosen: Callable[[Path], None]
    ) -> None:
        """Ask what to write, suggesting ``name``, whose suffix completes what is typed without one."""
        dialog = self.build(purpose, title, filters, saving=True)
        dialog.setDefaultSuffix(name.rpartition(".")[2])
        dialog.selectFile(name.replace("/", "_"))

        def selected(text: str) -> None:
            path = Path(text)
            self._preferences.remember_folder(purpose, path)
            chosen(path)

        dialog.fileSelected.connect(selected)
        dialog.open()
