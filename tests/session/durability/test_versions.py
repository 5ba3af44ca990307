from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from designer.files.file_lock import FileLock
from designer.graph.design import Design
from designer.graph.edits import SetParameters, SetWeights
from designer.session.durability import versions
from designer.session.durability.versions import forget, keep_version, kept, versions_folder
from tests.helpers.networks import chain

NET = chain((1, 8, 8), ("conv2d", {"filters": 2, "kernel": 3}), ("flatten", {}), ("dense", {}))


def with_filters(count: int, design: Design = NET) -> Design:
    return SetParameters("conv1", {"filters": count}).apply(design)


def with_weights(values: np.ndarray) -> Design:
    return SetWeights({"fc1": {"bias": values}}).apply(NET)


@pytest.fixture
def path(state: Path, tmp_path: Path) -> Path:
    return tmp_path / "net.netdraft.json"


def filters(path: Path) -> list[int]:
    return [version.design().nodes["conv1"].layer.filters for version in kept(path)]


def test_a_file_never_saved_has_none_and_asking_leaves_nothing(path: Path, state: Path) -> None:
    assert kept(path) == ()
    forget(path)
    assert not state.exists()


def test_saves_are_listed_latest_first_with_what_changed(path: Path) -> None:
    keep_version(path, NET)
    keep_version(path, with_filters(4), NET)
    keep_version(path, with_filters(8), with_filters(4))
    assert [(version.layers, version.changes) for version in kept(path)] == [
        (4, "conv1: filters 4 → 8"),
        (4, "conv1: filters 2 → 4"),
        (4, ""),
    ]
    assert filters(path) == [8, 4, 2]
    times = [version.time for version in kept(path)]
    assert times == sorted(times, reverse=True)


def test_what_the_file_held_before_the_first_save_is_kept_too(path: Path) -> None:
    keep_version(path, with_filters(4), NET)
    assert filters(path) == [4, 2]
    assert kept(path)[1].changes == "before the first save with Netdraft"


def test_saving_without_a_change_is_no_new_version(path: Path) -> None:
    keep_version(path, NET)
    keep_version(path, NET, NET)
    assert len(kept(path)) == 1


def test_while_another_window_keeps_its_version_none_is_kept_and_nothing_fails(path: Path) -> None:
    keep_version(path, NET)
    other = FileLock.take(versions_folder(path) / "lock")
    assert other is not None
    keep_version(path, with_filters(4), NET)
    assert filters(path) == [2]
    other.release()
    keep_version(path, with_filters(4), NET)
    assert filters(path) == [4, 2]


def test_only_the_last_ten_stay(path: Path) -> None:
    before = None
    for count in range(1, 14):
        keep_version(path, with_filters(count), before)
        before = with_filters(count)
    assert filters(path) == [13, 12, 11, 10, 9, 8, 7, 6, 5, 4]
    assert len(list(versions_folder(path).glob("*.snapshot"))) == 10


def test_each_file_has_its_own_by_whatever_name_it_is_reached(path: Path, tmp_path: Path) -> None:
    keep_version(path, NET)
    keep_version(tmp_path / "other.json", with_filters(4))
    (tmp_path / "link").symlink_to(tmp_path)
    assert filters(tmp_path / "link" / path.name) == [2]


def test_small_weights_are_kept_once(path: Path) -> None:
    design = with_weights(np.ones(10))
    keep_version(path, design)
    keep_version(path, with_filters(4, design), design)
    assert len(list(versions_folder(path).glob("*.safetensors"))) == 1
    assert all(version.design().weights["fc1"]["bias"].tolist() == [1.0] * 10 for version in kept(path))
    assert [version.left_out for version in kept(path)] == [0, 0]


def test_large_weights_are_left_out_and_this_is_said(path: Path) -> None:
    keep_version(path, with_weights(np.ones(1_000_001)))
    (version,) = kept(path)
    assert version.left_out == 4_000_004
    assert version.design() == NET
    assert list(versions_folder(path).glob("*.safetensors")) == []


def test_weights_go_with_the_last_version_that_has_them(path: Path) -> None:
    for value in range(12):
        keep_version(path, with_weights(np.full(10, value)))
    assert len(list(versions_folder(path).glob("*.safetensors"))) == 10


def test_a_damaged_version_is_left_out(path: Path) -> None:
    keep_version(path, NET)
    keep_version(path, with_filters(4), NET)
    kept(path)[1].snapshot.path.write_text("{}")
    assert filters(path) == [4]


def test_they_can_be_forgotten(path: Path) -> None:
    keep_version(path, NET)
    forget(path)
    assert kept(path) == ()


def test_files_saved_longest_ago_lose_theirs_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST_FILES", 2)
    names = [path.with_name(f"{number}.json") for number in range(3)]
    for age, name in enumerate(names[:2]):
        keep_version(name, NET)
        os.utime(versions_folder(name), (age, age))
    keep_version(names[2], NET)
    assert [bool(kept(name)) for name in names] == [False, True, True]
