"""The keys of the actions on this platform."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from PySide6.QtGui import QKeySequence

from designer.i18n import _
from designer.ui.shell.action_kinds import CanvasAction, Entry
from designer.ui.shell.actions import ENTRIES

Keys = QKeySequence.StandardKey

_FALLBACKS: Mapping[QKeySequence.StandardKey, tuple[str, ...]] = {
    Keys.Quit: ("Ctrl+Q",),
    Keys.SaveAs: ("Ctrl+Shift+S",),
}
"""Where a platform has no key of its own for these."""


def keys_of(entry: Entry) -> list[QKeySequence]:
    """The keys of an action on this platform, the one to show first.

    A platform may bind several to one action (Shift+Del also cuts); those that another action claims are its own.
    """
    if isinstance(entry.keys, str):
        return [QKeySequence(entry.keys)] if entry.keys else []
    found = QKeySequence.keyBindings(entry.keys) or [QKeySequence(text) for text in _FALLBACKS.get(entry.keys, ())]
    claimed = {other.keys for other in ENTRIES if isinstance(other.keys, str)}
    return [key for key in found if portable(key) not in claimed]


@functools.cache
def canvas_keys() -> Mapping[str, CanvasAction]:
    """Keys, as :func:`portable` writes them, and what the canvas does where no menu has taken them."""
    return {
        keys: entry
        for entry in ENTRIES
        if isinstance(entry, CanvasAction)
        for keys in (*entry.more_keys, *map(portable, keys_of(entry)))
    }


def portable(keys: QKeySequence) -> str:
    """Keys as they are written in the table."""
    return keys.toString(QKeySequence.SequenceFormat.PortableText)


def native(keys: QKeySequence) -> str:
    """Keys as the platform writes them."""
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def tool_tip(text: str, keys: QKeySequence) -> str:
    """What an action does, and its keys."""
    shown = native(keys)
    return f"{text} ({shown})" if shown else text


def listed_shortcuts() -> Iterator[tuple[str, str]]:
    """Help and first keys of every action that has keys, in the order of the table."""
    for entry in ENTRIES:
        keys = keys_of(entry)
        if keys:
            yield _(entry.help), native(keys[0])
