"""The pages that ``make docs`` builds: guides, the Python reference, a page for every layer, and their links."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

import designer

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The script, having written its pages into a folder of its own."""
    spec = importlib.util.spec_from_file_location("make_site", DOCS / "make_site.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("build")
    module.SOURCE, module.CONFIG = folder / "docs-source", folder / "mkdocs.yml"
    module.write_source()
    return module


def pages(site: ModuleType) -> dict[str, str]:
    files = site.SOURCE.rglob("*.md")
    return {path.relative_to(site.SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_every_public_name_has_an_entry(site: ModuleType) -> None:
    text = pages(site)["python.md"]
    assert [name for name in designer.__all__ if f'heading: "designer.{name}"' not in text] == []
    assert "import designer" in text


def test_the_methods_it_shows_are_there(site: ModuleType) -> None:
    for name, members in site.MEMBERS.items():
        assert [member for member in members if not hasattr(getattr(designer, name), member)] == []


def test_every_layer_has_a_page_with_all_its_fields(site: ModuleType) -> None:
    found = pages(site)
    for kind, cls in designer.layers().items():
        text = found[f"layers/{kind}.md"]
        assert text.startswith(f"# {cls.label}\n")
        assert [name for name in cls.fields() if f"`{name}`" not in text] == []
        assert f"({kind}.md)" in found["layers/index.md"]


def test_every_page_is_in_the_navigation(site: ModuleType) -> None:
    settings = site.CONFIG.read_text(encoding="utf-8")
    (line,) = [line for line in settings.splitlines() if line.startswith("nav: ")]
    shown = set(re.findall(r'"([\w/.]+\.md)"', json.dumps(json.loads(line.removeprefix("nav: ")))))
    assert shown == set(pages(site))


def test_every_link_between_pages_leads_somewhere(site: ModuleType) -> None:
    links = 0
    for name, text in pages(site).items():
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" not in link:
                links += 1
                assert (site.SOURCE / name).parent.joinpath(link).is_file(), (name, link)
    assert links > 20
