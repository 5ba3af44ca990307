"""Shipped files are found from a checkout and from an installed wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from designer.resources import resource

ROOT = Path(__file__).resolve().parent.parent


def test_a_checkout_keeps_them_beside_the_package():
    assert resource() == ROOT / "resources"
    assert resource("examples/lenet5.netdraft.json") == ROOT / "resources" / "examples" / "lenet5.netdraft.json"


@pytest.mark.parametrize("path", ["../pyproject.toml", "/etc/passwd", "examples/../../main.py"])
def test_a_path_cannot_leave_the_folder(path):
    with pytest.raises(ValueError, match="outside the shipped resources"):
        resource(path)


def test_a_wheel_keeps_them_inside_the_package(tmp_path):
    """The layout of a wheel, imported by a Python that cannot see the checkout."""
    package = tmp_path / "designer"
    (package / "resource_files" / "examples").mkdir(parents=True)
    for name in ("__init__.py", "resources.py"):
        (package / name).write_bytes((ROOT / "designer" / name).read_bytes())
    program = "import sys; sys.path.insert(0, sys.argv[1]); from designer.resources import resource; print(resource())"
    command = [sys.executable, "-I", "-c", program, str(tmp_path)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(answer.stdout.strip()) == (package / "resource_files").resolve()


def test_the_build_puts_them_there(tmp_path):
    builder = WheelBuilder(str(ROOT))
    wheel = next(builder.build(directory=str(tmp_path), versions=["standard"]))
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {"designer/resources.py", "designer/py.typed", "designer/i18n.py"} <= packed
    assert any(name.startswith("designer/resource_files/images/") for name in packed)
    assert not any(name.startswith(("resources/", "tests/")) for name in packed)
