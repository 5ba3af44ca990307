"""What a window does with groups: each verb one undo step, refused in a notice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import designer
from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.group_edits import CollapseGroups
from designer.graph.group_runs import runs
from designer.layout.placing import usual_sizes
from designer.session.group_selection import selected_groups
from designer.session.session import Session
from designer.ui.canvas.groups.group_commands import group_selection
from tests.helpers.designs import designs
from tests.helpers.networks import branchy
from tests.helpers.rectangles import overlaps


def covered(session: Session) -> list[object]:
    nodes = session.design.nodes
    return list(overlaps({key: node.position for key, node in nodes.items()}, usual_sizes(session.design)))


def test_the_selection_becomes_a_group_and_is_dissolved_again() -> None:
    session = Session(branchy())
    first, report = session.design, session.report
    session.select(["left", "right"])
    path = session.group_selection()
    assert path == "block1"
    assert set(session.design.group("block1").members) == {"left", "right"}
    assert session.group_selection(name="inner", inside="block1") == "block1.inner"
    assert session.selection == ("left", "right")
    assert session.report is report, "no number is counted anew"
    assert session.dissolve_group("block1.inner")
    assert session.dissolve_group("block1")
    assert session.design.groups == ()
    for _step in range(4):
        session.undo()
    assert session.design is first


def test_what_is_refused_is_told() -> None:
    session = Session(branchy())
    told: list[str] = []
    session.noticed.connect(lambda notice: told.append(notice.text))
    assert session.group_selection() is None
    session.select(["left"])
    assert session.group_selection("not a name") is None
    assert not session.dissolve_group("nowhere")
    assert not session.repeat_group("nowhere", 2)
    session.group_selection("block")
    assert not session.repeat_group("block", 1)
    assert [text.split(";")[0][:24] for text in told] == [
        "there is nothing to grou", "group not a name: 'not a", "there is no group nowher", "there is no group nowher",
        "group block: 1 came as h",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "path"), [("resnet18", "layer1.1"), ("resnet50", "layer3.2"), ("vgg11", "features")])
def test_copies_cover_nothing_and_what_follows_makes_room(name: str, path: str) -> None:
    session = Session(network(name))
    first = session.design
    assert not covered(session)
    assert session.repeat_group(path, 4)
    assert not covered(session)
    assert len(session.design.nodes) == len(first.nodes) + 3 * len([n for n in first.nodes if n.startswith(path)])
    session.undo()
    assert session.design is first


def test_a_repeated_block_of_a_network_runs_on_in_its_run() -> None:
    session = Session(network("resnet50"))
    assert session.repeat_group("layer4.2", 2)
    assert ("layer4.1", "layer4.2", "layer4.3") in runs(session.design)
    assert session.report.complete


@given(designs(with_extras=False))
def test_the_report_is_the_same_without_groups_with_them_and_with_all_collapsed(design: Design) -> None:
    collapsed = CollapseGroups(design.grouping.groups).apply(design)
    assert analyse(collapsed) == analyse(design) == analyse(design.evolve(groups=()))


def test_a_run_is_the_same_without_groups_with_them_and_with_all_collapsed() -> None:
    plain = branchy()
    session = Session(plain)
    session.select(["left", "right", "concat"])
    session.group_selection("paths")
    grouped = session.design
    image = np.random.default_rng(1).normal(size=(1, 3, 12, 10)).astype(np.float32)
    maps = [
        designer.run(design, image, keep="all") for design in (plain, grouped, CollapseGroups(["paths"]).apply(grouped))
    ]
    assert maps[0].keys() == maps[1].keys() == maps[2].keys() == set(plain.nodes)
    for node, wanted in maps[0].items():
        assert np.array_equal(maps[1][node], wanted)
        assert np.array_equal(maps[2][node], wanted)


def test_whoever_hears_of_a_change_finds_the_entered_group_or_none() -> None:
    session = Session(network("resnet18"))
    heard: list[str | None] = []

    def listen(*_news: object) -> None:
        selected_groups(session)
        heard.append(session.inside)

    for signal in (session.changed, session.analysed, session.selection_changed):
        signal.connect(listen)
    session.inside = "layer1.0"
    session.select(["layer1.0.conv1"])
    assert session.dissolve_group("layer1.0")
    assert set(heard[1:]) == {"layer1"}
    session.undo()
    heard.clear()
    session.inside = "layer1.0"
    session.adopt(network("lenet5"))
    assert set(heard) == {None}


def test_what_lies_outside_the_entered_group_can_be_grouped_too() -> None:
    session = Session(network("resnet18"))
    session.inside = "layer1.0"
    session.select(["layer2.0.conv1", "layer2.0.bn1"])
    path = group_selection(session)
    assert path is not None
    assert set(session.design.group(path).members) == {"layer2.0.conv1", "layer2.0.bn1"}
    session.undo()
    assert session.design == network("resnet18")
