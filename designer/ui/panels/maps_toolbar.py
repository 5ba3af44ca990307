"""How maps are shown: which kind, colours, order, scale, size; and the way to a file."""

from __future__ import annotations

import attrs
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from designer.i18n import _
from designer.interchange.colormap import COLORMAPS
from designer.session.maps import Sort
from designer.ui.panels.flow_layout import FlowLayout
from designer.ui.panels.labels import ThemedLabel, muted, sized
from designer.ui.panels.mosaic_view import LARGEST, SMALLEST, USUAL
from designer.ui.panels.segments import Segments
from designer.ui.theme import icon


@attrs.frozen
class Look:
    """How a stack of maps is shown."""

    colormap: str = "viridis"
    sort: Sort = Sort.INDEX
    shared_scale: bool = False


def colormap_label(name: str) -> str:
    """The words a colour map is chosen by."""
    labels = {
        "viridis": _("Viridis"),
        "gray": _("Grey"),
        "magma": _("Magma"),
        "diverging": _("Blue – white – red"),
    }
    return labels.get(name, name)


class MapsToolbar(QWidget):
    """Title and controls of the feature-map panel; maps and filters each remember their own look.

    Signals
    -------
    look_changed(), mode_changed(), slice_changed(), edge_changed(int), export_wanted(str)
    """

    look_changed = Signal()
    mode_changed = Signal()
    slice_changed = Signal()
    edge_changed = Signal(int)
    export_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks = {False: Look(), True: Look(colormap="diverging")}
        self._shown_filters = False
        self.title = ThemedLabel(parent=self)
        self.title.setFont(sized(self.font(), 1.0, bold=True))
        self.subtitle = muted(parent=self)
        self.mode = Segments((_("Maps"), _("Filters")), self)
        self.maps_button, self.filters_button = self.mode.button(0), self.mode.button(1)
        self.colours = QComboBox(self)
        for name in COLORMAPS:
            self.colours.addItem(colormap_label(name), name)
        self.sort = QComboBox(self)
        for sort in Sort:
            self.sort.addItem(sort.label, sort)
        self.shared = QCheckBox(_("Shared scale"), self)
        self.shared.setToolTip(_("One scale for all, so that strong and weak maps can be compared"))
        self.slice = QSpinBox(self)
        self.edge = QSlider(Qt.Orientation.Horizontal, self)
        self.edge.setRange(SMALLEST, LARGEST)
        self.edge.setValue(USUAL)
        self.edge.setFixedWidth(96)
        self.edge.setToolTip(_("Size of a map (Ctrl+wheel)"))
        self.edge.setAccessibleName(_("Size of a map"))
        self.export = self._export_button()
        self._groups: dict[str, QWidget] = {}
        self._build()
        self.mode.chosen.connect(self.mode_changed)
        self.colours.currentIndexChanged.connect(self._look_touched)
        self.sort.currentIndexChanged.connect(self._look_touched)
        self.shared.toggled.connect(self._look_touched)
        self.slice.valueChanged.connect(self.slice_changed)
        self.edge.valueChanged.connect(self.edge_changed)
        self._follow_theme()

    def _export_button(self) -> QToolButton:
        button = QToolButton(self)
        menu = QMenu(button)
        menu.addAction(_("Picture (PNG)…"), lambda: self.export_wanted.emit("png"))
        menu.addAction(_("Values (NPZ)…"), lambda: self.export_wanted.emit("npz"))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setText(_("Export"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _build(self) -> None:
        flow = FlowLayout(self, spacing=16, row_spacing=6)
        flow.setContentsMargins(8, 6, 8, 6)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._groups = {
            "title": _side_by_side(self.title, self.subtitle),
            "mode": self.mode,
            "slice": _side_by_side(self._named(_("Input channel"), self.slice), self.slice),
            "colours": _side_by_side(self._named(_("Colours"), self.colours), self.colours),
            "sort": _side_by_side(self._named(_("Order"), self.sort), self.sort),
            "shared": self.shared,
            "edge": self.edge,
            "export": self.export,
        }
        for group in self._groups.values():
            flow.addWidget(group)

    def _named(self, text: str, control: QWidget) -> ThemedLabel:
        label = muted(text, self)
        label.setBuddy(control)
        control.setAccessibleName(text)
        return label

    # -- state -----------------------------------------------------------------------------------------------------

    @property
    def wants_filters(self) -> bool:
        """Whether filters were asked for; it is remembered while layers without filters are looked at."""
        return self.filters_button.isChecked()

    @property
    def look(self) -> Look:
        """The look in force."""
        return self._looks[self._shown_filters]

    def show_title(self, title: str, subtitle: str) -> None:
        """Say what is shown."""
        self.title.show_text(title)
        self.subtitle.show_text(subtitle)

    def offer(self, *, filters: bool, slices: int = 0, colour: bool = False) -> None:
        """Show the controls that mean something.

        Parameters
        ----------
        filters
            Filters are shown rather than maps.
        slices
            How many input channels the filters read; 0 hides the choice.
        colour
            Whether all of them together can be shown in colour.
        """
        if filters != self._shown_filters:
            self._shown_filters = filters
            self._display(self._looks[filters])
        with QSignalBlocker(self.slice):
            self.slice.setRange(-1 if colour else 0, max(0, slices - 1))
            self.slice.setSpecialValueText(_("all, in colour") if colour else "")
        self._groups["slice"].setVisible(slices > 1)

    def show_edge(self, edge: int) -> None:
        """Show the size of a map that was chosen for the user."""
        with QSignalBlocker(self.edge):
            self.edge.setValue(edge)

    def enable(self, *, maps: bool, filters: bool, export: bool, maps_drawn: bool = True, arrange: bool = True) -> None:
        """Which controls can be used.

        Parameters
        ----------
        maps, filters
            Whether maps can be had, and filters.
        maps_drawn
            Whether maps are shown rather than bars, which have neither colours nor variance.
        arrange
            Whether there is anything to be put in order or enlarged.
        """
        self._groups["mode"].setVisible(filters)
        self.maps_button.setEnabled(maps)
        self.export.setVisible(export)
        self._groups["colours"].setVisible(arrange and maps_drawn and not self._in_colour())
        self._groups["shared"].setVisible(arrange and maps_drawn)
        model = self.sort.model()
        if isinstance(model, QStandardItemModel):
            model.item(list(Sort).index(Sort.VARIANCE)).setEnabled(maps_drawn)
        self._groups["sort"].setVisible(arrange)
        self._groups["edge"].setVisible(arrange)

    def _in_colour(self) -> bool:
        return self._shown_filters and self.slice.value() < 0

    @property
    def chosen_slice(self) -> int | None:
        """The input channel whose weights are wanted; None for all in colour."""
        return None if self.slice.value() < 0 else self.slice.value()

    def first_slice(self) -> None:
        """Go back to colour, or to the first channel: another layer is shown."""
        with QSignalBlocker(self.slice):
            self.slice.setValue(self.slice.minimum())

    def _display(self, look: Look) -> None:
        with QSignalBlocker(self.colours), QSignalBlocker(self.sort), QSignalBlocker(self.shared):
            self.colours.setCurrentIndex(self.colours.findData(look.colormap))
            self.sort.setCurrentIndex(list(Sort).index(look.sort))
            self.shared.setChecked(look.shared_scale)

    def _look_touched(self) -> None:
        sort = list(Sort)[self.sort.currentIndex()]
        look = Look(str(self.colours.currentData()), sort, self.shared.isChecked())
        if look != self.look:
            self._looks[self._shown_filters] = look
            self.look_changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "export"):
            self._follow_theme()

    def _follow_theme(self) -> None:
        self.export.setIcon(icon("export"))


def _side_by_side(*widgets: QWidget, spacing: int = 6) -> QWidget:
    group = QWidget()
    layout = QHBoxLayout(group)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for widget in widgets:
        layout.addWidget(widget)
    return group
