"""Numbers as people read them: thousands apart, SI prefix where long, unit always."""

from __future__ import annotations

SPACE = "\N{NO-BREAK SPACE}"
PREFIXES = ("k", "M", "G", "T", "P", "E")


def number(value: int) -> str:
    """A count in full, thousands apart: ``10 240``."""
    return f"{value:,}".replace(",", SPACE)


def short_number(value: float, unit: str = "") -> str:
    """A count with an SI prefix from ten thousand on: ``61.71 k``, ``15.47 G``."""
    if abs(value) < 10_000:
        text = number(value) if isinstance(value, int) else f"{value:g}"
        return f"{text}{SPACE}{unit}" if unit else text
    power = 1
    while power < len(PREFIXES) and abs(value) / 1000**power >= 999.995:
        power += 1
    return f"{value / 1000**power:.2f}{SPACE}{PREFIXES[power - 1]}{unit}"


def byte_text(value: int) -> str:
    """Bytes with a decimal prefix: ``10 240 B``, ``60.95 MB``."""
    return short_number(value, "B") if value >= 100_000 else f"{number(value)}{SPACE}B"
