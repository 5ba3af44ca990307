"""A design whose weights are lost or changed is refused by name, and may be opened without them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from designer.files.weights_file import write_weights
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetWeights
from designer.library import files
from tests.helpers.windows import answer, asked, open_window

GIVEN = SetWeights({"conv1": {"weight": np.ones((6, 1, 5, 5)), "bias": np.ones(6)}}).apply(lenet5()).evolve(name="mine")


@pytest.mark.parametrize("loss", ["gone", "other"])
def test_what_has_lost_its_weights_can_be_opened_without_and_is_not_saved_over(qtbot, tmp_path, loss):
    path = tmp_path / "net.netdraft.json"
    files.save(GIVEN, path)
    before = path.read_bytes()
    weights = path.with_name(json.loads(before)["weights"])
    if loss == "gone":
        weights.unlink()
    else:
        write_weights(weights, {"conv1.weight": np.zeros((6, 1, 5, 5)), "conv1.bias": np.zeros(6)})
    window = open_window(qtbot)
    design = window.session.design
    told = []
    window.bridge.noticed.connect(lambda notice: told.append(notice.text))
    window.files.open_path(path)
    qtbot.waitUntil(lambda: asked(window, weights.name) is not None)
    assert window.session.design is design
    assert "net.netdraft.json" in asked(window, weights.name).notice.text

    answer(window, "Open without weights")
    qtbot.waitUntil(lambda: window.session.design.name == "mine")
    assert window.session.design == GIVEN.evolve(weights={})
    assert window.session.path is None
    assert "net.netdraft.json was opened without its weights" in told[-1]
    assert path.read_bytes() == before
