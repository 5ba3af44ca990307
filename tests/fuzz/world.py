"""The world a fuzz run lives in: one window, one folder, and ways to let them come to rest."""

from __future__ import annotations

import gc
import random
import sys
import weakref
from pathlib import Path
from types import FrameType, FunctionType, MethodType

import numpy as np
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QThreadPool, QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from designer.files import spec
from designer.gallery.examples import examples
from designer.graph.design import Design
from designer.library import files
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.preferences import Preferences
from tests.fuzz import hands
from tests.fuzz.watch import Watch
from tests.helpers.networks import spec_chain, write_spec

TURNS = 500
"""Of 10 ms: how long a run of the engine or a file may take before it is stopped."""

SMALL = (
    ("image", "image_input", {"shape": [3, 16, 16]}),
    ("conv1", "conv2d", {"filters": 4, "kernel": 3, "padding": 1}),
    ("relu1", "relu", {}),
    ("pool1", "max_pool2d", {}),
    ("conv2", "conv2d", {"filters": 6, "kernel": 3}),
    ("relu2", "relu", {}),
    ("flatten1", "flatten", {}),
    ("dense1", "dense", {"units": 10}),
    ("softmax1", "softmax", {}),
)


def _holders(thing: object, depth: int = 6) -> list[str]:
    """Functions and modules on the way to what keeps a thing alive; none of them is a widget of the window itself."""
    found: list[str] = []
    seen, level = {id(thing)}, [thing]
    for _step in range(depth):
        above = []
        for each in level:
            for holder in gc.get_referrers(each):
                if id(holder) in seen or holder is level or holder is above or isinstance(holder, FrameType):
                    continue
                seen.add(id(holder))
                if isinstance(holder, FunctionType | MethodType):
                    found.append(holder.__qualname__)
                above.append(holder)
        level = above[:500]
    return sorted(set(found))[:40]


class World:
    """A window over a folder; a window that was closed is followed by another one."""

    def __init__(self, folder: Path, watch: Watch, seed: int) -> None:
        self.folder, self.watch = folder, watch
        self.log: list[str] = []
        self.first = Design()
        self.windows = 0
        self._old: list[weakref.ref[object]] = []
        self._seed = seed
        self.loops = hands.InnerLoops(self._drop_what_is_dragged)
        self._open_url = QDesktopServices.openUrl
        QDesktopServices.openUrl = staticmethod(lambda _url: True)  # type: ignore[method-assign]
        self._fill_folder()
        self._small = files.load(folder / "small.netdraft.json")
        self.open_window(self._small)

    def _fill_folder(self) -> None:
        write_spec(self.folder / "small.netdraft.json", spec_chain(*SMALL))
        rng = np.random.default_rng(self._seed)
        for name, size in (("grey.png", (20, 24)), ("colour.png", (24, 32, 3)), ("wide.jpg", (12, 90, 3))):
            Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8)).save(self.folder / name)
        (self.folder / "garbage.json").write_bytes(bytes(rng.integers(0, 256, 300, dtype=np.uint8)))
        (self.folder / "garbage.png").write_bytes(b"\x89PNG\r\n\x1a\n garbage")
        (self.folder / "text.txt").write_text("text")
        (self.folder / "folder").mkdir()

    # -- the window ------------------------------------------------------------------------------------------------

    def open_window(self, design: Design | None = None) -> None:
        self.windows += 1
        session = Session(design)
        self.window = MainWindow(Bridge(session), Preferences(self.folder / "settings.ini"))
        self.window.bridge.noticed.connect(self.watch.notice)
        self.window.bridge.changed.connect(self._remember_first)
        self.first = session.design
        self.window.resize(1100, 760)
        self.window.show()
        self.window.activateWindow()
        QApplication.processEvents()
        self.window.canvas.setFocus()

    def _remember_first(self, change) -> None:
        document = self.session.document
        if document.undo_label is None and document.redo_label is None:
            self.first = change.after

    @property
    def session(self) -> Session:
        return self.window.session

    @property
    def canvas(self):
        return self.window.canvas

    @property
    def scene(self):
        return self.window.scene

    def reopen(self) -> None:
        """A new window after the old one was closed; the old one must not live on."""
        self.settle()
        old = self.window
        self._old += [weakref.ref(old.session), weakref.ref(old.session.document)]
        old.deleteLater()
        del self.window, old
        self.flush_deletes()
        shipped = [spec.read(example.path).design for example in examples() if example.name != "block_stack"]
        self.open_window(random.Random(self.windows).choice([None, self._small, *shipped]))

    def survivors(self) -> list[str]:
        """What is still alive of windows that were closed before the last time this was asked."""
        if not self._old:
            return []
        # Work that has begun holds what it works on, and the interpreter the last exception of a slot with its frames.
        QThreadPool.globalInstance().waitForDone()
        for name in ("last_exc", "last_type", "last_value", "last_traceback"):
            sys.__dict__.pop(name, None)
        gc.collect()
        alive = [thing for thing in (ref() for ref in self._old) if thing is not None]
        self._old = []
        return [f"{type(thing).__name__}, held by {', '.join(_holders(thing))}" for thing in alive]

    def close(self) -> None:
        """Close the window without a question."""
        for widget in QApplication.topLevelWidgets():
            if widget is not self.window and widget.isVisible():
                widget.close()
        self.session.document.mark_saved()
        self.window.close()
        self.settle()
        self.window.deleteLater()
        self.flush_deletes()
        QDesktopServices.openUrl = self._open_url  # type: ignore[method-assign]

    # -- coming to rest --------------------------------------------------------------------------------------------

    def flush_deletes(self) -> None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def pump(self, milliseconds: int = 0) -> None:
        """Let the event loop turn."""
        if milliseconds:
            loop = QEventLoop()
            QTimer.singleShot(milliseconds, loop.quit)
            with self.loops.paused():
                loop.exec()
        else:
            QApplication.processEvents()
        self.flush_deletes()

    def at_rest(self) -> bool:
        closed = not self.window.isVisible()  # what had not begun then never will
        return closed or (not self.window.tasks.active and not self.session.run_state.running)

    def settle(self) -> None:
        """Wait for files and the engine; a run that takes too long is stopped."""
        for turn in range(TURNS):
            self.pump()
            if self.at_rest():
                return
            if turn == TURNS // 2:
                self.window.worker.stop()
            self.pump(10)
        if not self.at_rest():
            self.watch.add(f"does not come to rest: {self.window.tasks.active} {self.session.run_state}")

    def put_away(self) -> None:
        """Close popups, dialogs and gestures, so that what is shown is the design."""
        for _turn in range(20):
            open_one = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if open_one is None:
                break
            open_one.close()
            self.pump()
        self.canvas.cancel_gesture()

    # -- drags out of the window -----------------------------------------------------------------------------------

    def _drop_what_is_dragged(self, turn: int) -> None:
        """Inside a drag's own loop: move it over the canvas, then let go."""
        view = self.canvas.viewport()
        spot = QPoint(view.width() // 2 + 20 * turn, view.height() // 2)
        if turn < 3:
            hands.move(view, spot)
        else:
            hands.release(view, spot)

    # -- files -----------------------------------------------------------------------------------------------------

    def paths(self, *suffixes: str) -> list[Path]:
        """Files of the folder in the order of their names."""
        return [path for path in sorted(self.folder.iterdir()) if not suffixes or path.name.endswith(suffixes)]
