"""What layers declare is made use of: no map would show that it is not, only time and memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.engine.compile.compiler import Program
from designer.engine.execute.runner import plan_run
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from tests.helpers.networks import chain

POOL = ("max_pool2d", {"kernel": 3, "stride": 1, "padding": 1})


def program(design: Design, keep: list[str]) -> Program:
    return plan_run(design, analyse(design), {"image": np.zeros((1, 4, 8, 8), np.float32)}, keep=keep).program


@pytest.mark.parametrize(
    ("layers", "passing"),
    [
        ([("batch_norm", {})], {"bn1"}),
        ([("softmax", {}), ("relu", {})], {"softmax1", "relu1"}),
        ([("softmax", {}), ("tanh", {}), ("sigmoid", {})], {"softmax1", "tanh1", "sigmoid1"}),
        ([("zero_pad2d", {"padding": 1})], set()),
    ],
)
def test_what_changes_each_value_alone_is_written_over_its_input(
    layers: list[tuple[str, dict[str, Any]]], passing: set[str]
) -> None:
    design = chain((4, 8, 8), POOL, *layers, POOL)
    assert program(design, ["pool2"]).memory.in_place == passing


def test_a_sum_is_written_over_its_first_input() -> None:
    net = NetworkBuilder("sum").image((4, 8, 8))
    branches = [net.add("softmax", after=net.add("max_pool2d", after="image", kernel=2)) for _branch in range(3)]
    net.add("add", name="sum", after=branches)
    net.add("max_pool2d", name="end", kernel=2)
    memory = program(net.design(), ["end"]).memory
    assert memory.in_place == {*branches, "sum"}
    assert memory.holders["sum"] == memory.holders[branches[0]]


def test_a_norm_that_goes_into_no_weights_takes_residual_and_activation_with_it() -> None:
    net = NetworkBuilder("norm").image((4, 8, 8))
    pool = net.add("max_pool2d", kernel=3, stride=1, padding=1)
    net.add("batch_norm", name="norm")
    net.add("add", name="sum", after=("norm", "image"))
    net.add("relu", name="end")
    steps = [step.nodes for step in program(net.design(), ["end"]).steps]
    assert steps == [("image",), (pool,), ("norm", "sum", "end")]
