"""Where the weights of the layers shown come from: their seed, or a file."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.i18n import _, ngettext
from designer.ui.bridge import Bridge
from designer.ui.panels.form.shared_values import initialise_again
from designer.ui.widgets.labels import selectable, wrapped


class WeightsRow(QWidget):
    """One line on the weights; a button that drops given ones."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._given: tuple[str, ...] = ()
        self.origin = wrapped()
        selectable(self.origin)
        self.again = QPushButton(_("Initialise again"), self)
        self.again.setToolTip(_("Drop the given weights and start from the seed; undo brings them back"))
        self.again.clicked.connect(lambda: self.session.do(initialise_again(self._given)))
        self.label = QLabel(_("Weights"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        side = QVBoxLayout()
        side.setSpacing(6)
        side.addWidget(self.origin)
        side.addWidget(self.again)
        row.addWidget(self.label, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(side, 1)

    def show_nodes(self, ids: Sequence[str]) -> None:
        """Say where the weights of these nodes come from; hidden where they have none."""
        design, layers = self.session.design, self.session.report.layers
        given = tuple(node for node in ids if node in design.weights)
        weighted = any(
            node in design.weights or (node in layers and layers[node].parameters + layers[node].buffers)
            for node in ids
        )
        self._given = given
        self.setVisible(weighted)
        self.again.setVisible(bool(given))
        if given and len(ids) == 1:
            self.origin.show_text(_("from a file"))
        elif given:
            text = ngettext("{count} of {all} layers from a file", "{count} of {all} layers from a file", len(given))
            self.origin.show_text(text.format(count=len(given), all=len(ids)))
        elif len(ids) == 1:
            self.origin.show_text(_("initialised from seed {seed}").format(seed=design.nodes[ids[0]].seed))
        else:
            self.origin.show_text(_("initialised, each from its own seed"))
