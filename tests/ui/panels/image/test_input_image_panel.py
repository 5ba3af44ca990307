from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from designer.gallery.article import receptive_field_example
from designer.gallery.builder import NetworkBuilder
from designer.pictures.images import Fit, Normalisation, picture_from_array
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.panels.image.input_image_panel import InputImagePanel
from tests.helpers.networks import chain
from tests.helpers.sessions import compute, computed, grey_ramp

PanelOf = Callable[[Session], InputImagePanel]


@pytest.fixture
def panel_of(qtbot: QtBot) -> PanelOf:
    def make(session: Session) -> InputImagePanel:
        panel = InputImagePanel(Bridge(session))
        qtbot.addWidget(panel)
        panel.resize(320, 560)
        panel.show()
        QApplication.processEvents()
        return panel

    return make


def test_without_an_image_one_is_asked_for(panel_of: PanelOf, qtbot: QtBot) -> None:
    panel = panel_of(Session(receptive_field_example()))
    assert panel.invitation.isVisible()
    buttons = panel.invitation.examples.children()
    with qtbot.waitSignal(panel.example_image_wanted) as wanted:
        qtbot.mouseClick(next(b for b in buttons if b.isWidgetType()), Qt.MouseButton.LeftButton)
    assert wanted.args == ["cat"]


def test_the_articles_example_its_last_layer_sees_ten_by_ten_of_fourteen(panel_of: PanelOf) -> None:
    session = computed(receptive_field_example(), grey_ramp(14, 14))
    panel = panel_of(session)
    last = session.design.order[-1]
    session.probe(last, (1, 1))
    field = panel.view.field
    assert field is not None
    assert field.label == "10×10"
    # R = 10, jump 2: cell (1, 1) sees rows and columns 2 … 11 of 0 … 13.
    assert field.rect.getRect() == (2.0, 2.0, 10.0, 10.0)
    image, drawn = panel.view.image_rect(), panel.view.to_view(field.rect)
    zoom = image.width() / 14
    assert zoom == int(zoom)
    assert (drawn.left() - image.left(), drawn.top() - image.top()) == (2 * zoom, 2 * zoom)
    assert (drawn.width(), drawn.height()) == (10 * zoom, 10 * zoom)
    session.probe(None)
    assert panel.view.field is None


def test_around_the_field_the_image_is_dimmed(panel_of: PanelOf) -> None:
    session = computed(receptive_field_example(), picture_from_array(np.zeros((14, 14)), "black"))
    panel = panel_of(session)
    session.probe(session.design.order[-1], (1, 1))
    shot = panel.view.grab().toImage()
    image = panel.view.image_rect()
    zoom = image.width() / 14
    inside = shot.pixelColor(int(image.left() + 7 * zoom), int(image.top() + 7 * zoom))
    outside = shot.pixelColor(int(image.left() + 13.5 * zoom), int(image.top() + 13.5 * zoom))
    assert inside.lightness() == 0
    assert outside.lightness() > 10


def test_a_field_reaches_into_the_padding(panel_of: PanelOf) -> None:
    session = computed(chain((1, 8, 8), ("conv2d", {"kernel": 5, "padding": 2})))
    panel = panel_of(session)
    session.probe("conv1", (0, 7))
    assert panel.view.field is not None
    assert panel.view.field.rect.getRect() == (5.0, -2.0, 5.0, 5.0)
    image, drawn = panel.view.image_rect(), panel.view.to_view(panel.view.field.rect)
    assert drawn.top() < image.top()
    assert drawn.right() > image.right()


def test_the_original_shows_the_part_that_the_network_sees(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(chain((1, 8, 8), ("conv2d", {"kernel": 3})), grey_ramp(40, 20))
    panel = panel_of(session)
    qtbot.mouseClick(panel.original_button, Qt.MouseButton.LeftButton)
    assert panel.view.frame is not None
    # The middle square of 40×20: columns 10 … 30.
    assert panel.view.frame.getRect() == (10.0, 0.0, 20.0, 20.0)
    session.probe("conv1", (0, 0))
    assert panel.view.field is not None
    # 3 of 8 input pixels, each 20/8 = 2.5 picture pixels.
    assert panel.view.field.rect.getRect() == (10.0, 0.0, 7.5, 7.5)
    assert panel.view.field.label == "3×3"


def test_pixel_values_are_those_that_the_network_gets(panel_of: PanelOf, qtbot: QtBot) -> None:
    pixels = np.zeros((8, 8), np.float32)
    pixels[2, 5] = 0.25
    session = computed(chain((1, 8, 8), ("relu", {})), picture_from_array(pixels, "dot"))
    panel = panel_of(session)
    image = panel.view.image_rect()
    zoom = image.width() / 8
    qtbot.mouseMove(panel.view, QPoint(int(image.left() + 5.5 * zoom), int(image.top() + 2.5 * zoom)))
    assert panel.value.text() == "row 2, column 5: 0.25"
    qtbot.mouseMove(panel.view, QPoint(1, 1))
    assert panel.value.text() == "point at a pixel for its value"


@pytest.mark.parametrize("shape", [(1, 8), (1, 3, 8, 8)], ids=["sequence", "volume"])
def test_a_sequence_and_a_volume_have_values_too(panel_of: PanelOf, qtbot: QtBot, shape: tuple[int, ...]) -> None:
    session = computed(chain(shape, ("relu", {})), picture_from_array(np.full((8, 8), 0.25, np.float32), "grey"))
    panel = panel_of(session)
    qtbot.mouseMove(panel.view, panel.view.image_rect().center().toPoint())
    assert panel.value.text().endswith(": 0.25")


def test_choosing_a_fit_changes_the_session(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(chain((1, 8, 8), ("relu", {})), grey_ramp(40, 20))
    panel = panel_of(session)
    assert "resized from 40×20 to 8×8 (centre crop)" in panel.notes.text()
    panel.form.fit.setFocus()
    qtbot.keyClick(panel.form.fit, Qt.Key.Key_Home)
    assert session.preprocessing.fit is Fit.STRETCH
    compute(session)
    assert "resized from 40×20 to 8×8 (stretch)" in panel.notes.text()


def test_the_session_sets_the_form(panel_of: PanelOf) -> None:
    from designer.pictures.images import Preprocessing

    session = computed(chain((1, 8, 8), ("relu", {})))
    panel = panel_of(session)
    session.set_preprocessing(Preprocessing(Fit.LETTERBOX, Normalisation.CUSTOM, (0.5,), (0.25,)))
    assert panel.form.fit.currentData() == Fit.LETTERBOX
    assert panel.form.mean.isVisible()
    assert (panel.form.mean.text(), panel.form.std.text()) == ("0.5", "0.25")


def test_of_several_inputs_one_is_chosen(panel_of: PanelOf) -> None:
    net = NetworkBuilder("two").image((1, 8, 8))
    net.add("conv2d", name="conv1", kernel=3)
    design = net.design()
    session = Session(design)
    other = session.add_layer("image_input", (0.0, 200.0))
    assert other is not None
    session.set_picture(grey_ramp())
    compute(session)
    panel = panel_of(session)
    assert panel.source.isVisible()
    session.probe("conv1", (0, 0))
    assert panel.view.field is not None
    panel.source.setCurrentText(other)
    assert panel.view.field is None  # conv1 sees nothing of the other input


def test_before_it_is_prepared_the_picture_itself_is_shown(panel_of: PanelOf) -> None:
    session = Session(chain((1, 8, 8), ("relu", {})))
    panel = panel_of(session)
    session.set_picture(picture_from_array(np.ones((20, 40)), "white"))
    assert panel.view.isVisible()
    assert not panel.seen_button.isEnabled()
    image = panel.view.image_rect()
    assert image.width() == pytest.approx(2 * image.height(), abs=1.0)
    compute(session)
    assert panel.seen_button.isEnabled()
    assert panel.view.image_rect().width() == panel.view.image_rect().height()


def test_a_double_click_opens_another_image(panel_of: PanelOf, qtbot: QtBot) -> None:
    panel = panel_of(computed(chain((1, 8, 8), ("relu", {}))))
    with qtbot.waitSignal(panel.open_image_wanted):
        qtbot.mouseDClick(panel.view, Qt.MouseButton.LeftButton)


def test_in_the_narrow_dock_the_buttons_stand_in_one_row(panel_of: PanelOf, qtbot: QtBot) -> None:
    panel = panel_of(computed(chain((1, 8, 8), ("relu", {}))))
    panel.resize(264, 400)
    QApplication.processEvents()
    buttons = [button for button in panel.findChildren(QPushButton) if button.isVisible()]
    assert len(buttons) == 3
    assert len({button.geometry().center().y() for button in buttons}) == 1
    (paste,) = (button for button in buttons if button.accessibleName() == "Paste")
    with qtbot.waitSignal(panel.paste_image_wanted):
        qtbot.mouseClick(paste, Qt.MouseButton.LeftButton)


def test_nothing_is_done_while_nobody_looks(panel_of: PanelOf) -> None:
    session = Session(chain((1, 8, 8), ("relu", {})))
    panel = panel_of(session)
    panel.hide()
    session.set_picture(grey_ramp())
    compute(session)
    assert panel.view.image_rect().isEmpty()
    panel.show()
    assert not panel.view.image_rect().isEmpty()
