"""What can be wrong with a layer in its place, as a value that can be shown, and what might mend it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from designer.layer_api.quantities import SPACE


def printable(text: str) -> str:
    """The text on one line, control characters replaced.

    Messages quote names from files; none of them may break the line or colour the terminal. A no-break space stays: it
    stands between a number and its unit.
    """
    unprintable = "\N{REPLACEMENT CHARACTER}"
    return "".join(letter if letter.isprintable() or letter == SPACE else unprintable for letter in text)


class UserError(ValueError):
    """Bad input (a file, an image, a parameter), told in one line: where, what came, what was wanted, what to do.

    Headless commands print it and end with 2; the window shows it as a notice. Nothing has been changed.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


LONGEST_QUOTE = 60


def quoted(value: object) -> str:
    """A value as a message quotes it: on one line, not too long, and whatever the value is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        # An integer of thousands of digits, a list nested a thousand deep.
        text = type(value).__name__
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


class FieldError(UserError):
    """A parameter's value makes no sense (0 filters, NaN, a word for a number).

    The message is one line: which field, what came, what was wanted.
    """


@attrs.frozen
class SetFields:
    """Remedy: give fields of the layer itself other values."""

    values: Mapping[str, object]


@attrs.frozen
class InsertBefore:
    """Remedy: put a new layer of ``kind`` on the wire into ``input``."""

    kind: str
    input: int = 0


@attrs.frozen
class MatchInputs:
    """Remedy: make the layers feeding the inputs agree; ``wanted`` holds the shape each input would need."""

    wanted: tuple[tuple[int, ...] | None, ...]


@attrs.frozen
class DropWeights:
    """Remedy: forget the given weights and initialise from the seed again."""


Remedy = SetFields | InsertBefore | MatchInputs | DropWeights


class ShapeProblem(Exception):
    """The layer cannot work on the shapes that reach it: data for the report, not a failure.

    Parameters
    ----------
    message
        One line, translated: what came, what was wanted, what would mend it.
    remedies
        What might clear it, gentlest first; each is tried on the design before it is offered.
    """

    def __init__(self, message: str, *remedies: Remedy) -> None:
        super().__init__(message)
        self.message = message
        self.remedies = remedies
