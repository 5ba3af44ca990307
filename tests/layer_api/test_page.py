"""Documentation pages: complete for every layer, and their examples are true."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from designer.layer_api.layer import Layer
from designer.layer_api.page import SECTIONS, docstring_sections, layer_page
from designer.layer_api.registry import catalogue, make_layer

every_layer = pytest.mark.parametrize("cls", [pytest.param(cls, id=kind) for kind, cls in catalogue().items()])


@every_layer
def test_the_docstring_ends_with_formula_source_and_example(cls: type[Layer]) -> None:
    sections = docstring_sections(cls)
    assert tuple(sections) == ("", *SECTIONS)
    assert "=" in sections["Formula"]
    assert sections["Source"].endswith(".")
    assert sections["Example"].startswith(">>> ")
    assert f'make_layer("{cls.kind}"' in sections["Example"]


@every_layer
def test_the_example_is_true(cls: type[Layer]) -> None:
    names = {"make_layer": make_layer, "np": np}
    example = docstring_sections(cls)["Example"] + "\n"
    test = doctest.DocTestParser().get_doctest(example, names, cls.kind, None, None)
    assert test.examples
    assert all(each.want for each in test.examples)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert said == []


@every_layer
def test_the_page_tells_every_section_and_parameter(cls: type[Layer]) -> None:
    page, sections = layer_page(cls), docstring_sections(cls)
    assert page.startswith(f"# {cls.label}\n\n`{cls.kind}`\n\n")
    assert f"## Formula\n\n```text\n{sections['Formula']}\n```\n" in page
    assert f"## Example\n\n```python\n{sections['Example']}\n```\n" in page
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(cls.fields())
    for row, field in zip(rows, cls.fields().values(), strict=True):
        assert row.endswith(f" {field.help} |")
    assert cls.description().replace("``", "`") in page.replace("\n", " ")


def test_a_page_is_whole_markdown() -> None:
    page = layer_page(catalogue()["max_pool2d"])
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Max pooling 2D",
        "## Formula",
        "## Source",
        "## Example",
        "## Parameters",
    ]
    assert "| `stride` | Stride | as the kernel | How far the window moves. |" in page
    assert "| `kernel` | Kernel | `[2, 2]` | Size of the window, a number per axis in the order of the shape. |" in page
