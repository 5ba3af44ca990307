"""Every action of the window, once: its words, its keys, its icon, and where the menus show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QWidget

from designer.i18n import N_, _
from designer.ui.widgets.theme import icon

Keys = QKeySequence.StandardKey


@attrs.frozen
class Entry:
    """One action. ``text`` with its mnemonic and ``help`` are marked for translation.

    ``keys``: the platform's own where it has one, else as written here. ``group``: one of several that exclude each
    other.
    """

    id: str
    text: str
    help: str
    keys: QKeySequence.StandardKey | str = ""
    icon: str = ""
    checkable: bool = False
    group: str = ""
    on_canvas: bool = False
    """Whether the keys mean this only while the canvas has the focus; a table or a text has its own copy and delete."""
    role: QAction.MenuRole = QAction.MenuRole.NoRole


ENTRIES: tuple[Entry, ...] = (
    Entry("new", N_("&New"), N_("Start an empty design"), Keys.New, "new"),
    Entry("open", N_("&Open…"), N_("Open a design"), Keys.Open, "open"),
    Entry("save", N_("&Save"), N_("Save the design"), Keys.Save, "save"),
    Entry("save_as", N_("Save &As…"), N_("Save the design under another name"), Keys.SaveAs),
    Entry("open_image", N_("Open &Image…"), N_("Feed an image to the network"), "Ctrl+I", "image"),
    Entry("load_weights", N_("Load &Weights…"), N_("Give the layers the tensors of a safetensors file"), "", "weights"),
    Entry("save_weights", N_("Save Weigh&ts…"), N_("Write every tensor, the initialised ones included"), "", ""),
    Entry("export_png", N_("&Picture (PNG)…"), N_("Write the feature maps in view as a picture"), "Ctrl+E", "export"),
    Entry("export_npz", N_("&Arrays (NPZ)…"), N_("Write the feature maps in view for NumPy"), "Ctrl+Shift+E"),
    Entry("quit", N_("&Quit"), N_("Leave Netdraft"), Keys.Quit, "quit", role=QAction.MenuRole.QuitRole),
    Entry("undo", N_("&Undo"), N_("Take the last step back"), Keys.Undo, "undo"),
    Entry("redo", N_("&Redo"), N_("Do the step again"), Keys.Redo, "redo"),
    Entry("cut", N_("Cu&t"), N_("Move the selected layers to the clipboard"), Keys.Cut, "cut", on_canvas=True),
    Entry("copy", N_("&Copy"), N_("Copy the selected layers, as text"), Keys.Copy, "copy", on_canvas=True),
    Entry("paste", N_("&Paste"), N_("Insert layers, or feed an image, from the clipboard"), Keys.Paste, "paste"),
    Entry("duplicate", N_("Dup&licate"), N_("Copy the selected layers beside themselves"), "Ctrl+D", "duplicate"),
    Entry(
        "delete", N_("&Delete"), N_("Delete the selected layers and their wires"), Keys.Delete, "delete", on_canvas=True
    ),
    Entry(
        "delete_reconnect", N_("Delete and Reconn&ect"), N_("Delete the selected layers and close the gap"), "Shift+Del"
    ),
    Entry("select_all", N_("Select &All"), N_("Select every layer"), Keys.SelectAll, "select_all", on_canvas=True),
    Entry("rename", N_("Re&name"), N_("Give the selected layer another name"), "F2", "rename"),
    Entry("zoom_in", N_("Zoom &In"), N_("Show the canvas larger"), Keys.ZoomIn, "zoom_in"),
    Entry("zoom_out", N_("Zoom &Out"), N_("Show the canvas smaller"), Keys.ZoomOut, "zoom_out"),
    Entry("zoom_actual", N_("&100 %"), N_("Show the canvas in its own size"), "Ctrl+0", "zoom_actual"),
    Entry("fit", N_("&Fit"), N_("Show the whole design"), "F", "fit", on_canvas=True),
    Entry("reset_layout", N_("&Reset Window Layout"), N_("Put every panel back to its place"), "", "reset"),
    Entry("scheme_system", N_("As the &System"), N_("Light or dark as the system"), checkable=True, group="scheme"),
    Entry("scheme_light", N_("&Light"), N_("Dark on light"), checkable=True, group="scheme"),
    Entry("scheme_dark", N_("&Dark"), N_("Light on dark"), checkable=True, group="scheme"),
    Entry("run", N_("&Run"), N_("Compute the feature maps"), "F5", "run"),
    Entry("stop", N_("&Stop"), N_("Stop computing"), "Shift+F5", "stop"),
    Entry("auto_run", N_("Run A&utomatically"), N_("Compute after every edit"), "", "auto_run", checkable=True),
    Entry(
        "precise",
        N_("&Precise Arithmetic"),
        N_("No short cut for 3×3 convolutions: rounding errors are a tenth, a run takes up to twice as long"),
        checkable=True,
    ),
    Entry("memory_512mb", N_("&512 MB"), N_("Enough for small networks"), checkable=True, group="memory"),
    Entry("memory_1gb", N_("&1 GB"), N_("Enough for most examples"), checkable=True, group="memory"),
    Entry("memory_2gb", N_("&2 GB"), N_("Enough for every example"), checkable=True, group="memory"),
    Entry("memory_4gb", N_("&4 GB"), N_("For deep networks and many steps back"), checkable=True, group="memory"),
    Entry("memory_8gb", N_("&8 GB"), N_("For large images"), checkable=True, group="memory"),
    Entry("lay_out", N_("&Lay Out"), N_("Arrange the layers from left to right"), "Ctrl+L", "layout"),
    Entry("add_layer", N_("&Add Layer…"), N_("Search the palette for a layer"), "Ctrl+K", "add"),
    Entry("shortcuts", N_("&Keyboard Shortcuts"), N_("Every shortcut in one list"), "F1", "keyboard"),
    Entry("messages", N_("&Messages"), N_("Every notice so far"), "Ctrl+Shift+M", "messages"),
    Entry("answer", N_("A&nswer a Notice"), N_("Give the keyboard to the latest notice"), "F6"),
    Entry("dismiss", N_("&Dismiss Notices"), N_("Close the notices over the canvas"), "Ctrl+Shift+X", "close"),
    Entry("about", N_("&About Netdraft"), N_("Version and licence"), "", "help", role=QAction.MenuRole.AboutRole),
)

SEPARATOR = "—"

MEMORY_SIZES: Mapping[str, int] = {
    "memory_512mb": 512_000_000,
    "memory_1gb": 1_000_000_000,
    "memory_2gb": 2_000_000_000,
    "memory_4gb": 4_000_000_000,
    "memory_8gb": 8_000_000_000,
}
"""Action → bytes that the engine may keep from run to run: maps, prepared and initial weights, buffers."""


@attrs.frozen
class Menu:
    """A menu: ids of actions, separators, further menus, and by ``name`` menus that somebody else fills.

    With ``tips`` an entry says more when the cursor rests on it.
    """

    title: str
    items: tuple[str | Menu, ...] = ()
    name: str = ""
    tips: bool = False


MENUS: tuple[Menu, ...] = (
    Menu(
        N_("&File"),
        (
            "new", "open", Menu(N_("Open &Recent"), name="recent"), Menu(N_("&Examples"), name="examples"), SEPARATOR,
            "save", "save_as", Menu(N_("&Versions"), name="versions"), SEPARATOR,
            "open_image", Menu(N_("Exa&mple Images"), name="images"), SEPARATOR,
            "load_weights", "save_weights", Menu(N_("E&xport Feature Maps"), ("export_png", "export_npz")), SEPARATOR,
            "quit",
        ),
    ),
    Menu(
        N_("&Edit"),
        (
            "undo", "redo", SEPARATOR, "cut", "copy", "paste", "duplicate", SEPARATOR,
            "delete", "delete_reconnect", SEPARATOR, "select_all", "rename",
        ),
    ),
    Menu(
        N_("&View"),
        (
            "zoom_in", "zoom_out", "zoom_actual", "fit", SEPARATOR, Menu(N_("&Panels"), name="panels"), "reset_layout",
            SEPARATOR, Menu(N_("&Appearance"), ("scheme_system", "scheme_light", "scheme_dark")),
        ),
    ),
    Menu(
        N_("&Network"),
        (
            "add_layer", "lay_out", SEPARATOR, "run", "stop", "auto_run", SEPARATOR,
            "precise", Menu(N_("&Memory Kept between Runs"), tuple(MEMORY_SIZES), tips=True),
        ),
        tips=True,
    ),
    Menu(N_("&Help"), ("shortcuts", "messages", "answer", "dismiss", SEPARATOR, "about")),
)  # fmt: skip


class Actions(QObject):
    """The actions by id, each calling its handler.

    Parameters
    ----------
    handlers
        A function for every id: without arguments, or with the new state for a checkable action.
    canvas
        Where the keys of some actions are valid; those of the others are in all of ``parent``.
    """

    def __init__(self, handlers: Mapping[str, Callable[..., object]], parent: QWidget, canvas: QWidget) -> None:
        super().__init__(parent)
        missing = {entry.id for entry in ENTRIES} ^ set(handlers)
        if missing:
            raise KeyError(f"actions and handlers differ: {', '.join(sorted(missing))}")
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {entry.id: self._build(entry, handlers[entry.id], parent) for entry in ENTRIES}
        for entry in ENTRIES:
            (canvas if entry.on_canvas else parent).addAction(self._actions[entry.id])
        self.refresh_icons()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def _build(self, entry: Entry, handler: Callable[..., object], parent: QWidget) -> QAction:
        action = QAction(_(entry.text), parent)
        action.setObjectName(entry.id)
        action.setShortcuts(keys_of(entry))
        if entry.on_canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setMenuRole(entry.role)
        action.setToolTip(tool_tip(_(entry.help), action))
        action.setCheckable(entry.checkable)
        if entry.group:
            self._groups.setdefault(entry.group, QActionGroup(parent)).addAction(action)
        if entry.checkable:
            action.triggered.connect(handler)
        else:
            action.triggered.connect(lambda _checked: handler())
        return action

    def refresh_icons(self) -> None:
        """Draw the icons in the theme's colour."""
        for entry in ENTRIES:
            if entry.icon:
                self._actions[entry.id].setIcon(icon(entry.icon))

    def fill_menu_bar(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus; the named ones, still empty, are returned."""
        named: dict[str, QMenu] = {}
        for menu in MENUS:
            self._fill(bar.addMenu(_(menu.title)), menu, named)
        return named

    def _fill(self, target: QMenu, menu: Menu, named: dict[str, QMenu]) -> None:
        target.setToolTipsVisible(menu.tips)
        if menu.name:
            named[menu.name] = target
        for item in menu.items:
            if isinstance(item, Menu):
                self._fill(target.addMenu(_(item.title)), item, named)
            elif item == SEPARATOR:
                target.addSeparator()
            else:
                target.addAction(self._actions[item])

    def fill_tool_bar(self, bar: QToolBar, ids: tuple[str, ...]) -> None:
        """Show actions on a toolbar."""
        for action_id in ids:
            if action_id == SEPARATOR:
                bar.addSeparator()
            else:
                bar.addAction(self._actions[action_id])


def keys_of(entry: Entry) -> list[QKeySequence]:
    """The keys of an action on this platform, the one to show first.

    A platform may bind several to one action (Shift+Del also cuts); those that another action claims are its own.
    """
    if isinstance(entry.keys, str):
        return [QKeySequence(entry.keys)] if entry.keys else []
    found = QKeySequence.keyBindings(entry.keys) or [QKeySequence(text) for text in _FALLBACKS.get(entry.keys, ())]
    claimed = {other.keys for other in ENTRIES if isinstance(other.keys, str)}
    return [key for key in found if key.toString(QKeySequence.SequenceFormat.PortableText) not in claimed]


_FALLBACKS: Mapping[QKeySequence.StandardKey, tuple[str, ...]] = {
    Keys.Quit: ("Ctrl+Q",),
    Keys.SaveAs: ("Ctrl+Shift+S",),
}
"""Where a platform has no key of its own for these."""


def tool_tip(text: str, action: QAction) -> str:
    """What an action does, and its key."""
    keys = native(action.shortcut())
    return f"{text} ({keys})" if keys else text


def native(keys: QKeySequence) -> str:
    """Keys as the platform writes them."""
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def listed_shortcuts() -> Iterator[tuple[str, str]]:
    """Help and first keys of every action that has keys, in the order of the table."""
    for entry in ENTRIES:
        keys = keys_of(entry)
        if keys:
            yield _(entry.help), native(keys[0])
