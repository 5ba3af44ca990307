from __future__ import annotations

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt

from designer.analysis.analyse import Previous, Settings, analyse
from designer.gallery.catalogue import network
from designer.graph.design import Node
from designer.graph.edits import AddNode, RemoveNodes, SetParameters
from designer.layer_api.registry import make_layer
from designer.ui.panels.tables.summary_model import SummaryModel
from designer.ui.widgets.row_model import CELL_ROLE

PARAMETERS, MACS, MEMORY, FIELD = 3, 4, 5, 6


@pytest.fixture
def design():
    return network("lenet5")


@pytest.fixture
def model(design, qtmodeltester):
    model = SummaryModel(analyse(design))
    qtmodeltester.check(model)
    return model


@pytest.fixture
def told(model):
    told = []
    model.dataChanged.connect(lambda a, b, roles: roles or told.append(("changed", a.row(), b.row())))
    model.rowsInserted.connect(lambda _parent, a, b: told.append(("inserted", a, b)))
    model.rowsRemoved.connect(lambda _parent, a, b: told.append(("removed", a, b)))
    model.modelReset.connect(lambda: told.append(("reset",)))
    model.layoutChanged.connect(lambda: told.append(("layout",)))
    return told


def take_over(model, design, edit):
    """As the session does: layers that did not change keep their report."""
    after = edit.apply(design)
    model.show_report(analyse(after, previous=Previous(design, model.report)))


def text(model, node, column):
    return model.index(model.row_of(node), column).data().replace("\N{NO-BREAK SPACE}", " ")


def test_rows_and_columns(model, design):
    assert model.rowCount() == 13
    assert model.ids == design.order
    titles = [model.headerData(section, Qt.Orientation.Horizontal) for section in range(model.columnCount())]
    assert titles == ["Layer", "Kind", "Output", "Parameters", "MACs", "Memory", "Field", "Problem"]


def test_texts_and_exact_figures(model):
    assert text(model, "conv2", PARAMETERS) == "2 416"
    assert text(model, "conv2", FIELD) == "14×14"
    vgg = SummaryModel(analyse(network("vgg16")))
    row = vgg.row_of("classifier.0")
    assert (
        vgg.index(row, PARAMETERS).data(Qt.ItemDataRole.ToolTipRole).replace("\N{NO-BREAK SPACE}", " ") == "102 764 544"
    )


def test_numbers_stand_to_the_right(model):
    assert model.index(0, PARAMETERS).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert model.index(0, 0).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignLeft


def test_the_largest_has_the_longest_bar(model):
    shares = {node: model.index(model.row_of(node), MACS).data(CELL_ROLE).share for node in model.ids}
    assert shares["conv2"] == 1.0
    # 117 600 / 240 000
    assert shares["conv1"] == pytest.approx(0.49)
    assert shares["tanh1"] == 0.0


def test_an_edit_tells_only_the_rows_that_changed(model, design, told):
    take_over(model, design, SetParameters("fc2", {"units": 100}))
    # fc2, its activation and fc3, which reads it
    assert told == [("changed", 10, 12)]
    assert text(model, "fc3", PARAMETERS) == "1 010"


def test_a_removed_and_an_added_layer_are_rows_that_go_and_come(model, design, told):
    take_over(model, design, RemoveNodes(["tanh1"], bridge=True))
    assert told[0] == ("removed", 2, 2)
    assert ("reset",) not in told
    told.clear()
    model.show_report(analyse(design))
    assert told[0] == ("inserted", 2, 2)
    assert model.ids == design.order


def test_a_new_design_replaces_all_rows_in_two_runs(model, told):
    model.show_report(analyse(network("resnet18")))
    assert ("reset",) not in told
    assert model.ids == network("resnet18").order


def test_sorting_by_real_values(model):
    model.sort(PARAMETERS, Qt.SortOrder.DescendingOrder)
    assert model.ids[:5] == ("fc1", "fc2", "conv2", "fc3", "conv1")
    model.sort(MACS, Qt.SortOrder.AscendingOrder)
    assert model.ids[-2:] == ("conv1", "conv2")


def test_sorting_shapes_compares_numbers_not_letters(model):
    model.sort(FIELD, Qt.SortOrder.AscendingOrder)
    assert [text(model, node, FIELD) for node in model.ids[:7]] == [
        "1×1",
        "5×5",
        "5×5",
        "6×6",
        "14×14",
        "14×14",
        "16×16",
    ]


@pytest.mark.parametrize("order", list(Qt.SortOrder))
def test_layers_without_a_value_stand_last_either_way(model, order):
    model.sort(FIELD, order)
    assert [text(model, node, FIELD) for node in model.ids[7:]] == ["—"] * 6


def test_execution_order_comes_back(model, design):
    model.sort(PARAMETERS)
    model.sort(-1)
    assert model.ids == design.order


def test_persistent_indexes_follow_their_layer(model):
    index = QPersistentModelIndex(model.index(model.row_of("conv2"), PARAMETERS))
    model.sort(PARAMETERS, Qt.SortOrder.DescendingOrder)
    assert index.row() == model.row_of("conv2") == 2
    assert index.data().replace("\N{NO-BREAK SPACE}", " ") == "2 416"


def test_the_order_is_kept_up_while_sorted(model, design):
    model.sort(PARAMETERS, Qt.SortOrder.DescendingOrder)
    take_over(model, design, SetParameters("fc3", {"units": 1000}))
    # 84·1000 + 1000 = 85 000
    assert model.ids[0] == "fc3"


def test_a_filter_by_name_or_kind(model, design):
    model.set_filter("POOL")
    assert model.ids == ("pool1", "pool2")
    model.set_filter("convolution")
    assert model.ids == ("conv1", "conv2")
    model.set_filter("")
    assert model.ids == design.order


def test_an_added_layer_that_the_filter_leaves_out_stays_out(model, design):
    model.set_filter("conv")
    node = Node("relu1", make_layer("relu"))
    take_over(model, design, AddNode(node, "conv1"))
    assert model.ids == ("conv1", "conv2")


def test_problems_and_those_that_wait(model, design):
    take_over(model, design, SetParameters("conv2", {"kernel": 30}))
    assert text(model, "conv2", 7).startswith("kernel 30×30")
    assert model.index(model.row_of("conv2"), 7).data(CELL_ROLE).colour == "problem"
    assert text(model, "fc1", 7) == "waits for a layer before it"
    assert text(model, "fc1", PARAMETERS) == "—"


def test_another_convention_renames_the_column(model, design, qtbot):
    with qtbot.waitSignal(model.headerDataChanged):
        model.show_report(analyse(design, settings=Settings(convention="flops")))
    assert model.headerData(MACS, Qt.Orientation.Horizontal) == "FLOPs (2 × MACs)"
