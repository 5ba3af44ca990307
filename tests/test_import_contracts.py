"""The import contracts of ``pyproject.toml`` refuse what they are there to refuse.

`make check` shows that the program keeps them; here a skeleton of the program breaks them, one at a time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def skeleton(tmp_path):
    """Every module of the program, empty."""
    for file in (ROOT / "designer").rglob("*.py"):
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; "
    command += "sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", command], cwd=folder, capture_output=True, text=True, check=False)


def test_the_skeleton_keeps_every_contract(skeleton):
    answer = lint_imports(skeleton)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("importer", "imports", "contract"),
    [
        ("kernels/conv.py", "designer.graph.design", "Floors"),
        ("graph/design.py", "designer.analysis", "Floors"),
        ("pictures/images.py", "designer.interchange.figures.mosaic", "Floors"),
        ("session/__init__.py", "designer.ui", "Floors"),
        ("another_package.py", "numpy", "Floors"),
        ("pictures/images.py", "PySide6.QtGui", "Qt lives"),
        ("analysis/__init__.py", "pyqtgraph", "Qt lives"),
        ("layers/conv.py", "designer.layers.max_pooling", "No layer"),
        ("graph/design.py", "designer.layers.conv", "The catalogue"),
    ],
)
def test_a_forbidden_import_is_refused(skeleton, importer, imports, contract):
    (skeleton / "designer" / importer).write_text(f"import {imports}\n", encoding="utf-8")
    answer = lint_imports(skeleton)
    broken = [line for line in answer.stdout.splitlines() if line.endswith("BROKEN")]
    assert answer.returncode == 1
    assert any(line.startswith(contract) for line in broken), answer.stdout + answer.stderr
