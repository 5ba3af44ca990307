from __future__ import annotations

import threading

from pytestqt.qtbot import QtBot

from designer.ui.widgets.latest_task import LatestTask


def test_the_answer_comes_in_this_thread(qtbot: QtBot) -> None:
    task = LatestTask()
    seen: list[object] = []
    task.done.connect(lambda answer: seen.append((answer, threading.current_thread())))
    with qtbot.waitSignal(task.done):
        task.start(lambda keep_on: threading.current_thread())
    (worker, receiver) = seen[0]  # type: ignore[misc]
    assert receiver is threading.main_thread()
    assert worker is not receiver
    assert not task.running


def test_only_the_latest_answer_counts(qtbot: QtBot) -> None:
    task, first_may_end = LatestTask(), threading.Event()
    answers: list[object] = []
    told_to_stop: list[bool] = []
    task.done.connect(answers.append)

    def slow(keep_on: object) -> str:
        first_may_end.wait(5)
        told_to_stop.append(not keep_on())  # type: ignore[operator]
        return "first"

    task.start(slow)
    with qtbot.waitSignal(task.done):
        task.start(lambda keep_on: "second")
        first_may_end.set()
    qtbot.waitUntil(lambda: bool(told_to_stop))
    assert answers == ["second"]
    assert told_to_stop == [True]


def test_a_cancelled_task_tells_nothing(qtbot: QtBot) -> None:
    task, ended = LatestTask(), threading.Event()
    task.start(lambda keep_on: ended.set())
    task.cancel()
    assert not task.running
    with qtbot.assertNotEmitted(task.done, wait=50):
        ended.wait(5)
    assert ended.is_set()


def test_nothing_breaks_where_the_asker_is_gone(qtbot: QtBot) -> None:
    from shiboken6 import delete

    task, may_end, ended = LatestTask(), threading.Event(), threading.Event()

    def work(keep_on: object) -> None:
        may_end.wait(5)
        ended.set()

    task.start(work)
    delete(task)
    may_end.set()
    assert ended.wait(5)
