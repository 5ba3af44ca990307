"""One budget for all that is remembered: what is used least goes first, and memory counts once."""

from __future__ import annotations

import numpy as np
import pytest

from designer.engine.remember.memory import Kind, Memory
from designer.kernels.arrays.memory import Array


def array(kilobytes: int) -> Array:
    return np.zeros(kilobytes * 250, np.float32)


def kept(memory: Memory, *names: str) -> set[str]:
    return {name for name in names if memory.peek(Kind.MAPS, name) or memory.peek(Kind.KERNELS, name)}


def keep(memory: Memory, kind: Kind, name: str, kilobytes: int) -> None:
    memory.keep(kind, name, name, [array(kilobytes)])


def test_what_was_not_used_for_longest_goes_first_whatever_it_is() -> None:
    memory = Memory(3000)
    keep(memory, Kind.MAPS, "a", 1)
    keep(memory, Kind.KERNELS, "b", 1)
    keep(memory, Kind.MAPS, "c", 1)
    assert memory.get(Kind.MAPS, "a") == "a"
    keep(memory, Kind.KERNELS, "d", 1)
    assert kept(memory, "a", "b", "c", "d") == {"a", "c", "d"}
    assert memory.used_bytes == 3000
    assert (memory.bytes_of(Kind.MAPS), memory.bytes_of(Kind.KERNELS)) == (2000, 1000)


def test_looking_without_using_keeps_nothing_longer() -> None:
    memory = Memory(2000)
    keep(memory, Kind.MAPS, "a", 1)
    keep(memory, Kind.MAPS, "b", 1)
    assert memory.peek(Kind.MAPS, "a") == "a"
    keep(memory, Kind.MAPS, "c", 1)
    assert kept(memory, "a", "b", "c") == {"b", "c"}


def test_the_same_key_of_two_kinds_is_two_values() -> None:
    memory = Memory()
    memory.keep(Kind.MAPS, "a", 1, [])
    memory.keep(Kind.WEIGHTS, "a", 2, [])
    assert (memory.get(Kind.MAPS, "a"), memory.get(Kind.WEIGHTS, "a"), memory.get(Kind.KERNELS, "a")) == (1, 2, None)
    memory.forget(Kind.MAPS)
    assert (memory.get(Kind.MAPS, "a"), memory.get(Kind.WEIGHTS, "a")) == (None, 2)


def test_memory_counts_once_and_whole_whoever_holds_a_part_of_it() -> None:
    memory, whole = Memory(), array(8)
    memory.keep(Kind.WEIGHTS, "drawn", "drawn", [whole])
    memory.keep(Kind.KERNELS, "half", "half", [whole[:1000], whole.reshape(2, 1000)[1:]])
    assert memory.used_bytes == memory.bytes_of(Kind.WEIGHTS) == 8000
    memory.forget(Kind.WEIGHTS)
    assert memory.used_bytes == 8000
    memory.forget(Kind.KERNELS)
    assert memory.used_bytes == 0


def test_what_alone_exceeds_the_budget_is_kept_until_the_next() -> None:
    memory = Memory(1000)
    keep(memory, Kind.MAPS, "large", 5)
    assert kept(memory, "large") == {"large"}
    keep(memory, Kind.KERNELS, "small", 1)
    assert kept(memory, "large", "small") == {"small"}
    assert memory.used_bytes == 1000


@pytest.mark.parametrize(("budget", "left"), [(3000, {"a", "b", "c"}), (2999, {"b", "c"}), (1, {"c"})])
def test_a_smaller_budget_drops_at_once(budget: int, left: set[str]) -> None:
    memory = Memory()
    for name in "abc":
        keep(memory, Kind.MAPS, name, 1)
    memory.budget_bytes = budget
    assert kept(memory, "a", "b", "c") == left


@pytest.mark.parametrize(("size", "left"), [(2500, {"b", "c"}), (0, set()), (-5, set())])
def test_shrinking_leaves_the_budget_as_it_is(size: int, left: set[str]) -> None:
    memory = Memory(3000)
    for name in "abc":
        keep(memory, Kind.MAPS, name, 1)
    memory.shrink(size)
    assert kept(memory, "a", "b", "c") == left
    keep(memory, Kind.MAPS, "d", 1)
    assert kept(memory, "d") == {"d"}


def test_a_value_kept_before_stays() -> None:
    memory = Memory()
    memory.keep(Kind.MAPS, "a", 1, [array(1)])
    assert memory.keep(Kind.MAPS, "a", 2, [array(2)]) == 1
    assert memory.used_bytes == 1000
    assert memory.values(Kind.MAPS) == [("a", 1)]
