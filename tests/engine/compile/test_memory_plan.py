"""Two arrays lie in the same memory only where one is done with before the other begins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.engine.compile.compiler import Program
from designer.engine.compile.memory_plan import ALIGNMENT, Lifetime, assign_offsets
from designer.engine.execute.runner import plan_run
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from tests.helpers.networks import chain

CONV = {"filters": 4, "kernel": 3, "padding": 1}
MAP = 4 * 8 * 8


def program(design: Design, keep: list[str]) -> Program:
    images = {"image": np.zeros((1, 4, 8, 8), np.float32)}
    return plan_run(design, analyse(design), images, keep=keep).program


def in_order(lifetimes: list[tuple[int, int, int]]) -> dict[str, Lifetime]:
    return {
        f"{number}": Lifetime(*lifetime) for number, lifetime in enumerate(sorted(lifetimes, key=lambda span: span[1]))
    }


spans = st.tuples(st.integers(1, 200), st.integers(0, 12), st.integers(0, 6)).map(
    lambda drawn: (drawn[0], drawn[1], drawn[1] + drawn[2])
)


@given(st.lists(spans, max_size=20), st.integers(0, 3))
def test_what_is_needed_at_the_same_time_does_not_overlap(drawn: list[tuple[int, int, int]], linger: int) -> None:
    lifetimes = in_order(drawn)
    offsets, size = assign_offsets(lifetimes, linger)
    assert set(offsets) == set(lifetimes)
    for name, lifetime in lifetimes.items():
        assert offsets[name] % ALIGNMENT == 0
        assert 0 <= offsets[name] <= size - lifetime.size
        for other, beside in lifetimes.items():
            together = lifetime.first <= beside.last + linger and beside.first <= lifetime.last + linger
            if other != name and together:
                ends = offsets[name] + lifetime.size, offsets[other] + beside.size
                assert ends[0] <= offsets[other] or ends[1] <= offsets[name]


def test_memory_is_used_again_one_step_after_its_last_reader() -> None:
    a_row = [(160, 0, 1), (160, 1, 2), (160, 2, 3), (160, 3, 4)]
    assert assign_offsets(in_order(a_row)) == ({"0": 0, "1": 160, "2": 0, "3": 160}, 320)
    assert assign_offsets(in_order(a_row), linger=2)[1] == 640


def test_gaps_side_by_side_become_one_and_the_smallest_that_fits_is_taken() -> None:
    # Two of 32 make room for one of 64; a last gap grows instead of leaving a hole behind.
    assert assign_offsets(in_order([(32, 0, 0), (32, 0, 0), (64, 1, 1)]))[1] == 64
    assert assign_offsets(in_order([(32, 0, 0), (48, 1, 1)])) == ({"0": 0, "1": 0}, 48)
    blocks = [(64, 0, 0), (16, 0, 9), (32, 0, 0), (16, 0, 9), (32, 1, 1)]
    assert assign_offsets(in_order(blocks))[0]["4"] == 80


@pytest.mark.parametrize("last", [(0, 1), (1, 0), (1, 1)])
def test_gaps_join_whichever_comes_back_first(last: tuple[int, int]) -> None:
    blocks = [(32, 0, last[0]), (32, 0, last[1]), (16, 0, 9), (64, 2, 2)]
    assert assign_offsets(in_order(blocks)) == ({"0": 0, "1": 32, "2": 64, "3": 0}, 80)


def test_the_smallest_gap_is_taken_wherever_it_is() -> None:
    blocks = [(32, 0, 0), (16, 0, 9), (64, 0, 0), (16, 0, 9), (32, 1, 1)]
    assert assign_offsets(in_order(blocks))[0]["4"] == 0
    # The larger one is free first, and lies below.
    blocks = [(64, 0, 0), (16, 0, 9), (32, 0, 1), (16, 0, 9), (32, 2, 2)]
    assert assign_offsets(in_order(blocks))[0]["4"] == 80


def test_scratch_may_lie_where_no_array_is_during_a_step() -> None:
    design = chain((4, 8, 8), ("conv2d", CONV), ("conv2d", CONV), ("conv2d", CONV), ("conv2d", CONV))
    memory = program(design, ["conv4"]).memory
    # Two maps take turns; the last layer reads the first of them and writes what is handed out.
    assert memory.arena_values == 2 * MAP
    free = [sum(end - start for start, end in memory.gaps(index)) for index in range(5)]
    assert free == [2 * MAP, MAP, 0, 0, MAP]
    assert (MAP, 2 * MAP) in memory.gaps(4)


def test_what_is_left_of_a_gap_is_used_too() -> None:
    offsets, size = assign_offsets(in_order([(64, 0, 0), (16, 0, 9), (32, 1, 9), (32, 2, 9)]))
    assert sorted((offsets["2"], offsets["3"])) == [0, 32]
    assert size == 80


def test_only_what_is_handed_out_has_memory_of_its_own() -> None:
    design = chain((4, 8, 8), ("conv2d", CONV), ("max_pool2d", {"kernel": 3, "stride": 1, "padding": 1}), ("tanh", {}))
    memory = program(design, ["tanh1"]).memory
    # The hyperbolic tangent is computed as one with the pooling, in memory that stays.
    assert memory.own == {"tanh1"}
    assert {name: lifetime.size for name, lifetime in memory.passing.items()} == {"conv1": MAP}
    assert memory.peak_bytes == 4 * (MAP + MAP + MAP)
    assert program(design, ["conv1", "pool1", "tanh1"]).memory.passing == {}


def test_what_is_written_over_its_input_stays_where_that_is() -> None:
    design = chain((4, 8, 8), ("conv2d", CONV), ("softmax", {}), ("softmax", {}), ("conv2d", CONV))
    memory = program(design, ["conv2"]).memory
    assert memory.in_place == {"softmax1", "softmax2"}
    assert memory.holders["softmax2"] == "conv1"
    assert memory.passing["conv1"].last == 4
    # Handed out, it is all the same array, which has memory of its own then.
    assert program(design, ["softmax2"]).memory.own == {"conv1"}


def test_parts_of_a_concatenation_of_concatenations_lie_in_one_array() -> None:
    net = NetworkBuilder("joined").image((4, 8, 8))
    left, right = (net.add("conv2d", after="image", **CONV) for _branch in range(2))
    inner = net.add("concat", name="inner", after=(left, right))
    far = net.add("conv2d", after="image", **CONV)
    net.add("concat", name="outer", after=(inner, far))
    net.add("conv2d", name="end", after="outer", **CONV)
    memory = program(net.design(), ["end"]).memory
    assert {memory.holders[node] for node in (left, right, inner, far, "outer")} == {"outer"}
    # From the first part that is computed until the concatenation is read.
    steps = program(net.design(), ["end"]).steps
    assert memory.passing["outer"].first == next(i for i, step in enumerate(steps) if step.origin.computes)
    assert memory.passing["outer"].last == len(steps) - 1
    assert memory.arena_values == 3 * MAP


def test_what_is_handed_out_does_not_keep_a_concatenation_alive_that_is_not() -> None:
    net = NetworkBuilder("joined").image((4, 8, 8))
    left, right = (net.add("conv2d", after="image", **CONV) for _branch in range(2))
    net.add("concat", name="both", after=(left, right))
    net.add("conv2d", name="end", after="both", **CONV)
    memory = program(net.design(), [left, "end"]).memory
    assert memory.own == {left, "end"}
    assert memory.holders[right] == "both"
    assert program(net.design(), [left, "both", "end"]).memory.own == {"both", "end"}
