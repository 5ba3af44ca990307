"""Notices: short lines for the user that interrupt nothing."""

from __future__ import annotations

import enum
from collections.abc import Callable

import attrs


class Level(enum.Enum):
    """How much a notice matters."""

    SUCCESS = "success"
    HINT = "hint"
    WARNING = "warning"
    ERROR = "error"


@attrs.frozen
class Choice:
    """A button of a notice; its label is translated."""

    label: str
    chosen: Callable[[], object] = attrs.field(eq=False)
    closing: bool = False
    """Whether closing the notice without an answer means this one ("Later")."""


@attrs.frozen
class Notice:
    """One line, translated. Errors and questions stay until they are dismissed; the others go by themselves."""

    text: str
    level: Level = Level.HINT
    choices: tuple[Choice, ...] = ()
    subject: str = ""
    """A notice takes the place of an earlier one with the same subject, if it has one."""
