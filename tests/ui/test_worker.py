from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QThread

from designer.engine.execute.runner import LayerResult, LayerStarted
from designer.gallery.article import block_stack
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetParameters
from designer.interchange.figures.mosaic import mosaic_sheet, write_png
from designer.kernels.runtime.threads import checkpoint
from designer.pictures.images import picture_from_array
from designer.session.notices import Level
from designer.session.runs import Job, LayerProgress, RunEnded
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.worker import BackgroundTasks, Worker


@pytest.fixture
def picture():
    pixels = np.random.default_rng(1).random((32, 32, 1), np.float32)
    return picture_from_array(pixels, "noise")


@pytest.fixture
def bridge(qapp):
    return Bridge(Session(lenet5()))


@pytest.fixture
def worker(bridge):
    worker = Worker(bridge)
    yield worker
    worker.close()


def results_of(session: Session) -> set[str]:
    return {node for node in session.design.nodes if session.result(node) is not None}


class Recorded(Job):
    """A job that does what the test says instead of running a network."""

    def __init__(self, work: Callable[[Recorded, Callable], None]) -> None:
        self.work = work
        self.cancelled = threading.Event()
        self.thread: QThread | None = None

    def cancel(self):
        self.cancelled.set()

    def run(self, tell):
        self.thread = QThread.currentThread()
        self.work(self, tell)
        tell(RunEnded())


@pytest.fixture
def give(worker, bridge, monkeypatch):
    """Make the session hand out jobs of the test."""

    def give(work):
        job = Recorded(work)

        def start_job():
            bridge.session.cancel_run()
            bridge.session._job = job
            return job

        monkeypatch.setattr(bridge.session, "start_job", start_job)
        return job

    return give


def test_a_picture_starts_a_run_by_itself(worker, bridge, picture, qtbot):
    bridge.session.set_picture(picture)
    qtbot.waitUntil(lambda: results_of(bridge.session) == set(bridge.session.design.nodes))
    assert bridge.session.result("conv1").shape == (1, 6, 28, 28)
    qtbot.waitUntil(lambda: not bridge.session.run_state.running)


def test_edits_in_quick_succession_make_one_run(worker, bridge, picture, qtbot, monkeypatch):
    begun = []
    start = bridge.session.start_job
    monkeypatch.setattr(bridge.session, "start_job", lambda: begun.append(1) or start())
    bridge.session.set_picture(picture)
    for filters in (7, 8, 9):
        bridge.session.do(SetParameters("conv1", {"filters": filters}))
    qtbot.waitUntil(lambda: bridge.session.result("conv1") is not None)
    assert bridge.session.result("conv1").shape == (1, 9, 28, 28)
    assert len(begun) == 1


def test_nothing_runs_by_itself_when_told_so(worker, bridge, picture, qtbot):
    worker.automatic = False
    bridge.session.set_picture(picture)
    assert not worker._rest.isActive()
    worker.run_now()
    qtbot.waitUntil(lambda: bridge.session.result(bridge.session.design.order[-1]) is not None)


def test_views_hear_of_results_in_the_ui_thread(worker, bridge, picture, qtbot, qapp):
    heard = []
    bridge.results_changed.connect(lambda ids: heard.append((ids, QThread.currentThread())))
    bridge.session.set_picture(picture)
    heard.clear()
    last = bridge.session.design.order[-1]
    qtbot.waitUntil(lambda: frozenset([last]) in {ids for ids, _thread in heard})
    assert frozenset(["conv1"]) in {ids for ids, _thread in heard}
    assert {thread for _ids, thread in heard} == {qapp.thread()}


def test_the_job_itself_runs_elsewhere(worker, give, qtbot, qapp):
    job = give(lambda job, tell: None)
    worker.run_now()
    qtbot.waitUntil(lambda: job.thread is not None)
    assert job.thread is not qapp.thread()


def test_progress_is_thinned_and_results_are_not(worker, bridge, give, qtbot):
    """500 layers tell 1500 things; the views hear of every result and of few steps of progress."""
    states, results, seen_running = [], [], threading.Event()
    bridge.run_changed.connect(states.append)
    bridge.run_changed.connect(lambda state: seen_running.set())
    bridge.results_changed.connect(results.extend)

    def work(job, tell):
        tell(LayerStarted("conv1", 0, 500))
        seen_running.wait(5)
        for index in range(500):
            tell(LayerStarted("conv1", index, 500))
            tell(LayerProgress("conv1", 0.5))
            tell(LayerResult(f"node{index}", np.zeros(1), index, 500, 0.0))

    give(work)
    worker.run_now()
    with qtbot.waitSignal(bridge.run_changed, check_params_cb=lambda state: not state.running, timeout=5000):
        pass
    assert results == [f"node{index}" for index in range(500)]
    assert len(states) < 50


def test_the_latest_run_wins(worker, bridge, give, qtbot):
    results = []
    bridge.results_changed.connect(results.extend)

    def until_cancelled(job, tell):
        tell(LayerStarted("conv1", 0, 2))
        job.cancelled.wait(5)
        tell(LayerResult("old", np.zeros(1), 0, 1, 0.0))

    first = give(until_cancelled)
    with qtbot.waitSignal(bridge.run_changed, check_params_cb=lambda state: state.running):
        worker.run_now()
    give(lambda job, tell: tell(LayerResult("new", np.zeros(1), 0, 1, 0.0)))
    worker.run_now()
    qtbot.waitUntil(lambda: "new" in results)
    assert first.cancelled.is_set()
    assert results == ["new"]


def test_jobs_overtaken_before_they_began_never_begin(worker, bridge, give, qtbot):
    begun, release = [], threading.Event()
    give(lambda job, tell: (begun.append("first"), release.wait(5)))
    worker.run_now()
    qtbot.waitUntil(lambda: begun == ["first"])
    for name in ("second", "third"):
        give(lambda job, tell, name=name: begun.append(name))
        worker.run_now()
    release.set()
    qtbot.waitUntil(lambda: "third" in begun)
    assert begun == ["first", "third"]


def test_jobs_overtaken_before_they_began_are_let_go(worker, bridge, monkeypatch, qtbot):
    """A job holds a design, a picture and maps."""
    begun, release, works = threading.Event(), threading.Event(), []
    monkeypatch.setattr(bridge.session, "start_job", lambda: Recorded(works.pop()))
    works.append(lambda job, tell: (begun.set(), release.wait(5)))
    worker.run_now()
    qtbot.waitUntil(begun.is_set)
    overtaken, ended = [], threading.Event()
    for _time in range(3):
        works.append(lambda job, tell: overtaken.append("begun"))
        overtaken.append(weakref.ref(works[0]))
        worker.run_now()
    works.append(lambda job, tell: ended.set())
    worker.run_now()
    release.set()
    qtbot.waitUntil(ended.is_set)
    gc.collect()
    assert [work() for work in overtaken] == [None, None, None]


def test_stop_cancels_what_runs_and_what_was_about_to(worker, bridge, give, qtbot):
    job = give(lambda job, tell: (tell(LayerStarted("conv1", 0, 2)), job.cancelled.wait(5)))
    with qtbot.waitSignal(bridge.run_changed, check_params_cb=lambda state: state.running):
        worker.run_now()
    bridge.session.run_wanted.emit()
    worker.stop()
    assert job.cancelled.is_set()
    assert not bridge.session.run_state.running
    assert not worker._rest.isActive()


def test_close_waits_and_nothing_starts_afterwards(bridge, picture, qapp):
    worker = Worker(bridge)
    bridge.session.set_picture(picture)
    worker.run_now()
    worker.close()
    assert worker._pool.activeThreadCount() == 0
    bridge.session.do(SetParameters("conv1", {"filters": 3}))
    worker.run_now()
    assert worker._pool.activeThreadCount() == 0
    assert not worker._rest.isActive()


def test_a_defect_in_a_layer_ends_the_run_with_a_notice(worker, bridge, give, qtbot, caplog, provoked_defects):
    def work(job, tell):
        tell(LayerStarted("conv1", 0, 2))
        raise ZeroDivisionError("by hand")

    give(work)
    with qtbot.waitSignal(bridge.noticed) as told:
        worker.run_now()
    assert told.args[0].level is Level.ERROR
    assert "ZeroDivisionError" in told.args[0].text
    assert not bridge.session.run_state.running
    assert "by hand" in caplog.text


def test_a_large_layer_is_left_quickly(worker, bridge, picture, qtbot):
    """A network of some seconds, cancelled inside: the thread is free again at once."""
    design = SetParameters("image", {"shape": (3, 512, 512)}).apply(block_stack())
    bridge.session.adopt(design)
    bridge.session.set_picture(picture)
    with qtbot.waitSignal(bridge.run_changed, check_params_cb=lambda state: state.running, timeout=5000):
        worker.run_now()
    worker.stop()
    qtbot.waitUntil(lambda: worker._pool.activeThreadCount() == 0, timeout=2000)


class TestBackgroundTasks:
    @pytest.fixture
    def tasks(self, qapp):
        tasks = BackgroundTasks()
        yield tasks
        tasks.close()

    def test_the_result_comes_in_the_ui_thread(self, tasks, qtbot, qapp):
        told = []
        tasks.start(
            QThread.currentThread, lambda result: told.append((result, QThread.currentThread())), told.append, "x"
        )
        qtbot.waitUntil(lambda: bool(told))
        worked_in, told_in = told[0]
        assert worked_in is not qapp.thread()
        assert told_in is qapp.thread()

    def test_a_failure_is_told_apart(self, tasks, qtbot):
        def fail():
            raise OSError("disk full")

        failures = []
        tasks.start(fail, pytest.fail, failures.append, "Saving")
        qtbot.waitUntil(lambda: bool(failures))
        assert str(failures[0]) == "disk full"

    def test_what_is_at_work_can_be_seen(self, tasks, qtbot):
        release = threading.Event()
        seen = []
        tasks.changed.connect(lambda: seen.append([task.label for task in tasks.active]))
        tasks.start(lambda: release.wait(5), lambda result: None, pytest.fail, "Opening")
        release.set()
        qtbot.waitUntil(lambda: seen == [["Opening"], []])

    def test_a_forgotten_task_tells_nothing(self, tasks, qtbot):
        release, told = threading.Event(), []
        task = tasks.start(lambda: release.wait(5), told.append, told.append, "Opening")
        tasks.cancel(task)
        release.set()
        tasks.start(lambda: 7, told.append, told.append, "Opening another")
        qtbot.waitUntil(lambda: told == [7])
        assert tasks.active == ()

    def test_one_after_the_other(self, tasks, qtbot):
        """Two saves to the same file must not overtake each other."""
        order = []
        for number in range(5):
            tasks.start(lambda number=number: order.append(number), lambda result: None, pytest.fail, "Saving")
        qtbot.waitUntil(lambda: tasks.active == ())
        assert order == [0, 1, 2, 3, 4]

    def test_what_never_began_is_let_go(self, qapp):
        class Design:
            pass

        tasks, begun, release = BackgroundTasks(), threading.Event(), threading.Event()
        tasks.start(lambda: (begun.set(), release.wait(5)), lambda result: None, pytest.fail, "Opening")
        begun.wait(5)
        design = Design()
        alive = weakref.ref(design)
        tasks.start(lambda design=design: design, lambda result: None, pytest.fail, "Saving")
        threading.Timer(0.05, release.set).start()
        tasks.close()
        del tasks, design
        gc.collect()
        assert alive() is None

    def test_close_writes_the_file_that_is_waiting_to_be_written(self, qapp):
        tasks, begun, release, written = BackgroundTasks(), threading.Event(), threading.Event(), []
        tasks.start(lambda: (begun.set(), release.wait(5)), lambda result: None, pytest.fail, "Opening")
        begun.wait(5)
        tasks.start(lambda: written.append("opened"), lambda result: None, pytest.fail, "Opening")
        tasks.start(lambda: written.append("maps.png"), lambda result: None, pytest.fail, "Saving", writes=True)
        assert [task.label for task in tasks.writing] == ["Saving"]
        threading.Timer(0.05, release.set).start()
        tasks.close()
        assert written == ["maps.png"], "what is only read is forgotten, what is written is not"

    def test_a_cancelled_task_ends_at_its_next_checkpoint(self, qtbot):
        tasks, begun, ended, rounds = BackgroundTasks(), threading.Event(), threading.Event(), []

        def endless():
            try:
                while len(rounds) < 10**7:
                    rounds.append(1)
                    checkpoint(0.0)
                    begun.set()
            finally:
                ended.set()

        task = tasks.start(endless, pytest.fail, pytest.fail, "Saving", writes=True)
        begun.wait(5)
        tasks.cancel(task)
        assert ended.wait(5)
        assert len(rounds) < 10**7
        tasks.close()

    def test_a_stopped_picture_leaves_the_old_file(self, qtbot, tmp_path):
        """PNG is written strip by strip, with a checkpoint after each."""
        path, tasks, begun = tmp_path / "maps.png", BackgroundTasks(), threading.Event()
        path.write_bytes(b"old")
        maps = np.random.default_rng(0).random((64, 512, 512), np.float32)
        release = threading.Event()

        def write():
            begun.set()
            release.wait(5)
            write_png(path, mosaic_sheet(maps))

        task = tasks.start(write, pytest.fail, pytest.fail, "Saving", writes=True)
        begun.wait(5)
        tasks.cancel(task)
        release.set()
        tasks.close()
        assert path.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [path]

    def test_close_lets_a_begun_task_finish(self, qapp):
        tasks, begun, finished = BackgroundTasks(), threading.Event(), []

        def write():
            begun.set()
            finished.append(True)

        tasks.start(write, lambda result: None, pytest.fail, "Saving")
        begun.wait(5)
        tasks.close()
        assert finished == [True]
