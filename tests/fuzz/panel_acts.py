"""What people do anywhere: clicks, drags, wheels and keys on whatever can be seen; forms filled in."""

from __future__ import annotations

import random

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)

from tests.fuzz import hands
from tests.fuzz.world import World

Key = Qt.Key

TEXTS = (
    "", "1", "2", "3", "5", "7", "0", "-1", "+2", "3x3", "3×5", "1,2", "2.5", "1e9", "99999999999999999999", "same",
    "none", "nan", "inf", " 4 ", "4 4 4 4 4", "3×16×16", "1×8×8", "conv", "a/b", "é✓", "x" * 200, "[1]", "0x10", "½",
)  # fmt: skip
PLAUSIBLE = ("1", "2", "3", "4", "5", "6", "8", "3×3", "2x1", "1", "0", "same", "0.5", "3×12×12", "1×9×7", "10")
KEYS = (
    Key.Key_Return, Key.Key_Escape, Key.Key_Tab, Key.Key_Backtab, Key.Key_Up, Key.Key_Down, Key.Key_Left, Key.Key_Right,
    Key.Key_Home, Key.Key_End, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Space, Key.Key_Delete, Key.Key_Backspace,
    Key.Key_A, Key.Key_Plus, Key.Key_Minus, Key.Key_F10, Key.Key_Menu, Key.Key_Asterisk,
)  # fmt: skip


def click(world: World, rng: random.Random) -> None:
    part = hands.any_part(rng)
    if part is not None:
        button = rng.choice((hands.LEFT, hands.LEFT, hands.LEFT, hands.Button.MiddleButton, hands.Button.RightButton))
        hands.click(part, hands.any_spot(part, rng), button, rng.choice(hands.MODIFIERS))


def double_click(world: World, rng: random.Random) -> None:
    part = hands.any_part(rng)
    if part is not None:
        hands.double_click(part, hands.any_spot(part, rng))


def drag(world: World, rng: random.Random) -> None:
    """Within a part, or from one into another."""
    part = hands.any_part(rng)
    if part is None:
        return
    way = [hands.any_spot(part, rng) for _step in range(rng.randint(2, 4))]
    if rng.random() < 0.3:
        window = part.window()
        way.append(part.mapFrom(window, hands.any_spot(window, rng)) if part is not window else way[-1])
    hands.drag(part, way, keys=rng.choice(hands.MODIFIERS))


def turn_wheel(world: World, rng: random.Random) -> None:
    part = hands.any_part(rng)
    if part is not None:
        hands.turn_wheel(part, hands.any_spot(part, rng), rng.choice((-2, -1, 1, 2)), rng.choice(hands.MODIFIERS))


def hover(world: World, rng: random.Random) -> None:
    part = hands.any_part(rng)
    for _step in range(rng.randint(1, 5)):
        if part is not None:
            hands.move(part, hands.any_spot(part, rng))


def context_menu(world: World, rng: random.Random) -> None:
    part = hands.any_part(rng)
    if part is not None:
        hands.ask_context_menu(part, hands.any_spot(part, rng), by_key=rng.random() < 0.2)


def press_keys(world: World, rng: random.Random) -> None:
    for _time in range(rng.randint(1, 4)):
        hands.key(rng.choice(KEYS), rng.choice(hands.MODIFIERS))


def write(world: World, rng: random.Random) -> None:
    hands.write(rng.choice(TEXTS)[:40])
    if rng.random() < 0.7:
        hands.key(rng.choice((Key.Key_Return, Key.Key_Tab, Key.Key_Escape)))


def _visible(world: World, kind: type[QWidget], within: QWidget | None = None) -> list[QWidget]:
    windows = hands.reachable_windows()
    parts = [part for window in windows for part in hands.visible_parts(window) if isinstance(part, kind)]
    return [part for part in parts if part.isEnabled() and (within is None or within.isAncestorOf(part))]


def fill_in_parameter(world: World, rng: random.Random) -> None:
    """Type a value into the form of the selected layer."""
    nodes = list(world.session.design.nodes)
    if nodes and rng.random() < 0.5:
        world.canvas.select([rng.choice(nodes)])
        world.window.docks.bring("parameters")
        world.pump()
    lines = _visible(world, QLineEdit, world.window.docks.by_name["parameters"].widget())
    if not lines:
        return
    line = rng.choice(lines)
    hands.click(line, line.rect().center())
    hands.key(Key.Key_A, hands.Modifier.ControlModifier)
    hands.write(rng.choice(PLAUSIBLE if rng.random() < 0.7 else TEXTS))
    hands.key(rng.choice((Key.Key_Return, Key.Key_Return, Key.Key_Tab, Key.Key_Escape, Key.Key_Up, Key.Key_Down)))


def spin(world: World, rng: random.Random) -> None:
    boxes = _visible(world, QAbstractSpinBox)
    if boxes:
        box = rng.choice(boxes)
        for _turn in range(rng.randint(1, 5)):
            hands.turn_wheel(box, box.rect().center(), rng.choice((-1, 1)))


def choose(world: World, rng: random.Random) -> None:
    """Another entry of a list box, by keys or by its popup."""
    boxes = _visible(world, QComboBox)
    if not boxes:
        return
    box = rng.choice(boxes)
    if rng.random() < 0.5:
        box.setFocus()
        hands.key(rng.choice((Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End)))
    else:
        hands.click(box, box.rect().center())


def push_button(world: World, rng: random.Random) -> None:
    buttons = _visible(world, QAbstractButton)
    if buttons:
        button = rng.choice(buttons)
        hands.click(button, button.rect().center())


def turn_tab(world: World, rng: random.Random) -> None:
    bars = [bar for bar in _visible(world, QTabBar) if bar.count()]
    if bars:
        bar = rng.choice(bars)
        hands.click(bar, bar.tabRect(rng.randrange(bar.count())).center())


def use_table(world: World, rng: random.Random) -> None:
    """Click a row or a heading; copy."""
    views = _visible(world, QAbstractItemView)
    if not views:
        return
    view = rng.choice(views)
    target = view if isinstance(view, QHeaderView) else view.viewport()
    hands.click(target, hands.any_spot(target, rng), keys=rng.choice(hands.MODIFIERS))
    if rng.random() < 0.3:
        hands.key(rng.choice((Key.Key_C, Key.Key_A)), hands.Modifier.ControlModifier)


def drop_anything(world: World, rng: random.Random) -> None:
    """Files, pictures, text and URLs that are none, on any part."""
    part = hands.any_part(rng)
    if part is None:
        return
    mime = any_mime(world, rng)
    # As Qt does: the drag goes to the nearest part that accepts drops.
    target: QWidget | None = part
    while target is not None and not target.acceptDrops():
        target = None if target.isWindow() else target.parentWidget()
    if target is not None:
        hands.carry(target, mime, [hands.any_spot(target, rng) for _step in range(2)], let_go=rng.random() < 0.9)


def any_mime(world: World, rng: random.Random) -> QMimeData:
    """Something that is dragged or copied elsewhere; files only of the run's folder."""
    from PySide6.QtGui import QImage

    mime = QMimeData()
    sort = rng.randrange(7)
    if sort == 0:
        mime.setText(rng.choice(TEXTS))
    elif sort == 1:
        image = QImage(rng.randint(1, 40), rng.randint(1, 40), QImage.Format.Format_RGB32)
        image.fill(rng.randrange(2**24))
        mime.setImageData(image)
    elif sort in (2, 3):
        paths = [*world.paths(), world.folder / "missing.json", world.folder / "missing.png"]
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in rng.sample(paths, rng.choice((1, 1, 1, 2)))])
    elif sort == 4:
        mime.setData(
            "text/uri-list", b"file://" + str(world.folder).encode() + b"/caf%E9.png\r\nhttp://example.org/\r\n"
        )
    elif sort == 5:
        mime.setData(rng.choice(("application/x-netdraft-layer", "image/png", "text/plain")), b"\xff\xfe\x00garbage")
    return mime


# -- what is open ----------------------------------------------------------------------------------------------------


def answer_menu(world: World, rng: random.Random, menu: QMenu) -> None:
    """Choose, walk with keys, or leave."""
    way = rng.random()
    if way < 0.6:
        world.log[-1] += f" {hands.choose_from(menu, rng)}"
    elif way < 0.8:
        for _step in range(rng.randint(1, 6)):
            hands.key(rng.choice((Key.Key_Down, Key.Key_Up, Key.Key_Right, Key.Key_Left)))
        if menu.activeAction() is None or menu.activeAction().objectName() not in hands.NEVER:
            hands.key(Key.Key_Return)
    else:
        hands.key(Key.Key_Escape)


def answer_popup(world: World, rng: random.Random, popup: QWidget) -> None:
    """A list of choices, or a panel that pops up."""
    if rng.random() < 0.3:
        popup.close()
    elif rng.random() < 0.5:
        press_keys(world, rng)
    else:
        part = rng.choice(hands.visible_parts(popup))
        hands.click(part, hands.any_spot(part, rng))


def answer_file_dialog(world: World, rng: random.Random, dialog: QFileDialog) -> None:
    """A name in the run's folder, or none."""
    saving = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    if rng.random() < 0.25:
        dialog.reject()
        return
    names = ("a.netdraft.json", "b", "c.json", "run 12:30", "ж.netdraft.json", "m.png", "m.npz", "w.safetensors")
    if saving:
        path = world.folder / rng.choice(names)
    else:
        path = rng.choice(
            [*world.paths(".json", ".png", ".jpg", ".safetensors", ".txt"), world.folder / "missing.json"]
        )
    world.log[-1] += f" {path.name}"
    if path.exists() or saving:
        dialog.fileSelected.emit(str(path))
        dialog.done(QDialog.DialogCode.Rejected)
    else:
        dialog.reject()


def answer_dialog(world: World, rng: random.Random, dialog: QWidget) -> None:
    buttons = [part for part in hands.visible_parts(dialog) if isinstance(part, QAbstractButton) and part.isEnabled()]
    if buttons and rng.random() < 0.7:
        button = rng.choice(buttons)
        hands.click(button, button.rect().center())
    elif rng.random() < 0.5:
        hands.key(Key.Key_Escape)
    else:
        rng.choice((click, press_keys, write, hover))(world, rng)
