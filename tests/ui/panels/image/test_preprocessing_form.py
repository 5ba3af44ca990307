from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from designer.pictures.images import Normalisation, Preprocessing
from designer.ui.panels.image.preprocessing_form import PreprocessingForm


@pytest.fixture
def form(qtbot: QtBot) -> PreprocessingForm:
    form = PreprocessingForm()
    qtbot.addWidget(form)
    form.show()
    form.show_preprocessing(Preprocessing(), [3])
    return form


def choose_own(form: PreprocessingForm) -> None:
    form.normalisation.setCurrentIndex(form.normalisation.findData(Normalisation.CUSTOM))


def type_into(qtbot: QtBot, field: object, text: str) -> None:
    field.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_own_numbers_are_asked_for_only_where_they_are_used(form: PreprocessingForm) -> None:
    assert not form.mean.isVisible()
    choose_own(form)
    assert form.mean.isVisible()
    assert form.std.isVisible()


def test_numbers_may_stand_between_commas_or_spaces(form: PreprocessingForm, qtbot: QtBot) -> None:
    choose_own(form)
    with qtbot.waitSignal(form.wanted) as wanted:
        type_into(qtbot, form.mean, "0.5, 0.25 0.125")
    assert wanted.args == [Preprocessing(normalisation=Normalisation.CUSTOM, mean=(0.5, 0.25, 0.125))]


@pytest.mark.parametrize(
    ("mean", "reason"),
    [
        ("0.5, 0.4", "mean: 2 numbers came"),
        ("half", "mean: half is no list of numbers"),
        ("nan", "mean: nan came; wanted finite numbers"),
        ("", "mean: nothing came; wanted finite numbers"),
    ],
)
def test_what_makes_no_sense_is_refused_in_place(form: PreprocessingForm, qtbot: QtBot, mean: str, reason: str) -> None:
    choose_own(form)
    with qtbot.assertNotEmitted(form.wanted):
        type_into(qtbot, form.mean, mean or " ")
    assert form.reason.isVisible()
    assert form.reason.text().startswith(reason)
    type_into(qtbot, form.mean, "0.5")
    assert not form.reason.isVisible()


def test_a_deviation_of_zero_is_refused(form: PreprocessingForm, qtbot: QtBot) -> None:
    choose_own(form)
    with qtbot.assertNotEmitted(form.wanted):
        type_into(qtbot, form.std, "0")
    assert form.reason.text().startswith("deviation: 0 came")


def test_showing_the_same_again_tells_nothing(form: PreprocessingForm, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(form.wanted):
        form.show_preprocessing(Preprocessing(normalisation=Normalisation.IMAGENET), [3])
        form.fit.setCurrentIndex(form.fit.currentIndex())
    assert form.normalisation.currentData() == Normalisation.IMAGENET
