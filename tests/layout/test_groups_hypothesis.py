"""Random designs with groups under random edits: drawn whole, laid out, opened and closed, counted as before."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.graph.design import Design, DesignError
from designer.graph.document import Document
from designer.graph.folding import folded, real_edge
from designer.graph.groups import around, walk
from designer.layout.grouped import arranged
from designer.layout.opening import opened
from designer.layout.overview_level import opened_large
from designer.layout.placing import usual_sizes
from tests.helpers.designs import any_edit, designs


def check_drawn(design: Design) -> None:
    """Every node is drawn once, by itself or on the card of the outermost collapsed group around it."""
    drawn, groups = folded(design), design.grouping.groups
    assert set(drawn.nodes(drawn.design.nodes)) == set(design.nodes)
    for node in design.nodes:
        closed = [path for path in around(design.grouping.path_of(node)) if groups[path].collapsed]
        assert drawn.home.get(node, node) == (f"group:{closed[-1]}" if closed else node)
    ends = {(edge.target, edge.input) for edge in drawn.design.edges}
    assert len(ends) == len(drawn.design.edges), "a port takes one wire"
    crossing = [edge for edge in design.edges if drawn.home.get(edge.source, 0) != drawn.home.get(edge.target, 1)]
    assert [real_edge(edge) for edge in drawn.design.edges] == [
        edge for edge in design.edges if edge in crossing or edge.source not in drawn.home
    ]
    places = drawn.places({key: node.position for key, node in drawn.design.nodes.items()})
    for key, node in design.nodes.items():
        assert math.dist(places[key], node.position) < 1e-6 * (1 + math.hypot(*node.position))


@settings(max_examples=15)
@given(st.data())
def test_groups_are_drawn_and_toggled_among_random_edits_and_undone_to_the_first_design(data: st.DataObject) -> None:
    document = Document(data.draw(designs(max_nodes=5)))
    first = document.design
    for _turn in range(data.draw(st.integers(1, 5))):
        try:
            document.do(data.draw(any_edit(document.design)))
        except DesignError:
            continue
        design = document.design
        check_drawn(design)
        assert arranged(design).keys() == design.nodes.keys()
        paths = [path for path, _group in walk(design.groups)]
        if paths:
            chosen = data.draw(st.frozensets(st.sampled_from(paths), min_size=1, max_size=3))
            report = analyse(design)
            document.do(opened(design, chosen, usual_sizes(design), collapsed=data.draw(st.booleans())))
            check_drawn(document.design)
            assert analyse(document.design) == report
    while document.undo_label is not None:
        document.undo()
    assert document.design is first


@settings(max_examples=10)
@given(designs(max_nodes=6))
def test_opening_a_design_as_a_gallery_network_changes_only_places_and_looks(design: Design) -> None:
    after = opened_large(design)
    check_drawn(after)
    assert analyse(after) == analyse(design)
    assert after.edges == design.edges
