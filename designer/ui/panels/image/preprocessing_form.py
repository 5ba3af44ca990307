"""How an image is fitted and normalised: two choices, and numbers for those who have their own."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from designer.i18n import _
from designer.pictures.images import Fit, ImageError, Normalisation, Preprocessing
from designer.ui.widgets.labels import ReasonLabel, muted


class PreprocessingForm(QWidget):
    """Shows a preprocessing and tells which one is wanted instead.

    Signals
    -------
    wanted(object)
        A `Preprocessing` that makes sense; what does not is refused in place, with the reason.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = Preprocessing()
        self._channels: tuple[int, ...] = ()
        self.fit = QComboBox(self)
        for fit in Fit:
            self.fit.addItem(fit.label, fit)
        self.normalisation = QComboBox(self)
        for normalisation in Normalisation:
            self.normalisation.addItem(normalisation.label, normalisation)
        for combo in (self.fit, self.normalisation):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(12)
        self.mean, self.std = QLineEdit(self), QLineEdit(self)
        for field in (self.mean, self.std):
            field.setPlaceholderText("0.5, 0.5, 0.5")
            field.setToolTip(_("One number for all channels, or one for each, between commas; pixels are 0 to 1"))
            field.editingFinished.connect(self._touched)
        self.reason = ReasonLabel(self)
        self._form = form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        form.addRow(self._named(_("Fit"), self.fit), self.fit)
        form.addRow(self._named(_("Values"), self.normalisation), self.normalisation)
        form.addRow(self._named(_("Mean"), self.mean), self.mean)
        form.addRow(self._named(_("Deviation"), self.std), self.std)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(form)
        layout.addWidget(self.reason)
        self.fit.currentIndexChanged.connect(self._touched)
        self.normalisation.currentIndexChanged.connect(self._touched)
        self.show_preprocessing(self._shown, ())

    def _named(self, text: str, control: QWidget) -> QWidget:
        label = muted(text, self)
        label.setBuddy(control)
        control.setAccessibleName(text)
        return label

    def show_preprocessing(self, shown: Preprocessing, channels: Iterable[int]) -> None:
        """Show how images are prepared.

        Parameters
        ----------
        channels
            Of the network's inputs: that many means are wanted, or one.
        """
        self._shown, self._channels = shown, tuple(channels)
        with QSignalBlocker(self.fit), QSignalBlocker(self.normalisation):
            self.fit.setCurrentIndex(self.fit.findData(shown.fit))
            self.normalisation.setCurrentIndex(self.normalisation.findData(shown.normalisation))
        for field, values in ((self.mean, shown.mean), (self.std, shown.std)):
            text = ", ".join(f"{value:g}" for value in values)
            if not field.hasFocus() and field.text() != text:
                field.setText(text)
        self._offer_own(shown.normalisation)
        self.reason.clear_reason()

    def _offer_own(self, normalisation: Normalisation) -> None:
        for field in (self.mean, self.std):
            self._form.setRowVisible(field, normalisation is Normalisation.CUSTOM)

    def _touched(self) -> None:
        normalisation = Normalisation(self.normalisation.currentData())
        self._offer_own(normalisation)
        try:
            wanted = Preprocessing(
                Fit(self.fit.currentData()),
                normalisation,
                _numbers(self.mean.text(), _("mean")),
                _numbers(self.std.text(), _("deviation")),
            )
            for channels in self._channels:
                wanted.statistics(channels)
        except ImageError as problem:
            self.reason.show_reason(str(problem))
            return
        self.reason.clear_reason()
        if wanted != self._shown:
            self._shown = wanted
            self.wanted.emit(wanted)


def _numbers(text: str, what: str) -> tuple[float, ...]:
    """Numbers between commas, semicolons or spaces; raises ImageError."""
    try:
        return tuple(float(part) for part in text.replace(",", " ").replace(";", " ").split())
    except ValueError:
        raise ImageError(
            _("{what}: {came} is no list of numbers; write 0.5, 0.5, 0.5").format(what=what, came=text[:40])
        ) from None
