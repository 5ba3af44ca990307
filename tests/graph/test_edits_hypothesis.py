"""Whatever is done can be undone: random edits on random designs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from designer.files import spec
from designer.graph.design import Design, DesignError
from designer.graph.document import Document
from designer.graph.groups import walk
from tests.helpers.designs import any_edit, designs

MOST_EDITS = 8


def look(design: Design) -> None:
    """Ask for the wiring, as a window does after every edit; what followed from that before is what there is."""
    wires = {id(edge) for edge in design.edges}
    for found in (design.incoming, design.outgoing):
        assert found.keys() == design.nodes.keys()
        assert {id(edge) for edges in found.values() for edge in edges} == wires
    assert design.inputs == Design(nodes=design.nodes, edges=design.edges).inputs


def follow(data: st.DataObject, document: Document) -> list[Design]:
    """Do random edits and return every design there was, the first included; refused edits must change nothing."""
    versions = [document.design]
    look(document.design)
    for _turn in range(data.draw(st.integers(1, MOST_EDITS))):
        edit = data.draw(any_edit(document.design))
        before, refusal = document.design, None
        try:
            document.do(edit)
        except DesignError as refused:
            refusal = str(refused)
        assert refusal is None or (document.design is before and refusal.isprintable())
        if document.design is not before:
            versions.append(document.design)
            look(document.design)
    return versions


@given(st.data())
def test_undone_to_the_start_gives_the_first_design_and_redone_the_last(data: st.DataObject) -> None:
    document = Document(data.draw(designs(max_nodes=4)))
    versions = follow(data, document)
    for version in reversed(versions):
        assert document.design is version
        document.undo()
    assert document.undo_label is None
    for version in versions:
        assert document.design is version
        document.redo()
    assert document.redo_label is None


@given(st.data())
def test_every_design_that_edits_lead_to_is_whole_and_survives_its_file(data: st.DataObject) -> None:
    document = Document(data.draw(designs(max_nodes=4)))
    for design in follow(data, document):
        assert set(design.order) == set(design.nodes)
        assert all(key == node.id for key, node in design.nodes.items())
        assert set(design.weights) <= set(design.nodes)
        taken = [(edge.target, edge.input) for edge in design.edges]
        assert len(taken) == len(set(taken))
        assert all(edge.source in design.nodes and edge.target in design.nodes for edge in design.edges)
        members = [node for group in design.grouping.groups.values() for node in group.members]
        assert len(members) == len(set(members)), "a node is in one innermost group at most"
        assert set(members) <= set(design.nodes)
        assert not any(group.empty for group in design.grouping.groups.values())
        assert len(design.grouping.groups) == len(list(walk(design.groups))), "no two groups share a path"
        assert all(not array.flags.writeable for tensors in design.weights.values() for array in tensors.values())
        assert spec.parse(spec.dump(design)).design == design.evolve(weights={})


@given(designs())
def test_the_round_trip_of_any_design_is_the_identity(design: Design) -> None:
    again = spec.parse(spec.dump(design, "net.safetensors"))
    assert again.design == design
    assert list(again.design.nodes) == list(design.nodes)
    # Equality of edges leaves their unknown keys out; the tree does not.
    assert spec.to_json(again.design, again.weights) == spec.to_json(design, "net.safetensors")
