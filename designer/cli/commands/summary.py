"""``netdraft summary NET``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from designer.cli.arguments import Input, Net, load, shape_of
from designer.cli.collection import collection_paused
from designer.cli.output import put, say
from designer.i18n import N_, _
from designer.layer_api.fields import LARGEST
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import SPACE

if TYPE_CHECKING:
    from designer.analysis.conventions import Convention, DataType
    from designer.analysis.report import Report

HELP = N_("Shapes, parameters, multiply-adds, memory and receptive fields.")
PLACE = 1

_FORMATS = ("table", "json", "csv", "markdown")


def command(
    net: Net,
    input_shape: Input = None,
    batch: Annotated[int, typer.Option(min=1, max=LARGEST, help=_("Images at once."))] = 1,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8."))] = "float32",
    convention: Annotated[str, typer.Option(help=_("torchvision, flops or tf-slim."))] = "torchvision",
    form: Annotated[str, typer.Option("--format", help=_("table, json, csv or markdown."))] = "table",
) -> None:
    """Print what is known of a network."""
    from designer.interchange.tables.summary import to_csv, to_markdown
    from designer.library.models import analyse

    if form not in _FORMATS:
        raise UserError(
            _("--format: {came} came, one of {wanted} is wanted").format(came=form, wanted=", ".join(_FORMATS))
        )
    shape = shape_of(input_shape)
    # Any word that came: the analysis refuses those it does not know.
    words = cast("DataType", dtype), cast("Convention", convention)
    with collection_paused():
        report = analyse(load(net), shape, batch=batch, dtype=words[0], convention=words[1])
        if form == "json":
            put(_json(report))
        elif form == "csv":
            say(to_csv(report))
        elif form == "markdown":
            say(to_markdown(report))
        else:
            from designer.cli.summary_text import print_summary

            print_summary(report)


def _json(report: Report) -> str:
    """JSON in letters as they are, or escaped where the terminal lacks a sign or could take one for a command."""
    text = _lines(report, plain=False)
    plain = text.replace(SPACE, "").replace("\n", "").isprintable()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if plain and text.encode(encoding, "replace").decode(encoding) == text:
        return text
    return _lines(report, plain=True)


def _lines(report: Report, *, plain: bool) -> str:
    """One line for each layer: Python's encoder is ten times slower where it indents what is inside."""
    import json

    facts = report.to_json()
    layers = ",\n  ".join(json.dumps(layer, ensure_ascii=plain) for layer in facts.pop("layers"))
    head = json.dumps(facts, ensure_ascii=plain, indent=1).removesuffix("\n}")
    return f'{head},\n "layers": [\n  {layers}\n ]\n}}' if layers else f'{head},\n "layers": []\n}}'
