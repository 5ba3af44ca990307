"""What fills a panel that has no image yet: drop one here, open one, or take an example."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QHideEvent, QIcon, QImageReader, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from designer.i18n import _
from designer.pictures.images import SUFFIXES, ExampleImage, example_images
from designer.ui.files.local_path import local_path
from designer.ui.widgets.flow_layout import FlowLayout
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import wrapped
from designer.ui.widgets.theme import icon
from designer.ui.widgets.veil import Veil

THUMBNAIL = 48

MOMENT_MS = 600
"""Longer than it takes until a run has begun."""


def dropped_image(mime: QMimeData) -> Path | None:
    """The the first image file that is being dragged; None where there is none: other files are not ours."""
    paths = (local_path(url) for url in mime.urls() if url.isLocalFile())
    return next((path for path in paths if path.name.lower().endswith(SUFFIXES)), None)


class ImageDropTarget(QWidget):
    """A panel that an image file can be dropped on.

    Signals
    -------
    open_image_wanted(), paste_image_wanted(), example_image_wanted(str), image_dropped(Path)
        The window opens, pastes, takes the example of that name, reads the file at that path.
    """

    open_image_wanted = Signal()
    paste_image_wanted = Signal()
    example_image_wanted = Signal(str)
    image_dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._welcome = Veil(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take image files, and show that they are welcome."""
        if dropped_image(event.mimeData()) is None:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._welcome.cover(_("Drop to use this image"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The hand went on."""
        self._welcome.lift()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the file on."""
        self._welcome.lift()
        path = dropped_image(event.mimeData())
        if path is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.image_dropped.emit(path)


class ImageInvitation(FollowsTheme, QWidget):
    """The words, two buttons, and the examples as small pictures.

    Signals
    -------
    open_wanted(), paste_wanted(), example_wanted(str)
    """

    open_wanted = Signal()
    paste_wanted = Signal()
    example_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = wrapped(_("Drop an image here, or choose an example"), "text", self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._open = QPushButton(_("Open image…"), self)
        self._paste = QPushButton(_("Paste"), self)
        self._open.clicked.connect(self.open_wanted)
        self._paste.clicked.connect(self.paste_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for stretch in (self._open, self._paste):
            buttons.addWidget(stretch)
        buttons.insertStretch(0)
        buttons.addStretch()
        self.examples = QWidget(self)
        flow = FlowLayout(self.examples, spacing=4, centred=True)
        flow.setContentsMargins(0, 0, 0, 0)
        for example in example_images():
            flow.addWidget(self._example_button(example))
        # A flow has no height of its own; here there is always room for one row, or the panel is narrow.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.examples.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addStretch()
        layout.addWidget(self._words)
        layout.addLayout(buttons)
        layout.addWidget(self.examples)
        layout.addStretch()
        self._follow_theme()

    def say(self, words: str) -> None:
        """Use other words."""
        self._words.show_text(words)

    def _example_button(self, example: ExampleImage) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setIcon(thumbnail(example))
        button.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        button.setToolTip(example.title)
        button.setAccessibleName(example.title)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.example_wanted.emit(example.name))
        return button

    def _apply_theme(self) -> None:
        self._open.setIcon(icon("open"))
        self._paste.setIcon(icon("paste"))


class PlainHint(QWidget):
    """One quiet line in the middle, and perhaps a button.

    Signals
    -------
    acted()
        The button was pressed.
    """

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = wrapped("", "muted", self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._later = ("", "")
        self._moment = QTimer(self, singleShot=True, interval=MOMENT_MS)
        self._moment.timeout.connect(lambda: self.say(self._later[0], button=self._later[1]))
        self._button = QPushButton(self)
        self._button.clicked.connect(self.acted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.addStretch()
        layout.addWidget(self._words)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch()

    def say_later(self, words: str, button: str = "") -> None:
        """Show a line and a button, unless something else is said within a moment."""
        if self.words != words:
            self.say("")
            self._later = (words, button)
            self._moment.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody reads it any more."""
        super().hideEvent(event)
        self._moment.stop()

    def say(self, words: str, colour: str = "muted", button: str = "") -> None:
        """Show a line, and a button where it has a text."""
        self._moment.stop()
        self._words.set_colour(colour)
        self._words.show_text(words)
        self._button.setText(button)
        self._button.setVisible(bool(button))

    @property
    def words(self) -> str:
        """What is shown, for tests and for screen readers."""
        return self._words.text()


def thumbnail(example: ExampleImage) -> QIcon:
    """A small square picture of an example."""
    reader = QImageReader(str(example.path))
    size = reader.size()
    side = 2 * THUMBNAIL  # sharp on screens of two device pixels to a pixel
    reader.setScaledSize(size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    left, top = (image.width() - side) // 2, (image.height() - side) // 2
    return QIcon(QPixmap.fromImage(image.copy(left, top, side, side)))
