"""No view holds on to a design or a picture that is gone: with every panel once in front, its arrays are freed."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from designer.analysis.analyse import analyse
from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow
from tests.helpers.sessions import grey_ramp


def with_weights() -> Design:
    design = lenet5()
    tensors = {
        node: {name: np.ones(spec.shape) for name, spec in design.nodes[node].layer.weights(facts.input_shapes).items()}
        for node, facts in analyse(design).layers.items()
    }
    return SetWeights({node: given for node, given in tensors.items() if given}).apply(design)


@pytest.fixture(params=["feature_maps", "summary"])
def window(request, qtbot):
    """A window that has shown maps in every panel, with one of these in front."""
    window = MainWindow(Bridge(Session(with_weights())))
    window.worker.automatic = False
    qtbot.addWidget(window)
    window.show()
    window.session.set_picture(grey_ramp())
    window.session.select(["conv1"])
    run(window, qtbot)
    for dock in window.docks.by_name.values():
        dock.show()
        dock.raise_()
        for node in ("conv2", "fc1", "conv1"):
            window.session.select([node])
            QApplication.sendPostedEvents()
            window.grab()
    window.docks.bring("feature_maps")
    qtbot.waitUntil(lambda: window.docks.by_name["feature_maps"].widget().export() is not None)
    window.docks.bring(request.param)
    return window


def arrays_of(session: Session) -> list[weakref.ref]:
    arrays = [array for tensors in session.design.weights.values() for array in tensors.values()]
    arrays += [array for node in session.design.nodes for array in session.filters(node).values()]
    arrays += [session.result(node) for node in session.design.nodes]
    return [weakref.ref(array) for array in arrays]


def images_of(session: Session) -> list[weakref.ref]:
    image = session.prepared["image"]
    return [weakref.ref(array) for array in (session.picture.pixels, image.tensor, image.shown)]


def alive(references: list[weakref.ref]) -> int:
    gc.collect()
    return sum(reference() is not None for reference in references)


def run(window: MainWindow, qtbot) -> None:
    with qtbot.waitSignal(window.worker.ended, timeout=20_000):
        window.worker.run_now()


def test_pictures_and_documents_that_are_gone_free_their_arrays(window, qtbot):
    """In one window, one after the other: another picture, none, and another document."""
    session = window.session
    for make_other in (lambda: grey_ramp(20, 20), lambda: None):
        maps = [weakref.ref(session.result(node)) for node in session.design.nodes]
        found = [*images_of(session), *maps]
        assert alive(found) == len(found)
        session.set_picture(make_other())
        if session.picture is not None:
            # Until then the map of the picture before stays on the screen.
            run(window, qtbot)
        qtbot.waitUntil(lambda found=found: alive(found) == 0, timeout=10_000)
    session.set_picture(grey_ramp())
    run(window, qtbot)
    found = arrays_of(session)
    assert alive(found) == len(found) >= 20
    window.commands["new"].trigger()
    assert not session.design.nodes
    qtbot.waitUntil(lambda: alive(found) == 0, timeout=10_000)
