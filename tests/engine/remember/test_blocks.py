"""Memory comes back when nobody looks at it any more, and not before."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from designer.engine.remember.blocks import SMALL_BYTES, BlockPool
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_scope

COUNT = 16 * 64 * 64
SIZE = 4 * COUNT


def address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def test_so_many_values_are_given_as_are_asked_for() -> None:
    pool = BlockPool()
    for count in (0, 1, 1000, 70_000, COUNT):
        array = pool.values(count)
        assert array.shape == (count,)
        assert array.dtype == np.float32
        assert array.flags.writeable


def test_memory_is_used_again_when_the_last_view_is_gone() -> None:
    pool = BlockPool()
    first = pool.values(COUNT)
    place, part = address(first), first.reshape(1, 16, 64, 64)[:, 3:5].transpose(1, 0, 2, 3)
    result = part.view()
    result.flags.writeable = False
    del first, part
    assert pool.free_bytes == 0
    other = pool.values(COUNT)
    assert address(other) != place
    del result
    assert pool.free_bytes == SIZE
    assert address(pool.values(COUNT)) == place


def test_what_is_looked_at_is_never_written_over() -> None:
    pool, held = BlockPool(), []
    for number in range(40):
        array = pool.values(COUNT, lasting=number % 2 == 0)
        array[...] = number
        held.append((number, array[number:]))
        if number % 3 == 0:
            del held[0]
    for number, part in held:
        assert (part == number).all()


def test_passing_memory_may_lie_in_a_larger_block_and_lasting_may_not() -> None:
    pool = BlockPool()
    large = pool.values(4 * COUNT)
    place = address(large)
    del large
    passing = pool.values(COUNT)
    assert address(passing) == place
    del passing
    assert address(pool.values(COUNT, lasting=True)) != place
    # An eighth larger is not much.
    assert address(pool.values(4 * COUNT * 9 // 10, lasting=True)) == place


def test_the_smallest_block_that_is_large_enough_is_taken() -> None:
    pool = BlockPool()
    blocks = [pool.values(count) for count in (4 * COUNT, COUNT, 2 * COUNT)]
    places = [address(block) for block in blocks]
    del blocks
    assert address(pool.values(COUNT + 1)) == places[2]


def test_a_block_that_somebody_looks_at_is_not_given_back() -> None:
    pool = BlockPool(budget_bytes=0)
    part = pool.values(4 * COUNT)[5:]
    part[...] = 7
    pool.trim()
    assert (part == 7).all()
    del part
    assert pool.free_bytes == 4 * SIZE
    pool.trim()
    assert pool.free_bytes == 0


def test_more_memory_than_there_is_raises_memory_error() -> None:
    with pytest.raises(MemoryError):
        BlockPool().values(1 << 58)


def test_raw_memory_is_of_any_length() -> None:
    pool = BlockPool()
    for size in (1, 1000, SMALL_BYTES + 1):
        assert pool.raw(size).nbytes >= size


def test_free_memory_beyond_the_budget_is_given_back_between_runs_the_largest_first() -> None:
    pool = BlockPool(budget_bytes=3 * SIZE)
    arrays = [pool.values(COUNT), pool.values(COUNT), pool.values(4 * COUNT)]
    del arrays
    assert pool.free_bytes == 6 * SIZE
    pool.trim()
    assert pool.free_bytes == 2 * SIZE


def test_gigabytes_are_given_back_with_checkpoints_between() -> None:
    pool = BlockPool(budget_bytes=0)
    array = pool.values(100_000_000)
    del array
    told: list[float] = []
    with checkpoint_scope(told.append):
        pool.trim()
    assert pool.free_bytes == 0
    # 400 MB in pieces of 64.
    assert len(told) >= 5


def test_small_arrays_are_left_to_numpy() -> None:
    pool = BlockPool()
    array = pool.values(128)
    assert array.nbytes < SMALL_BYTES
    del array
    assert pool.free_bytes == 0


def test_threads_never_share_memory() -> None:
    pool, spoilt = BlockPool(), []

    def work(number: int) -> None:
        for _round in range(200):
            array = pool.values(COUNT)
            array[...] = number
            if not (array == number).all():
                spoilt.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not spoilt
