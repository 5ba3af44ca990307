"""Threads go through works side by side, in order, wait for each other, and leave together when one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from designer.kernels import lockstep
from designer.kernels.lockstep import Lockstep
from designer.kernels.threads import kernel_scope


class Failure(Exception):
    pass


def noting(seen: list[str], name: str) -> Callable[[], None]:
    return partial(seen.append, name)


def in_threads(program: Lockstep) -> None:
    with kernel_scope():
        program.run()


def works(seen: list[str], threads: int = 2) -> list[list[list[Callable[[], object]]]]:
    """First one thread alone, then all, all again with a list missing, one alone, all, and one alone."""
    every = [[noting(seen, f"a{index}"), noting(seen, f"b{index}")] for index in range(threads)]
    fewer = [[noting(seen, f"c{index}")] for index in range(max(2, threads - 1))]
    return [[[noting(seen, "x")]], every, fewer, [[noting(seen, "y")]], every, [[noting(seen, "z")]]]


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("are_free", [True, False])
def test_works_are_done_in_order(threads: int, are_free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not are_free:
        monkeypatch.setattr(lockstep, "run_together", lambda _parts, _give_up: False)
    seen: list[str] = []
    program = Lockstep(works(seen, threads))
    for _run in range(50):
        seen.clear()
        in_threads(program)
        every = sorted(f"{letter}{index}" for letter in "ab" for index in range(threads))
        fewer = [f"c{index}" for index in range(max(2, threads - 1))]
        first, second = seen[1 : 1 + len(every)], seen[-1 - len(every) : -1]
        assert seen[0] == "x"
        assert sorted(first) == sorted(second) == every
        assert sorted(seen[1 + len(every) : -2 - len(every)]) == fewer
        assert seen[-2 - len(every)] == "y"
        assert seen[-1] == "z"
        # Each thread goes through its own list in order.
        assert all(
            part.index(f"a{index}") < part.index(f"b{index}") for part in (first, second) for index in range(threads)
        )


def test_parts_of_a_work_run_side_by_side() -> None:
    meet = threading.Barrier(2, timeout=30)
    in_threads(Lockstep([[[meet.wait], [meet.wait]]]))


@pytest.mark.parametrize("failing", [0, 1])
def test_one_that_fails_takes_the_others_along(failing: int) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise Failure

    lists: list[list[Callable[[], object]]] = [[noting(seen, "0")], [noting(seen, "1")]]
    lists[failing] = [fail]
    program = Lockstep([lists, [[noting(seen, "after")]], [[noting(seen, "later")], [noting(seen, "later")]]])
    with pytest.raises(Failure):
        in_threads(program)
    assert "later" not in seen
    with pytest.raises(RuntimeError, match="failed"):
        in_threads(program)
    # The threads are free for others.
    test_parts_of_a_work_run_side_by_side()


def test_what_one_does_alone_may_fail_too() -> None:
    def fail() -> None:
        raise Failure

    program = Lockstep([[[int], [int]], [[fail]], [[int], [int]]])
    with pytest.raises(Failure):
        in_threads(program)


def test_an_interrupt_before_the_caller_begins_lets_the_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()
    program = Lockstep([[[int], [int]], [[int], [int]]])

    def interrupted(index: int) -> None:
        if index == 0:
            started.wait(30)
            raise KeyboardInterrupt
        started.set()
        Lockstep._go(program, index)

    monkeypatch.setattr(program, "_go", interrupted)
    with pytest.raises(KeyboardInterrupt):
        in_threads(program)
    test_parts_of_a_work_run_side_by_side()


def test_the_last_to_come_does_nothing_more_once_the_works_were_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    program = Lockstep([[[noting(seen, "alone")]], [[noting(seen, "each")], [noting(seen, "each")]]])

    def given_up_first(parts: Sequence[Callable[[], None]], give_up: Callable[[], None]) -> bool:
        give_up()
        for part in parts:
            part()
        return True

    monkeypatch.setattr(lockstep, "run_together", given_up_first)
    program.run()
    assert seen == []


def test_nothing_to_do_is_done() -> None:
    in_threads(Lockstep([]))
