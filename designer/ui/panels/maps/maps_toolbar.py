"""How maps are shown: which kind, colours, order, scale, size; and the way to a file. One row where there is room."""

from __future__ import annotations

import attrs
import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QSlider, QSpinBox, QToolButton, QWidget

from designer.i18n import _
from designer.interchange.figures.colormap import COLORMAPS
from designer.session.maps.export import colour_table
from designer.session.maps.scale import Scaling
from designer.session.maps.stack import Sort
from designer.ui.panels.maps.depth_choice import DepthChoice
from designer.ui.panels.maps.tile_grid import LARGEST, SMALLEST, USUAL
from designer.ui.panels.maps.tile_pictures import image_of_pixels
from designer.ui.widgets.flow_layout import FlowLayout
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, muted, sized
from designer.ui.widgets.menu_choice import MenuChoice
from designer.ui.widgets.segments import Segments
from designer.ui.widgets.theme import icon

RAMP = QSize(32, 16)
"""Pixels of the colours on the button, and of the room around them."""


@attrs.frozen
class Look:
    """How a stack of maps is shown."""

    colormap: str = "viridis"
    sort: Sort = Sort.INDEX
    scaling: Scaling = Scaling.CLIPPED


def colormap_label(name: str) -> str:
    """The words a colour map is chosen by."""
    labels = {
        "viridis": _("Viridis"),
        "gray": _("Grey"),
        "magma": _("Magma"),
        "diverging": _("Blue – white – red"),
    }
    return labels.get(name, name)


class MapsToolbar(FollowsTheme, QWidget):
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
        # Filters are small, and each of their weights counts.
        self._looks = {False: Look(), True: Look("diverging", scaling=Scaling.FULL)}
        self._shown_filters = False
        self._coloured = ""
        self.title = ThemedLabel(parent=self)
        self.title.setFont(sized(self.font(), 1.0, bold=True))
        self.subtitle = muted(parent=self)
        self.mode = Segments((_("Maps"), _("Filters")), self)
        self.maps_button, self.filters_button = self.mode.button(0), self.mode.button(1)
        self.view = self._menu_button(_("View"), _("Colours, order and scale"))
        self.view.setIconSize(RAMP)
        menu = self.view.menu()
        menu.setToolTipsVisible(True)
        self.colours = MenuChoice(_("Colours"), {name: (colormap_label(name), "") for name in COLORMAPS}, menu)
        self.sort = MenuChoice(_("Order"), {sort: (sort.label, "") for sort in Sort}, menu)
        self.scaling = MenuChoice(_("Scale"), {each: (each.label, each.help) for each in Scaling}, menu)
        self.slice = QSpinBox(self)
        self.volume_slice = DepthChoice(self)
        self.edge = QSlider(Qt.Orientation.Horizontal, self)
        self.edge.setRange(SMALLEST, LARGEST)
        self.edge.setValue(USUAL)
        self.edge.setFixedWidth(80)
        self.edge.setToolTip(_("Size of a map (Ctrl+wheel)"))
        self.edge.setAccessibleName(_("Size of a map"))
        self.export = self._export_button()
        self._groups: dict[str, QWidget] = {}
        self._build()
        self.mode.chosen.connect(self.mode_changed)
        for choice in (self.colours, self.sort, self.scaling):
            choice.chosen.connect(self._look_touched)
        self.slice.valueChanged.connect(self.slice_changed)
        self.volume_slice.changed.connect(self.slice_changed)
        self.edge.valueChanged.connect(self.edge_changed)
        self._follow_theme()

    def _menu_button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setMenu(QMenu(button))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setText(text)
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _export_button(self) -> QToolButton:
        button = self._menu_button(_("Export"), _("Write what is shown to a file"))
        button.menu().addAction(_("Picture (PNG)…"), lambda: self.export_wanted.emit("png"))
        button.menu().addAction(_("Values (NPZ)…"), lambda: self.export_wanted.emit("npz"))
        return button

    def _build(self) -> None:
        flow = FlowLayout(self, spacing=12, row_spacing=6)
        flow.setContentsMargins(8, 6, 8, 6)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._groups = {
            "title": _side_by_side(self.title, self.subtitle),
            "mode": self.mode,
            "slice": _side_by_side(self._named(_("Input channel"), self.slice), self.slice),
            "volume_slice": self.volume_slice,
            "view": self.view,
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

    def offer(self, *, filters: bool, slices: int = 0, colour: bool = False, depth: int = 0) -> None:
        """Show the controls that mean something.

        Parameters
        ----------
        filters
            Filters are shown rather than maps.
        slices
            How many input channels the filters read; 0 hides the choice.
        colour
            Whether all of them together can be shown in colour.
        depth
            How many slices the volumes have that are shown; 0 hides the choice.
        """
        self.volume_slice.offer(depth)
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
        self.colours.set_visible(maps_drawn and not self._in_colour())
        self.scaling.set_visible(maps_drawn)
        self.scaling.actions[Scaling.CLIPPED].setVisible(maps_drawn and not self._shown_filters)
        self.sort.actions[Sort.VARIANCE].setEnabled(maps_drawn)
        self._groups["view"].setVisible(arrange)
        self._groups["edge"].setVisible(arrange)
        self._show_colours()

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
        self.colours.show_value(look.colormap)
        self.sort.show_value(look.sort)
        self.scaling.show_value(look.scaling)
        self._show_colours()

    def _look_touched(self) -> None:
        look = Look(self.colours.value, self.sort.value, self.scaling.value)
        if look != self.look:
            self._looks[self._shown_filters] = look
            self._show_colours()
            self.look_changed.emit()

    def _show_colours(self) -> None:
        """The button that opens the choices shows the colours, from low to high."""
        name = self.look.colormap if self.colours.offered else ""
        if name != self._coloured:
            self._coloured = name
            self.view.setIcon(ramp(name) if name else icon("appearance"))

    def _apply_theme(self) -> None:
        self.export.setIcon(icon("export"))
        self._coloured = ""
        self.view.setIcon(icon("appearance"))
        self._show_colours()


def ramp(colormap: str) -> QIcon:
    """A colour map from its lowest colour to its highest, with room around it."""
    canvas, inner = RAMP * 2, (RAMP - QSize(4, 6)) * 2  # sharp on screens of two device pixels to a pixel
    row = colour_table(colormap)[np.linspace(0, 255, inner.width()).astype(int)]
    pixmap = QPixmap(canvas)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.drawImage(0, 6, image_of_pixels(np.broadcast_to(row, (inner.height(), inner.width()))))
    painter.end()
    return QIcon(pixmap)


def _side_by_side(*widgets: QWidget, spacing: int = 6) -> QWidget:
    group = QWidget()
    layout = QHBoxLayout(group)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for widget in widgets:
        layout.addWidget(widget)
    return group
