"""Any system call of a save may fail: then the old state is on disk or the new one, whole, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from designer.files.weights_file import read_weights, write_weights
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.interchange.figures.mosaic import write_png
from designer.layer_api.problems import UserError
from designer.library import files
from designer.session.export import write_maps, write_npz
from tests.helpers.faults import FAULTS, Fault, every_fault
from tests.helpers.networks import chain

PLAIN = chain((1, 4, 4), ("conv2d", {"filters": 1, "kernel": 3})).evolve(name="plain")


pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def filled(value: float) -> Design:
    given = {"conv1": {"weight": np.full((1, 1, 3, 3), value), "bias": np.full(1, value)}}
    return SetWeights(given).apply(PLAIN).evolve(name=str(value))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


STATES: dict[str, Design | None] = {"nothing": None, "no weights": PLAIN, "some": filled(1), "others": filled(2)}
WRITING = {"create", "write", "fsync", "fchmod", "fchown", "replace"}
LOOKING = {"access", "open", "dup", "fstat", "lstat", "scandir", "stat"}
STEPS = [
    ("nothing", "some", False),
    ("no weights", "some", False),
    ("some", "some", False),
    ("some", "others", False),
    ("some", "others", True),
    ("some", "no weights", False),
    ("some", "no weights", True),
]


def never_here(folder: Path) -> set[str]:
    """What is in the folder and neither a spec of ours, nor its weights, nor the user's own."""
    known = {"mine.json", "copy.json", "mine.safetensors", "mine.bak"}
    for spec in folder.glob("*.json"):
        known.add(json.loads(spec.read_text()).get("weights") or "")
    return names(folder) - known


def next_save(folder: Path) -> None:
    """Save once more, when what was left over is old enough to be recognised as that."""
    for left in folder.glob(".*.tmp"):
        os.utime(left, (0, 0))
    files.save(filled(3), folder / "mine.json")


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize(("old", "new", "copied"), STEPS)
def test_a_save_that_fails_anywhere_leaves_the_old_state_or_the_new(
    tmp_path: Path, old: str, new: str, copied: bool, make: Callable[[int], Fault]
) -> None:
    path, copy, mine = tmp_path / "mine.json", tmp_path / "copy.json", tmp_path / "mine.safetensors"
    before, after = STATES[old], STATES[new]
    assert after is not None

    def prepare() -> None:
        shutil.rmtree(tmp_path)
        tmp_path.mkdir()
        write_weights(mine, {"conv1.bias": np.zeros(1)})
        if before is not None:
            files.save(before, path)
            shutil.copy(path, copy if copied else mine.with_suffix(".bak"))

    saved = []
    faults = 0
    for fault in every_fault(make, prepare, lambda: saved.append(files.save(after, path))):
        faults += 1
        if saved or before is None:
            assert not path.exists() or files.load(path) == after
            assert not saved or path.exists()
        else:
            assert files.load(path) in (before, after)
        assert read_weights(mine)["conv1.bias"].tolist() == [0]
        if copied and before is not None:
            assert files.load(copy) == before, "a copy keeps its weights"
        if fault.hit in WRITING:
            assert never_here(tmp_path) == set(), fault.calls
        next_save(tmp_path)
        assert not list(tmp_path.glob(".*.tmp"))
        # Where a folder could not be looked through, somebody may have needed the weights.
        assert never_here(tmp_path) == set() or fault.hit in LOOKING
        saved.clear()
    assert faults > 10


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: make.__name__)
def test_a_failure_is_told_in_one_line_that_names_a_file(tmp_path: Path, make: Callable[[int], Fault]) -> None:
    path = tmp_path / "mine.json"
    told: list[str] = []

    def save() -> None:
        try:
            files.save(filled(2), path)
        except UserError as problem:
            told.append(str(problem))
            raise

    for _fault in every_fault(make, lambda: files.save(filled(1), path), save):
        pass
    for line in told:
        assert line.startswith(f"{tmp_path}"), line
        assert ": cannot be written (" in line
        assert line.isprintable()
    assert bool(told) is (make.__name__ != "interrupt")


def _write_maps(path: Path, value: float) -> None:
    list(write_maps(path, {"conv1": np.full((1, 2, 4, 4), value, np.float32)}))


MAPS = np.zeros((4, 4, 3), np.uint8)
WRITERS: dict[str, Callable[[Path, float], None]] = {
    "weights": lambda path, value: write_weights(path, {"a": np.full(3, value)}),
    "picture": lambda path, value: write_png(path, MAPS + np.uint8(value)),
    "arrays": lambda path, value: write_npz(path, {"a": np.full(3, value)}),
}


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("name", WRITERS)
def test_any_other_file_is_old_or_new_too(tmp_path: Path, name: str, make: Callable[[int], Fault]) -> None:
    write, path = WRITERS[name], tmp_path / "file"
    whole = []
    for value in (2, 1):
        write(path, value)
        whole.append(path.read_bytes())
    for fault in every_fault(make, lambda: write(path, 1), lambda: write(path, 2)):
        assert path.read_bytes() in whole
        if fault.hit not in ("unlink", "remove"):
            assert names(tmp_path) == {"file"}


@pytest.mark.parametrize("make", FAULTS, ids=lambda make: make.__name__)
def test_an_export_leaves_only_whole_files(tmp_path: Path, make: Callable[[int], Fault]) -> None:
    folder = tmp_path / "maps"
    whole: dict[str, list[bytes]] = {}
    for value in (1, 2):
        _write_maps(folder, value)
        for path in folder.iterdir():
            whole.setdefault(path.name, []).append(path.read_bytes())
    for fault in every_fault(make, lambda: _write_maps(folder, 1), lambda: _write_maps(folder, 2)):
        left = {path.name: path.read_bytes() for path in folder.iterdir()}
        if fault.hit not in ("unlink", "remove"):
            assert left.keys() == whole.keys()
        assert all(left[name] in whole[name] for name in whole)
