"""What is saved opens, under any name that the system lets a file have."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import designer
from designer.files import spec
from designer.files.spec_values import SpecError
from designer.files.weights_file import write_weights
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.library import files
from tests.helpers.networks import chain

LONGEST = 255
"""Bytes of a name on the file systems in use."""

AWKWARD = [
    "run 12:30",
    "a\\b",
    "no\u00a0break",
    "soft\u00adhyphen",
    "a\tb",
    "a\nb",
    "\u202eright",
    "é",
    "e\u0301",
    " ",
    ".",
]
BYTES_THAT_ARE_NO_UTF8 = os.fsdecode(b"latin-\xe9 \xff")


pytestmark = pytest.mark.usefixtures("no_waiting_for_the_disk")


def filled(value: float) -> Design:
    given_ = {"conv1": {"weight": np.full((1, 1, 3, 3), value), "bias": np.full(1, value)}}
    return SetWeights(given_).apply(chain((1, 4, 4), ("conv2d", {"filters": 1, "kernel": 3})))


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    made = tempfile.mkdtemp()
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made)


def _names() -> st.SearchStrategy[str]:
    signs = st.characters(exclude_categories=["Cs"], exclude_characters="/\0")
    stems = st.one_of(
        st.text(signs, min_size=1, max_size=300),
        st.lists(st.sampled_from([*AWKWARD, ":", "?", "CON", ".netdraft", ".json", "0123456789ab"]), min_size=1).map(
            "".join
        ),
        st.binary(min_size=1, max_size=250).map(lambda raw: os.fsdecode(raw.replace(b"/", b"").replace(b"\0", b""))),
    )
    named = st.tuples(stems, st.sampled_from([".json", ".netdraft.json", ".JSON", ".Netdraft.Json"])).map("".join)
    return named.filter(lambda name: len(os.fsencode(name)) <= LONGEST and Path("x", name).suffix != "")


@given(_names())
@example("run 12:30.netdraft.json")
@example("a\\b.netdraft.json")
@example("no\u00a0break.json")
@example("soft\u00adhyphen.json")
@example("tab\there.json")
@example("two\nlines.json")
@example(BYTES_THAT_ARE_NO_UTF8 + ".json")
@example("n" * (LONGEST - 5) + ".json")
@example("\u3042" * 83 + ".json")
@example(".netdraft.json")
def test_what_is_saved_under_any_name_opens(name: str) -> None:
    with folder() as here:
        path = here / name
        for value in (1, 2):
            designer.save(filled(value), path)
            assert designer.load(path) == designer.load(str(path)) == filled(value)
        assert files.open_design(path).notes == ()
        named = json.loads(path.read_bytes())["weights"]
        assert sorted(entry.name for entry in here.iterdir()) == sorted([name, named])
        assert named.isprintable()
        assert not set(named) & set('\\/:*?"<>|'), "a name that every system has"


@given(_names(), _names())
@example("run 12:30.json", "run 12_30.json")
@example("a.json", "a.netdraft.json")
@example("a\u00a0.json", "a\t.json")
def test_no_two_names_take_weights_from_each_other(one: str, other: str) -> None:
    if one.casefold() == other.casefold():
        return
    with folder() as here:
        for first, second in ((1, 1), (1, 2), (3, 2)):
            files.save(filled(first), here / one)
            files.save(filled(second), here / other)
            assert files.load(here / one) == filled(first)
            assert files.load(here / other) == filled(second)


@given(st.text(max_size=30) | st.sampled_from(AWKWARD))
@example("weights")
def test_a_name_of_weights_is_read_exactly_where_it_would_be_written(stem: str) -> None:
    """The rule by which a spec's weights are named is the one by which they are read."""
    name = f"{stem}.safetensors"
    tree = {**spec.to_json(filled(1)), "weights": name}
    if spec.is_weights_name(name):
        assert spec.from_json(json.loads(json.dumps(tree))).weights == name
    else:
        with pytest.raises(SpecError, match="weights: "):
            spec.from_json(tree)


@pytest.mark.parametrize(
    "name", ["../w.safetensors", "sub/w.safetensors", "{folder}/w.safetensors", "..", "sub\\w.safetensors"]
)
def test_weights_of_another_folder_are_not_read(tmp_path: Path, name: str) -> None:
    here = tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    for place in (tmp_path, here / "sub", here):
        write_weights(place / "w.safetensors", {"conv1.weight": np.ones((1, 1, 3, 3)), "conv1.bias": np.ones(1)})
    tree = {**spec.to_json(filled(1)), "weights": name.format(folder=tmp_path)}
    (here / "net.json").write_text(json.dumps(tree))
    with pytest.raises(designer.UserError, match=r"net\.json: weights: .* in the same folder is wanted"):
        designer.load(here / "net.json")
