"""No listener ever sees a design and a report, a selection or images that do not belong together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis.analyse import Settings, analyse
from designer.engine.execute.runner import LayerStarted
from designer.engine.options import EngineOptions
from designer.graph.design import Design
from designer.graph.document import Change
from designer.graph.edits import RemoveNodes, SetParameters
from designer.pictures.images import Fit, Preprocessing
from designer.session.maps.state import maps_state
from designer.session.notices import Level
from designer.session.session import Session
from tests.helpers.designs import any_edit, designs
from tests.helpers.networks import branchy, chain
from tests.helpers.sessions import computed, grey_ramp
from tests.session.listening import SIGNALS, Listener

ALL_SIGNALS = (*SIGNALS, "profiled", "engine_options_changed")


def short() -> Design:
    """Another design than any with branches."""
    return chain((3, 8, 8), ("conv2d", {"filters": 2, "kernel": 3}), ("relu", {}))


class Inspector:
    """Listens to everything, and at every word compares what the session holds with itself."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.words: list[str] = []
        for name in ALL_SIGNALS:
            getattr(session, name).connect(self._inspecting(name), check_nargs=False)

    def _inspecting(self, name: str) -> Callable[..., None]:
        def inspect(*arguments: Any) -> None:
            self.words.append(name)
            session = self.session
            assert session.report == analyse(session.design, settings=session.settings), name
            assert list(session.report.layers) == list(session.design.order), name
            assert set(session.selection) <= set(session.design.nodes), name
            assert (session.current_report is None) == (session.current is None), name
            # What panels ask for at any word; a node that the report does not know would raise.
            maps_state(session)
            for node in session.design.nodes:
                session.result(node)
            if name == "probed" and arguments[0] is not None:
                assert arguments[0].node in session.report.layers

        return inspect


def act(session: Session, data: st.DataObject) -> None:
    """One thing a user may do."""
    nodes = list(session.design.nodes)
    match data.draw(st.sampled_from(["edit", "edit", "select", "probe", "undo", "redo", "rename", "count", "adopt"])):
        case "edit":
            session.do(data.draw(any_edit(session.design)))
        case "undo":
            session.undo()
        case "redo":
            session.redo()
        case "rename" if nodes:
            session.rename(data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(["a", "b", *nodes])))
        case "select" if nodes:
            session.select(data.draw(st.lists(st.sampled_from(nodes), max_size=3)))
        case "probe" if nodes:
            facts = session.report.layers[data.draw(st.sampled_from(nodes))]
            if facts.output_shape is not None:
                session.probe(facts.id, (0,) * (len(facts.output_shape) - 1))
        case "count":
            session.configure(Settings(data.draw(st.integers(1, 3)), data.draw(st.sampled_from(["float32", "int8"]))))
        case "adopt":
            session.adopt(data.draw(st.sampled_from([Design(), branchy(), short()])), saved=data.draw(st.booleans()))


@given(st.data())
def test_state_is_whole_at_every_word(data: st.DataObject) -> None:
    session = Session(data.draw(designs(max_nodes=5, with_extras=False)))
    session.set_picture(grey_ramp(8, 8))
    inspector = Inspector(session)
    for _turn in range(data.draw(st.integers(1, 8))):
        act(session, data)
    # Deletes the last nodes with something pointed at and selected.
    session.select(session.design.nodes)
    session.do(RemoveNodes(session.selection))
    assert not session.design.nodes or "changed" in inspector.words


def test_state_is_whole_while_pictures_and_options_come_and_go(tmp_path: Path) -> None:
    session = computed(branchy())
    inspector = Inspector(session)
    session.start_job()
    session.set_preprocessing(Preprocessing(Fit.LETTERBOX))
    job = session.start_job()
    session.take(job, LayerStarted("stem", 1, 9))
    session.set_picture(None)
    session.configure_engine(EngineOptions(precise=True))
    session.configure(Settings(4))
    session.saved_as(tmp_path / "a.json", session.design)
    session.adopt(short(), tmp_path / "b.json", saved=False)
    heard = {"run_changed", "picture_changed", "results_changed", "engine_options_changed", "settings_changed"}
    assert heard | {"file_changed", "profiled", "changed", "analysed"} <= set(inspector.words)


@pytest.mark.parametrize("answering", ["changed", "analysed", "selection_changed", "file_changed", "run_wanted"])
def test_what_a_listener_changes_is_told_afterwards(answering: str) -> None:
    session = Session(branchy())
    session.select(["stem"])
    early = Listener(session)
    asked = []

    def answer() -> None:
        if not asked:
            asked.append(session.design)
            session.do(SetParameters("left", {"filters": 7}))
            # At once: whoever asks for a change can go on with it.
            assert session.design.nodes["left"].layer.filters == 7
            assert session.report.layers["left"].output_shape[0] == 7

    getattr(session, answering).connect(answer)
    Inspector(session)
    late = Listener(session)
    session.rename("stem", "first")
    assert asked
    assert early.heard == late.heard
    changes: list[Change] = late.all_of("changed")
    assert [change.after.nodes["left"].layer.filters for change in changes] == [3, 7]
    assert changes[0].after is changes[1].before
    assert changes[1].after is session.design
    assert late.all_of("analysed")[-1] == session.report


def test_a_rename_carries_selection_and_image_over() -> None:
    session = computed(short())
    (source,) = session.design.sources()
    session.select([source])
    image = session.prepared[source]
    session.rename(source, "photograph")
    assert session.prepared == {"photograph": image}
    assert session.selection == ("photograph",)
    assert session.result("photograph") is not None
    session.undo()
    assert session.prepared == {source: image}


def test_a_listener_that_raises_leaves_the_session_able_to_tell() -> None:
    session = Session(branchy())

    def stumble() -> None:
        session.analysed.disconnect(stumble)
        raise ZeroDivisionError

    session.analysed.connect(stumble)
    listener = Listener(session)
    with pytest.raises(Exception, match="ZeroDivisionError"):
        session.do(SetParameters("stem", {"filters": 8}))
    session.notice("and on", Level.HINT)
    assert session.report == analyse(session.design)
    assert [notice.text for notice in listener.all_of("noticed")] == ["and on"]
    assert {"run_wanted", "file_changed"} <= set(listener.names())


def test_another_design_is_counted_plainly_and_by_the_same_convention() -> None:
    session = Session(branchy())
    session.configure(Settings(batch=8, dtype="int8", convention="tf-slim"))
    listener = Listener(session)
    session.do(SetParameters("stem", {"filters": 8}))
    assert session.settings == Settings(8, "int8", "tf-slim")
    session.adopt(branchy())
    assert session.settings == Settings(convention="tf-slim")
    assert session.report == analyse(branchy(), settings=Settings(convention="tf-slim"))
    assert listener.all_of("settings_changed") == [session.settings]
    assert listener.names().index("settings_changed") < listener.names().index("analysed", 3)


def test_opening_another_design_is_told_in_one_order() -> None:
    session = computed(branchy())
    session.select(["stem"])
    session.probe("stem", (0, 0))
    listener = Listener(session)
    session.adopt(short(), saved=False)
    # What was made of the picture for the other input does not fit this one.
    told = ["changed", "probed", "analysed", "selection_changed", "picture_changed", "run_wanted", "file_changed"]
    assert listener.names() == told
