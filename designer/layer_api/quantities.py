"""Numbers as people read them: thousands apart, SI prefix where long, unit always."""

from __future__ import annotations

SPACE = "\N{NO-BREAK SPACE}"


def number(value: int) -> str:
    """A count in full, thousands apart: ``10 240``."""
    return f"{value:,}".replace(",", SPACE)


def short_number(value: float, unit: str = "") -> str:
    """A count with an SI prefix from ten thousand on, three or four digits: ``61.71 k``, ``15.47 G``."""
    prefix = ""
    scaled = float(value)
    if abs(scaled) >= 10_000:
        for prefix in ("k", "M", "G", "T", "P", "E"):
            scaled /= 1000
            if abs(scaled) < 999.995:
                break
    else:
        text = number(value) if isinstance(value, int) else f"{value:g}"
        return f"{text}{SPACE}{unit}" if unit else text
    return f"{scaled:.2f}{SPACE}{prefix}{unit}"


def byte_text(value: int) -> str:
    """Bytes with a decimal prefix: ``10 240 B``, ``60.95 MB``."""
    return short_number(value, "B") if value >= 100_000 else f"{number(value)}{SPACE}B"
