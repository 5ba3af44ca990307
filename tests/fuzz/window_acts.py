"""What people do with the window: menus, shortcuts, docks, sizes, themes; undo and redo; leaving."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget

from tests.fuzz import hands
from tests.fuzz.world import World

Area = Qt.DockWidgetArea


def _actions(world: World) -> list[QAction]:
    """Every action that can be chosen now."""
    found = [action for action in world.window.findChildren(QAction) if action.objectName()]
    return [
        action
        for action in found
        if action.isEnabled()
        and action.isVisible()
        and action.menu() is None
        and action.objectName() not in hands.NEVER
    ]


def trigger_action(world: World, rng: random.Random) -> None:
    actions = _actions(world)
    if actions:
        action = rng.choice(actions)
        world.log[-1] += f" {action.objectName()}"
        action.trigger()


def press_shortcut(world: World, rng: random.Random) -> None:
    keyed = [action for action in _actions(world) if not action.shortcut().isEmpty()]
    windows = hands.reachable_windows()
    if keyed and world.window in windows:
        action = rng.choice(keyed)
        world.log[-1] += f" {action.objectName()}"
        QTest.keySequence(rng.choice((world.window, world.canvas)), QKeySequence(action.shortcut()))


def open_menu(world: World, rng: random.Random) -> None:
    """By a click on the menu bar; the next act chooses."""
    bar = world.window.menuBar()
    hands.click(bar, bar.actionGeometry(rng.choice(bar.actions())).center())


def undo_and_redo(world: World, rng: random.Random) -> None:
    for _burst in range(rng.randint(1, 3)):
        command = world.window.commands[rng.choice(("undo", "redo"))]
        for _time in range(rng.choice((1, 2, 5, 12))):
            command.trigger()


def change_scheme(world: World, rng: random.Random) -> None:
    world.window.commands[f"scheme_{rng.choice(('light', 'dark', 'system'))}"].trigger()


def resize(world: World, rng: random.Random) -> None:
    window = world.window
    way = rng.randrange(8)
    if way == 0:
        window.showMaximized()
    elif way == 1:
        window.showMinimized()
        window.showNormal()
    else:
        window.showNormal()
        window.resize(rng.choice((300, 640, 828, 1024, 1280, 1600)), rng.choice((200, 511, 640, 760, 800, 1100)))


def move_dock(world: World, rng: random.Random) -> None:
    """Float, close, reopen, or another place; as its title bar and the Panels menu do."""
    docks = world.window.docks.by_name
    dock: QDockWidget = docks[rng.choice(list(docks))]
    way = rng.randrange(7)
    world.log[-1] += f" {dock.objectName()} {way}"
    if way == 0:
        dock.setFloating(not dock.isFloating())
    elif way == 1:
        dock.close()
    elif way == 2:
        dock.toggleViewAction().trigger()
    elif way == 3:
        area = rng.choice((Area.LeftDockWidgetArea, Area.RightDockWidgetArea, Area.BottomDockWidgetArea))
        world.window.addDockWidget(area, dock)
    elif way == 4:
        other = docks[rng.choice(list(docks))]
        if other is not dock and not other.isFloating() and not dock.isFloating():
            world.window.tabifyDockWidget(other, dock)
    elif way == 5:
        dock.show()
        dock.raise_()
    else:
        world.window.resizeDocks([dock], [rng.randint(50, 500)], rng.choice(list(Qt.Orientation)))


def reset_layout(world: World, rng: random.Random) -> None:
    world.window.commands["reset_layout"].trigger()


def activate_another_window(world: World, rng: random.Random) -> None:
    rng.choice(hands.reachable_windows() or [world.window]).activateWindow()


def leave(world: World, rng: random.Random) -> None:
    """Close the window; a question may come, and another window follows where it has closed."""
    world.window.close()


def wait(world: World, rng: random.Random) -> None:
    world.pump(rng.choice((5, 20, 150)))


def come_to_rest(world: World, rng: random.Random) -> None:
    world.settle()
