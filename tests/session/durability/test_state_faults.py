"""The n-th system call of a copy or a kept version fails, for every n: the state before or after, never a mixture."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from designer.graph.design import Design
from designer.graph.edits import SetParameters
from designer.session.durability.recovery import RecoveryCopy, Unsaved, left_behind, recovery_folder
from designer.session.durability.versions import keep_version, kept
from tests.helpers.faults import Fault, broken_disk, disk_full, failing
from tests.session.durability.test_recovery import SMALL, trained

OLD = trained(SMALL, 1.0)
NEW = trained(SetParameters("conv1", {"padding": 1}).apply(SMALL), 2.0)

FAULTS = pytest.mark.parametrize("fault", [broken_disk, disk_full])


def only() -> Design:
    (left,) = left_behind()
    design = left.load().design
    left.let_go()
    return design


@FAULTS
def test_a_copy_is_the_old_or_the_new_design(state: Path, fault: Callable[[int], Fault]) -> None:
    for turn in count(1):
        copy = RecoveryCopy()
        copy.write(Unsaved(OLD))
        trouble = fault(turn)
        try:
            with failing(trouble):
                copy.write(Unsaved(NEW))
            told = False
        except OSError:
            told = True
        copy.leave()
        # What is told to have failed may be whole all the same: the last call only forces a name onto the disk.
        assert only() in ([OLD, NEW] if told else [NEW])
        left_behind()[0].discard()
        assert list(recovery_folder().iterdir()) == []
        if not trouble.happened:
            break
    assert turn > 5


@FAULTS
def test_the_next_copy_is_whole_and_leaves_nothing_behind(state: Path, fault: Callable[[int], Fault]) -> None:
    for turn in count(1):
        copy = RecoveryCopy()
        trouble = fault(turn)
        try:
            with failing(trouble):
                copy.write(Unsaved(OLD))
        except OSError:
            pass
        copy.write(Unsaved(NEW))
        assert len(list(copy.folder.glob("*.safetensors"))) == 2
        copy.leave()
        assert only() == NEW
        left_behind()[0].discard()
        if not trouble.happened:
            break


@FAULTS
def test_clearing_never_leaves_half_a_copy(state: Path, fault: Callable[[int], Fault]) -> None:
    for turn in count(1):
        copy = RecoveryCopy()
        copy.write(Unsaved(OLD))
        trouble = fault(turn)
        try:
            with failing(trouble):
                copy.clear()
        except OSError:
            pass
        copy.leave()
        for left in left_behind():
            assert left.load().design == OLD
            left.discard()
        assert list(recovery_folder().iterdir()) == []
        if not trouble.happened:
            break


@FAULTS
def test_a_version_that_cannot_be_kept_harms_no_other(
    state: Path, tmp_path: Path, fault: Callable[[int], Fault]
) -> None:
    for turn in count(1):
        path = tmp_path / f"{turn}.json"
        keep_version(path, OLD)
        trouble = fault(turn)
        with failing(trouble):
            keep_version(path, NEW, OLD)
        designs = [version.design() for version in kept(path)]
        # A list that could not be read at that moment may make the one before be kept again.
        assert designs in ([OLD], [NEW, OLD], [NEW, OLD, OLD], [OLD, OLD])
        keep_version(path, SMALL, NEW)
        assert kept(path)[0].design() == SMALL
        if not trouble.happened:
            break
    assert turn > 5
