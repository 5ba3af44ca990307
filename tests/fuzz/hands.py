"""Hands on mouse and keyboard: events go through the window system, so that popups, modality and focus count."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QInputMethodEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget
from shiboken6 import isValid

Button, Modifier = Qt.MouseButton, Qt.KeyboardModifier
LEFT, NONE = Button.LeftButton, Modifier.NoModifier
MODIFIERS = (NONE, NONE, NONE, Modifier.ControlModifier, Modifier.ShiftModifier, Modifier.AltModifier)

NEVER = {"quit", "memory_4gb", "memory_8gb"}
"""Actions that would end the program, or let it keep gigabytes of maps on purpose."""


# -- what can be reached ---------------------------------------------------------------------------------------------


def reachable_windows() -> list[QWidget]:
    """The popup, else the modal dialog, else every window: where events may go."""
    only = QApplication.activePopupWidget() or QApplication.activeModalWidget()
    if only is not None:
        return [only]
    return [
        window
        for window in QApplication.topLevelWidgets()
        if window.isVisible()
        and window.windowHandle() is not None
        and window.windowType() is not Qt.WindowType.ToolTip
        and not isinstance(window, QFileDialog)
    ]


def visible_parts(window: QWidget) -> list[QWidget]:
    """The window and everything in it that can be seen."""
    parts = [part for part in window.findChildren(QWidget) if part.isVisible() and part.window() is window]
    return [window, *(part for part in parts if not part.visibleRegion().isEmpty())]


def any_part(rng: random.Random) -> QWidget | None:
    """Some widget that can be seen and reached."""
    windows = reachable_windows()
    return rng.choice(visible_parts(rng.choice(windows))) if windows else None


def any_spot(widget: QWidget, rng: random.Random) -> QPoint:
    """A place in a widget that can be seen."""
    box = widget.visibleRegion().boundingRect()
    if box.isEmpty():
        box = widget.rect()
    return QPoint(
        rng.randint(box.left(), max(box.left(), box.right())), rng.randint(box.top(), max(box.top(), box.bottom()))
    )


# -- mouse -----------------------------------------------------------------------------------------------------------


def _inside(widget: QWidget, spot: QPoint) -> QPoint:
    """The place in the widget's window, not outside of it."""
    window = widget.window()
    at = widget.mapTo(window, spot) if widget is not window else spot
    # A window that is about to be resized has two sizes: the widget's and the system's.
    size = window.size().boundedTo(window.windowHandle().size())
    return QPoint(min(max(at.x(), 0), size.width() - 1), min(max(at.y(), 0), size.height() - 1))


def move(widget: QWidget, spot: QPoint) -> None:
    handle = widget.window().windowHandle() if isValid(widget) else None
    if handle is not None:
        QTest.mouseMove(handle, _inside(widget, spot))


def press(widget: QWidget, spot: QPoint, button: Button = LEFT, keys: Modifier = NONE) -> None:
    if isValid(widget):
        _activate(widget.window())
    handle = widget.window().windowHandle() if isValid(widget) else None
    if handle is not None:
        QTest.mousePress(handle, button, keys, _inside(widget, spot))


def _activate(window: QWidget) -> None:
    """A press brings a window to the front; the offscreen platform has nobody who would see to that."""
    if QApplication.activePopupWidget() is None and QApplication.activeWindow() is not window:
        window.activateWindow()
        QApplication.processEvents()


def release(widget: QWidget, spot: QPoint, button: Button = LEFT, keys: Modifier = NONE) -> None:
    if not isValid(widget):
        return  # what the press did has deleted it
    handle = widget.window().windowHandle()
    if handle is not None:
        QTest.mouseRelease(handle, button, keys, _inside(widget, spot))


def click(widget: QWidget, spot: QPoint, button: Button = LEFT, keys: Modifier = NONE) -> None:
    move(widget, spot)
    press(widget, spot, button, keys)
    release(widget, spot, button, keys)


def double_click(widget: QWidget, spot: QPoint, button: Button = LEFT) -> None:
    handle = widget.window().windowHandle() if isValid(widget) else None
    if handle is not None:
        QTest.mouseDClick(handle, button, NONE, _inside(widget, spot))


def drag(
    widget: QWidget,
    places: Sequence[QPoint],
    button: Button = LEFT,
    keys: Modifier = NONE,
    midway: Callable[[], object] | None = None,
) -> None:
    """Press at the first place, move over the others, let go at the last; ``midway`` happens in between."""
    move(widget, places[0])
    press(widget, places[0], button, keys)
    for index, place in enumerate(places[1:]):
        move(widget, place)
        if midway is not None and index == (len(places) - 1) // 2:
            midway()
    release(widget, places[-1], button, keys)


def turn_wheel(widget: QWidget, spot: QPoint, turns: int, keys: Modifier = NONE) -> None:
    """As Qt does, up through the parents until somebody takes it."""
    part: QWidget | None = widget
    while part is not None:
        at = QPointF(widget.mapTo(part, spot) if part is not widget else spot)
        where = QPointF(part.mapToGlobal(at))
        event = QWheelEvent(
            at, where, QPoint(), QPoint(0, 120 * turns), Button.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False
        )
        if part.isEnabled() and QApplication.sendEvent(part, event) and event.isAccepted():
            return
        if not isValid(part):
            return
        part = None if part.isWindow() else part.parentWidget()


def ask_context_menu(widget: QWidget, spot: QPoint, *, by_key: bool = False) -> None:
    """As the right button or the menu key do, up through the parents until somebody takes it."""
    reason = QContextMenuEvent.Reason.Keyboard if by_key else QContextMenuEvent.Reason.Mouse
    part: QWidget | None = widget
    while part is not None:
        at = widget.mapTo(part, spot) if part is not widget else spot
        event = QContextMenuEvent(reason, at, part.mapToGlobal(at), NONE)
        if (QApplication.sendEvent(part, event) and event.isAccepted()) or not isValid(part):
            return
        part = None if part.isWindow() else part.parentWidget()


def carry(target: QWidget, mime: QMimeData, places: Sequence[QPoint], *, let_go: bool = True) -> None:
    """Drag something from elsewhere over a widget and drop it, or leave."""
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(places[0], copy, mime, LEFT, NONE)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        # As in Qt: who does not want it hears no more of it, and the next one around is asked.
        parent = None if target.isWindow() else target.parentWidget()
        if parent is not None and parent.acceptDrops():
            carry(parent, mime, [target.mapTo(parent, place) for place in places], let_go=let_go)
        return
    taken = True
    for place in places:
        event = QDragMoveEvent(place, copy, mime, LEFT, NONE)
        QApplication.sendEvent(target, event)
        taken = event.isAccepted()
    if let_go and taken:
        QApplication.sendEvent(target, QDropEvent(QPointF(places[-1]), copy, mime, LEFT, NONE))
    else:
        QApplication.sendEvent(target, QDragLeaveEvent())


# -- keyboard --------------------------------------------------------------------------------------------------------


def _listener() -> QWidget | None:
    windows = reachable_windows()
    focus = QApplication.focusWidget()
    if focus is not None and focus.isVisible() and focus.window() in windows:
        return focus
    return QApplication.activeWindow() if QApplication.activeWindow() in windows else next(iter(windows), None)


def key(code: Qt.Key, keys: Modifier = NONE) -> None:
    """One key, to whoever has the focus."""
    listener = _listener()
    if listener is not None:
        QTest.keyClick(listener, code, keys)


def hold(code: Qt.Key, *, down: bool) -> None:
    listener = _listener()
    if listener is not None:
        (QTest.keyPress if down else QTest.keyRelease)(listener, code)


def write(text: str) -> None:
    """Text, letter by letter, to whoever has the focus then."""
    for letter in text:
        listener = _listener()
        if listener is None:
            return
        if letter.isascii():
            QTest.keyClicks(listener, letter)
        else:
            _compose(listener, letter)


def _compose(listener: QWidget, letter: str) -> None:
    event = QInputMethodEvent()
    event.setCommitString(letter)
    QApplication.sendEvent(listener, event)


# -- loops inside an act ---------------------------------------------------------------------------------------------


class InnerLoops(QTimer):
    """Ends event loops that an act has opened and that wait for a user: menus of buttons, drags out of the palette."""

    PATIENCE_MS = 60

    def __init__(self, finish_drag: Callable[[int], None]) -> None:
        super().__init__()
        self.setInterval(self.PATIENCE_MS)
        self.acting = False
        self.rng = random.Random(0)
        self._finish_drag = finish_drag
        self._turns = 0
        self.timeout.connect(self._help)

    def begin(self, rng: random.Random) -> None:
        self.acting, self.rng, self._turns = True, rng, 0
        self.start()

    def end(self) -> None:
        self.acting = False
        self.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While a loop of ours turns."""
        was, self.acting = self.acting, False
        yield
        self.acting = was

    def _help(self) -> None:
        if not self.acting:
            return
        self._turns += 1
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if isinstance(popup, QMenu) and self._turns == 1 and self.rng.random() < 0.6:
            choose_from(popup, self.rng)
        elif popup is not None:
            popup.close()
        elif modal is not None:
            # Modal dialogs that do not have a loop of their own stay open for the next act.
            if self._turns > 3:
                modal.close()
        elif self._turns <= 6:
            self._finish_drag(self._turns)
        elif self._turns == 7 and QApplication.platformName() != "offscreen":
            # There a drag is over at once, and cancelling one says "Unimplemented code.".
            QDrag.cancel()


def choose_from(menu: QMenu, rng: random.Random) -> str:
    """Click an entry of a menu; one with a submenu opens it. The words of the entry, or nothing."""
    entries = [
        entry
        for entry in menu.actions()
        if entry.isEnabled() and entry.isVisible() and not entry.isSeparator() and entry.objectName() not in NEVER
    ]
    if not entries:
        menu.close()
        return ""
    entry = rng.choice(entries)
    text = entry.text()
    click(menu, menu.actionGeometry(entry).center())
    return text
