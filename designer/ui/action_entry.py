"""What every action says of itself, whoever carries it out, and its keys on this platform.

The window (`shell/actions.py`) and the canvas (`canvas/actions.py`) declare their actions with it. It stands beside
both, because the canvas may not know the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import attrs
from PySide6.QtGui import QKeySequence

from designer.session.session import Session

Keys = QKeySequence.StandardKey

SEPARATOR = "—"

_FALLBACKS: Mapping[QKeySequence.StandardKey, tuple[str, ...]] = {
    Keys.Quit: ("Ctrl+Q",),
    Keys.SaveAs: ("Ctrl+Shift+S",),
}
"""Where a platform has no key of its own for these."""


def always(_session: Session) -> bool:
    """The condition of an action that makes sense at any time."""
    return True


def populated(session: Session) -> bool:
    """There is a node."""
    return bool(session.design.nodes)


@attrs.frozen
class Entry:
    """One action, without what it does.

    Parameters
    ----------
    text, help
        Marked for translation; the text has its mnemonic.
    keys
        The platform's own where it has some, else as written here.
    when
        Whether the action makes sense in the state of the session.
    """

    id: str
    text: str
    help: str
    keys: QKeySequence.StandardKey | str = ""
    icon: str = ""
    when: Callable[[Session], bool] = attrs.field(default=always, kw_only=True)


def keys_of(entry: Entry, among: Iterable[Entry]) -> list[QKeySequence]:
    """The keys of an action on this platform, the one to show first.

    A platform may bind several to one action (Shift+Del also cuts); those that another of them claims are its own.
    """
    if isinstance(entry.keys, str):
        return [QKeySequence(entry.keys)] if entry.keys else []
    found = QKeySequence.keyBindings(entry.keys) or [QKeySequence(text) for text in _FALLBACKS.get(entry.keys, ())]
    claimed = {other.keys for other in among if isinstance(other.keys, str)}
    return [key for key in found if portable(key) not in claimed]


def portable(keys: QKeySequence) -> str:
    """Keys as they are written in the table."""
    return keys.toString(QKeySequence.SequenceFormat.PortableText)
