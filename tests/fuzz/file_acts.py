"""Files, clipboard, pictures and the engine; all in the run's folder."""

from __future__ import annotations

import random
import shutil

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.engine.remember.workspace import all_weights
from designer.files import spec
from designer.files.weights_file import write_weights
from tests.fuzz import hands
from tests.fuzz.panel_acts import any_mime
from tests.fuzz.world import World

MOST_WEIGHTS = 200_000
"""Values; a larger design's are not written."""


def fill_clipboard(world: World, rng: random.Random) -> None:
    clipboard = QGuiApplication.clipboard()
    sort = rng.randrange(4)
    if sort == 0:
        clipboard.clear()
    elif sort == 1:
        text = spec.dump(world.session.design)
        start = rng.randrange(len(text))
        clipboard.setText(rng.choice((text, text[:start], text[start:], text[:start] + "9" + text[start + 1 :], "{}")))
    else:
        clipboard.setMimeData(any_mime(world, rng))


def paste(world: World, rng: random.Random) -> None:
    hands.key(Qt.Key.Key_V, hands.Modifier.ControlModifier)


def copy_and_paste(world: World, rng: random.Random) -> None:
    world.canvas.setFocus()
    nodes = list(world.session.design.nodes)
    if nodes:
        world.canvas.select(rng.sample(nodes, rng.randint(1, min(4, len(nodes)))))
    hands.key(rng.choice((Qt.Key.Key_C, Qt.Key.Key_X)), hands.Modifier.ControlModifier)
    paste(world, rng)


def save(world: World, rng: random.Random) -> None:
    """Under the name it has, or in the dialog that opens."""
    world.window.commands["save"].trigger()
    if rng.random() < 0.5:
        world.settle()


def open_file(world: World, rng: random.Random) -> None:
    paths = world.paths(".json", ".png", ".jpg", ".safetensors")
    if paths:
        path = rng.choice(paths)
        world.log[-1] += f" {path.name}"
        world.window.files.open_path(path)


def feed_picture(world: World, rng: random.Random) -> None:
    paths = world.paths(".png", ".jpg")
    if paths:
        world.window.files.read_image(rng.choice(paths))


def write_weights_file(world: World, rng: random.Random) -> None:
    """Weights of this design, or of one that was, as another program would leave them."""
    session = world.session
    if session.report.totals.parameters < MOST_WEIGHTS:
        tensors = all_weights(session.design, session.report, session.weights)
        if tensors:
            write_weights(world.folder / f"given{rng.randrange(3)}.safetensors", tensors)


def vanish(world: World, rng: random.Random) -> None:
    """A file is deleted or renamed underneath; the first design stays, so that there is always one."""
    paths = [path for path in world.paths() if path.is_file() and path.suffix != ".ini"]
    paths = [path for path in paths if path.name not in ("small.netdraft.json", "grey.png", "colour.png")]
    if paths:
        path = rng.choice(paths)
        world.log[-1] += f" {path.name}"
        if rng.random() < 0.7:
            path.unlink()
        else:
            path.rename(path.with_name("moved-" + path.name[-40:]))


def change_underneath(world: World, rng: random.Random) -> None:
    """A file is written by another program: another design, a part of itself, or garbage."""
    paths = [path for path in world.paths(".json", ".safetensors") if path.name != "small.netdraft.json"]
    if not paths:
        return
    path = rng.choice(paths)
    world.log[-1] += f" {path.name}"
    content = path.read_bytes()
    way = rng.randrange(3)
    if way == 0 and path.suffix == ".json":
        shutil.copyfile(world.folder / "small.netdraft.json", path)
    elif way == 1:
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content + b"garbage")


def open_gallery(world: World, rng: random.Random) -> None:
    """A network too large for the checks that compute; it is pruned soon."""
    world.session.document.mark_saved()
    world.window.files.open_source(f"gallery:{rng.choice(('lenet5', 'residual_block', 'squeezenet1_1', 'resnet18'))}")
    world.settle()


def run(world: World, rng: random.Random) -> None:
    world.window.commands[rng.choice(("run", "run", "stop", "auto_run"))].trigger()


def start_over(world: World, rng: random.Random) -> None:
    """The first design again, whatever was not saved."""
    world.session.document.mark_saved()
    world.window.files.open_path(world.folder / "small.netdraft.json")
    world.settle()
