"""Layout in units, and groups that open and close among others."""

from __future__ import annotations

import itertools

import pytest

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.graph.edits import MoveNodes
from designer.graph.folding import card_id, folded
from designer.graph.group_edits import CollapseGroups, GroupNodes
from designer.graph.groups import Group, joined, walk
from designer.layer_api.registry import make_layer
from designer.layout.grouped import FRAME_BOTTOM, FRAME_SIDE, FRAME_TOP, arranged
from designer.layout.opening import grouped, opened
from designer.layout.overview_level import opened_large
from designer.layout.placing import usual_sizes

NETWORKS = ("resnet50", "googlenet", "densenet121", "unet", "mobilenet_v2", "vgg16")


def rect(design: Design, unit: str) -> tuple[float, float, float, float]:
    """Written out once more: a card where it stands, a frame around what is in it."""
    drawn = folded(design).design.nodes
    if unit in drawn:
        x, y = drawn[unit].position
        height = folded(design).heights().get(unit, usual_sizes(design).get(unit, (0, 72.0))[1])
        return x, y, x + 176, y + height
    path = unit.removeprefix("group:")
    sides = list(zip(*(rect(design, inner) for inner in units(design, path)), strict=True))
    return (
        min(sides[0]) - FRAME_SIDE,
        min(sides[1]) - FRAME_TOP,
        max(sides[2]) + FRAME_SIDE,
        max(sides[3]) + FRAME_BOTTOM,
    )


def units(design: Design, container: str | None) -> list[str]:
    inner = [card_id(joined(container, group.name)) for group in design.grouping.beside(container)]
    if container is None:
        return [key for key in design.nodes if key not in design.grouping.of_node] + inner
    return [*design.group(container).members, *inner]


def covered(design: Design) -> list[tuple[str, str]]:
    """Pairs of units in one container that lie on each other."""
    open_ones = [path for path, group in walk(design.groups) if not group.collapsed]
    hidden = {
        path
        for path in open_ones
        if any(path.startswith(other + ".") and design.group(other).collapsed for other in design.grouping.groups)
    }
    found = []
    for container in (None, *(path for path in open_ones if path not in hidden)):
        boxes = {unit: rect(design, unit) for unit in units(design, container)}
        found += [
            (one, other)
            for (one, a), (other, b) in itertools.combinations(boxes.items(), 2)
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        ]
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_groups_open_and_close_without_covering_anything_and_all_comes_back(name):
    design = opened_large(network(name))
    assert covered(design) == []
    paths = [card.removeprefix("group:") for card in folded(design).cards] or [group.name for group in design.groups]
    for path in paths[:3]:
        collapsed = design.group(path).collapsed
        once = opened(design, [path], usual_sizes(design), collapsed=not collapsed).apply(design)
        assert covered(once) == []
        back = opened(once, [path], usual_sizes(once), collapsed=collapsed).apply(once)
        if collapsed:
            assert all(back.nodes[key].position == node.position for key, node in design.nodes.items())
        assert covered(back) == []
        design = once


def test_a_large_network_opens_as_the_figure_of_its_paper_has_it():
    """He et al. 2015, table 1: a stem, four stages, pooling and classifier."""
    drawn = folded(opened_large(network("resnet152"))).design
    wanted = [
        "image",
        "conv1",
        "bn1",
        "relu",
        "maxpool",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "avgpool",
        "flatten",
        "fc",
        "output",
    ]
    assert [key.removeprefix("group:") for key in drawn.nodes] == wanted


def test_a_group_that_holds_nearly_everything_is_opened():
    """DenseNet is one module "features" and a classifier in torchvision; seen are its blocks and transitions."""
    cards = folded(opened_large(network("densenet201"))).cards
    blocks = [f"features.denseblock{number}" for number in (1, 2, 3, 4)]
    assert set(map(card_id, blocks)) <= set(cards)


def test_only_positions_and_looks_change():
    before = network("googlenet")
    after = opened_large(before)
    assert after.edges == before.edges
    assert {key: node.layer for key, node in after.nodes.items()} == {
        key: node.layer for key, node in before.nodes.items()
    }


def test_a_block_that_is_left_and_entered_again_is_laid_out():
    """Between its two halves stands another node: among units that is a cycle."""
    first, middle, last = "first", "middle", "last"
    design = Design(
        nodes={key: Node(key, make_layer("relu")) for key in (first, middle, last)},
        edges=(Edge(first, middle), Edge(middle, last)),
        groups=(Group("halves", (first, last)),),
    )
    places = arranged(design)
    assert places.keys() == design.nodes.keys()
    assert places[middle] != places[first]


def test_a_new_frame_covers_no_card_beside_it():
    design = network("lenet5")
    places = arranged(design)
    sizes = usual_sizes(design)
    design = MoveNodes(places).apply(design)
    names = list(design.nodes)[2:4]
    design = grouped(design, GroupNodes(names, "block"), sizes).apply(design)
    inside = rect(design, card_id("block"))
    outside = [rect(design, key) for key in design.nodes if key not in names]
    assert not [b for b in outside if inside[0] < b[2] and b[0] < inside[2] and inside[1] < b[3] and b[1] < inside[3]]


def test_hidden_groups_open_without_moving_the_card_they_are_on():
    design = opened_large(network("resnet18"))
    drawn = folded(design).design.nodes
    design = opened(design, ["layer1.0"], usual_sizes(design), collapsed=False).apply(design)
    assert {key: node.position for key, node in folded(design).design.nodes.items()} == {
        key: node.position for key, node in drawn.items()
    }


def test_several_open_at_once():
    design = opened_large(network("resnet18"))
    design = opened(design, ["layer1", "layer2", "layer1.0"], usual_sizes(design), collapsed=False).apply(design)
    assert covered(design) == []
    assert CollapseGroups(["layer1"]).apply(design) != design
