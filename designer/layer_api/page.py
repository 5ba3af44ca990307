"""The documentation page of a layer, from what it declares and from the sections of its docstring."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Mapping

from designer.i18n import _
from designer.layer_api.layer import Layer

SECTIONS = ("Formula", "Source", "Example")
"""The sections that the docstring of every layer ends with, in this order, each underlined as NumPy's are."""


def docstring_sections(cls: type[Layer]) -> Mapping[str, str]:
    """Text of each section of a layer's docstring by its title; what comes before them under the empty title."""
    lines = inspect.cleandoc(cls.__doc__ or "").split("\n")
    starts = [
        number
        for number, (line, below) in enumerate(itertools.pairwise(lines))
        if line in SECTIONS and below == "-" * len(line)
    ]
    sections = {"": "\n".join(lines[: starts[0] if starts else None]).strip()}
    for first, end in itertools.pairwise([*starts, len(lines)]):
        sections[lines[first]] = "\n".join(lines[first + 2 : end]).strip()
    return sections


def layer_page(cls: type[Layer]) -> str:
    """The page of a layer as Markdown: what it does, its formula, source and example, its parameters."""
    sections = docstring_sections(cls)
    parts = [f"# {_(cls.label)}", f"`{cls.kind}`", sections[""].replace("``", "`")]
    languages = {"Formula": "text", "Example": "python"}
    titles = {"Formula": _("Formula"), "Source": _("Source"), "Example": _("Example")}
    for title in SECTIONS:
        text = sections[title]
        fenced = f"```{languages[title]}\n{text}\n```" if title in languages else text.replace("``", "`")
        parts += [f"## {titles[title]}", fenced]
    if cls.fields():
        parts += [f"## {_('Parameters')}", _table_of_fields(cls)]
    return "\n\n".join(parts) + "\n"


def _table_of_fields(cls: type[Layer]) -> str:
    rows = [(_("Name"), _("Label"), _("Default"), _("Meaning")), ("---",) * 4]
    for name, field in cls.fields().items():
        default = cls.defaults()[name]
        shown = _(field.optional) if default is None else f"`{field.to_json(default)}`"
        rows.append((f"`{name}`", _(field.label), shown, _(field.help)))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
