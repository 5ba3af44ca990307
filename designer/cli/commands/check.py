"""``netdraft check NET --max-params 5M …``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, cast

import typer

from designer.cli.arguments import Input, Net, load, shape_of
from designer.cli.collection import collection_paused
from designer.cli.output import say
from designer.cli.status import CHECK_FAILED, DONE
from designer.i18n import N_, _
from designer.layer_api.problems import UserError

if TYPE_CHECKING:
    from designer.analysis.conventions import DataType

HELP = N_("Hold a network against budgets; exit status 1 where one is exceeded.")
PLACE = 5


def command(
    net: Net,
    input_shape: Input = None,
    max_params: Annotated[str | None, typer.Option(metavar="5M", help=_("Most parameters."))] = None,
    max_macs: Annotated[str | None, typer.Option(metavar="1G", help=_("Most multiply-adds of one image."))] = None,
    max_memory: Annotated[
        str | None, typer.Option(metavar="64MB", help=_("Most memory: weights and the peak of the activations."))
    ] = None,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8: bytes per value."))] = "float32",
) -> int:
    """Print a line for every budget; the exit status says whether all hold."""
    from designer.library.models import analyse
    from designer.session.budgets import budget_lines

    budgets = {
        "parameters": None if max_params is None else _amount("--max-params", max_params),
        "macs": None if max_macs is None else _amount("--max-macs", max_macs),
        "memory": None if max_memory is None else _amount("--max-memory", max_memory),
    }
    with collection_paused():
        report = analyse(load(net), shape_of(input_shape), dtype=cast("DataType", dtype))
    lines, passed = budget_lines(report, budgets)
    for line in lines:
        say(line)
    return DONE if passed else CHECK_FAILED


_PREFIXES = "kmgt"


def _amount(option: str, text: str) -> int:
    """``5M``, ``1.5G``, ``64MB`` or ``64MiB`` as a number."""
    from fractions import Fraction

    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)\s*(?:([kmgt])(i?))?b?", text.strip().lower())
    if match is None:
        raise UserError(
            _("{option}: {came!r} came, a number like 5M, 1.5G or 64MB is wanted").format(option=option, came=text)
        )
    power = _PREFIXES.index(match[2]) + 1 if match[2] else 0
    scale: int = (1024 if match[3] else 1000) ** power
    return round(Fraction(match[1]) * scale)
