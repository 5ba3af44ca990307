"""The examples that ship with the program."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import analyse
from designer.files import spec
from designer.gallery.examples import Example, built, examples
from designer.layout.edge_routes import edge_routes
from tests.helpers.rectangles import overlaps

every_example = pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)


def test_there_are_the_five_that_the_program_promises() -> None:
    assert [example.name for example in examples()] == [
        "lenet5",
        "block_stack",
        "residual_block",
        "receptive_field",
        "ten_filters",
    ]


@every_example
def test_the_shipped_file_is_what_the_code_builds(example: Example) -> None:
    # Written anew by: python -m designer.gallery.examples
    assert example.path.read_text(encoding="utf-8") == spec.dump(built(example.name))


@every_example
def test_an_example_opens_complete_and_well_laid_out(example: Example) -> None:
    design = spec.read(example.path).design
    assert analyse(design).status == "complete"
    places = {key: node.position for key, node in design.nodes.items()}
    assert overlaps(places, {}) == []
    for edge in design.edges:
        (x, y), (target_x, target_y) = places[edge.source], places[edge.target]
        assert x < target_x or y < target_y


def test_the_skip_connection_of_the_residual_example_runs_around_its_block() -> None:
    design = built("residual_block")
    places = {key: node.position for key, node in design.nodes.items()}
    ways = edge_routes(design, places)
    # The other wire that is led runs from the first row to the second.
    assert [(edge.source, edge.target) for edge, way in ways.items() if way] == [
        ("stem_bn", "stem_relu"),
        ("stem_relu", "add"),
    ]


@every_example
def test_an_example_is_introduced_in_words(example: Example) -> None:
    assert example.title
    assert example.description.endswith(".")
    assert example.path.name == f"{example.name}.netdraft.json"
