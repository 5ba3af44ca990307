"""The image as the network sees it, and the receptive field of the cell that is pointed at."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QHideEvent, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.i18n import N_, _
from designer.layer_api.geometry import Region
from designer.pictures.images import Picture, Prepared, Preprocessing, example_images
from designer.session.session import Probe
from designer.ui.bridge import Bridge
from designer.ui.panels.image.image_invitation import ImageDropTarget, ImageInvitation
from designer.ui.panels.image.image_view import FieldMark, ImageView
from designer.ui.panels.image.preprocessing_form import PreprocessingForm
from designer.ui.panels.maps.maps_text import value_text
from designer.ui.panels.maps.tile_pictures import image_of
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.flow_layout import FlowLayout
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, scrolled, wrapped
from designer.ui.widgets.segments import Segments
from designer.ui.widgets.theme import icon, tabular
from designer.ui.widgets.veil import Veil

SIDE_BY_SIDE = 480
"""From this width on there is room for the choices beside the image."""

LEAST_HEIGHT = 264
"""Pixels; enough for a small image and all choices below it where the panel is as wide as at first."""

PREVIEW_EDGE = 640
"""A photograph is drawn from a copy whose longer side has about this many pixels."""


class InputImagePanel(FollowsTheme, ImageDropTarget):
    """What the network sees, or the picture it was made of with the part it sees; and how the one becomes the other."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._session = bridge.session
        self._stale = True
        self._probe: Probe | None = None
        self._preview: tuple[Picture, QImage] | None = None
        self._drawn: object = None
        self.view = ImageView(self)
        self.mode = Segments((_("Network's view"), _("Original")), self)
        self.seen_button, self.original_button = self.mode.button(0), self.mode.button(1)
        self.source = QComboBox(self)
        self.source.setAccessibleName(_("Input"))
        self.value = ThemedLabel(colour="muted", parent=self)
        self.value.setFont(tabular(self.font()))
        self.notes = wrapped("", "muted", self)
        self.form = PreprocessingForm(self)
        self.invitation = ImageInvitation(self)
        self._pages = QStackedWidget(self)
        self._open = QPushButton(_("Open…"), self)
        # In its sign alone: with three words the buttons of a narrow panel would take a second row from the image.
        self._paste = QPushButton(self)
        self._paste.setToolTip(_("Paste an image from the clipboard"))
        self._paste.setAccessibleName(_("Paste"))
        self._examples = QPushButton(_("Examples"), self)
        self._build()
        self._veil = Veil(self.view)
        self._connect(bridge)
        self._follow_theme()

    def _build(self) -> None:
        head = QWidget(self)
        flow = FlowLayout(head, spacing=8)
        flow.setContentsMargins(0, 0, 0, 0)
        flow.addWidget(self.mode)
        flow.addWidget(self.source)
        menu = QMenu(self._examples)
        for example in example_images():
            menu.addAction(example.title, partial(self.example_image_wanted.emit, example.name))
        self._examples.setMenu(menu)
        buttons = QWidget(self)
        button_flow = FlowLayout(buttons, spacing=8)
        button_flow.setContentsMargins(0, 0, 0, 0)
        for button in (self._open, self._examples, self._paste):
            button_flow.addWidget(button)
        picture = QWidget(self)
        left, right = QVBoxLayout(), QVBoxLayout()
        for widget in (head, self.view, self.value):
            left.addWidget(widget, 1 if widget is self.view else 0)
        for widget in (self.notes, self.form, buttons):
            right.addWidget(widget)
        right.addStretch()
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, picture)
        self._layout.setContentsMargins(8, 6, 8, 8)
        self._layout.setSpacing(6)
        self._layout.addLayout(left, 1)
        self._layout.addLayout(right)
        self._pages.addWidget(self.invitation)
        # On a low screen it scrolls: the image keeps its least height, and nothing is drawn over it.
        area = scrolled(picture)
        area.setMinimumHeight(LEAST_HEIGHT)
        self._pages.addWidget(area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    def _connect(self, bridge: Bridge) -> None:
        bridge.picture_changed.connect(self._refresh)
        bridge.analysed.connect(self._refresh)
        bridge.probed.connect(self._probed)
        bridge.run_changed.connect(self._run_changed)
        self.mode.chosen.connect(self._refresh)
        self.form.wanted.connect(self._preprocess)
        self.source.currentIndexChanged.connect(self._refresh)
        self.view.pixel_hovered.connect(self._show_value)
        self.view.open_wanted.connect(self.open_image_wanted)
        self._open.clicked.connect(self.open_image_wanted)
        self._paste.clicked.connect(self.paste_image_wanted)
        self.invitation.open_wanted.connect(self.open_image_wanted)
        self.invitation.paste_wanted.connect(self.paste_image_wanted)
        self.invitation.example_wanted.connect(self.example_image_wanted)

    # -- following the session -------------------------------------------------------------------------------------

    def _run_changed(self, state: object) -> None:
        del state
        if not self._stale:
            self._show_wait()

    def _probed(self, probe: Probe | None) -> None:
        self._probe = probe
        if self.isVisible():
            self._show_field()

    def _preprocess(self, wanted: Preprocessing) -> None:
        self._session.set_preprocessing(wanted)

    def _refresh(self, *_arguments: object) -> None:
        """Show what there is; nothing is done while nobody looks."""
        if not self.isVisible():
            self._stale = True
            # Another may have been chosen: this one is drawn again when somebody looks.
            self._drawn = self._preview = None
            return
        self._stale = False
        session = self._session
        if session.picture is None:
            self._drawn = self._preview = None
            self._pages.setCurrentIndex(0)
            return
        self._pages.setCurrentIndex(1)
        self._show_sources()
        shapes = (session.report.layers[source].output_shape for source in session.design.sources())
        self.form.show_preprocessing(session.preprocessing, [shape[0] for shape in shapes if shape])
        self._show_image(session.picture)
        self._show_field()
        self._show_wait()
        self._show_value(None)

    def _show_sources(self) -> None:
        sources = list(self._session.design.sources())
        if [self.source.itemText(index) for index in range(self.source.count())] != sources:
            chosen = self.source.currentText()
            self.source.blockSignals(True)
            self.source.clear()
            self.source.addItems(sources)
            self.source.setCurrentIndex(max(0, self.source.findText(chosen)))
            self.source.blockSignals(False)
        self.source.setVisible(len(sources) > 1)

    @property
    def prepared(self) -> Prepared | None:
        """The chosen input's image as the network sees it, once it is there."""
        return self._session.prepared.get(self.source.currentText())

    def _shows_original(self) -> bool:
        return self.original_button.isChecked() or self.prepared is None

    def _show_image(self, picture: Picture) -> None:
        prepared = self.prepared
        wanted = (picture, prepared, self._shows_original())
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self.seen_button.setEnabled(prepared is not None)
        width, height = picture.size
        if prepared is None or self._shows_original():
            frame = None
            if prepared is not None:
                rows, columns = prepared.shown.shape[:2]
                frame = _edges(prepared.to_source((0.0, 0.0, float(columns), float(rows))))
            self.view.show_image(self._previewed(picture), (width, height), frame)
        else:
            rows, columns = prepared.shown.shape[:2]
            self.view.show_image(image_of(prepared.shown), (columns, rows))
        about = [f"{picture.name} · {picture.original_size[0]}×{picture.original_size[1]}", *picture.notes]
        self.notes.show_text("; ".join([*about, *(prepared.notes if prepared is not None else ())]))

    def _previewed(self, picture: Picture) -> QImage:
        """A copy small enough to be made in a moment; the fitted one is made by the run, in its thread."""
        if self._preview is None or self._preview[0] is not picture:
            step = max(1, max(picture.size) // PREVIEW_EDGE)
            few = picture.pixels[::step, ::step]
            levels = np.rint(few * np.float32(255.0)).astype(np.uint8)
            self._preview = (picture, image_of(np.broadcast_to(levels, (*levels.shape[:2], 3))))
        return self._preview[1]

    def _show_wait(self) -> None:
        prepared, session = self.prepared, self._session
        late = session.picture is not None and (prepared is None or prepared.preprocessing != session.preprocessing)
        if late and session.run_state.running:
            self._veil.expect(_("computing…"))
        else:
            self._veil.lift()

    # -- the receptive field ---------------------------------------------------------------------------------------

    def _show_field(self) -> None:
        prepared = self.prepared
        region = self._probe.seen.get(self.source.currentText()) if self._probe is not None else None
        if prepared is None or region is None or len(region) != 2:
            self.view.show_field(None)
            return
        (top, bottom), (left, right) = region
        edges = (float(left), float(top), float(right + 1), float(bottom + 1))
        rect = _edges(prepared.to_source(edges)) if self._shows_original() else _edges(edges)
        self.view.show_field(FieldMark(rect, field_label(region)))

    def _show_value(self, pixel: tuple[int, int] | None) -> None:
        prepared, picture = self.prepared, self._session.picture
        if pixel is None or picture is None:
            self.value.show_text(_("point at a pixel for its value"))
            return
        row, column = pixel
        if prepared is None or self._shows_original():
            shown = [str(round(255.0 * float(value))) for value in picture.pixels[row, column]]
        else:
            # A sequence is one row, and every slice of a volume is the picture.
            first = prepared.tensor[0, :3]
            planes = first[:, np.newaxis] if first.ndim < 3 else first.reshape(len(first), -1, *first.shape[-2:])[:, 0]
            shown = [value_text(float(value)) for value in planes[:, row, column]]
        self.value.show_text(
            _("row {row}, column {column}: {value}").format(row=row, column=column, value="  ".join(shown))
        )

    # -- window ----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stale = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The choices stand under the image, or beside it where the panel is wide and low."""
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE and self.width() > 1.4 * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._layout.setStretch(1, 1 if wide else 0)

    def _apply_theme(self) -> None:
        self._open.setIcon(icon("open"))
        self._paste.setIcon(icon("paste"))
        self._examples.setIcon(icon("image"))


def field_label(region: Region) -> str:
    """Height × width of a region, in pixels: ``61×61``."""
    return "×".join(str(last - first + 1) for first, last in region)


def _edges(rect: tuple[float, float, float, float]) -> QRectF:
    left, top, right, bottom = rect
    return QRectF(left, top, right - left, bottom - top)


PANEL = Panel("input_image", N_("Input image"), Area.LEFT, 20, InputImagePanel, height=400)
