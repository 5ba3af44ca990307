"""Weights of another program in the window: what is said, and the report."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from designer.files.weights_file import write_weights
from designer.ui.files.weights_report_window import WeightsReportWindow
from tests.helpers.torch_files import checkpoint, whole
from tests.helpers.windows import answer, open_window


@pytest.fixture
def window(qtbot):
    return open_window(qtbot)


def test_a_checkpoint_is_chosen_given_to_the_layers_and_reported(window, qtbot, tmp_path):
    bias, path = np.arange(6, dtype=np.float32), tmp_path / "lenet.pth"
    path.write_bytes(checkpoint({"conv1.bias": whole(bias), "fc1.weight": whole(np.zeros((7, 7))), "step": whole([1])}))
    window.commands["load_weights"].trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog.nameFilters()[0] == "Weights (*.safetensors *.npz *.pth *.pt *.bin)"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(WeightsReportWindow) is not None)
    np.testing.assert_array_equal(window.session.design.weights["conv1"]["bias"], bias)
    report = window.findChild(WeightsReportWindow)
    assert report.isVisible()
    assert report.summary.text() == "1 tensor loaded; 1 of another shape; 8 missing in the file; 1 unexpected"
    rows = [[report.table.topLevelItem(i).text(column) for column in range(3)] for i in range(11)]
    assert rows[0] == ["fc1.weight", "fc1.weight", "another shape: 7×7, wanted 120×400"]
    assert rows[1] == ["conv1.weight", "", "missing: stays as it was"]
    assert rows[9] == ["", "step", "unexpected: left out"]
    assert rows[10] == ["conv1.bias", "conv1.bias", "by name"]
    report.reject()
    window.session.undo()
    assert "conv1" not in window.session.design.weights
    # After a drop the keys stay where they are.
    window.files.open_path(path)
    qtbot.waitUntil(lambda: "conv1" in window.session.design.weights)
    qtbot.waitUntil(lambda: window.findChild(WeightsReportWindow) is None)
    answer(window, "Report…")
    assert window.findChild(WeightsReportWindow).isVisible()


def test_where_all_is_as_expected_a_notice_is_enough(window, qtbot, tmp_path):
    shapes = {  # LeCun et al. (1998), C3 fully connected
        "conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 400), "fc2": (84, 120), "fc3": (10, 84),
    }  # fmt: skip
    tensors = {f"{name}.weight": np.zeros(shape) for name, shape in shapes.items()}
    tensors |= {f"{name}.bias": np.zeros(shape[0]) for name, shape in shapes.items()}
    write_weights(tmp_path / "w.safetensors", tensors)
    window.files.open_path(tmp_path / "w.safetensors")
    qtbot.waitUntil(lambda: "fc3" in window.session.design.weights)
    assert window.findChild(WeightsReportWindow) is None
    texts = [toast.notice.text for toast in window.notifications.toasts]
    assert "10 tensors loaded" in texts
