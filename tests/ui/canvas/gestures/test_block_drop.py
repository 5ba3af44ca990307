"""Blocks dragged from the palette onto the canvas, with hand-made drag events."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPointF
from PySide6.QtWidgets import QInputDialog

from designer.gallery.catalogue import network
from designer.library import blocks
from designer.ui.canvas.block_commands import save_as_block
from designer.ui.canvas.gestures.block_drop import BLOCK_MIME, BlockDrop
from designer.ui.canvas.gestures.drops import LAYER_MIME
from tests.ui.canvas.gestures.test_drops import Drag


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "folder", lambda: tmp_path / "blocks")


def block(name: str) -> QMimeData:
    made = QMimeData()
    made.setData(BLOCK_MIME, name.encode())
    return made


def on_wire(canvas, target):
    """The middle of the wire into a node."""
    (edge,) = canvas.design.incoming[target]
    scene = canvas.scene
    source, end = scene.cards.rect(edge.source), scene.cards.rect(target)
    return canvas.spot(QPointF((source.right() + end.left()) / 2, (source.center().y() + end.center().y()) / 2))


def test_a_block_on_a_wire_is_inserted_with_the_channels_of_the_wire(canvas):
    canvas.session.adopt(network("lenet5"))
    canvas.view.fit()
    before, items = canvas.design, len(canvas.scene.items())
    drag = Drag(canvas, block("residual"))
    spot = on_wire(canvas, "conv2")
    assert drag.enter(spot)
    assert drag.move(spot)
    assert canvas.view._drop._ghost.card.name == "Residual block"
    assert canvas.design is before
    assert drag.drop(spot)
    added = set(canvas.design.nodes) - set(before.nodes)
    assert set(canvas.session.selection) == added == set(canvas.design.group("residual").members)
    assert canvas.session.report.problems == ()
    # pool1 gives 6 channels, so that two convolutions of 3·3·6·6 and twice 2·6 of normalisation come in.
    assert canvas.session.report.totals.parameters == 61_706 + 2 * (9 * 36 + 12)
    canvas.session.undo()
    assert canvas.design is before
    assert len(canvas.scene.items()) <= items + 1


def test_beside_the_wires_a_block_stands_alone(canvas):
    before = canvas.design
    drag = Drag(canvas, block("fire"))
    spot = canvas.spot(QPointF(700, 500))
    assert drag.enter(spot)
    assert drag.drop(spot)
    assert canvas.design.edges[: len(before.edges)] == before.edges
    (squeeze,) = (key for key in canvas.session.selection if canvas.design.inputs_of(key) == (None,))
    assert canvas.design.nodes[squeeze].layer.kind == "conv2d"


def test_a_drag_that_leaves_leaves_nothing_and_layers_still_come(canvas):
    items = len(canvas.scene.items())
    drag = Drag(canvas, block("fire"))
    assert drag.enter(canvas.spot(QPointF(600, 330)))
    assert isinstance(canvas.view._drop, BlockDrop)
    drag.leave()
    assert len(canvas.scene.items()) == items
    layer = QMimeData()
    layer.setData(LAYER_MIME, b"dropout")
    after = Drag(canvas, layer)
    assert after.enter(canvas.spot(QPointF(700, 330)))
    assert after.drop(canvas.spot(QPointF(700, 330)))
    assert "dropout1" in canvas.design.nodes


def test_a_block_that_nobody_knows_is_not_taken(canvas):
    assert not Drag(canvas, block("nonsense")).enter(canvas.spot(QPointF(600, 330)))


def test_the_selection_is_saved_under_the_name_that_was_asked_for(canvas, monkeypatch):
    canvas.session.adopt(network("lenet5"))
    canvas.session.select(["conv1", "tanh1"])
    asked = []
    monkeypatch.setattr(QInputDialog, "getText", lambda *arguments: (asked.append(arguments[-1]), ("stem", True))[1])
    changed = []
    canvas.session.blocks_changed.connect(lambda: changed.append(True))
    save_as_block(canvas.view)
    assert asked
    assert changed == [True]
    assert [entry.name for entry in blocks.entries() if entry.own] == ["stem"]
