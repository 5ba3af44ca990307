"""The profile of a run as a table model: one row per step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QObject

from designer.analysis.roofline import Device, Estimate
from designer.engine.execute.profile import RunProfile, StepProfile
from designer.graph.node_names import without_shared
from designer.i18n import _
from designer.interchange.tables.columns import Column
from designer.layer_api.layer import Category
from designer.layer_api.quantities import number
from designer.session.profile.algorithms import algorithm_explanation
from designer.session.profile.table import columns, layers_text, least_text, state_text
from designer.ui.widgets.row_model import Cell, RowModel


class ProfileModel(RowModel):
    """One row per step, named after the layer whose maps came out; every layer of a step has the step's row.

    Parameters
    ----------
    category_of
        The category of a node, None where the design has it no more.
    """

    def __init__(self, category_of: Callable[[str], Category | None], parent: QObject | None = None) -> None:
        super().__init__(columns(RunProfile(), {}), parent)
        self._category_of = category_of
        self._profile = RunProfile()
        self._steps: dict[str, StepProfile] = {}
        self._step_of: dict[str, str] = {}
        self._largest = 0.0
        self._least: Mapping[str, Estimate] = {}
        self._device: Device | None = None

    @property
    def profile(self) -> RunProfile:
        """The profile in sight."""
        return self._profile

    def show_profile(
        self, profile: RunProfile, least: Mapping[str, Estimate] | None = None, device: Device | None = None
    ) -> None:
        """Follow to another run; ``least`` has estimates of its steps on a device, by the layer whose maps come out."""
        old = self._steps
        self._profile = profile
        self._least, self._device = least or {}, device
        self._columns = columns(profile, self._least)
        self._steps = {step.node: step for step in profile.steps}
        self._step_of = {node: step.node for step in profile.steps for node in step.nodes}
        self._largest = max((profile.share(step) for step in profile.steps), default=0.0)
        self._follow()
        self._tell_changed([row for row, node in enumerate(self._ids) if self._steps[node] != old.get(node)])
        # Each share is one of the whole, which is another.
        self._tell_painted_otherwise()

    def row_of(self, node_id: str) -> int | None:
        """Row of the step that computed a node."""
        return super().row_of(self._step_of.get(node_id, ""))

    def _entries(self) -> Iterable[tuple[str, StepProfile]]:
        return self._steps.items()

    def _entry(self, name: str) -> StepProfile:
        return self._steps[name]

    def _cell(self, column: Column[Any, Any], entry: StepProfile) -> Cell:
        text = column.text(entry)
        quiet = (
            entry.remembered
            or column.key in ("algorithm", "state", "least")
            or (column.key == "speed" and not entry.macs)
        )
        colour = "muted" if quiet else "text"
        if column.key == "share":
            share = self._profile.share(entry) / self._largest if self._largest else 0.0
            return Cell(text, True, colour, share, broad=True)
        if column.key == "id":
            shorter, category = layers_text(without_shared(entry.nodes)), self._category_of(entry.nodes[0])
            return Cell(text, False, colour, category=category, name=True, shorter=shorter)
        return Cell(text, column.numeric, colour)

    def _tool_tip(self, column: Column[Any, Any], entry: StepProfile) -> str | None:
        if column.key == "id":
            return layers_text(entry.nodes)
        if column.key == "speed" and entry.macs:
            return _("{count} multiply-adds").format(count=number(entry.macs))
        if column.key == "least" and self._device is not None and entry.node in self._least:
            return least_text(self._least[entry.node], self._device)
        if column.key == "state":
            return state_text(entry)
        return algorithm_explanation(entry.algorithm) if column.key == "algorithm" else None
