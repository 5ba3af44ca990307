"""The session tells what changed, in an order that views can rely on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis.analyse import Settings, analyse
from designer.analysis.report import Report
from designer.gallery.catalogue import network
from designer.graph.compound_edits import Several
from designer.graph.design import Design
from designer.graph.document import Change
from designer.graph.edits import Connect, Disconnect, MoveNodes, RemoveNodes, Rename, SetName, SetParameters, SetWeights
from designer.session import session as session_module
from designer.session.notices import Level, Notice
from designer.session.session import Probe, Session
from tests.helpers.designs import any_edit, designs
from tests.helpers.networks import branchy, chain
from tests.session.listening import Listener

STEP_RIGHT, STEP_DOWN = 216.0, 104.0


@pytest.fixture
def session() -> Session:
    return Session(branchy())


@pytest.fixture
def listener(session: Session) -> Listener:
    return Listener(session)


# ------------------------------------------------------------------------------------------------------- edits


def test_a_new_session_is_empty_analysed_and_unmodified() -> None:
    session = Session()
    assert session.design == Design()
    assert session.report == analyse(Design())
    assert (session.selection, session.current, session.current_report, session.path) == ((), None, None, None)
    assert not session.document.modified
    assert session.title == "Untitled"
    assert session.result("anything") is None
    assert session.start_job() is None


def test_an_edit_is_told_with_its_numbers_in_place(session: Session, listener: Listener) -> None:
    reports = []
    session.changed.connect(lambda change: reports.append(session.report))
    assert session.do(SetParameters("stem", {"filters": 8}))
    assert listener.names() == ["changed", "analysed", "run_wanted", "file_changed"]
    change: Change = listener.all_of("changed")[0]
    assert change.updated == ("stem",)
    assert reports == [session.report]
    assert listener.all_of("analysed") == [session.report]
    assert session.report.layers["stem"].parameters == (3 * 3 * 3 + 1) * 8


def test_moving_needs_no_analysis_and_no_run(session: Session, listener: Listener) -> None:
    report = session.report
    session.do(MoveNodes({"stem": (7.0, 8.0)}))
    assert listener.names() == ["changed", "file_changed"]
    assert session.report is report


def test_the_design_s_name_reaches_the_report(session: Session) -> None:
    session.do(SetName("another"))
    assert session.report.name == "another"
    session.undo()
    assert session.report.name == "branchy"


def test_a_wire_drawn_again_is_no_change(session: Session, listener: Listener) -> None:
    assert session.do(Connect("stem", "left"))
    assert listener.heard == []
    assert session.document.undo_label is None


def test_the_report_follows_the_order_of_execution(session: Session) -> None:
    """A wire taken away and drawn again in one step is the last one; its branch runs last."""
    wire = session.design.incoming["left"][0]
    session.do(Several((Disconnect([wire]), Connect("stem", "left")), "again"))
    assert list(session.report.layers) == list(session.design.order)
    assert list(session.report.layers) != list(branchy().order)


def test_a_refused_edit_is_a_notice_and_changes_nothing(session: Session, listener: Listener) -> None:
    design, report = session.design, session.report
    assert not session.do(Connect("end", "stem"))
    assert session.design is design
    assert session.report is report
    assert listener.names() == ["noticed"]
    notice: Notice = listener.all_of("noticed")[0]
    assert notice.level is Level.WARNING
    assert notice.text == "connecting end to stem would close a cycle; data only flows forward"


def test_a_senseless_value_is_a_notice(session: Session, listener: Listener) -> None:
    assert not session.do(SetParameters("stem", {"filters": 0}))
    assert listener.names() == ["noticed"]
    assert listener.all_of("noticed")[0].text.startswith("stem: filters: 0 came")


def test_an_edit_that_changes_nothing_says_nothing(session: Session, listener: Listener) -> None:
    assert session.do(SetParameters("stem", {"filters": 4}))
    assert listener.heard == []
    assert session.document.undo_label is None


def test_edits_with_one_token_are_one_step(session: Session) -> None:
    first = session.design
    for filters in (5, 6, 7):
        session.do(SetParameters("stem", {"filters": filters}), token="spin")
    session.undo()
    assert session.design is first
    session.redo()
    assert session.report.layers["stem"].output_shape == (7, 12, 10)


def test_undo_and_redo_bring_back_design_and_report(session: Session, listener: Listener) -> None:
    design, report = session.design, session.report
    session.do(RemoveNodes(["left", "mix"]))
    edited = session.report
    session.undo()
    assert session.design is design
    assert session.report == report
    session.redo()
    assert session.report == edited
    assert listener.names().count("analysed") == 3


@given(st.data())
def test_the_report_that_follows_edits_equals_a_fresh_one(data: st.DataObject) -> None:
    session = Session(data.draw(designs(max_nodes=5, with_extras=False)))
    for _turn in range(data.draw(st.integers(1, 8))):
        action = data.draw(st.sampled_from(["edit", "edit", "edit", "undo", "redo", "settings"]))
        if action == "edit":
            session.do(data.draw(any_edit(session.design)))
        elif action == "undo":
            session.undo()
        elif action == "redo":
            session.redo()
        else:
            session.configure(Settings(data.draw(st.integers(1, 3)), data.draw(st.sampled_from(["float32", "int8"]))))
        fresh = analyse(session.design, settings=session.settings)
        assert session.report == fresh
        assert list(session.report.layers) == list(fresh.layers)
        assert set(session.selection) <= set(session.design.nodes)


# --------------------------------------------------------------------------------------------- adding and placing


def test_added_layers_get_the_next_name_a_place_and_the_selection(session: Session, listener: Listener) -> None:
    assert session.add_layer("conv2d", (3.0, 4.0)) == "conv1"
    assert session.add_layer("conv2d", (3.0, 4.0), after="conv1") == "conv2"
    assert session.design.nodes["conv1"].position == (3.0, 4.0)
    assert session.design.inputs_of("conv2") == ("conv1",)
    assert session.selection == ("conv2",)
    assert listener.all_of("selection_changed") == [("conv1",), ("conv2",)]
    # Added and wired is one step.
    session.undo()
    assert "conv2" not in session.design.nodes
    assert session.design.incoming["conv1"] == ()


@pytest.mark.parametrize(("kind", "says"), [("conv2", "did you mean conv2d"), ("", "no layer kind")])
def test_an_unknown_kind_is_a_notice(session: Session, listener: Listener, kind: str, says: str) -> None:
    assert session.add_layer(kind, (0.0, 0.0)) is None
    assert listener.names() == ["noticed"]
    assert says in listener.all_of("noticed")[0].text
    assert listener.all_of("noticed")[0].level is Level.ERROR


def test_a_layer_after_one_that_is_gone_is_refused_whole(session: Session, listener: Listener) -> None:
    assert session.add_layer("relu", (0.0, 0.0), after="nowhere") is None
    assert session.design == branchy()
    assert listener.names() == ["noticed"]


def test_appended_layers_form_a_chain_to_the_right() -> None:
    session = Session()
    ids = [session.append_layer(kind) for kind in ("image_input", "conv2d", "relu", "max_pool2d")]
    assert ids == ["image", "conv1", "relu1", "pool1"]
    assert [(edge.source, edge.target) for edge in session.design.edges] == [
        ("image", "conv1"),
        ("conv1", "relu1"),
        ("relu1", "pool1"),
    ]
    places = [node.position for node in session.design.nodes.values()]
    assert places == [(index * STEP_RIGHT, 0.0) for index in range(4)]
    assert session.report.complete


def test_appending_twice_after_one_node_never_covers_a_card() -> None:
    session = Session(network("lenet5"))
    for _time in range(6):
        session.select(["conv1"])
        session.append_layer("relu")
    places = [node.position for node in session.design.nodes.values()]
    for index, (x, y) in enumerate(places):
        for a, b in places[:index]:
            assert abs(x - a) >= STEP_RIGHT - 24 or abs(y - b) >= STEP_DOWN - 8


# ------------------------------------------------------------------------------------------------------ selection


def test_the_selection_keeps_order_drops_doubles_and_strangers(session: Session, listener: Listener) -> None:
    session.select(["mix", "nowhere", "stem", "mix"])
    assert session.selection == ("mix", "stem")
    assert session.current == "stem"
    assert session.current_report is session.report.layers["stem"]
    session.select(["mix", "stem"])
    assert listener.all_of("selection_changed") == [("mix", "stem")]


def test_what_is_removed_is_no_longer_selected(session: Session, listener: Listener) -> None:
    session.select(["left", "mix", "skip"])
    listener.forget()
    session.do(RemoveNodes(["mix", "skip"]))
    assert session.selection == ("left",)
    assert listener.names() == ["changed", "analysed", "selection_changed", "run_wanted", "file_changed"]
    session.undo()
    assert session.selection == ("left", "mix", "skip"), "what comes back is selected as it was"
    session.redo()
    assert session.selection == ("left",)


def test_undo_brings_back_the_selection_from_before_the_step_and_redo_the_one_after_it(session: Session) -> None:
    session.select(["left"])
    added = session.append_layer("relu")
    assert added is not None
    assert session.selection == (added,)
    session.select([added, "mix"])
    session.undo()
    assert session.selection == ("left",)
    session.select(["skip"])
    session.redo()
    assert session.selection == (added, "mix"), "what was selected when the step was taken back"
    session.undo()
    assert session.selection == ("skip",), "what was selected when the step was done again"


def test_undo_selects_nothing_that_is_gone(session: Session) -> None:
    session.select(["mix"])
    session.do(SetParameters("left", {"filters": 5}))
    session.do(RemoveNodes(["mix"]))
    assert session.selection == ()
    session.undo()
    session.undo()
    assert session.selection == ("mix",)
    session.redo()
    session.redo()
    assert session.selection == ()


def test_undoing_an_addition_cleans_the_selection(session: Session) -> None:
    session.append_layer("relu")
    assert session.selection == ("relu1",)
    session.undo()
    assert session.selection == ()


def test_a_renamed_node_stays_selected_through_undo_and_redo(session: Session, listener: Listener) -> None:
    session.select(["left", "mix"])
    listener.forget()
    assert session.rename("mix", "blend")
    assert session.selection == ("left", "blend")
    assert listener.all_of("selection_changed") == [("left", "blend")]
    session.undo()
    assert session.selection == ("left", "mix")
    session.redo()
    assert session.selection == ("left", "blend")
    session.do(Rename("left", "first"))
    assert session.selection == ("first", "blend")


@pytest.mark.parametrize("name", ["stem", "1st", "", "a b", "x" * 81, "nul\0"])
def test_a_name_that_cannot_be_is_a_notice(session: Session, listener: Listener, name: str) -> None:
    session.select(["mix"])
    listener.forget()
    assert not session.rename("mix", name)
    assert listener.names() == ["noticed"]
    assert listener.all_of("noticed")[0].text.isprintable()
    assert session.selection == ("mix",)


# ------------------------------------------------------------------------------------------------------- settings


def test_a_session_counts_from_the_start_as_it_was_told() -> None:
    # Two images of 4 maps of 12×10 values of one byte.
    report = Session(branchy(), Settings(batch=2, dtype="int8")).report
    assert report.layers["stem"].activation_bytes == 2 * 4 * 12 * 10


def test_settings_count_anew_and_need_no_run(session: Session, listener: Listener) -> None:
    session.configure(Settings(batch=2, dtype="int8", convention="flops"))
    assert listener.names() == ["settings_changed", "analysed"]
    report: Report = session.report
    assert (report.batch, report.dtype, report.convention) == (2, "int8", "flops")
    # Two images of 4 maps of 12×10 bytes.
    assert report.layers["stem"].activation_bytes == 2 * 4 * 12 * 10
    listener.forget()
    session.configure(Settings(batch=2, dtype="int8", convention="flops"))
    assert listener.heard == []
    session.do(SetParameters("stem", {"filters": 5}))
    assert session.report.layers["stem"].activation_bytes == 2 * 5 * 12 * 10


# ------------------------------------------------------------------------------------------------- files and title


def test_adopting_shows_another_design_without_a_history(session: Session, listener: Listener, tmp_path: Path) -> None:
    session.do(SetName("edited"))
    session.select(["stem"])
    listener.forget()
    other = network("lenet5")
    session.adopt(other, tmp_path / "net.netdraft.json")
    assert session.design is other
    assert session.report == analyse(other)
    assert (session.selection, session.document.undo_label, session.document.modified) == ((), None, False)
    assert session.title == "net.netdraft.json"
    assert listener.all_of("selection_changed") == [()]
    assert listener.names().index("changed") < listener.names().index("analysed")
    assert listener.names()[-1] == "file_changed"


def test_an_example_is_on_no_disk(session: Session) -> None:
    session.adopt(network("lenet5"), saved=False)
    assert session.document.modified
    assert (session.path, session.title) == (None, "LeNet-5")


def test_modified_follows_edits_undo_and_saving(session: Session, listener: Listener, tmp_path: Path) -> None:
    assert not session.document.modified
    session.do(SetName("edited"))
    assert session.document.modified
    session.undo()
    assert not session.document.modified
    session.redo()
    snapshot = session.design
    session.do(SetName("edited again"))
    listener.forget()
    # What was written is the snapshot that saving began with, not what has been typed meanwhile.
    session.saved_as(tmp_path / "a.netdraft.json", snapshot)
    assert session.document.modified
    assert session.title == "a.netdraft.json"
    assert "file_changed" in listener.names()
    session.undo()
    assert not session.document.modified


# -------------------------------------------------------------------------------------------------------- pointing


def test_a_probe_names_the_pixels_a_cell_sees(session: Session, listener: Listener) -> None:
    session.probe("stem", (0, 9))
    # 3×3 with padding 1: rows −1…1 and columns 8…10 of the image.
    assert listener.all_of("probed") == [Probe("stem", (0, 9), {"image": ((-1, 1), (8, 10))})]
    listener.forget()
    # The dilated branch of `add` reaches farther than the other: 2·2 cells of the stem, one pixel more of the image.
    session.probe("add", (5, 5))
    assert listener.all_of("probed")[0].seen == {"image": ((2, 8), (2, 8))}


def test_a_dense_unit_sees_the_whole_image() -> None:
    session = Session(chain((1, 6, 5), ("flatten", {}), ("dense", {})))
    listener = Listener(session)
    session.probe("fc1", ())
    assert listener.all_of("probed")[0].seen == {"image": ((0, 5), (0, 4))}


def test_pointing_at_nothing_or_at_what_is_gone_clears_the_probe(session: Session, listener: Listener) -> None:
    session.probe("stem", (0, 0))
    session.probe("nowhere", (0, 0))
    session.probe(None)
    assert listener.all_of("probed")[1:] == [None, None]


def test_a_probe_does_not_outlive_the_shapes_it_was_made_for(session: Session, listener: Listener) -> None:
    session.probe("stem", (11, 9))
    listener.forget()
    session.do(SetParameters("image", {"shape": (3, 6, 6)}))
    assert listener.all_of("probed") == [None]
    assert listener.names().index("probed") < listener.names().index("analysed")
    listener.forget()
    session.do(SetParameters("image", {"shape": (3, 7, 7)}))
    assert listener.all_of("probed") == []


def test_notices_carry_their_level(session: Session, listener: Listener) -> None:
    session.notice("done", Level.SUCCESS)
    session.notice("by the way")
    assert listener.all_of("noticed") == [Notice("done", Level.SUCCESS), Notice("by the way", Level.HINT)]


def test_given_weights_that_no_longer_fit_are_a_problem_and_undo_mends_it() -> None:
    session = Session(chain((1, 8, 8), ("conv2d", {"filters": 1, "kernel": 1}), ("relu", {})))
    session.do(SetWeights({"conv1": {"weight": [[[[2.0]]]], "bias": [0.0]}}))  # type: ignore[dict-item]
    assert session.report.complete
    session.do(SetParameters("conv1", {"filters": 2}))
    problem = session.report.layers["conv1"].problem
    assert problem is not None
    assert problem.message == "the given weight is 1×1×1×1 but 2×1×1×1 is wanted; drop the given weights"
    session.undo()
    assert session.report.complete


def test_a_wire_taken_away_leaves_the_rest_waiting(session: Session) -> None:
    session.do(Disconnect([session.design.incoming["stem"][0]]))
    assert session.report.status == "partial"
    assert session.report.layers["stem"].problem is not None
    assert session.report.layers["end"].waiting


def test_the_last_step_is_taken_back_and_done_again_without_counting(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = [SetParameters("conv1", {"kernel": 5}), RemoveNodes(["conv2"]), Rename("image", "photo")]
    counted: list[Design] = []

    def counting(design: Design, **known: Any) -> Report:
        counted.append(design)
        return analyse(design, **known)

    monkeypatch.setattr(session_module, "analyse", counting)
    for edit in edits:
        session.do(edit)
        reports = [session.report]
        counted.clear()
        session.undo()
        assert session.report == analyse(session.design)
        session.redo()
        reports.append(session.report)
        assert reports[0] is reports[1]
        assert counted == []
    session.undo()
    session.configure(Settings(batch=2))
    session.redo()
    assert session.report == analyse(session.design, settings=Settings(batch=2))
