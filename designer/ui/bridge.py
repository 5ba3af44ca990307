"""The one place where the session's signals become Qt signals.

A psygnal callback that raises would surface out of ``Document.do`` after the model has changed, and a callback into a
deleted widget would crash; so only this object connects, and it lets go when it is destroyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal as ModelSignal
from psygnal import SignalInstance
from PySide6.QtCore import QObject, Signal

from designer.session.session import Session
from designer.session.signals import SessionSignals

ARGUMENTS = {
    name: len(declared.signature.parameters)
    for name, declared in vars(SessionSignals).items()
    if isinstance(declared, ModelSignal)
}
"""Name → number of arguments of every signal that a session declares."""

if TYPE_CHECKING:
    # Type checkers and editors take the names from the session's declarations. What is connected to is Qt's.
    class _QtSignals(QObject, SessionSignals): ...

else:
    # Every argument is an object: Qt would turn a dict into a map of its own, and lose what it cannot convert.
    _QtSignals = type("_QtSignals", (QObject,), {name: Signal(*[object] * count) for name, count in ARGUMENTS.items()})


class Bridge(_QtSignals):
    """Qt signals of a session, with the names and arguments that :class:`SessionSignals` declares."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        connections: list[tuple[SignalInstance, object]] = []
        for name in ARGUMENTS:
            source: SignalInstance = getattr(session, name)
            emit = getattr(self, name).emit
            source.connect(emit, check_nargs=False, unique=False, on_ref_error="ignore")
            connections.append((source, emit))

        def let_go() -> None:
            for source, emit in connections:
                source.disconnect(emit, missing_ok=True)  # type: ignore[arg-type]

        self.destroyed.connect(let_go)
