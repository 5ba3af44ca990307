"""A session on a small known network, and its bridge."""

from __future__ import annotations

import pytest

from designer.gallery.catalogue import network
from designer.session.session import Session
from designer.ui.bridge import Bridge


@pytest.fixture
def session() -> Session:
    """LeNet-5: 61,706 parameters and 416,520 multiply-adds (LeCun 1998, C3 fully connected)."""
    return Session(network("lenet5"))


@pytest.fixture
def bridge(session, qapp):
    return Bridge(session)


@pytest.fixture
def show(qtbot, bridge):
    """Build a panel, show it at a size of its dock, and give it the window's focus."""

    def shown(panel_class, width=320, height=480):
        panel = panel_class(bridge)
        qtbot.addWidget(panel)
        panel.resize(width, height)
        panel.show()
        qtbot.waitExposed(panel)
        panel.activateWindow()
        return panel

    return shown
