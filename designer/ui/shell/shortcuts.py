"""The keys of the actions on this platform."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QKeySequence

from designer.i18n import _
from designer.ui import action_entry
from designer.ui.action_entry import Entry
from designer.ui.shell.actions import ENTRIES


def keys_of(entry: Entry) -> list[QKeySequence]:
    """The keys of an action of the table, the one to show first."""
    return action_entry.keys_of(entry, ENTRIES)


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
