"""The menus whose entries are not fixed: examples, images, recent files, panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from designer.gallery.examples import examples
from designer.i18n import _
from designer.pictures.images import example_images
from designer.ui.files.file_commands import FileCommands
from designer.ui.shell.preferences import Preferences


class WindowMenus(QObject):
    """Fills the menus that `Actions.fill_menu_bar` left empty."""

    def __init__(self, menus: Mapping[str, QMenu], files: FileCommands, preferences: Preferences) -> None:
        super().__init__(files)
        self.by_name, self._files, self._preferences = menus, files, preferences
        self._fill_examples()
        self._fill_images()
        menus["recent"].setToolTipsVisible(True)
        menus["recent"].aboutToShow.connect(self._fill_recent)
        self._fill_recent()

    def fill_panels(self, toggles: Iterable[QAction]) -> None:
        """Let each panel be shown and hidden."""
        for toggle in toggles:
            self.by_name["panels"].addAction(toggle)

    def _fill_examples(self) -> None:
        menu = self.by_name["examples"]
        menu.setToolTipsVisible(True)
        for example in examples():
            action = menu.addAction(example.title)
            action.setObjectName(f"example_{example.name}")
            action.setToolTip(example.description)
            action.triggered.connect(lambda _checked, example=example: self._files.open_example(example))

    def _fill_images(self) -> None:
        for example in example_images():
            action = self.by_name["images"].addAction(example.title)
            action.setObjectName(f"image_{example.name}")
            action.triggered.connect(lambda _checked, name=example.name: self._files.open_example_image(name))

    def _fill_recent(self) -> None:
        menu = self.by_name["recent"]
        menu.clear()
        for path in self._preferences.recent_files:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked, path=path: self._files.open_path(path))
        if menu.isEmpty():
            menu.addAction(_("Nothing opened or saved yet")).setEnabled(False)
        else:
            menu.addSeparator()
            menu.addAction(_("&Clear the List"), self._preferences.forget_recent)
