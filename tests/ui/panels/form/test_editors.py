from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QWidget

from designer.layer_api import fields, list_fields
from designer.layer_api.registry import catalogue, make_layer
from designer.ui.panels.form.editors import EDITORS, make_editor, parse_shape
from designer.ui.panels.form.shared_values import MIXED


@pytest.fixture
def edit(qtbot):
    """An editor of a field of a kind, showing its default or a value, and the list of edits heard from it."""

    def made(kind, name, **parameters):
        layer = make_layer(kind, **parameters)
        editor = make_editor(name, layer.fields()[name], layer.rank)
        return start(editor, getattr(layer, name))

    def start(editor, value):
        qtbot.addWidget(editor)
        editor.heard = []
        editor.value_edited.connect(editor.heard.append)
        editor.start(value)
        editor.resize(220, 120)
        editor.show()
        qtbot.waitExposed(editor)
        return editor

    made.start = start
    return made


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def retype(qtbot, widget, text):
    widget.selectAll()
    qtbot.keyClicks(widget, text)


@pytest.mark.parametrize("kind", list(catalogue()))
def test_every_declared_field_has_an_editor_that_shows_its_default_without_echo(edit, kind):
    for name in catalogue()[kind].fields():
        editor = edit(kind, name)
        assert editor.heard == []
        assert editor.value == catalogue()[kind].defaults()[name]


def test_every_type_of_field_has_an_editor():
    declared = [*vars(fields).values(), *vars(list_fields).values()]
    types = {value for value in declared if isinstance(value, type) and issubclass(value, fields.Field)}
    assert set(EDITORS) == types - {fields.Field}


def test_help_is_the_tooltip_and_the_accessible_description(edit):
    editor = edit("conv2d", "filters")
    assert editor.box.toolTip() == "Number of kernels; each gives one output channel (feature map)."
    assert editor.box.accessibleName() == "Filters"


# -- whole and real numbers --------------------------------------------------------------------------------------------


def test_a_number_that_makes_sense_is_told(qtbot, edit):
    editor = edit("conv2d", "filters")
    retype(qtbot, editor.box, "8")
    assert editor.heard == [8]
    assert not editor.reason.isVisible()


def test_zero_filters_are_refused_in_place_with_the_reason(qtbot, edit):
    editor = edit("conv2d", "filters")
    retype(qtbot, editor.box, "0")
    assert editor.heard == []
    assert editor.value == 16
    assert editor.reason.isVisible()
    assert editor.reason.text() == "filters: 0 came, a whole number from 1 to 10,000,000 is wanted"


def test_the_reason_goes_with_the_next_sensible_value(qtbot, edit):
    editor = edit("conv2d", "filters")
    retype(qtbot, editor.box, "0")
    retype(qtbot, editor.box, "4")
    assert not editor.reason.isVisible()


def test_the_reason_goes_when_another_layer_is_shown(qtbot, edit):
    editor = edit("conv2d", "filters")
    retype(qtbot, editor.box, "0")
    editor.start(16)
    assert not editor.reason.isVisible()
    assert editor.box.text() == "16"


def test_a_value_from_the_model_is_not_told(edit):
    editor = edit("conv2d", "filters")
    editor.set_value(32)
    assert editor.box.text() == "32"
    assert editor.heard == []


def test_what_is_being_typed_stays_while_the_model_keeps_its_value(qtbot, edit):
    editor = edit("conv2d", "filters")
    retype(qtbot, editor.box, "0")
    editor.set_value(16)
    assert editor.box.text() == "0"
    assert editor.reason.isVisible()


def test_a_tiny_real_number(qtbot, edit):
    editor = edit("batch_norm", "epsilon")
    assert editor.box.text() == "1e-5"
    retype(qtbot, editor.box, "1e-3")
    assert editor.heard[-1] == 0.001


def test_a_real_number_out_of_bounds(qtbot, edit):
    editor = edit("dropout", "rate")
    retype(qtbot, editor.box, "2")
    assert editor.heard == []
    assert "from 0 to 1" in editor.reason.text()


# -- yes or no, one of a few -------------------------------------------------------------------------------------------


def test_a_check_box(qtbot, edit):
    editor = edit("conv2d", "bias")
    qtbot.mouseClick(editor.box, Qt.MouseButton.LeftButton, pos=QPoint(6, editor.box.height() // 2))
    qtbot.keyClick(editor.box, Qt.Key.Key_Space)
    assert editor.heard == [False, True]


def test_a_check_box_of_several_that_differ_becomes_yes(qtbot, edit):
    editor = edit("conv2d", "bias")
    editor.start(MIXED)
    assert editor.box.checkState() == Qt.CheckState.PartiallyChecked
    qtbot.keyClick(editor.box, Qt.Key.Key_Space)
    assert editor.heard == [True]
    assert editor.box.checkState() == Qt.CheckState.Checked


def test_a_choice_shows_labels_and_tells_words(qtbot, edit):
    editor = edit("upsample2d", "mode")
    assert editor.combo.currentText() == "Nearest"
    editor.combo.setFocus()
    qtbot.keyClick(editor.combo, Qt.Key.Key_Down)
    assert editor.heard == ["bilinear"]


def test_a_choice_of_several_that_differ_is_a_dash(edit):
    editor = edit("upsample2d", "mode")
    editor.start(MIXED)
    assert editor.combo.currentIndex() == -1
    assert editor.combo.placeholderText() == "—"


# -- per axis ----------------------------------------------------------------------------------------------------------


def shown(boxes):
    return [box.text() for box in boxes if box.isVisible()]


def test_equal_axes_are_one_box(qtbot, edit):
    editor = edit("conv2d", "kernel", kernel=5)
    assert shown(editor.boxes) == ["5"]
    retype(qtbot, editor.boxes[0], "7")
    assert editor.heard == [(7, 7)]


def test_different_axes_have_a_box_each(edit):
    assert shown(edit("conv2d", "kernel", kernel=[1, 7]).boxes) == ["1", "7"]


def test_unlinking_changes_nothing_until_one_axis_is_edited(qtbot, edit):
    editor = edit("conv2d", "kernel", kernel=3)
    qtbot.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert shown(editor.boxes) == ["3", "3"]
    assert editor.heard == []
    retype(qtbot, editor.boxes[1], "5")
    assert editor.heard == [(3, 5)]


def test_linking_gives_all_axes_the_first_ones_value(qtbot, edit):
    editor = edit("conv2d", "kernel", kernel=[3, 5])
    qtbot.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert editor.heard == [(3, 3)]
    assert shown(editor.boxes) == ["3"]


def test_an_undo_to_different_axes_unlinks(edit):
    editor = edit("conv2d", "kernel", kernel=3)
    editor.set_value((1, 7))
    assert shown(editor.boxes) == ["1", "7"]


@pytest.mark.parametrize(("rank", "value"), [(1, (3,)), (2, (3, 5)), (3, (3, 5, 7))])
def test_any_rank(edit, rank, value):
    editor = make_editor("kernel", fields.PerAxis(label="Kernel", help="Window."), rank)
    edit.start(editor, value)
    assert shown(editor.boxes) == [str(number) for number in value]
    assert editor.link.isVisible() == (rank > 1)


def test_as_the_kernel_is_a_check_box(qtbot, edit):
    editor = edit("max_pool2d", "stride")
    assert editor.absent.isChecked()
    assert editor.absent.text() == "as the kernel"
    assert shown(editor.boxes) == []


def test_giving_up_as_the_kernel_begins_with_the_kernel(qtbot, edit):
    editor = edit("max_pool2d", "stride", kernel=3)
    editor.stand_in = (3, 3)
    qtbot.keyClick(editor.absent, Qt.Key.Key_Space)
    assert editor.heard == [(3, 3)]
    assert shown(editor.boxes) == ["3"]
    qtbot.keyClick(editor.absent, Qt.Key.Key_Space)
    assert editor.heard == [(3, 3), None]


def test_a_refused_axis_leaves_the_other_alone(qtbot, edit):
    editor = edit("conv2d", "kernel", kernel=[3, 5])
    retype(qtbot, editor.boxes[0], "0")
    assert editor.heard == []
    assert editor.value == (3, 5)
    assert editor.reason.isVisible()


# -- padding -----------------------------------------------------------------------------------------------------------


def test_one_number_for_all_sides(qtbot, edit):
    editor = edit("conv2d", "padding")
    assert editor.form.currentText() == "all sides"
    retype(qtbot, editor.one, "2")
    assert editor.heard == [((2, 2), (2, 2))]


def test_the_plainest_form_is_chosen(edit):
    assert edit("conv2d", "padding", padding="same").form.currentText() == "same size"
    assert edit("conv2d", "padding", padding=[1, 2]).form.currentText() == "per axis"
    assert edit("conv2d", "padding", padding=[[0, 1], [2, 2]]).form.currentText() == "each side"


def test_choosing_same(edit):
    editor = edit("conv2d", "padding")
    choose(editor.form, "same")
    assert editor.heard == ["same"]
    assert not editor.one.isVisible()


def test_leaving_same_goes_back_to_the_numbers_before(edit):
    editor = edit("conv2d", "padding", padding=2)
    choose(editor.form, "same")
    choose(editor.form, "all")
    assert editor.heard == ["same", ((2, 2), (2, 2))]


def test_each_side_by_itself(qtbot, edit):
    editor = edit("conv2d", "padding", padding=1)
    choose(editor.form, "sides")
    assert editor.heard == []
    assert shown(editor.sides.all_boxes()) == ["1", "1", "1", "1"]
    retype(qtbot, editor.sides.boxes[0][1], "2")
    assert editor.heard == [((1, 2), (1, 1))]


def test_one_axis_by_itself(qtbot, edit):
    editor = edit("conv2d", "padding", padding=1)
    choose(editor.form, "axis")
    retype(qtbot, editor.axes.boxes[1][0], "3")
    assert editor.heard == [((1, 1), (3, 3))]


def test_the_sides_are_named_for_those_who_do_not_see_the_arrows(edit):
    names = [box.accessibleName() for box in edit("conv2d", "padding").sides.all_boxes()]
    assert names == ["Padding, top", "Padding, bottom", "Padding, left", "Padding, right"]


def test_no_same_where_it_means_nothing(edit):
    assert edit("zero_pad2d", "padding").form.findData("same") == -1


@pytest.mark.parametrize(("rank", "boxes"), [(1, 2), (2, 4), (3, 6)])
def test_padding_of_any_rank(edit, rank, boxes):
    editor = make_editor("padding", fields.PaddingField(label="Padding", help="Zeros."), rank)
    edit.start(editor, tuple((0, axis + 1) for axis in range(rank)))
    assert len(shown(editor.sides.all_boxes())) == boxes


def test_negative_padding_is_refused(qtbot, edit):
    editor = edit("conv2d", "padding")
    retype(qtbot, editor.one, "-1")
    assert editor.heard == []
    assert editor.reason.text().startswith("padding: -1 came")


# -- shapes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["3×224×224", "3x224x224", "3 224 224", "3, 224, 224", "[3, 224, 224]", "(3,224,224)", " 3 × 224 × 224 "]
)
def test_shapes_as_people_write_them(text):
    assert parse_shape(text) == (3, 224, 224)


def test_a_shape_is_taken_with_enter(qtbot, edit):
    editor = edit("image_input", "shape")
    retype(qtbot, editor.line, "1x28x28")
    assert editor.heard == []
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.heard == [(1, 28, 28)]
    assert editor.line.text() == "1×28×28"


@pytest.mark.parametrize("text", ["0x28x28", "three", "1x2x3x4x5", "3xx4"])
def test_a_shape_that_is_none_is_refused(qtbot, edit, text):
    editor = edit("image_input", "shape")
    retype(qtbot, editor.line, text)
    qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert editor.heard == []
    assert editor.reason.text().startswith("shape: ")


def test_escape_puts_the_shape_back(qtbot, edit):
    editor = edit("image_input", "shape")
    retype(qtbot, editor.line, "1x")
    qtbot.keyClick(editor.line, Qt.Key.Key_Escape)
    assert editor.line.text() == "3×224×224"


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(watched)
        return False


def test_building_an_editor_flashes_no_window(qapp, qtbot):
    windows = ShownWindows()
    qapp.installEventFilter(windows)
    for kind in catalogue().values():
        for name, field in kind.fields().items():
            editor = make_editor(name, field, kind.rank)
            qtbot.addWidget(editor)
            editor.start(kind.defaults()[name])
    qapp.removeEventFilter(windows)
    assert windows.seen == []


@pytest.mark.parametrize(
    ("kind", "name", "typed", "kept"),
    [
        ("reshape", "shape", "256×-1", (256, -1)),
        ("reshape", "shape", "8, -1, 4", (8, -1, 4)),
        ("permute", "axes", "2, 3, 1", (2, 3, 1)),
    ],
)
def test_sizes_and_axes_are_typed_as_lists(edit, qtbot, kind, name, typed, kept):
    editor = edit(kind, name)
    retype(qtbot, editor.line, typed)
    with qtbot.waitSignal(editor.value_edited) as said:
        qtbot.keyClick(editor.line, Qt.Key.Key_Return)
    assert said.args == [kept]
