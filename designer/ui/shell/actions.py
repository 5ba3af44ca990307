"""Every action of the window, once: words, keys, icon, what it does, when it makes sense, and where it shows.

A new action of the window is an entry here, and its id in the menu that shows it. Those of the canvas are declared in
`canvas/actions.py`, with the context menus, and take their places in the table here.
"""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence

from designer.i18n import N_, _
from designer.session.session import Session
from designer.ui.action_entry import SEPARATOR, populated
from designer.ui.canvas import actions as canvas
from designer.ui.shell.action_kinds import AnyEntry, Menu, WindowAction, WindowSetting
from designer.ui.shell.preferences import MEMORY_SIZES
from designer.ui.widgets.theme import Scheme

Keys = QKeySequence.StandardKey

# -- when an action makes sense ----------------------------------------------------------------------------------------


def unsaved(session: Session) -> bool:
    """No file holds the design as it is."""
    return session.document.modified or session.path is None


def running(session: Session) -> bool:
    """Maps are being computed."""
    return session.run_state.running


def _undo_words(session: Session) -> tuple[str, str]:
    step = session.document.undo_label
    return _step_words(step, _("&Undo: {step}")) if step is not None else (_("&Undo"), _("Nothing to undo"))


def _redo_words(session: Session) -> tuple[str, str]:
    step = session.document.redo_label
    return _step_words(step, _("&Redo: {step}")) if step is not None else (_("&Redo"), _("Nothing to redo"))


def _step_words(step: str, named: str) -> tuple[str, str]:
    return named.format(step=step.replace("&", "&&")), named.replace("&", "").format(step=step)


# -- entries of which there are several -------------------------------------------------------------------------------


def _scheme(scheme: Scheme, text: str, help_: str) -> WindowSetting:
    return WindowSetting(
        f"scheme_{scheme}", text, help_, group="scheme",
        do=lambda window, _on: window.choose_scheme(scheme),
        checked=lambda window: window.preferences.scheme == scheme,
    )  # fmt: skip


def _memory(name: str, text: str, help_: str) -> WindowSetting:
    size = MEMORY_SIZES[name]
    return WindowSetting(
        f"memory_{name}", text, help_, group="memory",
        do=lambda window, _on: window.choose_memory(size),
        checked=lambda window: window.session.engine_options.memory_bytes == size,
    )  # fmt: skip


# -- the table ---------------------------------------------------------------------------------------------------------

ENTRIES: tuple[AnyEntry, ...] = (
    WindowAction(
        "new", N_("&New"), N_("Start an empty design"), Keys.New, "new",
        do=lambda window: window.files.new(),
    ),
    WindowAction(
        "open", N_("&Open…"), N_("Open a design"), Keys.Open, "open",
        do=lambda window: window.files.open(),
    ),
    WindowAction(
        "gallery", N_("&Gallery…"), N_("Open a network of the literature"), "Ctrl+Shift+O", "gallery",
        do=lambda window: window.show_gallery(),
    ),
    WindowAction(
        "save", N_("&Save"), N_("Save the design"), Keys.Save, "save",
        when=unsaved, do=lambda window: window.files.save(),
    ),
    WindowAction(
        "save_as", N_("Save &As…"), N_("Save the design under another name"), Keys.SaveAs,
        do=lambda window: window.files.save_as(),
    ),
    WindowAction(
        "export_design", N_("Export &Design…"), N_("Write the design with its weights for other programs"),
        when=populated, do=lambda window: window.files.exports.design(),
    ),
    WindowAction(
        "open_image", N_("Open &Image…"), N_("Feed an image to the network"), "Ctrl+I", "image",
        do=lambda window: window.files.open_image(),
    ),
    WindowAction(
        "load_weights", N_("Load &Weights…"), N_("Give the layers the tensors of a safetensors, NPZ or PyTorch file"),
        "", "weights",
        do=lambda window: window.files.load_weights(),
    ),
    WindowAction(
        "save_weights", N_("Save Weigh&ts…"), N_("Write every tensor, the initialised ones included"),
        when=populated, do=lambda window: window.files.exports.weights(),
    ),
    WindowAction(
        "export_png", N_("&Picture (PNG)…"), N_("Write the feature maps in view as a picture"), "Ctrl+E", "export",
        when=populated, do=lambda window: window.export("png"),
    ),
    WindowAction(
        "export_npz", N_("&Arrays (NPZ)…"), N_("Write the feature maps in view for NumPy"), "Ctrl+Shift+E",
        when=populated, do=lambda window: window.export("npz"),
    ),
    WindowAction(
        "quit", N_("&Quit"), N_("Leave Netdraft"), Keys.Quit, "quit",
        do=lambda window: window.close(), role=QAction.MenuRole.QuitRole,
    ),
    WindowAction(
        "undo", N_("&Undo"), N_("Take the last step back"), Keys.Undo, "undo",
        when=lambda session: session.document.undo_label is not None, words=_undo_words,
        do=lambda window: window.session.undo(),
    ),
    WindowAction(
        "redo", N_("&Redo"), N_("Do the step again"), Keys.Redo, "redo",
        when=lambda session: session.document.redo_label is not None, words=_redo_words,
        do=lambda window: window.session.redo(),
    ),
    *canvas.EDITING,
    *canvas.GROUPS,
    *canvas.VIEWING,
    WindowAction(
        "reset_layout", N_("&Reset Window Layout"), N_("Put every panel back to its place"), "", "reset",
        do=lambda window: window.docks.reset(),
    ),
    _scheme("system", N_("As the &System"), N_("Light or dark as the system")),
    _scheme("light", N_("&Light"), N_("Dark on light")),
    _scheme("dark", N_("&Dark"), N_("Light on dark")),
    WindowAction(
        "run", N_("&Run"), N_("Compute the feature maps"), "F5", "run",
        when=populated, do=lambda window: window.run(),
    ),
    WindowAction(
        "stop", N_("&Stop"), N_("Stop computing"), "Shift+F5", "stop",
        when=running, do=lambda window: window.worker.stop(),
    ),
    WindowSetting(
        "auto_run", N_("Run A&utomatically"), N_("Compute after every edit"), "", "auto_run",
        do=lambda window, on: window.choose_automatic(on), checked=lambda window: window.worker.automatic,
    ),
    WindowSetting(
        "precise", N_("&Precise Arithmetic"),
        N_("No short cut for 3×3 convolutions: rounding errors are a tenth, a run takes up to twice as long"),
        do=lambda window, on: window.choose_precise(on), checked=lambda window: window.session.engine_options.precise,
    ),
    _memory("512mb", N_("&512 MB"), N_("Enough for small networks")),
    _memory("1gb", N_("&1 GB"), N_("Enough for most examples")),
    _memory("2gb", N_("&2 GB"), N_("Enough for every example")),
    _memory("4gb", N_("&4 GB"), N_("For deep networks and many steps back")),
    _memory("8gb", N_("&8 GB"), N_("For large images")),
    *canvas.ARRANGING,
    WindowAction(
        "add_layer", N_("&Add Layer…"), N_("Search the palette for a layer"), "Ctrl+K", "add",
        do=lambda window: window.search_layer(),
    ),
    WindowAction(
        "shortcuts", N_("&Keyboard Shortcuts"), N_("Every shortcut in one list"), "F1", "keyboard",
        do=lambda window: window.show_shortcuts(),
    ),
    WindowAction(
        "messages", N_("&Messages"), N_("Every notice so far"), "Ctrl+Shift+M", "messages",
        do=lambda window: window.show_messages(),
    ),
    WindowAction(
        "answer", N_("A&nswer a Notice"), N_("Give the keyboard to the latest notice"), "F6",
        do=lambda window: window.notifications.focus_latest(),
    ),
    WindowAction(
        "dismiss", N_("&Dismiss Notices"), N_("Close the notices over the canvas"), "Ctrl+Shift+X", "close",
        do=lambda window: window.notifications.dismiss_all(),
    ),
    WindowAction(
        "about", N_("&About Netdraft"), N_("Version and licence"), "", "help",
        do=lambda window: window.show_about(), role=QAction.MenuRole.AboutRole,
    ),
)  # fmt: skip

# -- where they show ---------------------------------------------------------------------------------------------------

MENUS: tuple[Menu, ...] = (
    Menu(
        N_("&File"),
        (
            "new", "open", "gallery", Menu(N_("Open &Recent"), name="recent"), Menu(N_("&Examples"), name="examples"),
            SEPARATOR,
            "save", "save_as", "export_design", Menu(N_("&Versions"), name="versions"), SEPARATOR,
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
            SEPARATOR, "group", "ungroup", "repeat_group", "save_block",
        ),
    ),
    Menu(
        N_("&View"),
        (
            "zoom_in", "zoom_out", "zoom_actual", "fit", SEPARATOR,
            "toggle_group", "enter_group", "collapse_all", "expand_all", SEPARATOR,
            Menu(N_("&Panels"), name="panels"), "reset_layout",
            SEPARATOR, Menu(N_("&Appearance"), ("scheme_system", "scheme_light", "scheme_dark")),
        ),
    ),
    Menu(
        N_("&Network"),
        (
            "add_layer", "lay_out", SEPARATOR, "run", "stop", "auto_run", SEPARATOR, "precise",
            Menu(N_("&Memory Kept between Runs"), tuple(f"memory_{name}" for name in MEMORY_SIZES), tips=True),
        ),
        tips=True,
    ),
    Menu(N_("&Help"), ("shortcuts", "messages", "answer", "dismiss", SEPARATOR, "about")),
)  # fmt: skip

TOOLS = ("new", "open", "save", SEPARATOR, "undo", "redo", SEPARATOR, "run", "stop", SEPARATOR, "lay_out", "fit")
"""The toolbar."""
