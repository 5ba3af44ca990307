"""The one place where the session's signals become Qt signals.

A psygnal callback that raises would surface out of ``Document.do`` after the model has changed, and a callback into a
deleted widget would crash; so only this object connects, and it lets go when it is destroyed.
"""

from __future__ import annotations

from psygnal import SignalInstance
from PySide6.QtCore import QObject, Signal

from designer.session.session import Session


class Bridge(QObject):
    """Qt signals of a session, with the same names and arguments (declared ``object``: Qt would copy a dict empty)."""

    changed = Signal(object)
    analysed = Signal(object)
    selection_changed = Signal(object)
    settings_changed = Signal(object)
    picture_changed = Signal()
    results_changed = Signal(object)
    run_wanted = Signal()
    run_changed = Signal(object)
    profiled = Signal(object)
    engine_options_changed = Signal(object)
    probed = Signal(object)
    noticed = Signal(object)
    file_changed = Signal()

    NAMES = (
        "changed",
        "analysed",
        "selection_changed",
        "settings_changed",
        "picture_changed",
        "results_changed",
        "run_wanted",
        "run_changed",
        "profiled",
        "engine_options_changed",
        "probed",
        "noticed",
        "file_changed",
    )

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        connections: list[tuple[SignalInstance, object]] = []
        for name in self.NAMES:
            source: SignalInstance = getattr(session, name)
            emit = getattr(self, name).emit
            source.connect(emit, check_nargs=False, unique=False, on_ref_error="ignore")
            connections.append((source, emit))

        def let_go() -> None:
            for source, emit in connections:
                source.disconnect(emit, missing_ok=True)  # type: ignore[arg-type]

        self.destroyed.connect(let_go)
