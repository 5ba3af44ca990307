"""Notices: short lines for the user that interrupt nothing."""

from __future__ import annotations

import enum

import attrs


class Level(enum.Enum):
    """How much a notice matters."""

    SUCCESS = "success"
    HINT = "hint"
    WARNING = "warning"
    ERROR = "error"


@attrs.frozen
class Notice:
    """One line, translated. Errors stay until they are dismissed; the others go by themselves."""

    text: str
    level: Level = Level.HINT
