"""The page of the documentation that lists the gallery."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from designer.gallery.catalogue import Entry, entries
from designer.gallery.figures import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_says_what_the_gallery_has(script: ModuleType) -> None:
    # Written anew by: make gallery
    figures = script.all_figures()
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == script.text(figures)
    assert shipped() == figures


def test_the_page_gives_the_figures_of_the_papers() -> None:
    rows = {
        line.split("`")[1]: line
        for line in (DOCS / "gallery.md").read_text(encoding="utf-8").splitlines()
        if "`" in line
    }
    plain = {name: row.replace("\N{NO-BREAK SPACE}", " ") for name, row in rows.items()}
    assert "| 3×224×224 | 25 557 032 | 4 089 184 256 | 427×427 | He et al., [Deep residual" in plain["resnet50"]
    # Long et al. (2014), table 1.
    assert "| 404×404 |" in plain["fcn32s"]


def test_the_window_has_the_figures_of_the_papers() -> None:
    # He et al. (2015) by torchvision's count; LeCun et al. (1998) with C3 fully connected.
    resnet, lenet = shipped()["resnet50"], shipped()["lenet5"]
    assert (resnet.input, resnet.parameters, resnet.macs) == ((3, 224, 224), 25_557_032, 4_089_184_256)
    assert (lenet.parameters, lenet.macs) == (61_706, 416_520)
    # A generator begins with a vector: nothing of it sees an image.
    assert shipped()["dcgan_generator"].field is None


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_an_entry_is_named_as_its_design_and_says_its_source(entry: Entry) -> None:
    assert entry.build().name == entry.title
    assert entry.paper is None or 1958 <= entry.paper.year <= 2026
    assert entry.year == (entry.paper.year if entry.paper else None)
