"""Memory comes back when nobody looks at it any more, and not before."""

from __future__ import annotations

import threading

import numpy as np

from designer.engine.execute.buffers import SMALL_BYTES, BufferPool
from designer.graph.design import Array
from designer.kernels.arrays.channels_last import is_channels_last
from designer.kernels.runtime.threads import checkpoint_scope

SHAPE = (1, 16, 64, 64)
SIZE = 16 * 64 * 64 * 4


def address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def test_arrays_have_the_shape_asked_for_and_adjacent_channels() -> None:
    pool = BufferPool()
    for shape in ((2, 3, 5, 7), SHAPE, (1, 70_000), (3, 4), (1, 64, 9, 9, 9), (2, 1, 1, 1)):
        array = pool.empty(shape)
        assert array.shape == shape
        assert array.dtype == np.float32
        assert array.flags.writeable
        assert is_channels_last(array) if len(shape) > 2 else array.flags.c_contiguous


def test_memory_is_used_again_when_the_last_view_is_gone() -> None:
    pool = BufferPool()
    first = pool.empty(SHAPE)
    place, part = address(first), first[:, 3:5].transpose(1, 0, 2, 3)
    result = part.view()
    result.flags.writeable = False
    del first, part
    assert pool.free_bytes == 0
    other = pool.empty(SHAPE)
    assert address(other) != place
    del result
    assert pool.free_bytes == SIZE
    assert address(pool.empty(SHAPE)) == place


def test_what_is_looked_at_is_never_written_over() -> None:
    pool, held = BufferPool(), []
    for number in range(40):
        array = pool.empty(SHAPE, lasting=number % 2 == 0)
        array[...] = number
        held.append((number, array[:, number % 16]))
        if number % 3 == 0:
            del held[0]
    for number, part in held:
        assert (part == number).all()


def test_a_passing_array_may_lie_in_a_larger_block_and_a_lasting_one_may_not() -> None:
    pool = BufferPool()
    large = pool.empty((1, 16, 128, 128))
    place = address(large)
    del large
    passing = pool.empty(SHAPE)
    assert address(passing) == place
    del passing
    assert address(pool.empty(SHAPE, lasting=True)) != place


def test_passing_arrays_share_a_block_and_leave_it_whole() -> None:
    pool = BufferPool()
    large = pool.empty((1, 64, 64, 64))
    place = address(large)
    del large
    parts = [pool.empty(SHAPE) for _part in range(4)]
    assert sorted(address(part) for part in parts) == [place + SIZE * part for part in range(4)]
    assert pool.free_bytes == 0
    # Whatever the order in which they come back.
    for index in (2, 0, 3, 1):
        parts[index] = np.empty(0)
    assert pool.free_bytes == 4 * SIZE
    assert address(pool.empty((1, 64, 64, 64))) == place


def test_a_block_with_something_in_it_is_not_given_back() -> None:
    pool = BufferPool(budget_bytes=0)
    large = pool.empty((1, 64, 64, 64))
    del large
    part = pool.empty(SHAPE)
    part[...] = 7
    pool.trim()
    assert pool.free_bytes == 3 * SIZE
    assert (part == 7).all()
    del part
    pool.trim()
    assert pool.free_bytes == 0


def test_raw_memory_is_of_any_length() -> None:
    pool = BufferPool()
    for size in (1, 1000, SMALL_BYTES + 1):
        assert pool.raw(size).nbytes >= size


def test_free_memory_beyond_the_budget_is_given_back_between_runs_the_largest_first() -> None:
    pool = BufferPool(budget_bytes=3 * SIZE)
    arrays = [pool.empty(SHAPE), pool.empty(SHAPE), pool.empty((1, 64, 64, 64))]
    del arrays
    assert pool.free_bytes == 6 * SIZE
    pool.trim()
    assert pool.free_bytes == 2 * SIZE


def test_gigabytes_are_given_back_with_checkpoints_between() -> None:
    pool = BufferPool(budget_bytes=0)
    array = pool.empty((1, 100, 1000, 1000))
    del array
    told: list[float] = []
    with checkpoint_scope(told.append):
        pool.trim()
    assert pool.free_bytes == 0
    # 400 MB in pieces of 64.
    assert len(told) >= 5


def test_small_arrays_are_left_to_numpy() -> None:
    pool = BufferPool()
    array = pool.empty((1, 2, 8, 8))
    assert array.nbytes < SMALL_BYTES
    del array
    assert pool.free_bytes == 0


def test_threads_never_share_memory() -> None:
    pool, spoilt = BufferPool(), []

    def work(number: int) -> None:
        for _round in range(200):
            array = pool.empty(SHAPE)
            array[0, 0] = number
            if not (array[0, 0] == number).all():
                spoilt.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not spoilt
