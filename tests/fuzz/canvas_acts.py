"""What people do on the canvas: drag cards and wires, frames, menus, keys, drops from the palette."""

from __future__ import annotations

import random

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt

from designer.layer_api.registry import catalogue
from designer.ui.canvas.gestures.drops import LAYER_MIME
from tests.fuzz import hands
from tests.fuzz.world import World

Key, Button = Qt.Key, Qt.MouseButton

KEYS = (
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Delete, Key.Key_Backspace, Key.Key_F2, Key.Key_F,
    Key.Key_Escape, Key.Key_Tab, Key.Key_Backtab, Key.Key_D, Key.Key_Plus, Key.Key_Minus, Key.Key_0, Key.Key_A,
    Key.Key_C, Key.Key_X, Key.Key_V, Key.Key_Z, Key.Key_Return, Key.Key_Home, Key.Key_Menu,
)  # fmt: skip
NAMES = ("conv1", "relu", "a", "a/b", "layer1.0.conv1", "ж", "é 1", "", " ", "x" * 70, "conv1; rm", "image", "\u202e")


def any_place(world: World, rng: random.Random) -> QPoint:
    """A place on the canvas, with luck near a card."""
    view = world.canvas.viewport()
    nodes = list(world.scene.nodes)
    if nodes and rng.random() < 0.6:
        box = world.scene.nodes[rng.choice(nodes)].card_rect()
        place = world.canvas.mapFromScene(box.center())
        spread = QPoint(rng.randint(-90, 90), rng.randint(-60, 60))
        place += spread
        if view.rect().contains(place):
            return place
    return QPoint(rng.randint(0, max(0, view.width() - 1)), rng.randint(0, max(0, view.height() - 1)))


def _in_view(world: World, place: QPointF) -> QPoint | None:
    """Where a place of the scene is seen; a view that shows nothing of it is fitted, and the next act has more luck."""
    spot = world.canvas.mapFromScene(place)
    if world.canvas.viewport().rect().contains(spot):
        return spot
    world.window.commands["fit"].trigger()
    world.canvas.camera.finish()
    spot = world.canvas.mapFromScene(place)
    return spot if world.canvas.viewport().rect().contains(spot) else None


def _card_spot(world: World, rng: random.Random, *, name: bool = False) -> QPoint | None:
    nodes = list(world.scene.nodes)
    if not nodes:
        return None
    item = world.scene.nodes[rng.choice(nodes)]
    box = item.name_rect() if name else item.card_rect()
    return _in_view(world, QPointF(box.left() + box.width() * rng.uniform(0.3, 0.7), box.center().y()))


def _way(world: World, rng: random.Random, start: QPoint) -> list[QPoint]:
    return [start, *(any_place(world, rng) for _step in range(rng.randint(1, 4)))]


def drag_card(world: World, rng: random.Random) -> None:
    start = _card_spot(world, rng)
    if start is not None:
        hands.drag(world.canvas.viewport(), _way(world, rng, start), keys=rng.choice(hands.MODIFIERS))


def click_card(world: World, rng: random.Random) -> None:
    spot = _card_spot(world, rng)
    if spot is not None:
        hands.click(world.canvas.viewport(), spot, keys=rng.choice(hands.MODIFIERS))


def draw_frame(world: World, rng: random.Random) -> None:
    hands.drag(world.canvas.viewport(), _way(world, rng, any_place(world, rng)), keys=rng.choice(hands.MODIFIERS))


def draw_wire(world: World, rng: random.Random) -> None:
    """From a port to a port of another card, or nearly."""
    nodes = list(world.scene.nodes)
    if len(nodes) < 2:
        return
    source, target = (world.scene.nodes[node] for node in rng.sample(nodes, 2))
    start = _in_view(world, source.output_point())
    ports = list(target.ports())
    goal = target.input_point(rng.choice(ports)) if ports and rng.random() < 0.8 else target.card_rect().center()
    end = _in_view(world, goal)
    if start is None or end is None:
        return
    if rng.random() < 0.3:
        start, end = end, start
    hands.drag(world.canvas.viewport(), [start, any_place(world, rng), end])


def take_wire_off(world: World, rng: random.Random) -> None:
    """Press on an input that has a wire and drag it elsewhere."""
    edges = world.scene.design.edges
    if not edges:
        return
    edge = rng.choice(edges)
    start = _in_view(world, world.scene.nodes[edge.target].input_point(edge.input))
    if start is not None:
        hands.drag(world.canvas.viewport(), _way(world, rng, start))


def interrupted_drag(world: World, rng: random.Random) -> None:
    """A drag of anything with any button, and something else happens midway."""
    midway = rng.choice(
        (
            lambda: hands.key(Key.Key_Escape),
            lambda: hands.key(Key.Key_Delete),
            lambda: hands.key(Key.Key_Z, hands.Modifier.ControlModifier),
            world.session.undo,
            world.window.canvas.clearFocus,
            lambda: hands.turn_wheel(world.canvas.viewport(), any_place(world, rng), rng.choice((-1, 1))),
            lambda: world.window.resize(rng.randint(600, 1400), rng.randint(400, 900)),
            lambda: world.pump(30),
            lambda: hands.press(world.canvas.viewport(), any_place(world, rng), Button.RightButton),
        )
    )
    button = rng.choice((Button.LeftButton, Button.LeftButton, Button.MiddleButton, Button.RightButton))
    hands.drag(world.canvas.viewport(), _way(world, rng, any_place(world, rng)), button, midway=midway)
    hands.release(world.canvas.viewport(), any_place(world, rng), Button.RightButton)


def hover(world: World, rng: random.Random) -> None:
    for _step in range(rng.randint(1, 6)):
        hands.move(world.canvas.viewport(), any_place(world, rng))


def double_click(world: World, rng: random.Random) -> None:
    hands.double_click(world.canvas.viewport(), any_place(world, rng))


def rename(world: World, rng: random.Random) -> None:
    """By double click or F2; typed, and then Enter, Escape or a click elsewhere."""
    spot = _card_spot(world, rng, name=True)
    if spot is None:
        return
    if rng.random() < 0.5:
        hands.double_click(world.canvas.viewport(), spot)
    else:
        hands.click(world.canvas.viewport(), spot)
        hands.key(Key.Key_F2)
    hands.write(rng.choice(NAMES) if rng.random() < 0.5 else f"layer{rng.randrange(1000)}")
    end = rng.random()
    if end < 0.6:
        hands.key(Key.Key_Return)
    elif end < 0.8:
        hands.key(Key.Key_Escape)
    else:
        hands.click(world.canvas.viewport(), any_place(world, rng))


def context_menu(world: World, rng: random.Random) -> None:
    """Open it; the next act chooses."""
    hands.ask_context_menu(world.canvas.viewport(), any_place(world, rng), by_key=rng.random() < 0.2)


def turn_wheel(world: World, rng: random.Random) -> None:
    hands.turn_wheel(
        world.canvas.viewport(), any_place(world, rng), rng.choice((-3, -1, 1, 3)), rng.choice(hands.MODIFIERS)
    )


def press_key(world: World, rng: random.Random) -> None:
    world.canvas.setFocus()
    keys = rng.choice((*hands.MODIFIERS, hands.Modifier.ControlModifier))
    for _time in range(rng.choice((1, 1, 1, 4))):
        hands.key(rng.choice(KEYS), keys)


def pan_with_space(world: World, rng: random.Random) -> None:
    world.canvas.setFocus()
    hands.hold(Key.Key_Space, down=True)
    hands.drag(world.canvas.viewport(), _way(world, rng, any_place(world, rng)))
    if rng.random() < 0.9:
        hands.hold(Key.Key_Space, down=False)


def drop_layer(world: World, rng: random.Random) -> None:
    """Any kind, anywhere; now and then one that is none, or it leaves again."""
    mime = QMimeData()
    kind = rng.choice([*catalogue(), "conv2d", "relu", "add", "nothing", ""])
    mime.setData(LAYER_MIME, kind.encode())
    way = [any_place(world, rng) for _step in range(rng.randint(1, 4))]
    hands.carry(world.canvas.viewport(), mime, way, let_go=rng.random() < 0.9)


def append_layer(world: World, rng: random.Random) -> None:
    """By the palette: search, Enter."""
    palette = world.window.docks.by_name["palette"].widget()
    if not palette.isVisible():
        return
    palette.focus_search()
    hands.key(Key.Key_A, hands.Modifier.ControlModifier)
    hands.write(rng.choice(("conv", "relu", "pool", "add", "con", "dense", "norm", "zzz", "", "é", "up", "soft")))
    for _step in range(rng.choice((0, 0, 1, 3))):
        hands.key(rng.choice((Key.Key_Down, Key.Key_Up)))
    hands.key(rng.choice((Key.Key_Return, Key.Key_Return, Key.Key_Return, Key.Key_Escape, Key.Key_Tab)))


def prune(world: World, rng: random.Random) -> None:
    """Keep designs small enough to be computed between two acts: cut half of the cards of a large one."""
    nodes = list(world.session.design.nodes)
    if len(nodes) > 25:
        world.canvas.select(rng.sample(nodes, len(nodes) // 2))
        world.canvas.setFocus()
        hands.key(Key.Key_Delete)
