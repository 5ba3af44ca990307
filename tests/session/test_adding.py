"""Layers put behind others: what they take over, and that nothing lands on another card."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis.fixes import fixes
from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer
from designer.layout.layered import layout
from designer.layout.placing import usual_sizes
from designer.session.session import Session
from tests.helpers.designs import designs
from tests.helpers.rectangles import overlaps


def covered(design: Design) -> set[tuple[str, str]]:
    return set(overlaps({key: node.position for key, node in design.nodes.items()}, usual_sizes(design)))


def on(name: str, current: str) -> Session:
    session = Session(network(name))
    session.select([current])
    return session


def last_field(session: Session) -> object:
    return session.report.layers[session.design.order[-1]].receptive_field


def test_a_layer_goes_between_the_current_one_and_what_reads_it() -> None:
    session = on("lenet5", "conv1")
    before = session.design
    reader = before.outgoing["conv1"][0]
    field, ends = last_field(session), [key for key in before.nodes if not before.outgoing[key]]
    assert session.append_layer("relu") is not None
    new = session.current
    assert new is not None
    assert session.design.inputs_of(new) == ("conv1",)
    assert session.design.outgoing[new] == (Edge(new, reader.target, reader.input),)
    # No branch that ends in the air, whose field would be the network's.
    assert [key for key in session.design.nodes if not session.design.outgoing[key]] == ends
    assert last_field(session) == field
    assert session.document.undo_label == f"Insert {new} after conv1"
    session.undo()
    assert session.design == before


def test_every_reader_of_the_current_layer_reads_the_new_one() -> None:
    session = on("residual_block", "stem_relu")
    readers = {(edge.target, edge.input) for edge in session.design.outgoing["stem_relu"]}
    assert len(readers) == 2
    session.append_layer("dropout")
    assert {(edge.target, edge.input) for edge in session.design.outgoing["dropout1"]} == readers
    assert [edge.target for edge in session.design.outgoing["stem_relu"]] == ["dropout1"]


def test_the_new_layer_stands_beside_the_current_one_and_its_row_makes_room() -> None:
    session = on("lenet5", "conv1")
    before = session.design
    session.append_layer("dropout")
    (x, y), (new_x, new_y) = before.nodes["conv1"].position, session.design.nodes["dropout1"].position
    assert (new_x, new_y) == (x + 216, y)
    moved = {key for key, node in before.nodes.items() if session.design.nodes[key].position != node.position}
    assert moved == {key for key, node in before.nodes.items() if node.position[1] == y and node.position[0] > x}


def test_a_branch_takes_nothing_over() -> None:
    session = on("lenet5", "conv1")
    before = session.design
    new = session.append_layer("relu", branch=True)
    assert new is not None
    assert set(session.design.edges) == {*before.edges, Edge("conv1", new)}
    assert {key: node.position[0] for key, node in session.design.nodes.items() if key != new} == {
        key: node.position[0] for key, node in before.nodes.items()
    }
    assert covered(session.design) == set()
    session.undo()
    assert session.design == before


def test_rows_below_make_room_for_a_branch_so_that_it_stands_beside_its_source() -> None:
    session = on("resnet18", "layer2.0.conv1")
    for _time in range(2):
        session.select(["layer2.0.conv1"])
        new = session.append_layer("tanh", branch=True)
        assert new is not None
        (x, y), (new_x, new_y) = (session.design.nodes[key].position for key in ("layer2.0.conv1", new))
        # Below the next card of the row and, at most, the branch that is there already.
        assert new_x == x + 216
        assert y + 104 <= new_y <= y + 2 * 104
        assert covered(session.design) == set()
    assert len(list(session.document.history())) == 2


def test_an_image_takes_nothing_over_either() -> None:
    session = on("lenet5", "conv1")
    edges = session.design.edges
    session.append_layer("image_input")
    assert session.design.edges == edges
    assert covered(session.design) == set()


KINDS = st.sampled_from(["relu", "conv2d", "add", "max_pool2d", "image_input"])
CELLS = st.tuples(st.integers(0, 30).map(lambda column: column * 56.0), st.integers(0, 12).map(lambda row: row * 40.0))


@st.composite
def placed_designs(draw: st.DrawFn) -> Design:
    """As laid out, or anywhere."""
    design = draw(designs(max_nodes=9, with_extras=False))
    places = layout(design, usual_sizes(design))
    if draw(st.booleans()):
        places = {key: draw(CELLS) for key in design.nodes}
    return design.evolve(
        nodes={key: attrs.evolve(node, position=places[key]) for key, node in design.nodes.items()}, weights={}
    )


@given(placed_designs(), st.lists(st.tuples(st.integers(0, 20), KINDS, st.booleans()), min_size=1, max_size=5))
def test_no_card_is_covered_that_was_not_before_whatever_is_added_where(
    design: Design, acts: list[tuple[int, str, bool]]
) -> None:
    session = Session(design)
    for number, kind, branch in acts:
        keys = list(session.design.nodes)
        session.select([keys[number % len(keys)]] if keys else [])
        before, steps = session.design, len(list(session.document.history()))
        if session.append_layer(kind, branch=branch) is None:
            assert session.design is before
            continue
        assert len(list(session.document.history())) == steps + 1
        assert covered(session.design) <= covered(before)


@pytest.mark.parametrize("name", ["lenet5", "vgg16"])
def test_a_layer_that_a_fix_inserts_covers_nothing(name: str) -> None:
    whole = network(name)
    flat = next(key for key, node in whole.nodes.items() if node.layer.kind == "flatten")
    nodes = {key: node for key, node in whole.nodes.items() if key != flat}
    source, target = whole.incoming[flat][0].source, whole.outgoing[flat][0].target
    edges = tuple(edge for edge in whole.edges if flat not in (edge.source, edge.target))
    design = whole.evolve(nodes=nodes, edges=(*edges, Edge(source, target)))
    # Closed up, so that there is no room.
    places = layout(design)
    design = design.evolve(nodes={key: attrs.evolve(node, position=places[key]) for key, node in nodes.items()})
    session = Session(design)
    fix = next(fix for fix in fixes(design, session.report, target) if fix.label.startswith("Insert"))
    assert session.do(fix.edit)
    assert len(list(session.document.history())) == 1
    assert covered(session.design) == set()
    new = next(key for key in session.design.nodes if key not in design.nodes)
    assert session.design.inputs_of(target) == (new,)
    _x, y = session.design.nodes[new].position
    assert abs(y - design.nodes[source].position[1]) < 72 or abs(y - design.nodes[target].position[1]) < 72


def test_a_fix_of_a_design_without_places_gives_none() -> None:
    nodes = [
        Node("image", make_layer("image_input", shape=(3, 8, 8))),
        Node("fc1", make_layer("dense", units=4)),
    ]
    design = Design(nodes={node.id: node for node in nodes}, edges=(Edge("image", "fc1"),))
    session = Session(design)
    (fix,) = fixes(design, session.report, "fc1")
    assert all(node.place is None for node in fix.edit.apply(design).nodes.values())
