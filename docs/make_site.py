"""Build the documentation into ``build/docs``: the guides, the Python reference and a page for every layer.

Run by ``make docs``. The guides are the Markdown files of the repository, with what they link to; the reference comes
from docstrings (mkdocstrings), the pages of layers from what the layers declare. A link that leads nowhere fails.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import designer
from designer.layer_api.layer import Category, Layer
from designer.layer_api.page import layer_page

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SOURCE, SITE, CONFIG = BUILD / "docs-source", BUILD / "docs", BUILD / "mkdocs.yml"

GUIDES = ("README.md", "CHANGELOG.md", "docs/*.md", "designer/README.md", "designer/**/README.md")
"""Where to begin; what they link to comes along."""

LINK = re.compile(r"""(?:\]\(|src=")([^)#"\s]+)""")

Nav = list[dict[str, object]]

MEMBERS = {
    "Builder": ["image", "add", "design"],
    "Model": ["with_weights"],
    "Report": ["complete", "to_json"],
    "Runner": ["run", "run_profiled"],
}
"""Methods shown on the page of the reference, those of a base class included."""

ELSEWHERE = {"layers": "designer.library.catalogue.layers"}
"""``designer.layers`` is a package too, which is what a reader of the source finds under that name."""


def guides() -> dict[str, Path]:
    """The guides by their place in the repository, and every file there that one of them links to."""
    waiting = [path for pattern in GUIDES for path in sorted(ROOT.glob(pattern))]
    found: dict[str, Path] = {}
    while waiting:
        path = waiting.pop(0)
        name = path.relative_to(ROOT).as_posix()
        if name in found:
            continue
        found[name] = path
        if path.suffix == ".md":
            links = LINK.findall(path.read_text(encoding="utf-8"))
            targets = [(path.parent / link).resolve() for link in links if "://" not in link]
            waiting += [target for target in targets if target.is_file() and target.is_relative_to(ROOT)]
    return found


def reference() -> str:
    """The page of the Python surface: an entry for every public name, functions first."""
    names = sorted(designer.__all__, key=lambda name: (name[0].isupper(), name))
    lines = ["# Python", "", "```python", *_example(), "```", ""]
    for name in names:
        lines += [f"::: {ELSEWHERE.get(name, f'designer.{name}')}", "    options:", f'      heading: "designer.{name}"']
        lines += [f"      members: {json.dumps(MEMBERS.get(name, False))}", "      inherited_members: true", ""]
    return "\n".join(lines)


def _example() -> Iterator[str]:
    """The lines of code in the package's docstring."""
    for line in (designer.__doc__ or "").splitlines():
        if line.startswith("    "):
            yield line.removeprefix("    ")


def layer_pages() -> Iterator[tuple[str, str, type[Layer]]]:
    """Path, text and class of every layer's page."""
    for kind, cls in designer.layers().items():
        yield f"layers/{kind}.md", layer_page(cls), cls


def overview(classes: Iterable[type[Layer]]) -> str:
    """The page that lists all layers."""
    lines, known = ["# Layers", ""], list(classes)
    for category in Category:
        inside = [cls for cls in known if cls.category is category]
        if inside:
            lines += [
                f"## {category.value}",
                "",
                *(f"- [{c.label}]({c.kind}.md): {c.description()}" for c in inside),
                "",
            ]
    return "\n".join(lines)


def navigation(names: Iterable[str], classes: Iterable[type[Layer]]) -> Nav:
    """What the site shows on its left."""
    further = [name for name in names if name.endswith(".md") and name not in ("README.md", "CHANGELOG.md")]
    by_category: Nav = []
    known = list(classes)
    for category in Category:
        pages: Nav = [{cls.label: f"layers/{cls.kind}.md"} for cls in known if cls.category is category]
        if pages:
            by_category.append({category.value: pages})
    return [
        {"Netdraft": "README.md"},
        {"Python": "python.md"},
        {"Layers": ["layers/index.md", *by_category]},
        {"Guides": [*further]},
        {"Changes": "CHANGELOG.md"},
    ]


def write_source() -> None:
    """Put everything into ``build/docs-source``, in the places it has in the repository, and write the settings."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    found = guides()
    for name, path in found.items():
        target = SOURCE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (SOURCE / "python.md").write_text(reference(), encoding="utf-8")
    (SOURCE / "layers").mkdir()
    classes = []
    for place, text, cls in layer_pages():
        (SOURCE / place).write_text(text, encoding="utf-8")
        classes.append(cls)
    (SOURCE / "layers" / "index.md").write_text(overview(classes), encoding="utf-8")
    settings = {"docs_dir": str(SOURCE), "site_dir": str(SITE), "nav": navigation(found, classes)}
    # JSON is YAML.
    lines = ["INHERIT: ../docs/mkdocs.yml", *(f"{key}: {json.dumps(value)}" for key, value in settings.items())]
    CONFIG.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Build the site; 0 where every link leads somewhere."""
    write_source()
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(CONFIG)]
    ended = subprocess.run(command, cwd=ROOT, check=False).returncode
    if ended == 0:
        print(f"wrote {(SITE / 'index.html').relative_to(ROOT)}")
    return ended


if __name__ == "__main__":
    sys.exit(main())
