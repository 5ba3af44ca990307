"""A spec and its weights are one state on disk: old or new, never mixed, and nobody else's file is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import designer
from designer.files.atomic import atomic_write
from designer.files.weights_file import read_weights, write_weights
from designer.graph.design import Design
from designer.graph.edits import MoveNodes, SetWeights
from designer.layer_api.problems import UserError
from designer.library import files
from designer.library.files import load, open_design, save
from tests.helpers.networks import chain

PLAIN = chain((1, 6, 6), ("conv2d", {"filters": 2, "kernel": 3}), ("flatten", {}), ("dense", {}))


def filled(value: float) -> Design:
    """The design named after the value that all its weights have."""
    given = {"conv1": {"weight": np.full((2, 1, 3, 3), value), "bias": np.full(2, value)}}
    return SetWeights(given).apply(PLAIN).evolve(name=str(value))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def weights_of(path: Path) -> Path:
    return path.with_name(json.loads(path.read_text())["weights"])


def change(path: Path, **keys: object) -> None:
    """Write other values for keys of a spec, as a person with a text editor would; None takes the key out."""
    tree = {key: value for key, value in {**json.loads(path.read_text()), **keys}.items() if value is not None}
    path.write_text(json.dumps(tree))


# -- whose file it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("with_digest", [False, True])
def test_weights_of_the_same_name_that_the_user_put_there_stay(tmp_path: Path, named: bool, with_digest: bool) -> None:
    mine, path = tmp_path / "mine.safetensors", tmp_path / "mine.netdraft.json"
    write_weights(mine, {"conv1.weight": np.full((2, 1, 3, 3), 5), "conv1.bias": np.full(2, 5), "lr": np.ones(1)})
    contents = mine.read_bytes()
    save(PLAIN, path)
    if named:
        digest = hashlib.sha256(contents).hexdigest() if with_digest else None
        change(path, weights="mine.safetensors", weights_sha256=digest)
        assert load(path).weights["conv1"]["bias"].tolist() == [5, 5]
    for value in (1, 2):
        save(filled(value), path)
    assert mine.read_bytes() == contents
    assert load(path) == filled(2)
    assert names(tmp_path) == sorted([path.name, mine.name, weights_of(path).name])


def test_new_weights_take_the_place_of_those_that_were_saved_before(tmp_path: Path) -> None:
    path = tmp_path / "net.netdraft.json"
    for value in (1, 2, 3):
        save(filled(value), path)
        assert load(path) == filled(value)
        assert names(tmp_path) == sorted([path.name, weights_of(path).name])
    save(PLAIN, path)
    assert names(tmp_path) == [path.name]


def test_two_designs_whose_names_differ_in_the_suffix_share_no_weights(tmp_path: Path) -> None:
    save(filled(1), tmp_path / "a.netdraft.json")
    save(filled(2), tmp_path / "a.json")
    assert load(tmp_path / "a.netdraft.json") == filled(1)
    assert load(tmp_path / "a.json") == filled(2)


def test_weights_that_another_spec_of_the_folder_names_stay(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.netdraft.json", tmp_path / "copy.json"
    save(filled(1), path)
    shutil.copy(path, copy)
    shared = weights_of(path)
    save(filled(2), path)
    assert load(copy) == filled(1)
    save(filled(3), copy)
    assert not shared.exists()
    assert load(path) == filled(2)


def test_in_a_folder_of_too_many_specs_to_search_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.files.weights_beside.MOST_SPECS", 3)
    path = tmp_path / "a.netdraft.json"
    save(filled(1), path)
    first = weights_of(path)
    for number in range(3):
        (tmp_path / f"settings{number}.json").write_text("{}")
    save(filled(2), path)
    second = weights_of(path)
    assert first.exists()
    (tmp_path / "settings0.json").unlink()
    save(filled(3), path)
    assert not second.exists()


def test_an_interrupt_after_the_new_spec_is_there_leaves_no_old_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)

    def interrupted(_folder: Path) -> None:
        if json.loads(path.read_text())["name"] == "2.0":
            raise KeyboardInterrupt

    monkeypatch.setattr("designer.files.atomic._sync_folder", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(filled(2.0), path)
    assert load(path) == filled(2.0)
    assert [name for name in names(tmp_path) if name.endswith(".safetensors")] == [weights_of(path).name]


def test_weights_that_were_changed_since_are_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    old = weights_of(path)
    write_weights(old, {"conv1.weight": np.full((2, 1, 3, 3), 9), "conv1.bias": np.full(2, 9)})
    save(filled(2), path)
    assert read_weights(old)["conv1.bias"].tolist() == [9, 9]
    assert load(path) == filled(2)


def test_unchanged_weights_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    state = save(filled(1), path)
    before = weights_of(path).stat()
    moved = MoveNodes({"conv1": (30.0, 40.0)}).apply(filled(1))
    save(moved, path)
    state = save(moved, path, last=state)
    assert weights_of(path).stat() == before
    assert load(path) == moved


def test_weights_known_from_the_last_save_are_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    opened = open_design(path)
    assert opened.saved is not None

    def must_not(*_arguments: object) -> str:
        raise AssertionError("the weights were read")

    with monkeypatch.context() as patched:
        patched.setattr("designer.files.weights_beside.weights_digest", must_not)
        patched.setattr("designer.files.weights_beside.file_digest", must_not)
        state = save(MoveNodes({"conv1": (1.0, 2.0)}).apply(opened.design), path, last=opened.saved)
        save(MoveNodes({"conv1": (3.0, 4.0)}).apply(opened.design), path, last=state)
    assert load(path).nodes["conv1"].position == (3.0, 4.0)
    # Another array, although of the same name and shape, is looked at.
    save(filled(2), path, last=state)
    assert load(path) == filled(2)


def test_what_is_known_of_a_saved_state_keeps_no_weights_alive(tmp_path: Path) -> None:
    design = filled(1)
    state = save(design, tmp_path / "net.json")
    assert state.beside is not None
    held = dict(state.beside.arrays)
    assert all(reference() is not None for reference in held.values())
    del design
    assert all(reference() is None for reference in held.values())


@pytest.mark.parametrize("damage", ["cut", "gone", "other", "link"])
def test_damaged_weights_are_written_again_though_their_name_is_right(tmp_path: Path, damage: str) -> None:
    path, elsewhere = tmp_path / "net.json", tmp_path / "elsewhere"
    elsewhere.write_bytes(b"somebody else's")
    state = save(filled(1), path)
    weights = weights_of(path)
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-4])
    elif damage == "other":
        write_weights(weights, {"conv1.bias": np.ones(2)})
    else:
        weights.unlink()
        if damage == "link":
            weights.symlink_to(elsewhere)
    save(filled(1), path, last=state)
    assert load(path) == filled(1)
    assert elsewhere.read_bytes() == b"somebody else's"


def test_weights_that_were_moved_away_and_linked_to_are_left_where_they_are(tmp_path: Path) -> None:
    path, large = tmp_path / "net.json", tmp_path / "large disk"
    large.mkdir()
    save(filled(1), path)
    moved = weights_of(path).rename(large / "w")
    weights_of(path).symlink_to(moved)
    save(filled(1), path)
    assert weights_of(path).is_symlink()
    save(filled(2), path)
    assert moved.exists()
    assert load(path) == filled(2)


def test_a_link_to_a_spec_of_another_folder_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    save(filled(1), tmp_path / "there" / "net.json")
    before = names(tmp_path / "there")
    (tmp_path / "here" / "net.json").symlink_to(tmp_path / "there" / "net.json")
    with pytest.raises(UserError, match=r"is a link to .*there/net\.json; save under that name, or remove the link"):
        save(filled(2), tmp_path / "here" / "net.json")
    assert names(tmp_path / "here") == ["net.json"]
    assert names(tmp_path / "there") == before
    assert load(tmp_path / "there" / "net.json") == filled(1)


def test_a_link_inside_the_folder_stays_a_link(tmp_path: Path) -> None:
    save(filled(1), tmp_path / "net.v2.json")
    (tmp_path / "net.json").symlink_to("net.v2.json")
    save(filled(2), tmp_path / "net.json")
    assert (tmp_path / "net.json").is_symlink()
    assert load(tmp_path / "net.v2.json") == load(tmp_path / "net.json") == filled(2)
    assert len(list(tmp_path.glob("*.safetensors"))) == 1


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_new_weights_are_as_private_as_the_old(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    weights_of(path).chmod(mode)
    save(filled(2), path)
    assert stat.S_IMODE(weights_of(path).stat().st_mode) == mode


def test_first_weights_are_as_private_as_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(PLAIN, path)
    path.chmod(0o600)
    save(filled(2), path)
    assert stat.S_IMODE(weights_of(path).stat().st_mode) == 0o600


# -- a pair that does not belong together ------------------------------------------------------------------------------


def test_weights_of_another_save_are_refused_by_name_although_their_shapes_fit(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    weights = weights_of(path)
    write_weights(weights, {"conv1.weight": np.full((2, 1, 3, 3), 9), "conv1.bias": np.full(2, 9)})
    with pytest.raises(UserError, match=r"not the weights that net\.json was saved with") as refused:
        load(path)
    wanted = json.loads(path.read_text())["weights_sha256"][:12]
    came = hashlib.sha256(weights.read_bytes()).hexdigest()[:12]
    assert str(refused.value).startswith(f"{weights}: ")
    assert f"(SHA-256 {came}… came, {wanted}… is wanted)" in str(refused.value)
    assert "take weights_sha256 out of net.json to open it with these" in str(refused.value)
    change(path, weights_sha256=None)
    assert load(path).weights["conv1"]["bias"].tolist() == [9, 9]


def test_a_spec_without_a_digest_opens_as_it_always_did(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    write_weights(tmp_path / "trained.safetensors", {"conv1.weight": np.ones((2, 1, 3, 3)), "conv1.bias": np.ones(2)})
    save(PLAIN, path)
    change(path, weights="trained.safetensors")
    assert load(path) == filled(1).evolve(name=PLAIN.name)


def test_tensors_that_no_layer_wants_and_numbers_that_are_none_are_told(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(PLAIN, path)
    weight = np.ones((2, 1, 3, 3), np.float32)
    weight[0, 0, 0, :2] = np.nan, -np.inf
    tensors = {"conv1.weight": weight, "conv1.bias": np.ones(2), "step": np.ones(1), "adam.lr": np.ones(1)}
    write_weights(tmp_path / "w.safetensors", tensors)
    change(path, weights="w.safetensors")
    opened = open_design(path)
    where = tmp_path / "w.safetensors"
    assert opened.notes == (
        f"{where}: 2 tensors belong to no layer and are left out (adam.lr, …)",
        f"{where}: conv1.weight has 2 values that are NaN or infinite, of 18; what they reach cannot be computed",
    )
    assert np.array_equal(opened.design.weights["conv1"]["weight"], weight, equal_nan=True)
    with pytest.warns(UserWarning, match="is left out|are left out|NaN or infinite") as warned:
        designer.load(path)
    assert tuple(str(warning.message) for warning in warned) == opened.notes
    assert {warning.filename for warning in warned} == {__file__}, "the line of the caller"


def test_values_whose_sum_is_too_large_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(filled(3e38), path)
    assert open_design(path).notes == ()


def test_a_spec_from_which_all_layers_with_weights_were_deleted_by_hand_opens(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    change(path, nodes=[{"id": "image", "kind": "image_input"}], edges=[])
    opened = open_design(path)
    assert opened.design.weights == {}
    assert "2 tensors belong to no layer" in opened.notes[0]


def test_a_save_between_the_reading_of_spec_and_weights_is_not_seen_as_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "net.json"
    save(filled(1), path)
    read, left = files.read_named, [2, 3]

    def read_after_a_save(*arguments: object) -> object:
        if left:
            save(filled(left.pop(0)), path)
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "read_named", read_after_a_save)
    assert load(path) == filled(3)


def test_who_reads_while_others_save_sees_one_state(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    save(filled(0), path)
    start = threading.Barrier(3, timeout=10)

    def write(value: int) -> None:
        start.wait()
        for step in range(15):
            save(filled(value + step % 2), path)

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write, value) for value in (1, 3)]
        start.wait()
        while not all(writer.done() for writer in writers):
            found = load(path)
            assert found == filled(int(found.name))
        for writer in writers:
            writer.result()
    assert names(tmp_path) == sorted([path.name, weights_of(path).name])


# -- the state as a value ----------------------------------------------------------------------------------------------


def test_the_digest_of_a_state_is_that_of_the_spec_which_names_the_weights_with_theirs(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    states = [save(design, path).digest for design in (PLAIN, filled(1), filled(2).evolve(name="1"))]
    assert len(set(states)) == 3
    opened = open_design(path)
    assert opened.saved is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == states[-1] == opened.saved.digest


# -- what a killed process left ----------------------------------------------------------------------------------------

HOUR = 3600


def aged(path: Path, contents: bytes) -> Path:
    path.write_bytes(contents)
    os.utime(path, (path.stat().st_atime - HOUR, path.stat().st_mtime - HOUR))
    return path


def test_left_over_temporary_files_go_at_the_next_save(tmp_path: Path) -> None:
    aged(tmp_path / ".0123456789ab.netdraft.tmp", b"half of a spec")
    aged(tmp_path / ".0123456789ac.netdraft.tmp", b"")
    save(PLAIN, tmp_path / "net.json")
    assert names(tmp_path) == ["net.json"]


@pytest.mark.parametrize("name", [".0123456789ab.tmp", "0123456789ab.netdraft.tmp", ".0123.netdraft.tmp", "x.tmp"])
def test_temporary_files_of_others_stay(tmp_path: Path, name: str) -> None:
    aged(tmp_path / name, b"of another program")
    save(PLAIN, tmp_path / "net.json")
    assert (tmp_path / name).read_bytes() == b"of another program"


def test_temporary_files_of_living_writers_stay(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "picture.png") as stream:
        stream.write(b"half")
        stream.flush()
        aged(Path(stream.name), b"half")
        save(PLAIN, tmp_path / "net.json")
        stream.seek(0)
        stream.write(b"whole")
    assert (tmp_path / "picture.png").read_bytes() == b"whole"


def test_fresh_temporary_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".0123456789ab.netdraft.tmp").write_bytes(b"made a moment ago, not locked yet")
    save(PLAIN, tmp_path / "net.json")
    assert ".0123456789ab.netdraft.tmp" in names(tmp_path)


def test_weights_that_only_the_temporary_spec_of_a_killed_writer_names_go_too(tmp_path: Path) -> None:
    """Killed between the renaming of the weights and that of the spec, or before the old weights were removed."""
    path = tmp_path / "net.json"
    save(filled(1), path)
    orphan, left = weights_of(path), path.read_bytes()
    path.unlink()
    save(filled(2), path)
    assert orphan.exists()
    aged(tmp_path / ".0123456789ab.netdraft.tmp", left)
    save(filled(2), path)
    assert names(tmp_path) == sorted([path.name, weights_of(path).name])


def test_weights_nobody_names_stay_without_such_evidence(tmp_path: Path) -> None:
    """The spec may have been moved first, and its weights are to follow."""
    path = tmp_path / "net.json"
    save(filled(1), path)
    (tmp_path / "moved").mkdir()
    moved = path.rename(tmp_path / "moved" / "net.json")
    save(filled(2), path)
    weights = tmp_path / weights_of(moved).name
    weights.rename(tmp_path / "moved" / weights.name)
    assert load(moved) == filled(1)


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_what_would_be_too_large_to_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(filled(1), tmp_path / "net.json")
    before = names(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("designer.library.files.MAX_FILE_BYTES", 1000)
        with pytest.raises(UserError, match=r"net\.json: the file would have .*, and at most .* are read again"):
            save(filled(2), tmp_path / "net.json")
    with monkeypatch.context() as patched:
        patched.setattr("designer.files.spec.LARGEST_FILE", 100)
        with pytest.raises(UserError, match="at most"):
            save(filled(2), tmp_path / "net.json")
    assert names(tmp_path) == before
    assert load(tmp_path / "net.json") == filled(1)


@pytest.mark.parametrize(
    ("name", "says"),
    [("gallery:mine.json", "the gallery cannot be changed"), ("a\0.json", "NUL"), ("\ud800.json", "cannot write that")],
)
def test_what_is_no_name_of_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=says):
        save(filled(1), name)
    assert names(tmp_path) == []
