"""Pictures, jobs and results: the latest wins, and no map is shown that belongs to something else."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from designer.analysis.analyse import Settings
from designer.engine.compile import wiring as wiring_module
from designer.engine.execute.runner import LayerResult, LayerStarted
from designer.engine.options import EngineOptions
from designer.graph.compound_edits import InsertOnEdge
from designer.graph.edits import AddNode, Node, Rename, SetParameters
from designer.kernels.arrays.memory import Array
from designer.layer_api.registry import layer_class, make_layer
from designer.library.models import run as run_design
from designer.pictures.images import Fit, Picture, Preprocessing, picture_from_array
from designer.session.notices import Level
from designer.session.runs import ImagesPrepared, Job, JobEvent, LayerProgress, RunEnded, RunState
from designer.session.session import Session
from tests.helpers.networks import branchy, chain
from tests.helpers.sessions import computed
from tests.session.listening import Listener


def picture(seed: int = 0, *, name: str = "noise", height: int = 12, width: int = 10) -> Picture:
    return picture_from_array(np.random.default_rng(seed).random((height, width, 3), np.float32), name)


@pytest.fixture
def session() -> Session:
    session = Session(branchy())
    session.set_picture(picture())
    return session


@pytest.fixture
def listener(session: Session) -> Listener:
    return Listener(session)


def run_job(session: Session) -> list[JobEvent]:
    """A whole job, its events taken in as the window would."""
    job = session.start_job()
    assert job is not None
    events: list[JobEvent] = []
    job.run(events.append)
    for event in events:
        session.take(job, event)
    return events


def results_of(session: Session) -> dict[str, Array | None]:
    return {node: session.result(node) for node in session.design.nodes}


def missing(session: Session) -> set[str]:
    return {node for node, result in results_of(session).items() if result is None}


def test_a_picture_is_told_and_asks_for_a_run() -> None:
    session = Session(branchy())
    listener = Listener(session)
    session.set_picture(picture())
    assert listener.names() == ["picture_changed", "results_changed", "run_wanted"]
    assert listener.all_of("results_changed") == [frozenset(session.design.nodes)]


def test_a_job_tells_its_images_every_layer_and_its_end(session: Session, listener: Listener) -> None:
    events = run_job(session)
    assert isinstance(events[0], ImagesPrepared)
    assert events[0].images["image"].tensor.shape == (1, 3, 12, 10)
    assert isinstance(events[-1], RunEnded)
    assert events[-1] == RunEnded(seconds=events[-1].seconds)
    results = [event for event in events if isinstance(event, LayerResult)]
    assert {event.id for event in results} == set(session.design.nodes)
    assert not missing(session)
    for event in results:
        assert session.result(event.id) is event.output
    told = [node for change in listener.all_of("results_changed") for node in change]
    assert told == [event.id for event in results]


def test_the_run_state_follows_layer_by_layer(session: Session, listener: Listener) -> None:
    run_job(session)
    states: list[RunState] = listener.all_of("run_changed")
    assert [state.node for state in states[:-1] if state.fraction == 0] == [*session.design.order]
    assert states[-1] == session.run_state == RunState()
    assert not session.run_state.running
    overall = [state.overall for state in states[:-1]]
    assert overall == sorted(overall)
    assert RunState(True, "x", 3, 4, 0.5).overall == 0.875


def test_word_of_an_old_job_is_ignored(session: Session, listener: Listener) -> None:
    old = session.start_job()
    new = session.start_job()
    assert old is not None
    assert new is not None
    listener.forget()
    for event in (
        LayerStarted("stem", 1, 8),
        LayerProgress("stem", 0.5),
        LayerResult("stem", np.zeros(1), 1, 8, 0.0),
        RunEnded(problem="too late"),
    ):
        session.take(old, event)
    assert listener.heard == []
    session.take(new, LayerStarted("stem", 1, 8))
    assert session.run_state == RunState(True, "stem", 1, 8)
    session.take(new, LayerProgress("stem", 0.5))
    assert session.run_state.fraction == 0.5


def test_a_new_job_cancels_the_one_before(session: Session) -> None:
    old = session.start_job()
    session.start_job()
    assert old is not None
    events: list[JobEvent] = []
    old.run(events.append)
    assert events[-1] == RunEnded(cancelled=True)
    assert not any(isinstance(event, LayerResult) for event in events)


def test_cancelling_ends_the_state_at_once(session: Session, listener: Listener) -> None:
    job = session.start_job()
    assert job is not None
    session.take(job, LayerStarted("stem", 1, 8))
    session.cancel_run()
    assert listener.all_of("run_changed")[-1] == RunState()
    session.take(job, RunEnded(cancelled=True))
    assert listener.all_of("noticed") == []


def test_a_job_stops_inside_a_layer() -> None:
    session = Session(chain((32, 64, 64), ("conv2d", {"filters": 256, "kernel": 3, "padding": 1}), ("relu", {})))
    session.set_picture(picture(height=64, width=64))
    job = session.start_job()
    assert job is not None
    events: list[JobEvent] = []
    inside = threading.Event()

    def tell(event: JobEvent) -> None:
        events.append(event)
        if isinstance(event, LayerStarted) and event.id == "conv1":
            inside.set()
            job.cancel()

    job.run(tell)
    assert inside.is_set()
    assert events[-1] == RunEnded(cancelled=True)
    assert [event.id for event in events if isinstance(event, LayerResult)] == ["image"]


def test_a_run_that_is_refused_is_a_notice(
    session: Session, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: 10)
    events = run_job(session)
    assert isinstance(events[-1], RunEnded)
    notice = listener.all_of("noticed")[-1]
    assert notice.level is Level.ERROR
    assert notice.text.startswith("this run needs about")
    assert session.run_state == RunState()


def test_running_out_of_memory_is_a_notice(
    session: Session, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(*arguments: Any) -> Array:
        raise MemoryError

    monkeypatch.setattr(layer_class("add"), "forward", forward)
    run_job(session)
    assert listener.all_of("noticed")[-1].text == "there is not enough memory"
    assert missing(session) == {"add", "end"}


def test_a_defect_ends_the_run_and_is_heard_of(
    session: Session, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(*arguments: Any) -> Array:
        raise ZeroDivisionError

    monkeypatch.setattr(layer_class("add"), "forward", forward)
    job = session.start_job()
    assert job is not None
    with pytest.raises(ZeroDivisionError):
        job.run(lambda event: session.take(job, event))
    assert session.run_state == RunState()
    assert listener.all_of("noticed")[-1].level is Level.ERROR


def test_an_edit_keeps_maps_upstream_and_undo_brings_all_back_at_once(session: Session, listener: Listener) -> None:
    run_job(session)
    before = results_of(session)
    session.do(SetParameters("mix", {"bias": False}))
    assert missing(session) == {"mix", "add", "end"}
    assert session.result("stem") is before["stem"]
    listener.forget()
    session.undo()
    assert all(session.result(node) is before[node] for node in before)
    assert "analysed" in listener.names()


def test_moving_and_renaming_keep_every_map(session: Session) -> None:
    run_job(session)
    stem = session.result("stem")
    session.do(Rename("stem", "trunk"))
    assert session.result("trunk") is stem
    assert not missing(session)


def test_a_new_branch_computes_itself_alone(session: Session) -> None:
    run_job(session)
    session.do(AddNode(Node("more", make_layer("tanh")), "stem"))
    assert missing(session) == {"more"}
    events = run_job(session)
    computed = {event.id for event in events if isinstance(event, LayerResult) and event.seconds > 0}
    assert computed == {"more"}
    assert not missing(session)


def test_another_picture_leaves_no_map_of_the_old_one(session: Session, listener: Listener) -> None:
    run_job(session)
    old = session.start_job()
    assert old is not None
    late: list[JobEvent] = []
    old.run(late.append)
    listener.forget()
    session.set_picture(picture(1, name="other"))
    assert missing(session) == set(session.design.nodes)
    assert listener.all_of("results_changed") == [frozenset(session.design.nodes)]
    # The job with the old picture still had something to say.
    for event in late:
        session.take(old, event)
    assert missing(session) == set(session.design.nodes)
    run_job(session)
    assert session.prepared["image"].picture.name == "other"
    assert not missing(session)


def test_the_same_picture_again_is_remembered(session: Session) -> None:
    first = session.picture
    run_job(session)
    session.set_picture(None)
    assert session.start_job() is None
    assert missing(session) == set(session.design.nodes)
    session.set_picture(first)
    assert session.picture is first


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.set_picture(picture(1)),
        lambda session: session.set_preprocessing(Preprocessing(fit=Fit.STRETCH)),
        lambda session: session.adopt(branchy()),
    ],
    ids=["picture", "preparation", "design"],
)
def test_a_job_for_what_is_no_longer_shown_stops(session: Session, change: Callable[[Session], None]) -> None:
    job = session.start_job()
    assert job is not None
    session.take(job, LayerStarted("stem", 1, 8))
    change(session)
    assert not session.run_state.running
    events: list[JobEvent] = []
    job.run(events.append)
    assert events[-1] == RunEnded(cancelled=True)


def test_another_preparation_leaves_no_map_of_the_old_one(session: Session, listener: Listener) -> None:
    run_job(session)
    listener.forget()
    session.set_preprocessing(Preprocessing(fit=Fit.STRETCH))
    assert listener.names() == ["picture_changed", "results_changed", "run_wanted"]
    assert missing(session) == set(session.design.nodes)
    # What was prepared is still there to be looked at.
    assert "image" in session.prepared
    listener.forget()
    session.set_preprocessing(Preprocessing(fit=Fit.STRETCH))
    assert listener.heard == []
    run_job(session)
    assert not missing(session)


def test_maps_that_have_been_looked_at_are_gone_with_another_preparation(session: Session) -> None:
    run_job(session)
    assert not missing(session)
    session.set_preprocessing(Preprocessing(fit=Fit.STRETCH))
    assert missing(session) == set(session.design.nodes)


def test_the_image_is_prepared_once_and_anew_for_another_shape(session: Session) -> None:
    run_job(session)
    first = session.prepared["image"]
    session.do(SetParameters("stem", {"filters": 6}))
    run_job(session)
    assert session.prepared["image"] is first
    session.do(SetParameters("image", {"shape": (1, 8, 8)}))
    assert missing(session) == set(session.design.nodes)
    run_job(session)
    assert session.prepared["image"].tensor.shape == (1, 1, 8, 8)
    assert not missing(session)


def test_what_was_done_to_the_picture_is_told_once(session: Session, listener: Listener) -> None:
    session.set_picture(picture(height=30, width=30))
    run_job(session)
    texts = [notice.text for notice in listener.all_of("noticed")]
    assert len(texts) == 1
    assert texts[0].startswith("resized from 30×30 to 10×12")
    run_job(session)
    assert len(listener.all_of("noticed")) == 1


def test_no_picture_or_no_input_no_job() -> None:
    session = Session(branchy())
    assert session.start_job() is None
    empty = Session()
    empty.set_picture(picture())
    assert empty.start_job() is None


def test_an_input_that_no_image_fits_is_a_notice() -> None:
    session = Session(chain((7,), ("dense", {})))
    session.set_picture(picture())
    listener = Listener(session)
    run_job(session)
    assert listener.all_of("noticed")[-1].text.startswith("the input is 7; an image fits only")


def test_a_design_adopted_stops_the_run(session: Session, listener: Listener) -> None:
    job = session.start_job()
    assert job is not None
    session.take(job, LayerStarted("stem", 1, 8))
    session.adopt(branchy())
    assert session.run_state == RunState()
    session.take(job, RunEnded(problem="of the other design"))
    assert listener.all_of("noticed") == []


def test_an_image_that_a_run_has_no_memory_for_is_not_made(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("made all the same")

    session.do(SetParameters("image", {"shape": (3, 8000, 8000)}))
    monkeypatch.setattr("designer.session.runs.prepare", refuse)
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: 2_000_000_000)
    (ended,) = run_job(session)
    assert isinstance(ended, RunEnded)
    assert ended.problem is not None
    assert "2.00\N{NO-BREAK SPACE}GB are free" in ended.problem
    assert session.prepared == {}


def test_what_making_the_image_takes_is_part_of_what_a_run_needs(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.do(SetParameters("image", {"shape": (3, 600, 500)}))
    # All maps, of which two lie in their concatenation; floats and bytes of pixels before normalisation; a channel of
    # 12 rows as wide as these.
    maps = (ALL_MAPS // 120 - 7 * 4) * 600 * 500
    making = 600 * 500 * 3 * (4 + 1) + 12 * 500 * 4
    weights = 50_000
    for available, problems in ((maps + making - 1, True), (maps + making + weights, False)):
        session.workspace.room = (-math.inf, 0)
        monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda available=available: available)
        ended = run_job(session)[-1]
        assert isinstance(ended, RunEnded)
        assert (ended.problem is not None) is problems


def test_making_a_large_image_shows_progress_and_stops_at_the_next_step(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.session.runs.PROGRESS_INTERVAL", 0.0)
    session.do(SetParameters("image", {"shape": (3, 1500, 1500)}))
    job = session.start_job()
    assert job is not None
    events: list[JobEvent] = []

    def tell(event: JobEvent) -> None:
        events.append(event)
        if len(events) == 5:
            job.cancel()

    job.run(tell)
    told, ended = events[:-1], events[-1]
    assert ended == RunEnded(cancelled=True)
    assert len(told) == 5
    assert all(isinstance(event, LayerProgress) and event.id == "image" for event in told)
    fractions = [event.fraction for event in told if isinstance(event, LayerProgress)]
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] < 0.5


def test_a_precise_run_of_the_session_gives_what_a_precise_run_of_the_library_gives() -> None:
    # Wide enough for Winograd's convolution, which rounds in another way.
    session = Session(chain((3, 30, 40), *[("conv2d", {"filters": 64, "kernel": 3, "padding": 1})] * 2))
    session.set_picture(picture(height=30, width=40))
    run_job(session)
    quick, image = session.result("conv2"), session.prepared["image"].tensor
    session.configure_engine(EngineOptions(precise=True))
    assert session.result("conv2") is None
    run_job(session)
    precise = session.result("conv2")
    assert quick is not None
    assert precise is not None
    np.testing.assert_array_equal(precise, run_design(session.design, image, precise=True)["conv2"])
    assert not np.array_equal(quick, precise)


def test_another_budget_asks_for_the_maps_it_has_room_for(session: Session, listener: Listener) -> None:
    session.configure_engine(EngineOptions(memory_bytes=512_000_000))
    assert listener.names() == ["results_changed", "run_wanted"]
    listener.forget()
    session.configure_engine(EngineOptions(memory_bytes=512_000_000))
    assert listener.names() == []


# ------------------------------------------------------------------------------------- more than can be kept


ALL_MAPS = (3 + 4 + 3 + 4 + 7 + 5 + 5 + 5 + 5) * 12 * 10 * 4
"""Bytes of every output of the branchy network in float32."""


@pytest.mark.parametrize("settings", [Settings(), Settings(batch=8), Settings(dtype="int8")], ids=str)
def test_all_maps_are_kept_where_they_fit_whatever_the_table_counts_in(settings: Settings) -> None:
    for budget, kept_all in ((2 * ALL_MAPS, True), (2 * ALL_MAPS - 2, False)):
        session = Session(branchy(), settings)
        session.configure_engine(EngineOptions(memory_bytes=budget))
        session.set_picture(picture())
        run_job(session)
        assert (not missing(session)) is kept_all


def test_where_they_do_not_fit_the_ends_and_the_current_node_are_kept() -> None:
    session = Session(branchy())
    session.configure_engine(EngineOptions(memory_bytes=ALL_MAPS))
    session.set_picture(picture())
    session.select(["left"])
    run_job(session)
    assert missing(session) == set(session.design.nodes) - {"left", "end"}
    listener = Listener(session)
    # Selecting another node asks for its maps; one that is there asks for nothing.
    session.select(["concat"])
    assert listener.names() == ["selection_changed", "run_wanted"]
    run_job(session)
    assert session.result("concat") is not None
    listener.forget()
    session.select(["end"])
    assert "run_wanted" not in listener.names()


def test_selecting_asks_for_no_run_where_all_is_kept(session: Session, listener: Listener) -> None:
    session.select(["left"])
    assert "run_wanted" not in listener.names()


def test_a_node_with_a_problem_asks_for_no_run() -> None:
    session = Session(branchy())
    session.configure_engine(EngineOptions(memory_bytes=20))
    session.set_picture(picture())
    session.do(SetParameters("left", {"padding": 0}))
    listener = Listener(session)
    session.select(["concat"])
    session.select(["end"])
    assert "run_wanted" not in listener.names()


def test_weights_of_a_node_are_those_it_runs_with(session: Session) -> None:
    run_job(session)
    tensors = session.filters("mix")
    concat, mix = session.result("concat"), session.result("mix")
    assert concat is not None
    assert mix is not None
    expected = np.einsum("fc,nchw->nfhw", tensors["weight"][:, :, 0, 0], concat)
    np.testing.assert_allclose(mix, expected, rtol=1e-5, atol=1e-5)
    assert session.filters("end") == {}


def test_a_job_is_deaf_to_later_edits(session: Session) -> None:
    job: Job | None = session.start_job()
    assert job is not None
    wire = session.design.incoming["mix"][0]
    session.do(InsertOnEdge(Node("between", make_layer("relu")), wire))
    events: list[JobEvent] = []
    job.run(events.append)
    assert "between" not in {event.id for event in events if isinstance(event, LayerResult)}


def test_a_layer_is_asked_once_what_the_engine_may_do_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of the maps in view are made after every edit, of ten thousand layers too."""
    session = computed(chain((1, 8, 8), *[("relu", {})] * 6))
    assert session.result("relu6") is not None
    asked: list[object] = []
    treatment_of = wiring_module.treatment_of
    monkeypatch.setattr(
        wiring_module, "treatment_of", lambda operation: asked.append(operation) or treatment_of(operation)
    )
    session.select(["relu6"])
    session.append_layer("tanh")
    assert session.result("relu6") is not None
    assert session.result("tanh1") is None
    assert len(asked) == 1
