from __future__ import annotations

import numpy as np
import pytest

from designer.files import spec
from designer.graph.edits import (
    Connect,
    Disconnect,
    Edit,
    MoveNodes,
    RemoveNodes,
    Rename,
    SetName,
    SetParameters,
    SetWeights,
)
from designer.session.durability.design_difference import design_difference, in_words
from tests.helpers.networks import chain

NET = chain((1, 8, 8), ("conv2d", {"filters": 2, "kernel": 3}), ("relu", {}), ("flatten", {}), ("dense", {}))


def words(*edits: Edit, **options: bool) -> str:
    after = NET
    for edit in edits:
        after = edit.apply(after)
    # As two files that were read: no node is the same object.
    before, after = (spec.parse(spec.dump(design)).design.evolve(weights=design.weights) for design in (NET, after))
    return in_words(design_difference(before, after, **options))


def test_two_readings_of_one_file_do_not_differ() -> None:
    assert words() == "no difference"


@pytest.mark.parametrize(
    ("edits", "wanted"),
    [
        ([SetParameters("conv1", {"filters": 8})], "conv1: filters 2 → 8"),
        ([SetParameters("conv1", {"kernel": [5, 3], "stride": 2})], "conv1: kernel 3×3 → 5×3, stride 1×1 → 2×2"),
        ([RemoveNodes(["relu1"])], "relu1 removed"),
        ([Rename("relu1", "act")], "act added; relu1 removed"),
        ([MoveNodes({"conv1": (7.0, 9.0)})], "1 layer moved"),
        ([SetName("Other")], "named Other"),
        ([SetWeights({"conv1": {"bias": np.ones(2)}})], "other weights in conv1"),
    ],
)
def test_an_edit_in_words(edits: list[Edit], wanted: str) -> None:
    assert words(*edits) == wanted


def test_wires_are_counted_where_no_layer_comes_or_goes() -> None:
    edge = next(edge for edge in NET.edges if edge.target == "flatten1")
    assert words(Disconnect([edge])) == "1 wire changed"
    assert words(Disconnect([edge]), Connect("conv1", "flatten1")) == "2 wires changed"


def test_many_changes_stay_one_short_line() -> None:
    other = chain((1, 8, 8), *[("conv2d", {"filters": 3, "kernel": 5})] * 9)
    text = in_words(design_difference(chain((1, 8, 8), *[("conv2d", {"filters": 2, "kernel": 5})] * 6), other))
    assert text == (
        "conv7, conv8, conv9 added; conv1: filters 2 → 3; conv2: filters 2 → 3; conv3: filters 2 → 3; "
        "3 more layers changed"
    )
    assert in_words(design_difference(other, NET)).startswith("relu1, flatten1, fc1 added; conv2, conv3, conv4, conv5")
    assert "and 4 more layers removed" in in_words(design_difference(other, NET))


def test_weights_that_were_not_read_are_left_out() -> None:
    assert words(SetWeights({"conv1": {"bias": np.ones(2)}}), weights=False) == "no difference"
