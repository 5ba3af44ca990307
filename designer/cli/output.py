"""What commands print: lines for people on standard output, one line for each fault on standard error."""

from __future__ import annotations

import os
import sys

from designer.layer_api.problems import printable


def say(text: str) -> None:
    """Print lines; what a file brought along in names does not reach the terminal as a command."""
    put("\n".join(printable(line) for line in text.rstrip("\n").split("\n")))


def put(text: str) -> None:
    """Print a text that holds nothing from a file, or has been made safe."""
    # Not typer.echo, which writes UTF-8 to a terminal that has said it understands ASCII.
    sys.stdout.write(f"{text}\n")


def complain(message: str) -> None:
    """Tell a fault, or what a person should know, in one line on standard error."""
    sys.stderr.write(f"netdraft: {printable(' '.join(message.split()))}\n")


def drop_output() -> None:
    """What is still buffered goes nowhere, so that the interpreter does not stumble over it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
