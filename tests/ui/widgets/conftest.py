"""What tests of widgets share."""

from __future__ import annotations

import pytest

from designer.ui.widgets import theme as themes


@pytest.fixture
def scheme(qapp):
    """Let a test choose the appearance, and take it back afterwards."""
    before = qapp.palette(), qapp.styleSheet(), qapp.style().objectName()
    themes.install_theme(qapp)
    yield themes.set_scheme
    themes.set_scheme("system")
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setStyle(before[2])
