"""Where a window stands: wholly on a screen that is there now, whatever was remembered."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QWidget

FRAME = QMargins(8, 36, 8, 8)
"""Title bar and borders, before the window manager has said how wide they are; as of common ones at 100 %."""


def fitted(wanted: QRect, screens: Sequence[QRect], least: QSize) -> QRect:
    """The rectangle moved and, where it must be, made smaller to lie on the screen that shows most of it.

    Parameters
    ----------
    screens
        What each screen has free for windows; the first is taken where none shows any of ``wanted``.
    least
        Smaller than this it is never made; what does not fit then reaches over the right and lower edge.
    """
    if not screens:
        return wanted

    def seen(screen: QRect) -> int:
        common = screen.intersected(wanted)
        return max(0, common.width()) * max(0, common.height())

    screen = max(screens, key=seen)
    size = wanted.size().boundedTo(screen.size()).expandedTo(least)
    left = max(screen.left(), min(wanted.left(), screen.right() + 1 - size.width()))
    top = max(screen.top(), min(wanted.top(), screen.bottom() + 1 - size.height()))
    return QRect(QPoint(left, top), size)


def fit_to_screen(window: QWidget) -> None:
    """Move and shrink a window, that is not maximised, to where it can be seen and grasped.

    A window that nobody has moved yet is only shrunk: the window manager knows a place for it.
    """
    if window.isMaximized() or window.isFullScreen():
        return
    first = window.screen()
    screens = [first, *(screen for screen in first.virtualSiblings() if screen is not first)]
    free = [screen.availableGeometry().marginsRemoved(FRAME) for screen in screens]
    place = fitted(window.geometry(), free, window.minimumSizeHint())
    if place.size() != window.size():
        window.resize(place.size())
    if window.testAttribute(Qt.WidgetAttribute.WA_Moved) and place.topLeft() != window.geometry().topLeft():
        window.setGeometry(place)
