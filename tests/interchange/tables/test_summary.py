from __future__ import annotations

import csv
import io
from html import escape

import attrs
import pytest

from designer.analysis.analyse import Settings, analyse
from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters
from designer.interchange.tables.html import report_html
from designer.interchange.tables.summary import columns, rows, to_csv, to_markdown, total_row


def lenet(**settings):
    return analyse(network("lenet5"), settings=Settings(**settings))


def as_table(markdown):
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_one_row_per_layer_in_execution_order():
    report = lenet()
    assert [row[0] for row in rows(report)] == list(report.layers)


def test_the_first_convolution_of_lenet_in_words():
    # (5·5·1 + 1)·6 = 156; 28·28 · 25 · 6 = 117 600; 6·28·28·4 B = 18 816 B
    cells = [plain(cell) for cell in rows(lenet())[1]]
    assert cells == ["conv1", "Convolution 2D", "6×28×28", "156", "117 600", "18 816 B", "5×5", ""]


def test_totals_of_lenet():
    totals = [plain(text) for text in total_row(lenet())]
    assert totals[:5] == ["Total", "complete", "", "61 706", "416 520"]


def test_partial_totals_say_that_they_are_a_lower_bound():
    broken = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    totals = [plain(text) for text in total_row(analyse(broken))]
    assert totals[1] == "partial: lower bound"
    assert totals[3] == "≥ 156"


def test_a_notebook_says_what_partial_totals_miss():
    """Also where the row with the problem is one of those left out."""
    report = analyse(SetParameters("conv2", {"kernel": 30}).apply(network("lenet5")))
    [problem] = report.problems
    said = report_html(report).split("</table>")[1]
    assert "partial: lower bound" in said
    assert f"<br/>conv2: {escape(problem.problem.message)}<br/>" in said
    assert "layers that wait" in said


@pytest.mark.parametrize(
    ("convention", "title", "conv1"),
    [
        ("torchvision", "MACs", "117 600"),
        ("flops", "FLOPs (2 × MACs)", "235 200"),
        # and one addition for each of the 6·28·28 = 4 704 outputs
        ("tf-slim", "FLOPs (TF-Slim)", "239 904"),
    ],
)
def test_the_column_of_operations_is_named_after_the_convention(convention, title, conv1):
    report = lenet(convention=convention)
    assert columns(report)[4].title == title
    assert plain(rows(report)[1][4]) == conv1


def test_csv_has_plain_numbers_under_the_names_of_the_json():
    table = list(csv.DictReader(io.StringIO(to_csv(lenet()))))
    conv1 = table[1]
    assert conv1["id"] == "conv1"
    assert conv1["kind"] == "conv2d"
    assert conv1["inputs"] == "image"
    assert conv1["output_shape"] == "6x28x28"
    assert (conv1["parameters"], conv1["macs"], conv1["activation_bytes"]) == ("156", "117600", "18816")
    assert conv1["receptive_field_size"] == "5x5"
    assert sum(int(row["parameters"]) for row in table) == 61_706


def test_csv_leaves_unknown_numbers_empty_and_quotes_the_problem():
    broken = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    table = {row["id"]: row for row in csv.DictReader(io.StringIO(to_csv(analyse(broken))))}
    assert table["conv2"]["parameters"] == ""
    assert table["conv2"]["problem"].startswith("kernel 30×30")
    assert table["fc1"]["problem"] == ""


def test_markdown_aligns_numbers_right_and_ends_with_bold_totals():
    header, rule, *body = as_table(to_markdown(lenet()))
    assert header[:4] == ["Layer", "Kind", "Output", "Parameters"]
    assert rule[0].strip("-") == ""
    assert rule[3].endswith("-:")
    assert len(body) == 13 + 1
    assert plain(body[-1][3]) == "**61 706**"


def test_markdown_says_how_it_was_counted():
    last = to_markdown(lenet(dtype="int8", batch=2)).strip().splitlines()[-1]
    assert "MACs (torchvision, fvcore); int8, batch 2; complete" in last


def test_a_bar_in_a_name_does_not_break_the_markdown_table():
    report = lenet()
    layers = dict(report.layers)
    layers["conv1"] = attrs.evolve(layers["conv1"], id="a|b")
    table = to_markdown(attrs.evolve(report, layers=layers))
    assert "a\\|b" in table


def test_an_unaligned_field_is_marked():
    report = lenet()
    field = attrs.evolve(report.layers["conv1"].receptive_field, aligned=False)
    layers = {"conv1": attrs.evolve(report.layers["conv1"], receptive_field=field)}
    assert plain(rows(attrs.evolve(report, layers=layers))[0][6]) == "~ 5×5"
