from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.ui.panels.image.image_invitation import ImageDropTarget, ImageInvitation


@pytest.fixture
def target(qtbot: QtBot) -> ImageDropTarget:
    widget = ImageDropTarget()
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    widget.show()
    return widget


def dragged(path: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    return mime


def enter(target: ImageDropTarget, mime: QMimeData) -> bool:
    event = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(target, event)
    return event.isAccepted()


@pytest.mark.parametrize("name", ["cat.JPG", "digit.png"])
def test_an_image_can_be_dropped(target: ImageDropTarget, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    mime = dragged(str(tmp_path / name))
    assert enter(target, mime)
    assert target._welcome.isVisible()
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(target.image_dropped) as dropped:
        QApplication.sendEvent(target, drop)
    assert Path(dropped.args[0]) == tmp_path / name
    assert not target._welcome.isVisible()


def test_a_drag_that_goes_on_leaves_nothing(target: ImageDropTarget, tmp_path: Path) -> None:
    assert enter(target, dragged(str(tmp_path / "cat.png")))
    QApplication.sendEvent(target, QDragLeaveEvent())
    assert not target._welcome.isVisible()


def test_other_files_are_left_to_the_window(target: ImageDropTarget, tmp_path: Path) -> None:
    assert not enter(target, dragged(str(tmp_path / "net.netdraft.json")))
    assert not enter(target, QMimeData())


def test_every_example_has_a_button(qtbot: QtBot) -> None:
    invitation = ImageInvitation()
    qtbot.addWidget(invitation)
    invitation.show()
    told: list[str] = []
    invitation.example_wanted.connect(told.append)
    buttons = [child for child in invitation.examples.children() if child.isWidgetType()]
    for button in buttons:
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert told == ["cat", "coffee", "photographer", "digit", "chart"]
