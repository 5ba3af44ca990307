"""``netdraft summary NET``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import attrs
import typer

from designer.cli.arguments import Input, Net, check_form, load, shape_of
from designer.cli.collection import collection_paused
from designer.cli.output import put, say
from designer.graph.groups import SEPARATOR
from designer.i18n import N_, _
from designer.layer_api.fields import LARGEST
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import SPACE

if TYPE_CHECKING:
    from designer.analysis.conventions import Convention, DataType
    from designer.library.model import Report

HELP = N_("Shapes, parameters, multiply-adds, memory and receptive fields.")
PLACE = 1

_FORMATS = ("table", "json", "csv", "markdown")
_WITH_GROUPS = ("table", "json")


def command(
    net: Net,
    input_shape: Input = None,
    batch: Annotated[int, typer.Option(min=1, max=LARGEST, help=_("Images at once."))] = 1,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8."))] = "float32",
    convention: Annotated[str, typer.Option(help=_("torchvision, flops or tf-slim."))] = "torchvision",
    form: Annotated[str, typer.Option("--format", help=_("table, json, csv or markdown."))] = "table",
    depth: Annotated[
        int | None, typer.Option(min=1, help=_("A tree of groups with subtotals, so many levels of it."))
    ] = None,
) -> None:
    """Print what is known of a network."""
    from designer.interchange.tables.summary import to_csv, to_markdown
    from designer.library.models import analyse

    check_form(form, _FORMATS)
    if depth is not None and form not in _WITH_GROUPS:
        raise UserError(
            _("--depth: {form} has a row for each layer and no groups; take --format table or json").format(form=form)
        )
    shape = shape_of(input_shape)
    # Any word that came: the analysis refuses those it does not know.
    words = cast("DataType", dtype), cast("Convention", convention)
    with collection_paused():
        design = load(net)
        report = analyse(design, shape, batch=batch, dtype=words[0], convention=words[1])
        if form == "json":
            put(_json(report if depth is None else _shallow(report, depth)))
        elif form == "csv":
            say(to_csv(report))
        elif form == "markdown":
            say(to_markdown(report))
        else:
            from designer.cli.summary_text import print_summary, print_tree

            if depth is None:
                print_summary(report)
            else:
                print_tree(report, design.grouping, depth)


def _shallow(report: Report, depth: int) -> Report:
    """The report with groups down to a level."""
    groups = {path: group for path, group in report.groups.items() if path.count(SEPARATOR) < depth}
    return attrs.evolve(report, groups=groups)


def _json(report: Report) -> str:
    """JSON in letters as they are, or escaped where the terminal lacks a sign or could take one for a command."""
    text = _lines(report, plain=False)
    plain = text.replace(SPACE, "").replace("\n", "").isprintable()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if plain and text.encode(encoding, "replace").decode(encoding) == text:
        return text
    return _lines(report, plain=True)


def _lines(report: Report, *, plain: bool) -> str:
    """One line for each layer and group: Python's encoder is ten times slower where it indents what is inside."""
    import json

    facts = report.to_json()
    lists = {key: facts.pop(key) for key in ("layers", "groups")}
    parts = [json.dumps(facts, ensure_ascii=plain, indent=1).removesuffix("\n}")]
    # One encoder for all: json.dumps makes one for each entry.
    encode = json.JSONEncoder(ensure_ascii=plain).encode
    for key, entries in lists.items():
        lines = ",\n  ".join(map(encode, entries))
        parts.append(f' "{key}": [\n  {lines}\n ]' if lines else f' "{key}": []')
    return ",\n".join(parts) + "\n}"
