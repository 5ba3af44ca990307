"""Each thread on its own core while tiles are shared, and where it was before afterwards."""

from __future__ import annotations

import os
import threading

import pytest

from designer.kernels import threads
from designer.kernels.cores import Cores
from designer.kernels.threads import kernel_scope, run_tiles

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one core, or no say in it"
)


def test_threads_that_share_tiles_have_a_core_each() -> None:
    before = os.sched_getaffinity(0)
    meet = threading.Barrier(2)
    found: dict[int, set[int]] = {}

    def work(_index: int) -> None:
        meet.wait(timeout=30)
        found[threading.get_native_id()] = os.sched_getaffinity(0)

    with kernel_scope():
        run_tiles(work, 2, 2)
        assert os.sched_getaffinity(0) == found[threading.get_native_id()]
    assert os.sched_getaffinity(0) == before
    assert [len(cores) for cores in found.values()] == [1, 1]
    assert len(set.union(*found.values())) == 2


def test_one_thread_alone_stays_where_it_is() -> None:
    before, found = os.sched_getaffinity(0), []
    with kernel_scope():
        run_tiles(lambda _index: found.append(os.sched_getaffinity(0)), 3, 1)
    assert found == [before] * 3


def test_the_core_of_the_caller_is_given_to_one_thread_at_a_time() -> None:
    cores, before = Cores(), os.sched_getaffinity(0)
    cores.place_caller()
    mine = os.sched_getaffinity(0)
    assert len(mine) == 1
    found = []

    def other() -> None:
        cores.place_caller()
        found.append(os.sched_getaffinity(0))
        cores.release_caller()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    # A thread begins where the one that started it may compute.
    assert found == [mine]
    assert os.sched_getaffinity(0) == mine
    cores.release_caller()
    assert os.sched_getaffinity(0) == before
    cores.place_caller()
    assert os.sched_getaffinity(0) == mine
    cores.release_caller()
    assert os.sched_getaffinity(0) == before


def test_a_thread_confined_to_some_cores_is_confined_to_them_afterwards() -> None:
    cores, last = Cores(), max(os.sched_getaffinity(0))
    found = []

    def confined() -> None:
        os.sched_setaffinity(0, {last})
        cores.place_caller()
        found.append(os.sched_getaffinity(0))
        cores.release_caller()
        found.append(os.sched_getaffinity(0))

    thread = threading.Thread(target=confined)
    thread.start()
    thread.join()
    assert found == [{min(os.sched_getaffinity(0))}, {last}]


def test_what_an_interrupt_left_is_put_right_by_the_next_scope() -> None:
    before = os.sched_getaffinity(0)
    with kernel_scope():
        pass
    cores = threads._cores()
    cores.place_caller()
    assert os.sched_getaffinity(0) != before
    with kernel_scope():
        pass
    assert os.sched_getaffinity(0) == before


def test_a_core_taken_away_does_not_stop_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _thread: {10_000, 10_001})
    cores = Cores()
    cores.place_caller()
    cores.release_caller()
    monkeypatch.undo()
    assert os.sched_getaffinity(0) == before
