"""Draw the pictures of the documentation again: ``make screenshots``, or this file with the pictures' names.

The real window, offscreen, with settings of its own; needs no display.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import attrs
from PySide6.QtCore import QSize
from PySide6.QtTest import QTest

from designer.app import feed_quietly, make_application, show_design, wait_for_maps
from designer.graph.edits import SetParameters
from designer.layout.overview_level import opened_large
from designer.library import files
from designer.pictures.images import example_images
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.preferences import Preferences

FOLDER = Path(__file__).resolve().parent / "images"


@attrs.frozen
class Picture:
    """One screenshot: what is open, selected and pointed at."""

    network: str
    select: tuple[str, ...]
    image: str = "cat"
    scheme: str = "light"
    panel: str = "feature_maps"
    size: tuple[int, int] = (1280, 800)
    prepare: Callable[[MainWindow], None] = lambda _window: None


def _point(node: str, cell: tuple[int, ...]) -> Callable[[MainWindow], None]:
    return lambda window: window.session.probe(node, cell)


def _break(window: MainWindow) -> None:
    """Shrink one path of a residual block, so that its join no longer fits."""
    window.session.do(SetParameters("conv1", {"padding": 0}))
    window.session.select(["add"])


PICTURES = {
    "window-light": Picture("block_stack", ("conv1_1",), prepare=_point("conv1_1", (20, 33))),
    "window-dark": Picture("lenet5", ("conv2",), image="digit", scheme="dark", prepare=_point("conv2", (4, 5))),
    "summary": Picture("vgg16", ("features.10",), panel="summary"),
    "charts": Picture("vgg16", ("features.10",), panel="charts"),
    "problems": Picture("residual_block", (), panel="problems", prepare=_break),
}


GALLERY = {
    f"gallery-{network}": network
    for network in (
        "resnet50", "inception_v3", "densenet121", "mobilenet_v3_large", "efficientnet_b0", "convnext_tiny",
        "squeezenet1_1", "unet", "deeplabv3_resnet50", "vit_tiny_patch16_224",
    )
}  # fmt: skip
"""Canvases alone, as the networks open: groups collapsed to the level of their papers' figures."""


def draw_canvas(name: str, network: str) -> Path:
    """Draw the canvas with a network of the gallery; the file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NETDRAFT_STATE"] = folder
        preferences = Preferences(Path(folder) / "netdraft.ini")
        preferences.scheme = "light"
        window = MainWindow(Bridge(Session()), preferences)
        window.resize(QSize(1000, 760))
        window.show()
        window.session.adopt(opened_large(files.load(f"gallery:{network}")))
        for dock in window.docks.by_name.values():
            dock.close()
        for _turn in range(20):
            QTest.qWait(20)
        window.canvas.fit()
        QTest.qWait(200)
        path = FOLDER / f"{name}.png"
        window.canvas.viewport().grab().save(str(path))
        window.session.document.mark_saved()
        window.close()
    return path


def draw(name: str, picture: Picture) -> Path:
    """Draw one picture; the file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NETDRAFT_STATE"] = folder
        preferences = Preferences(Path(folder) / "netdraft.ini")
        preferences.scheme = picture.scheme  # type: ignore[assignment]
        window = MainWindow(Bridge(Session()), preferences)
        window.resize(QSize(*picture.size))
        show_design(window.session, files.load(f"gallery:{picture.network}"))
        if picture.select:
            window.session.select(picture.select)
        feed_quietly(window, next(image.path for image in example_images() if image.name == picture.image))
        window.docks.bring(picture.panel)
        window.show()
        wait_for_maps(window)
        picture.prepare(window)
        wait_for_maps(window)
        path = FOLDER / f"{name}.png"
        window.grab().save(str(path))
        window.session.document.mark_saved()
        window.close()
    return path


def main(names: list[str]) -> None:
    """Draw the named pictures, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_application()
    for name in names or (*PICTURES, *GALLERY):
        print(draw_canvas(name, GALLERY[name]) if name in GALLERY else draw(name, PICTURES[name]))


if __name__ == "__main__":
    main(sys.argv[1:])
