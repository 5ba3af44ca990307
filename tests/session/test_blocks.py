"""Blocks as the window uses them: inserted as one step, made for what feeds them, saved and deleted."""

from __future__ import annotations

from itertools import combinations

import pytest

from designer.gallery.lenet import lenet5
from designer.graph.design import Edge
from designer.layout.inserting_parts import Spot
from designer.library import blocks
from designer.session.blocks import append_block, delete_block, insert_block, save_selection_as_block
from designer.session.session import Session


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "folder", lambda: tmp_path / "blocks")


def entry(name: str) -> blocks.BlockEntry:
    return next(entry for entry in blocks.entries() if entry.name == name)


@pytest.fixture
def session():
    return Session(lenet5())


def notices(session: Session) -> list[str]:
    told: list[str] = []
    session.noticed.connect(lambda notice: told.append(notice.text))
    return told


def covered(session: Session) -> list[tuple[str, str]]:
    sizes = session.card_sizes()
    boxes = {key: (*node.position, *sizes[key]) for key, node in session.design.nodes.items()}
    return [
        (one, other)
        for (one, (x, y, w, h)), (other, (u, v, k, m)) in combinations(boxes.items(), 2)
        if x < u + k and u < x + w and y < v + m and v < y + h
    ]


@pytest.mark.parametrize("name", ["residual", "inception", "attention"])
def test_a_block_on_a_wire_follows_its_channels_and_covers_nothing(session, name):
    before = session.design
    assert insert_block(session, entry(name), Spot(edge=Edge("pool1", "conv2", 0)))
    assert session.report.problems == ()
    assert covered(session) == []
    # pool1 gives 6×14×14; a residual block and attention keep that, as does the size of any.
    assert session.report.layers["conv2"].input_shapes[0][1:] == (14, 14)
    assert set(session.selection) == set(session.design.nodes) - set(before.nodes)
    assert set(session.design.group(name).members) == set(session.selection)
    session.undo()
    assert session.design == before


def test_behind_the_current_layer_its_readers_follow(session):
    session.select(["pool2"])
    assert append_block(session, entry("conv_bn_relu"))
    assert session.report.layers["flatten1"].inputs == (session.selection[-1],)
    assert session.report.complete
    assert covered(session) == []


def test_layers_are_saved_as_a_block_and_come_back(session):
    session.select(["conv1", "tanh1", "pool1"])
    assert save_selection_as_block(session, "stem")
    own = entry("stem")
    assert own.own
    session.select(["pool2"])
    assert append_block(session, own)
    added = session.selection
    assert [session.design.nodes[key].layer.kind for key in added] == ["conv2d", "tanh", "avg_pool2d"]
    assert session.design.group("stem").members == added
    delete_block(session, own)
    assert all(not entry.own for entry in blocks.entries())


@pytest.mark.parametrize(
    ("chosen", "name", "says"),
    [
        (["conv1", "conv2"], "two", "a block is fed by one layer; these are fed by image, pool1"),
        (["image"], "none", "a block is fed by one layer; these are fed by none"),
        (["conv1"], "a.b", "a name has no dot"),
        (["conv1"], "../x", "group ../x"),
    ],
)
def test_what_cannot_be_a_block_is_refused_in_one_line(session, chosen, name, says):
    told = notices(session)
    session.select(chosen)
    assert not save_selection_as_block(session, name)
    assert len(told) == 1
    assert says in told[0]
    assert list(blocks.folder().glob("*")) == []


def test_a_file_that_is_no_block_is_told_and_changes_nothing(session):
    blocks.folder().mkdir(parents=True)
    (blocks.folder() / "broken.netdraft.json").write_text("{")
    told, before = notices(session), session.design
    assert not append_block(session, entry("broken"))
    assert "broken.netdraft.json: cannot be used as a block" in told[0]
    assert session.design is before


@pytest.mark.parametrize("name", ["stem", "residual"])
def test_a_block_of_that_name_is_never_written_over(session, name):
    session.select(["conv1"])
    assert save_selection_as_block(session, "stem")
    kept = [path.read_bytes() for path in blocks.folder().iterdir()]
    told = notices(session)
    session.select(["conv2", "tanh2"])
    assert not save_selection_as_block(session, name)
    assert told == [f"there is a block {name} already; choose another name, or delete that one in the palette"]
    assert [path.read_bytes() for path in blocks.folder().iterdir()] == kept
