"""What is unsaved lies on disk, and is found again when its process has died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from designer.graph.design import Design
from designer.graph.edits import Rename, SetParameters, SetWeights
from designer.layer_api.problems import UserError
from designer.session.durability.disk_state import FileStamp
from designer.session.durability.recovery import NAME, LeftBehind, RecoveryCopy, Unsaved, left_behind, recovery_folder
from tests.helpers.designs import designs
from tests.helpers.networks import chain

SMALL = chain((1, 6, 6), ("conv2d", {"filters": 2, "kernel": 3}), ("flatten", {}), ("dense", {}))
STAMP = FileStamp(1, 2, 3, 4, "abc")


def trained(design: Design, value: float = 1.0) -> Design:
    tensors = {"conv1": {"weight": np.full((2, 1, 3, 3), value), "bias": np.arange(2.0)}}
    return SetWeights(tensors).apply(SetWeights({"fc1": {"bias": np.ones(10)}}).apply(design))


def weights_files(copy: RecoveryCopy) -> dict[str, int]:
    """Name → inode: a file that is written again has another."""
    return {file.name: file.stat().st_ino for file in copy.folder.glob("*.safetensors")}


@pytest.fixture
def copy(state: Path) -> RecoveryCopy:
    copy = RecoveryCopy()
    yield copy
    copy.clear()


@pytest.fixture
def died(state: Path):
    """Leave a copy as a process does that dies: the lock is free, and nobody has cleaned up."""

    def died(unsaved: Unsaved) -> Path:
        copy = RecoveryCopy()
        copy.write(unsaved)
        folder = copy.folder
        copy.leave()
        return folder

    return died


def only() -> LeftBehind:
    (left,) = left_behind()
    return left


def test_nothing_is_on_disk_before_something_is_unsaved(copy: RecoveryCopy, state: Path) -> None:
    copy.clear()
    assert not state.exists()


def test_a_dead_window_s_design_comes_back_with_what_is_known_of_it(died, tmp_path: Path) -> None:
    path = tmp_path / "mine.netdraft.json"
    died(Unsaved(trained(SMALL), path, STAMP, time=1_700_000_000.0))
    left = only()
    assert (left.name, left.path, left.time, left.on_disk) == ("mine.netdraft.json", path, 1_700_000_000.0, STAMP)
    assert left.load() == Unsaved(trained(SMALL), path, STAMP, 1_700_000_000.0)
    left.discard()


def test_an_untitled_design_has_its_own_name_and_no_path(died) -> None:
    died(Unsaved(SMALL.evolve(name="My net"), time=5.0))
    left = only()
    assert (left.name, left.path, left.on_disk) == ("My net", None, None)
    left.discard()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(designs(max_nodes=6))
def test_any_design_comes_back(copy: RecoveryCopy, design: Design) -> None:
    copy.write(Unsaved(design))
    copy.leave()
    left = only()
    assert left.load().design == design
    left.discard()


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_a_path_of_any_bytes_comes_back(died) -> None:
    path = Path(os.fsdecode(b"/tmp/n\xe9t\n.json"))
    died(Unsaved(SMALL, path))
    left = only()
    assert left.path == path
    left.discard()


def test_the_latest_edit_is_what_comes_back_and_the_latest_window_is_first(died, copy: RecoveryCopy) -> None:
    died(Unsaved(SMALL.evolve(name="older"), time=1.0))
    died(Unsaved(SMALL.evolve(name="newer"), time=2.0))
    copy.write(Unsaved(SMALL))
    copy.write(Unsaved(SetParameters("conv1", {"filters": 9}).apply(SMALL), time=3.0))
    copy.leave()
    found = left_behind()
    assert [left.time for left in found] == [3.0, 2.0, 1.0]
    assert found[0].load().design.nodes["conv1"].layer.filters == 9
    for left in found:
        left.discard()


def test_a_living_window_s_copy_is_not_offered(copy: RecoveryCopy) -> None:
    copy.write(Unsaved(SMALL))
    assert left_behind() == ()
    assert (copy.folder / NAME).exists()


def test_it_is_offered_once_at_a_time_and_again_after_later(died) -> None:
    died(Unsaved(SMALL))
    left = only()
    assert left_behind() == ()
    left.let_go()
    only().discard()


def test_nothing_is_left_of_what_is_saved_or_discarded(died, copy: RecoveryCopy) -> None:
    copy.write(Unsaved(trained(SMALL)))
    copy.clear()
    died(Unsaved(trained(SMALL)))
    only().discard()
    assert list(recovery_folder().iterdir()) == []


def test_a_cleared_copy_can_be_written_again(copy: RecoveryCopy) -> None:
    copy.write(Unsaved(SMALL))
    copy.clear()
    assert copy.folder is None
    copy.write(Unsaved(SMALL))
    assert (copy.folder / NAME).exists()


def test_weights_that_did_not_change_are_not_written_again(copy: RecoveryCopy) -> None:
    design = trained(SMALL)
    copy.write(Unsaved(design))
    before = weights_files(copy)
    assert len(before) == 2
    copy.write(Unsaved(Rename("conv1", "stem").apply(SetParameters("conv1", {"padding": 1}).apply(design))))
    assert weights_files(copy) == before
    copy.leave()
    left = only()
    assert np.array_equal(left.load().design.weights["stem"]["weight"], np.ones((2, 1, 3, 3)))
    left.discard()


def test_arrays_are_read_once_for_as_long_as_they_live(copy: RecoveryCopy, monkeypatch) -> None:
    from designer.session.durability import snapshots

    read = []
    monkeypatch.setattr(snapshots, "_digest_of", lambda array, of=snapshots._digest_of: (read.append(1), of(array))[1])
    design = trained(SMALL)
    for filters in (3, 4, 5):
        copy.write(Unsaved(SetParameters("conv1", {"filters": filters}).apply(design)))
    assert len(read) == 3  # conv1.weight, conv1.bias and fc1.bias


def test_weights_that_are_no_longer_used_go(copy: RecoveryCopy) -> None:
    copy.write(Unsaved(trained(SMALL, 1.0)))
    before = set(weights_files(copy))
    copy.write(Unsaved(trained(SMALL, 2.0)))
    assert len(before & set(weights_files(copy))) == 1
    assert len(weights_files(copy)) == 2


def test_a_copy_keeps_no_array_alive(copy: RecoveryCopy) -> None:
    import weakref

    design = trained(SMALL)
    array = weakref.ref(design.weights["conv1"]["weight"])
    copy.write(Unsaved(design))
    del design
    assert array() is None


def test_a_failed_write_leaves_the_copy_before(copy: RecoveryCopy, monkeypatch) -> None:
    copy.write(Unsaved(SMALL.evolve(name="before")))
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        copy.write(Unsaved(SMALL.evolve(name="after")))
    monkeypatch.undo()
    copy.leave()


def test_an_emptied_state_folder_is_made_again(copy: RecoveryCopy, state: Path) -> None:
    import shutil

    copy.write(Unsaved(SMALL))
    shutil.rmtree(state)
    copy.write(Unsaved(trained(SMALL)))
    assert (copy.folder / NAME).exists()
    assert left_behind() == ()


class TestDamage:
    @pytest.mark.parametrize(
        "contents", [b"", b"\x00" * 4096, b"{}\n", b"{\n", b"\xff\xfe", b"[" * 100_000, b'{"format": "netdraft"}\n{}']
    )
    def test_a_damaged_copy_is_one_line_and_can_be_discarded(self, died, contents: bytes) -> None:
        folder = died(Unsaved(SMALL))
        (folder / NAME).write_bytes(contents)
        left = only()
        assert str(folder / NAME) in left.problem
        assert "\n" not in left.problem
        with pytest.raises(UserError):
            left.load()
        left.discard()
        assert not folder.exists()

    def test_a_damaged_design_is_told_when_it_is_loaded(self, died) -> None:
        folder = died(Unsaved(SMALL))
        first = (folder / NAME).read_bytes().partition(b"\n")[0]
        (folder / NAME).write_bytes(first + b'\n{"format": "netdraft", "version": 1, "nodes": 3}')
        left = only()
        with pytest.raises(UserError, match="nodes"):
            left.load()
        left.discard()

    def test_weights_whose_bits_have_turned_are_told(self, died) -> None:
        folder = died(Unsaved(trained(SMALL)))
        file = max(folder.glob("*.safetensors"), key=lambda file: file.stat().st_size)
        contents = bytearray(file.read_bytes())
        contents[-1] ^= 64
        file.write_bytes(contents)
        left = only()
        with pytest.raises(UserError, match="damaged"):
            left.load()
        left.discard()

    def test_a_start_cleans_up_where_no_copy_was_finished(self, state: Path) -> None:
        folder = recovery_folder() / "20260101-000000-1-abcd"
        folder.mkdir(parents=True)
        (folder / ".123456789abc.netdraft.tmp").write_text("half")
        (recovery_folder() / "20260101-000000-2-abcd.lock").touch()
        assert left_behind() == ()
        assert list(recovery_folder().iterdir()) == []


KILLED = """
import sys
from designer.graph.edits import SetParameters
from designer.session.durability.recovery import RecoveryCopy, Unsaved
from tests.session.durability.test_recovery import SMALL, trained
copy, design, count = RecoveryCopy(), trained(SMALL), 0
while True:
    count += 1
    design = SetParameters("conv1", {"filters": count}).apply(design)
    if count % 5 == 0:
        design = trained(design, count)
    copy.write(Unsaved(design))
    print(count, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 4, 7])
def test_a_process_killed_while_it_writes_leaves_its_last_whole_copy(state: Path, lines: int) -> None:
    root = Path(__file__).parents[3]
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=root, stdout=subprocess.PIPE, text=True) as process:
        for _line in range(lines):
            written = int(process.stdout.readline())
        process.kill()
        written = max([written, *map(int, process.stdout.read().split())])
    left = only()
    # The copy after the last that was told may be whole already.
    assert left.load().design.nodes["conv1"].layer.filters in (written, written + 1)
    left.discard()
