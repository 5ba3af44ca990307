"""The parameters of the selected layers in a form, or the design's name where nothing is selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from designer.graph.document import Change
from designer.graph.edits import SetName
from designer.i18n import N_, _, ngettext
from designer.layer_api.layer import Layer
from designer.session.group_selection import selected_group
from designer.ui.bridge import Bridge
from designer.ui.panels.form.field_editor import FieldEditor
from designer.ui.panels.form.field_form import FieldForm
from designer.ui.panels.form.group_page import GroupPage
from designer.ui.panels.form.shared_values import of_one_kind, set_parameter
from designer.ui.panels.form.weights_row import WeightsRow
from designer.ui.panels.inspector.node_header import NodeHeader
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.labels import scrolled, sized, wrapped
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.model_line import ModelLine
from designer.ui.widgets.theme import RHYTHM


class ParametersPanel(LazyPanel):
    """A form of the selected layers, which must be of one kind; every edit goes to all of them as one step."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._shown: tuple[str, ...] = ()
        self._forms: dict[type[Layer], FieldForm] = {}
        self.pages = QStackedWidget(self)
        self.design_page = DesignPage(bridge, self.pages)
        self.hint_page = HintPage(self.pages)
        self.header = NodeHeader(bridge, self)
        self.header.rename_wanted.connect(self.session.rename)
        self.forms = QWidget(self)
        self._form_column = QVBoxLayout(self.forms)
        self._form_column.setContentsMargins(0, 0, 0, 0)
        self.form: FieldForm | None = None
        """The form in sight; None where no layer has been shown."""
        self.weights_row = WeightsRow(bridge, self)
        self.description = wrapped()
        self.layer_page = self._layer_page()
        self.group_page = GroupPage(bridge, self.pages)
        for page in (self.design_page, self.hint_page, self.layer_page, self.group_page):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        bridge.changed.connect(self._design_changed)
        bridge.selection_changed.connect(self._refresh_if_seen)
        bridge.analysed.connect(self._analysed)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)

    def _layer_page(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        column.setSpacing(10)
        column.addWidget(self.header)
        column.addWidget(self.forms)
        column.addWidget(self.weights_row)
        column.addWidget(self.description)
        column.addStretch()
        return scrolled(inside)

    # -- following the session -------------------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """As wide as the widest row, so that nothing is cut off, beside a scroll bar."""
        return QSize(320, 120)

    def _design_changed(self, change: Change) -> None:
        if set(change.removed).intersection(self._shown):
            # Gone or renamed: word of the new selection follows. Until then the form keeps the keyboard's focus.
            return
        changed = set(change.updated).intersection(self._shown)
        if changed or change.regrouped or change.before.name != change.after.name:
            self._refresh_if_seen()

    def _analysed(self, _report: object) -> None:
        if self.isVisible() and self._shown:
            if all(node in self.session.design.nodes for node in self._shown):
                self.weights_row.show_nodes(self._shown)
            else:
                self.refresh()

    def refresh(self) -> None:
        """Show what is selected now."""
        self._stale = False
        design = self.session.design
        selection = tuple(filter(design.nodes.__contains__, self.session.selection))
        group = selected_group(self.session) if len(selection) == len(self.session.selection) else None
        if group is not None:
            self._shown = ()
            self.group_page.show_group(group)
            self.pages.setCurrentWidget(self.group_page)
        elif not selection:
            self._shown = ()
            self.design_page.refresh()
            self.pages.setCurrentWidget(self.design_page)
        elif not of_one_kind(design, selection):
            self._shown = ()
            self.hint_page.show_kinds([type(design.nodes[node].layer) for node in selection])
            self.pages.setCurrentWidget(self.hint_page)
        else:
            self._show_nodes(selection)

    def _show_nodes(self, ids: tuple[str, ...]) -> None:
        layers = [self.session.design.nodes[node].layer for node in ids]
        form = self._form(type(layers[0]))
        if ids == self._shown:
            form.show_layers(layers)
        else:
            form.start(layers)
        self._shown = ids
        self.header.show_nodes(ids)
        self.weights_row.show_nodes(ids)
        self.description.show_text(type(layers[0]).description())
        if self.form is not form:
            if self.form is not None:
                self.form.hide()
            self.form = form
            form.show()
            self.weights_row.label.setMinimumWidth(form.label_width())
        self.pages.setCurrentWidget(self.layer_page)

    def _form(self, kind: type[Layer]) -> FieldForm:
        if kind not in self._forms:
            form = FieldForm(kind, self.forms)
            form.edited.connect(self._edited)
            self._form_column.addWidget(form)
            self._forms[kind] = form
        return self._forms[kind]

    # -- edits -----------------------------------------------------------------------------------------------------

    def _edited(self, name: str, value: object, continuous: bool) -> None:
        if self._shown:
            token = ("parameters", self._shown, name) if continuous else None
            self.session.do(set_parameter(self._shown, name, value), token)

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        left = _editor_of(old)
        if left is not None and self.isAncestorOf(left) and _editor_of(new) is not left:
            self.session.document.seal()


def _editor_of(widget: QWidget | None) -> FieldEditor | None:
    while widget is not None and not isinstance(widget, FieldEditor):
        widget = widget.parentWidget()
    return widget


class DesignPage(QWidget):
    """Nothing is selected: the design's name, and what would fill the panel."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.name = ModelLine(self)
        self.name.setAccessibleName(_("Name of the design"))
        self.name.setFont(sized(self.font(), 1.15, bold=True))
        self.name.editingFinished.connect(self._named)
        column = QVBoxLayout(self)
        column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        column.setSpacing(RHYTHM)
        row = QHBoxLayout()
        row.setSpacing(RHYTHM)
        label = QLabel(_("Design"))
        label.setBuddy(self.name)
        row.addWidget(label)
        row.addWidget(self.name)
        column.addLayout(row)
        column.addWidget(
            wrapped(_("Select a layer to change its parameters, or several of one kind to change them together."))
        )
        column.addStretch()

    def refresh(self) -> None:
        """Show the name."""
        self.name.set_model_text(self.session.design.name)

    def _named(self) -> None:
        text = self.name.typed()
        if text is not None:
            self.session.do(SetName(text))


class HintPage(QWidget):
    """Layers of several kinds are selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = wrapped(colour="text")
        self.title.setFont(sized(self.font(), 1.15, bold=True))
        self.kinds = wrapped(colour="text")
        column = QVBoxLayout(self)
        column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        column.setSpacing(RHYTHM)
        column.addWidget(self.title)
        column.addWidget(self.kinds)
        column.addWidget(wrapped(_("Select layers of one kind to change them together.")))
        column.addStretch()

    def show_kinds(self, kinds: Sequence[type[Layer]]) -> None:
        """Say how many of which."""
        self.title.show_text(
            ngettext("{count} layer selected", "{count} layers selected", len(kinds)).format(count=len(kinds))
        )
        self.kinds.show_text("\n".join(f"{count} × {_(kind.label)}" for kind, count in Counter(kinds).items()))


PANEL = Panel("parameters", N_("Parameters"), Area.RIGHT, 10, ParametersPanel)
