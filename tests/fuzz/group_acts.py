"""What people do to groups: make, name, open, collapse, enter, drag, repeat, take away."""

from __future__ import annotations

import random

from PySide6.QtCore import QPoint, QPointF, Qt

from tests.fuzz import hands
from tests.fuzz.canvas_acts import NAMES, any_place
from tests.fuzz.world import World

Key, CTRL, SHIFT, ALT = Qt.Key, hands.Modifier.ControlModifier, hands.Modifier.ShiftModifier, hands.Modifier.AltModifier


def _focus_on_some(world: World, rng: random.Random, most: int = 5) -> None:
    nodes = list(world.scene.nodes)
    world.canvas.setFocus()
    if nodes:
        world.canvas.select(rng.sample(nodes, min(len(nodes), rng.randint(1, most))))


def _focus_on_group(world: World, rng: random.Random) -> bool:
    """Select a group that is in sight, open or collapsed."""
    frames = [frame.path for frame in world.scene.frames.all()]
    cards = list(world.scene.shown.folded.cards)
    if not frames and not cards:
        return False
    world.canvas.setFocus()
    chosen = rng.choice([*frames, *cards])
    world.canvas.select([chosen] if chosen in cards else world.scene.frames.nodes(chosen))
    return True


def _title(world: World, rng: random.Random) -> QPoint | None:
    frames = world.scene.frames.all()
    if not frames:
        return None
    title = rng.choice(frames).title
    spot = world.canvas.mapFromScene(QPointF(title.left() + title.width() * rng.random(), title.top() + 8))
    return spot if world.canvas.viewport().rect().contains(spot) else None


def group(world: World, rng: random.Random) -> None:
    """Ctrl+G on some cards; a name, Enter or Escape."""
    _focus_on_some(world, rng)
    hands.key(Key.Key_G, CTRL)
    if rng.random() < 0.5:
        hands.write(rng.choice(NAMES) if rng.random() < 0.4 else f"block{rng.randrange(100)}")
    hands.key(rng.choice((Key.Key_Return, Key.Key_Return, Key.Key_Escape)))


def ungroup(world: World, rng: random.Random) -> None:
    if _focus_on_group(world, rng):
        hands.key(Key.Key_G, CTRL | SHIFT)


def toggle(world: World, rng: random.Random) -> None:
    """By key, by double click or by the sign in the title; or all at once."""
    way = rng.random()
    spot = _title(world, rng)
    if way < 0.3 and spot is not None:
        hands.double_click(world.canvas.viewport(), spot)
    elif way < 0.8 and _focus_on_group(world, rng):
        hands.key(Key.Key_E)
    else:
        world.canvas.setFocus()
        hands.key(rng.choice((Key.Key_C, Key.Key_E)), CTRL | ALT)


def enter_and_leave(world: World, rng: random.Random) -> None:
    """Enter a group, perhaps do something there, perhaps leave it again."""
    if not _focus_on_group(world, rng):
        return
    hands.key(Key.Key_Return)
    if rng.random() < 0.5:
        hands.click(world.canvas.viewport(), any_place(world, rng))
    for _time in range(rng.randint(0, 3)):
        hands.key(Key.Key_Escape)


def drag_title(world: World, rng: random.Random) -> None:
    spot = _title(world, rng)
    if spot is not None:
        hands.drag(world.canvas.viewport(), [spot, any_place(world, rng), any_place(world, rng)])


def repeat(world: World, rng: random.Random) -> None:
    """As the dialog does once it has been answered; a design that has grown large is left alone."""
    paths = list(world.session.design.grouping.groups)
    if paths and len(world.session.design.nodes) < 40:
        world.session.repeat_group(rng.choice(paths), rng.choice((1, 2, 3)))
