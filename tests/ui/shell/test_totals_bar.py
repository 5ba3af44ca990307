from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.analysis.analyse import Settings
from designer.engine.options import EngineOptions
from designer.gallery.article import block_stack
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetParameters
from designer.kernels.runtime.threads import checkpoint
from designer.layer_api.quantities import SPACE, byte_text
from designer.session.runs import RunState
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.totals_bar import TotalsBar
from designer.ui.widgets.theme import current_theme, set_scheme
from designer.ui.worker import BackgroundTasks
from tests.helpers.sessions import compute, grey_ramp


@pytest.fixture
def session():
    return Session(lenet5())


@pytest.fixture
def tasks(qapp):
    tasks = BackgroundTasks()
    yield tasks
    tasks.close()


@pytest.fixture
def bar(session, tasks, qtbot):
    bar = TotalsBar(Bridge(session, tasks), tasks)
    bar.resize(1280, 30)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def shown(bar: TotalsBar) -> dict[str, str]:
    """Visible captions and values, with ordinary spaces."""
    return {
        figure.caption.text(): figure.value.text().replace(SPACE, " ")
        for figure in bar.figures.figures.values()
        if figure.isVisible()
    }


def test_totals_of_lenet(bar):
    """FACTS: 61,706 parameters, 416,520 MACs. Largest alive at once: conv1's 6·28·28 in and out of tanh, 4 bytes."""
    assert shown(bar) == {
        "layers": "12",
        "parameters": "61.71 k",
        "MACs": "416.52 k",
        "peak memory": "37 632 B",
        "field": "16×16",
    }
    assert bar.status.text() == "complete"


def test_exact_figures_and_the_convention_are_in_the_tool_tips(bar):
    tips = {name: figure.toolTip().replace(SPACE, " ") for name, figure in bar.figures.figures.items()}
    assert "61 706" in tips["parameters"]
    assert "416 520 MACs" in tips["operations"]
    assert "torchvision" in tips["operations"]
    assert "64 104 B" in tips["peak"]
    assert "float32" in tips["peak"]


def test_an_edit_is_followed(bar, session):
    """(5·5·1 + 1)·12 + (5·5·12 + 1)·16 = 312 + 4816 in place of 156 + 2416."""
    session.do(SetParameters("conv1", {"filters": 12}))
    assert session.report.totals.parameters == 61706 + 312 + 4816 - 156 - 2416
    assert shown(bar)["parameters"] == "64.26 k"


def test_a_design_with_a_problem_is_a_lower_bound(bar, session, qtbot):
    session.do(SetParameters("conv1", {"kernel": (99, 99)}))
    assert bar.status.text() == "partial (lower bound)"
    assert shown(bar)["parameters"].startswith("≥")
    assert "could not be counted" in bar.status.toolTip()
    told = next(layer.problem.message for layer in session.report.problems)
    assert f"conv1: {told}" in bar.status.toolTip()
    assert f"misses:\nconv1: {told}\n11 layers that wait" in bar.figures.figures["parameters"].toolTip()
    with qtbot.waitSignal(bar.problems_wanted):
        qtbot.mouseClick(bar.status, Qt.MouseButton.LeftButton)


def choose(box, label_start: str) -> None:
    """Type into a combo box, as a user of the keyboard would."""
    box.setFocus()
    QTest.keyClicks(box, label_start)


def test_another_data_type_counts_anew(bar, session):
    choose(bar.data_type, "int8")
    assert session.settings.dtype == "int8"
    # Named beside the number, which is not the usual one.
    assert shown(bar)["peak memory (int8)"] == "9 408 B"  # 37 632 / 4
    session.configure(Settings(batch=3))
    assert shown(bar)["peak memory × 3"] == "112.90 kB"  # 3 · 37 632


def test_a_batch_is_typed_and_counted_when_it_is_whole(bar, session):
    assert bar.batch.text().replace(SPACE, " ") == "× 1"
    bar.batch.setFocus()
    bar.batch.selectAll()
    QTest.keyClicks(bar.batch, "32")
    assert session.settings.batch == 1
    QTest.keyClick(bar.batch, Qt.Key.Key_Return)
    assert session.settings.batch == 32
    # 32 · 37 632 bytes of maps, and 32 · 416 520 multiply-adds.
    assert shown(bar)["peak memory × 32"] == "1.20 MB"
    assert shown(bar)["MACs"] == "13.33 M"
    assert "for a batch of 32 images" in bar.figures.figures["operations"].toolTip()
    session.configure(Settings(batch=8))
    assert bar.batch.value() == 8


def test_another_convention_counts_anew_and_is_named(bar, session):
    choose(bar.convention, "FLOPs (2")
    assert session.settings.convention == "flops"
    assert shown(bar)["FLOPs"] == "833.04 k"  # 2 · 416 520
    assert "2 × MACs" in bar.figures.figures["operations"].toolTip()


def test_settings_from_elsewhere_are_shown(bar, session):
    session.configure(Settings(dtype="float16", convention="tf-slim"))
    assert (bar.data_type.chosen(), bar.convention.chosen()) == ("float16", "tf-slim")


def test_the_wheel_changes_nothing(bar, session):
    point = QPointF(5, 5)
    wheel = QWheelEvent(
        point, point, QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(bar.data_type, wheel)
    QApplication.sendEvent(bar.batch, wheel)
    assert session.settings == Settings()


def cut_off(bar: TotalsBar) -> dict[str, tuple[int, int]]:
    """Visible figures that have less width than they need."""
    return {
        name: (figure.width(), figure.sizeHint().width())
        for name, figure in bar.figures.figures.items()
        if figure.isVisible() and figure.width() < figure.sizeHint().width()
    }


def test_where_it_is_narrow_the_least_important_goes_first(bar, session, qtbot):
    session.adopt(block_stack())
    everything = [*shown(bar)]
    qtbot.waitUntil(lambda: not cut_off(bar))
    left = []
    for width in range(1280, 400, -20):
        bar.resize(width, 30)
        bar.figures.layout().activate()
        left.append([*shown(bar)])
        assert cut_off(bar) == {}, width
    assert left[0] == everything == ["layers", "parameters", "MACs", "peak memory", "field"]
    assert [len(names) for names in left] == sorted((len(names) for names in left), reverse=True)
    assert left[-1] in ([], ["par."], ["par.", "MACs"])


def test_a_long_run_shows_where_it_is_and_can_be_stopped(bar, session, qtbot):
    session._set_run_state(RunState(True, "conv2", 3, 12, 0.5))
    assert not bar.activity.isVisible()
    qtbot.waitUntil(bar.activity.isVisible)
    assert bar.activity.text.text() == "running conv2"
    assert bar.activity.bar.value() == round(1000 * 3.5 / 12)
    with qtbot.waitSignal(bar.stop_wanted):
        qtbot.mouseClick(bar.activity.button, Qt.MouseButton.LeftButton)
    session._set_run_state(RunState())
    assert not bar.activity.isVisible()


def test_a_short_run_is_not_mentioned(bar, session):
    session._set_run_state(RunState(True, "conv2", 3, 12, 0.5))
    session._set_run_state(RunState())
    assert not bar.activity.isVisible()
    assert not bar.activity._patience.isActive()


def test_a_long_task_is_named_and_can_be_forgotten(bar, tasks, qtbot):
    release, told = threading.Event(), []
    tasks.start(lambda: release.wait(5), told.append, told.append, "Opening cat.jpg")
    qtbot.waitUntil(bar.activity.isVisible)
    assert bar.activity.text.text() == "Opening cat.jpg"
    qtbot.mouseClick(bar.activity.button, Qt.MouseButton.LeftButton)
    release.set()
    assert not bar.activity.isVisible()
    assert tasks.active == ()


@pytest.mark.parametrize("told", [0.0, 0.25])
def test_how_far_a_task_is_is_looked_at_now_and_then(bar, tasks, qtbot, told):
    """A bar that only says "busy" would be painted anew at every frame."""
    begun, on, release = threading.Event(), threading.Event(), threading.Event()

    def work():
        checkpoint(told)
        begun.set()
        on.wait(5)
        checkpoint(0.5)
        checkpoint(0.375)  # of another stage: the bar never runs back
        release.wait(5)

    tasks.start(work, lambda _result: None, pytest.fail, "laying out 2 000 layers")
    begun.wait(5)
    qtbot.waitUntil(bar.activity.isVisible)
    assert (bar.activity.bar.maximum(), bar.activity.bar.value()) == (1000, max(1, 1000 * told))
    on.set()
    qtbot.waitUntil(lambda: bar.activity.bar.value() == 500)
    release.set()
    qtbot.waitUntil(lambda: not bar.activity.isVisible())


def test_captions_follow_the_theme(bar, qapp):
    before = qapp.palette(), qapp.styleSheet()
    caption = bar.figures.figures["layers"].caption
    try:
        for scheme in ("dark", "light"):
            set_scheme(scheme)
            image = caption.grab().toImage()
            drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
            ink = min(drawn, key=lambda colour: abs(colour.lightness() - current_theme().muted.lightness()))
            assert max(abs(a - b) for a, b in zip(ink.getRgb(), current_theme().muted.getRgb(), strict=True)) < 40
    finally:
        set_scheme("system")
        qapp.setStyleSheet(before[1])
        qapp.setPalette(before[0])


def test_what_the_engine_keeps_is_shown_with_the_budget_and_its_parts(bar, session):
    session.set_picture(grey_ramp())
    assert "kept" not in shown(bar)
    compute(session)
    use = session.workspace.use()
    assert use.weights == 61_706 * 4
    assert shown(bar)["kept"] == byte_text(use.total).replace(SPACE, " ")
    tip = bar.figures.figures["kept"].toolTip()
    for part in (use.total, 2_000_000_000, use.maps, use.kernels, use.weights, use.buffers):
        assert byte_text(part) in tip
    session.configure_engine(EngineOptions(memory_bytes=512_000_000))
    assert byte_text(512_000_000) in bar.figures.figures["kept"].toolTip()
    session.adopt(block_stack())
    assert "kept" not in shown(bar)


def test_what_the_engine_keeps_takes_no_room_from_the_totals(bar, session, qtbot):
    def shown_at(width: int) -> dict[str, str]:
        bar.resize(width, 30)
        bar.grab()  # lays out
        return shown(bar)

    widths = range(500, 1300, 50)
    before = [shown_at(width) for width in widths]
    session.set_picture(grey_ramp())
    compute(session)
    after = [shown_at(width) for width in widths]
    assert "kept" not in after[0]
    assert "kept" in after[-1]
    assert [{name: text for name, text in each.items() if name != "kept"} for each in after] == before
