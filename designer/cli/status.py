"""How a command may end."""

from __future__ import annotations

DONE, CHECK_FAILED, BAD_INPUT = 0, 1, 2

INTERRUPTED = 130
"""What typer makes of Ctrl-C: 128 and the number of the signal, as shells have it."""
