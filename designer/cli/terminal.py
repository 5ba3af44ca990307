"""Standard output and standard error as they are: closed, or without signs for what is written."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys

from designer.layer_api.quantities import SPACE

ERRORS = "netdraft.plain"
"""Name of the way of writing signs that an encoding lacks, for ``codecs.register_error``."""

_PLAIN = {
    SPACE: " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
    "×": "x",
    "⊗": "x",
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "*",
    "•": "*",
    "∗": "*",
    "…": "...",
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "↑": "^",
    "↓": "v",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "±": "+-",
    "²": "^2",
    "³": "^3",
    "«": '"',
    "»": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "⌊": "[",
    "⌋": "]",
    "⌈": "[",
    "⌉": "]",
    "ε": "eps",
    "σ": "sigma",
    "Σ": "sum",
    "√": "sqrt",
}


def plain(letter: str) -> str:
    """What stands for a sign of ours in ASCII; "?" for a letter, which belongs to a name and must not become another.

    Box drawing (U+2500 to U+257F) becomes lines of ``-``, ``|`` and ``+``.
    """
    if "\N{BOX DRAWINGS LIGHT HORIZONTAL}" <= letter <= "\N{BOX DRAWINGS HEAVY UP AND LIGHT DOWN}":
        return "-" if letter in "─━┄┅┈┉═╌╍" else "|" if letter in "│┃┆┇┊┋║╎╏" else "+"
    return _PLAIN.get(letter, "?")


def _write_plain(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return "".join(map(plain, problem.object[problem.start : problem.end])), problem.end


class _ClosedStream(io.TextIOBase):
    """Stands in for a stream the program was started without (``>&-``): a write fails as the system's own would."""

    encoding = "utf-8"

    def write(self, text: str, /) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


class _Nowhere(_ClosedStream):
    """Stands in for a closed standard error: what is written is dropped."""

    def write(self, text: str, /) -> int:
        return len(text)


def prepare_streams() -> None:
    """Make standard output and standard error fit to be written to, whatever they are."""
    # A closed descriptor would be given to the next file that is opened, and what a library prints would end up in it.
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    # None is what Python makes of a closed stream, and on Windows of a program without a console.
    sys.stdout = sys.stdout or _ClosedStream()
    sys.stderr = sys.stderr or _Nowhere()
    codecs.register_error(ERRORS, _write_plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)
