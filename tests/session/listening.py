"""Hear everything a session says, in order."""

from __future__ import annotations

from typing import Any

from designer.session.session import Session

SIGNALS = (
    "changed",
    "analysed",
    "selection_changed",
    "settings_changed",
    "picture_changed",
    "results_changed",
    "run_wanted",
    "run_changed",
    "probed",
    "noticed",
    "file_changed",
)


class Listener:
    """The signals of a session as (name, argument), oldest first; None where a signal has no argument."""

    def __init__(self, session: Session) -> None:
        self.heard: list[tuple[str, Any]] = []
        for name in SIGNALS:
            getattr(session, name).connect(self._noting(name), check_nargs=False)

    def _noting(self, name: str) -> Any:
        def note(*arguments: Any) -> None:
            self.heard.append((name, arguments[0] if arguments else None))

        return note

    def names(self) -> list[str]:
        """The names of what was heard, in order."""
        return [name for name, _argument in self.heard]

    def all_of(self, name: str) -> list[Any]:
        """Every argument that a signal came with."""
        return [argument for heard, argument in self.heard if heard == name]

    def forget(self) -> None:
        """Start over."""
        self.heard.clear()
