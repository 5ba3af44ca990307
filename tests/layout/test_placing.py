"""Places for nodes that were written without one."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.big_designs import dense_skips
from designer.files import spec
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.layout.layered import layout
from designer.layout.placing import cards_of, free_below, placed, usual_sizes
from designer.session.clipboard import paste_edit
from designer.session.session import Session
from tests.helpers.designs import designs
from tests.helpers.rectangles import overlaps


def places(design: Design) -> dict[str, tuple[float, float]]:
    return {key: node.position for key, node in design.nodes.items()}


def without_places(design: Design, lacking: set[str]) -> Design:
    nodes = {key: attrs.evolve(node, position=None) if key in lacking else node for key, node in design.nodes.items()}
    return design.evolve(nodes=nodes)


def test_a_spec_without_places_is_read_and_written_without_them() -> None:
    text = json.dumps(
        {
            "format": "netdraft",
            "version": 1,
            "nodes": [
                {"id": "image", "kind": "image_input", "params": {"shape": [1, 8, 8]}},
                {"id": "relu1", "kind": "relu", "position": [0, 0]},
            ],
            "edges": [{"from": "image", "to": "relu1"}],
        }
    )
    design = spec.parse(text).design
    assert design.nodes["image"].place is None
    assert design.nodes["relu1"].place == (0.0, 0.0)
    written = json.loads(spec.dump(design))["nodes"]
    assert "position" not in written[0]
    assert written[1]["position"] == [0, 0]
    assert spec.parse(spec.dump(design)).design == design


def test_what_has_no_place_is_laid_out_when_it_is_shown() -> None:
    design = dense_skips(2000)
    session = Session()
    session.adopt(design)
    assert places(session.design) == layout(design, usual_sizes(design))
    assert not session.document.modified
    assert session.document.undo_label is None


def test_a_design_whose_nodes_all_have_places_is_left_alone() -> None:
    design = network("lenet5")
    assert placed(design) is design


@given(designs(max_nodes=9, with_extras=False), st.data())
def test_nodes_with_places_keep_them_and_the_others_cover_none(design: Design, data: st.DataObject) -> None:
    sizes = usual_sizes(design)
    full = design.evolve(
        nodes={key: attrs.evolve(design.nodes[key], position=place) for key, place in layout(design, sizes).items()}
    )
    lacking = data.draw(st.sets(st.sampled_from(sorted(design.nodes)))) if design.nodes else set()
    found = placed(without_places(full, lacking))
    assert list(found.nodes) == list(design.nodes)
    assert {key: node for key, node in found.nodes.items() if key not in lacking} == {
        key: node for key, node in full.nodes.items() if key not in lacking
    }
    assert all(node.place is not None for node in found.nodes.values())
    assert overlaps(places(found), sizes) == []


def test_a_group_without_places_stands_right_of_what_feeds_it() -> None:
    design = network("lenet5")
    last = list(design.order)[-2:]
    found = placed(without_places(design, set(last)))
    source = design.incoming[last[0]][0].source
    assert found.nodes[last[0]].position[0] >= found.nodes[source].position[0] + 176


def test_a_pasted_part_without_places_is_laid_out() -> None:
    part = Design(nodes=network("lenet5").nodes, edges=network("lenet5").edges)
    edit = paste_edit(spec.dump(without_places(part, set(part.nodes))), (16.0, 8.0))
    pasted = {node.id: node.position for node in edit.nodes}
    assert pasted == {key: (x + 16, y + 8) for key, (x, y) in layout(part, usual_sizes(part)).items()}


@pytest.mark.parametrize("wanted", [(0.0, 0.0), (-50.0, 3.0), (100.0, 900.0)])
def test_a_free_place_is_free_and_none_nearer_below_was(wanted: tuple[float, float]) -> None:
    boxes = [((0.0, 104.0 * row), (176.0, 72.0)) for row in range(5)]
    x, y = free_below(cards_of(boxes), wanted, (176.0, 72.0))
    assert (x % 8, y % 8) == (0, 0)

    def clear(y: float) -> bool:
        return not any(left < x + 176 and left + 176 > x and top < y + 72 and top + 72 > y for (left, top), _s in boxes)

    assert clear(y)
    assert not any(
        clear(other) and clear(other - 32) and clear(other + 32) for other in range(int(wanted[1]) + 4, int(y), 8)
    )
