"""Words and numbers about maps."""

from __future__ import annotations

from designer.i18n import _, ngettext
from designer.session.maps.stack import Statistics

NEGLIGIBLE = 1e-6
"""What is smaller than this part of the largest value is what rounding left."""


def value_text(value: float, reach: float = 0.0) -> str:
    """A value with four figures and a true minus sign: ``−0.0312``.

    Parameters
    ----------
    reach
        The largest absolute value it stands beside; what vanishes before it is written as ``≈ 0``.
    """
    if value != 0.0 and abs(value) < NEGLIGIBLE * reach:
        return "≈ 0"
    return f"{value:.4g}".replace("-", "−")


def unusual_text(count: int) -> str:
    """How many values are no finite numbers; empty for none."""
    if count == 0:
        return ""
    return ngettext("{n} value is not finite", "{n} values are not finite", count).format(n=count)


def statistics_text(channel: int, numbers: Statistics) -> str:
    """A map's numbers in a few lines, for a tool tip."""
    lines = [
        _("Map {number}").format(number=channel) + (" · " + _("dead: all values are the same") if numbers.dead else ""),
        _("min {low}   max {high}").format(low=value_text(numbers.minimum), high=value_text(numbers.maximum)),
        _("mean {mean}   std {std}").format(mean=value_text(numbers.mean), std=value_text(numbers.std)),
    ]
    if numbers.unusual:
        lines.append(unusual_text(numbers.unusual))
    return "\n".join(lines)
