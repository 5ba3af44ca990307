from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.ui.widgets.flow_layout import FlowLayout


def boxes(qtbot: QtBot, *, centred: bool = False) -> tuple[QWidget, list[QWidget]]:
    panel = QWidget()
    qtbot.addWidget(panel)
    flow = FlowLayout(panel, spacing=10, row_spacing=4, centred=centred)
    flow.setContentsMargins(0, 0, 0, 0)
    children = []
    for _index in range(3):
        child = QWidget()
        child.setFixedSize(50, 20)
        flow.addWidget(child)
        children.append(child)
    panel.show()
    return panel, children


def test_rows_break_where_the_panel_is_narrow(qtbot: QtBot) -> None:
    panel, children = boxes(qtbot)
    flow = panel.layout()
    assert flow is not None
    assert flow.heightForWidth(170) == 20  # 3·50 + 2·10
    assert flow.heightForWidth(169) == 44
    assert flow.heightForWidth(60) == 68
    flow.setGeometry(QRect(0, 0, 120, 100))
    assert [child.pos().toTuple() for child in children] == [(0, 0), (60, 0), (0, 24)]


def test_rows_in_the_middle(qtbot: QtBot) -> None:
    panel, children = boxes(qtbot, centred=True)
    flow = panel.layout()
    assert flow is not None
    flow.setGeometry(QRect(0, 0, 120, 100))
    assert [child.x() for child in children] == [5, 65, 35]


def test_what_is_hidden_takes_no_room(qtbot: QtBot) -> None:
    panel, children = boxes(qtbot)
    children[0].hide()
    flow = panel.layout()
    assert flow is not None
    assert flow.heightForWidth(110) == 20
