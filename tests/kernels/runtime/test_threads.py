from __future__ import annotations

import os
import subprocess
import sys
import threading
import weakref
from collections import Counter

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from designer.kernels.runtime.threads import (
    checkpoint,
    checkpoint_part,
    checkpoint_scope,
    core_count,
    kernel_scope,
    run_tiles,
)
from designer.kernels.runtime.workers import WorkerPool


class Cancelled(Exception):
    pass


def blas_threads() -> set[int]:
    """The number of threads each loaded BLAS uses now; NumPy's is always among them."""
    assert np.ones((2, 2)) @ np.ones(2) is not None
    return {library["num_threads"] for library in ThreadpoolController().info() if library["user_api"] == "blas"}


@pytest.fixture
def blas_at_rest() -> set[int]:
    """The setting to be given back."""
    setting = blas_threads()
    if setting == {1}:
        pytest.skip("BLAS has one thread on this machine, there is nothing to give back")
    return setting


@pytest.mark.parametrize("workers", [None, 1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 37])
def test_every_tile_runs_once(workers: int | None, count: int) -> None:
    ran: Counter[int] = Counter()
    lock = threading.Lock()

    def work(index: int) -> None:
        with lock:
            ran[index] += 1

    run_tiles(work, count, workers)
    assert ran == Counter(range(count))


def test_tiles_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)
    run_tiles(lambda index: meeting.wait() and None, 2, workers=2)
    assert not meeting.broken


@pytest.mark.parametrize("workers", [1, 2])
def test_checkpoints_rise_to_1_in_the_calling_thread(workers: int) -> None:
    seen: list[tuple[float, int]] = []
    with checkpoint_scope(lambda fraction: seen.append((fraction, threading.get_ident()))):
        run_tiles(lambda index: None, 50, workers)
    fractions = [fraction for fraction, _ in seen]
    assert {thread for _, thread in seen} == {threading.get_ident()}
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_without_a_scope_a_checkpoint_does_nothing() -> None:
    checkpoint(0.5)
    seen: list[float] = []
    with checkpoint_scope(seen.append):
        checkpoint(0.25)
    checkpoint(0.75)
    assert seen == [0.25]


def test_a_part_reports_its_share_of_the_whole() -> None:
    seen: list[float] = []
    with checkpoint_scope(seen.append):
        for index in range(2):
            with checkpoint_part(index, 2):
                checkpoint(0.5)
                checkpoint(1.0)
    assert seen == [0.25, 0.5, 0.75, 1.0]
    with checkpoint_part(0, 2):
        checkpoint(1.0)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_checkpoint_that_raises_drops_the_remaining_tiles(workers: int) -> None:
    begun: list[int] = []
    released = threading.Event()
    helper_began = threading.Event()
    caller = threading.get_ident()

    def work(index: int) -> None:
        begun.append(index)
        if threading.get_ident() == caller:
            # The caller raises only while the helper is in the middle of a tile.
            assert workers == 1 or helper_began.wait(10)
        else:
            helper_began.set()
            assert released.wait(10)

    def cancel(fraction: float) -> None:
        # Let the helper finish a little later than the caller raises: it must find no tile left.
        threading.Timer(0.05, released.set).start()
        raise Cancelled

    with checkpoint_scope(cancel), pytest.raises(Cancelled):
        run_tiles(work, 1000, workers)
    assert len(begun) == workers


def test_a_cancelled_run_has_no_tile_in_flight_when_it_returns() -> None:
    running = Counter[str]()
    lock = threading.Lock()

    def work(index: int) -> None:
        with lock:
            running["now"] += 1
        sum(range(20_000))
        with lock:
            running["now"] -= 1

    def cancel(fraction: float) -> None:
        raise Cancelled

    for _ in range(20):
        with checkpoint_scope(cancel), pytest.raises(Cancelled):
            run_tiles(work, 100, 4)
        assert running["now"] == 0


@pytest.mark.parametrize("failing_thread", ["caller", "helper"])
def test_an_error_in_a_tile_reaches_the_caller(failing_thread: str) -> None:
    caller = threading.get_ident()
    meeting = threading.Barrier(2, timeout=10)

    def work(index: int) -> None:
        if index < 2:
            meeting.wait()
            if (threading.get_ident() == caller) == (failing_thread == "caller"):
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_tiles(work, 100, workers=2)


def test_blas_is_held_to_one_thread_and_given_back(blas_at_rest: set[int]) -> None:
    during: list[set[int]] = []
    run_tiles(lambda index: during.append(blas_threads()), 3, workers=2)
    assert during == [{1}, {1}, {1}]
    assert blas_threads() == blas_at_rest


def test_blas_is_given_back_after_a_cancellation(blas_at_rest: set[int]) -> None:
    def cancel(fraction: float) -> None:
        raise Cancelled

    with checkpoint_scope(cancel), pytest.raises(Cancelled):
        run_tiles(lambda index: None, 10)
    assert blas_threads() == blas_at_rest


def test_blas_is_given_back_when_two_runs_overlap(blas_at_rest: set[int]) -> None:
    first_inside, second_done = threading.Event(), threading.Event()

    def first(index: int) -> None:
        first_inside.set()
        assert second_done.wait(10)

    thread = threading.Thread(target=run_tiles, args=(first, 1))
    thread.start()
    assert first_inside.wait(10)
    run_tiles(lambda index: None, 4)
    assert blas_threads() == {1}
    second_done.set()
    thread.join(10)
    assert blas_threads() == blas_at_rest


def test_blas_can_be_held_by_any_thread_after_any_other(blas_at_rest: set[int]) -> None:
    run_tiles(lambda index: None, 1)
    during: list[set[int]] = []
    thread = threading.Thread(target=run_tiles, args=(lambda index: during.append(blas_threads()), 1))
    thread.start()
    thread.join(10)
    assert during == [{1}]
    assert blas_threads() == blas_at_rest


def test_a_tile_may_itself_run_tiles() -> None:
    ran: Counter[int] = Counter()
    lock = threading.Lock()

    def inner(index: int) -> None:
        with lock:
            ran[index] += 1

    run_tiles(lambda index: run_tiles(inner, 5, workers=3), 8, workers=4)
    assert ran == Counter(dict.fromkeys(range(5), 8))


def test_a_scope_holds_blas_until_its_end_however_many_lie_inside(blas_at_rest: set[int]) -> None:
    with kernel_scope():
        assert blas_threads() == {1}
        with kernel_scope():
            run_tiles(lambda index: None, 3)
        assert blas_threads() == {1}
    assert blas_threads() == blas_at_rest


def test_a_scope_that_fails_gives_blas_and_warnings_back(blas_at_rest: set[int]) -> None:
    before = np.geterr()
    with pytest.raises(ZeroDivisionError), kernel_scope():
        raise ZeroDivisionError
    assert blas_threads() == blas_at_rest
    assert np.geterr() == before


def test_scopes_of_two_threads_may_end_in_any_order(blas_at_rest: set[int]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with kernel_scope():
            inside.set()
            assert leave.wait(10)

    thread = threading.Thread(target=hold)
    with kernel_scope():
        thread.start()
        assert inside.wait(10)
    assert blas_threads() == {1}
    leave.set()
    thread.join(10)
    assert blas_threads() == blas_at_rest


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("workers", [1, 2])
def test_no_thread_warns_of_overflow(workers: int) -> None:
    meeting = threading.Barrier(workers, timeout=10)
    results: list[float] = []

    def work(index: int) -> None:
        meeting.wait()
        results.append(float(np.float32(3e38) * np.ones(1, np.float32)[0] * 10))

    run_tiles(work, workers, workers)
    assert results == [np.inf] * workers


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not tell")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_thread_may_compute_on_the_same_cores_during_tiles_and_afterwards(workers: int) -> None:
    before, during = os.sched_getaffinity(0), list[set[int]]()
    meeting = threading.Barrier(workers, timeout=10)

    def work(_index: int) -> None:
        meeting.wait()
        during.append(os.sched_getaffinity(0))

    run_tiles(work, workers, workers)
    assert during == [before] * workers
    assert os.sched_getaffinity(0) == before


def test_a_pool_never_grows_beyond_its_size() -> None:
    pool = WorkerPool(2, "test")
    everybody, names = threading.Barrier(3, timeout=10), set()

    def meet() -> None:
        everybody.wait()
        names.add(threading.current_thread().name)
        everybody.wait()

    for _ in range(5):
        pool.work(meet, meet, 7)
    assert names == {"test-1", "test-2", threading.current_thread().name}
    pool.dismiss()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("test-")]


def test_a_pool_can_be_called_again_after_it_was_dismissed() -> None:
    pool = WorkerPool(1, "test again")
    together = threading.Barrier(2, timeout=10)
    for _ in range(2):
        pool.work(lambda: together.wait() and None, lambda: together.wait() and None, 1)
        pool.dismiss()
    assert not together.broken


def test_helpers_keep_nothing_alive() -> None:
    class Work:
        def __call__(self) -> None:
            together.wait()

    together = threading.Barrier(2, timeout=10)
    pool, work = WorkerPool(1, "test forgets"), Work()
    gone = weakref.ref(work)
    pool.work(work, work, 1)
    pool.work(together.wait, together.wait, 1)  # type: ignore[arg-type]
    del work
    assert gone() is None
    pool.dismiss()


def test_an_interrupt_while_waiting_leaves_the_pool_usable() -> None:
    pool = WorkerPool(1, "test interrupted")
    begun, go_on = threading.Event(), threading.Event()
    pool.work(begun.set, lambda: begun.wait(10) and None, 1)
    begun.clear()
    helper = pool._idle[0]
    wait = helper.wait

    def interrupted() -> BaseException | None:
        helper.wait = wait  # type: ignore[method-assign]
        raise KeyboardInterrupt

    helper.wait = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        pool.work(lambda: begun.set() or (go_on.wait(10) and None), lambda: begun.wait(10) and None, 1)
    together = threading.Barrier(2, timeout=10)
    pool.work(lambda: together.wait() and None, lambda: together.wait() and None, 1)
    go_on.set()
    helper.join()
    pool.dismiss()
    assert not together.broken


PROGRAM = """
import os, sys, threading
from designer.kernels.runtime.threads import run_tiles
meeting = threading.Barrier(2, timeout=10)
run_tiles(lambda index: meeting.wait() and None, 2, workers=2)
if hasattr(os, "fork"):
    child = os.fork()
    run_tiles(lambda index: meeting.wait() and None, 2, workers=2)
    if child == 0:
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print("done")
"""


@pytest.mark.skipif(core_count() == 1, reason="one core has no helpers")
def test_a_process_ends_and_a_forked_one_has_helpers_of_its_own() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "done", "")
