"""What a model and a report show of themselves in a notebook, read as a browser would read it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import attrs
import numpy as np
import pytest

import designer
from designer.graph.design import Design, Edge, Node
from designer.graph.edits import Disconnect, SetParameters
from designer.layer_api.registry import make_layer
from designer.library.model import model_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('&')</script>\x1b[31m"


def table_of(html: str) -> list[list[str]]:
    """The cells of the last table, rows in order."""
    whole = ElementTree.fromstring(f"<body>{html}</body>")
    table = whole.findall(".//table")[-1]
    return [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]


def picture_of(model: designer.Model) -> ElementTree.Element:
    return ElementTree.fromstring(model._repr_svg_())


def words(element: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def test_a_report_is_a_table_with_totals() -> None:
    rows = table_of(designer.analyse(designer.load("gallery:lenet5"))._repr_html_())
    assert [cell.replace("\xa0", " ") for cell in rows[2][:5]] == [
        *("conv1", "Convolution 2D", "6×28×28"),
        "156",  # (5·5·1 + 1)·6
        "117 600",  # 5·5·28·28·6
    ]
    assert rows[-1][0] == "Total"
    assert rows[-1][3].replace("\xa0", " ") == "61 706"  # LeCun et al., 1998, with C3 fully connected


def test_a_problem_is_told_in_the_table() -> None:
    broken = SetParameters("pool2", {"kernel": 99}).apply(designer.load("gallery:lenet5"))
    html = designer.analyse(broken)._repr_html_()
    assert table_of(html)[0][-1] == "Problem"
    assert "kernel 99×99 spans" in html
    assert "≥" in table_of(html)[-1][3]


def test_a_model_shows_its_picture_and_its_table() -> None:
    html = designer.load("gallery:lenet5")._repr_html_()
    assert html.count("<svg") == html.count("<table") == 1
    assert len(table_of(html)) == 1 + 13 + 1


def test_ten_thousand_layers_are_not_all_in_the_notebook() -> None:
    nodes = {f"relu{index}": Node(f"relu{index}", make_layer("relu"), (0.0, 0.0)) for index in range(10_000)}
    html = model_of(Design(nodes=nodes))._repr_html_()
    assert "<svg" not in html
    rows = table_of(html)
    assert len(rows) == 1 + 200 + 1 + 1
    assert rows[196] == ["… 9\xa0800 more layers …"]
    assert rows[-2][0] == "relu9999"


def test_names_from_files_stay_text() -> None:
    model = designer.load("gallery:lenet5")
    node = attrs.evolve(model.nodes["conv1"], id=HOSTILE)
    hostile = model_of(Design(name=HOSTILE, nodes={HOSTILE: node}))
    for shown in (hostile._repr_html_(), hostile._repr_svg_(), designer.analyse(hostile)._repr_html_()):
        tree = ElementTree.fromstring(f"<body>{shown}</body>")
        assert not [element for element in tree.iter() if element.tag.rpartition("}")[2] == "script"]
        assert "\x1b" not in shown
        assert "<script>alert('&')</script>" in "".join(tree.itertext())


def test_every_layer_has_a_card_and_every_wire_a_path_from_card_to_card() -> None:
    model = designer.load("gallery:residual_block")
    picture = picture_of(model)
    cards = {}
    for group in picture.iter(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        assert box is not None
        left, top, width, height = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
        cards[words(group)[0]] = (left, top, left + width, top + height)
    assert set(cards) == set(model.nodes)
    paths = [path.get("d", "") for path in picture.iter(f"{SVG}path")]
    assert len(paths) == len(model.edges)
    for edge, path in zip(model.edges, paths, strict=True):
        numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", path)]
        source, target = cards[edge.source], cards[edge.target]
        assert numbers[0] == source[2]
        assert source[1] < numbers[1] < source[3]
        assert numbers[-2] == target[0]
        assert target[1] < numbers[-1] < target[3]


@pytest.mark.parametrize("name", ["lenet5", "residual_block", "resnet18", "squeezenet1_1"])
def test_all_of_it_lies_inside_the_picture(name: str) -> None:
    picture = picture_of(designer.load(f"gallery:{name}"))
    left, top, width, height = map(float, picture.get("viewBox", "").split())
    for path in picture.iter(f"{SVG}path"):
        numbers = [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", path.get("d", ""))]
        assert left <= min(numbers[::2])
        assert max(numbers[::2]) <= left + width
        assert top <= min(numbers[1::2])
        assert max(numbers[1::2]) <= top + height


def test_a_card_tells_kind_shape_and_problem() -> None:
    model = designer.load("gallery:lenet5")
    assert words(picture_of(model))[3:6] == ["conv1", "6 @ 5×5, s1", "6×28×28"]
    broken = model_of(SetParameters("pool2", {"kernel": 99}).apply(model))
    shown = "".join(picture_of(broken).itertext())
    assert "kernel 99×99 spans 99×99 but the padded input is 10×10" in shown
    assert "waiting" in words(picture_of(broken))


def test_an_empty_model_and_one_without_places_are_shown() -> None:
    assert table_of(designer.Model()._repr_html_())[-1][0] == "Total"
    picture_of(designer.Model())
    nodes = {name: Node(name, make_layer("relu")) for name in ("a", "b")}
    boxes = picture_of(model_of(Design(nodes=nodes, edges=(Edge("a", "b"),)))).iter(f"{SVG}rect")
    assert len({(box.get("x"), box.get("y")) for box in boxes}) == 4  # a card and its strip each, none on another


def test_what_is_shown_follows_an_edit() -> None:
    model = designer.load("gallery:lenet5")
    cut = Disconnect([model.edges[0]]).apply(model)
    assert isinstance(cut, designer.Model)
    assert len(list(picture_of(cut).iter(f"{SVG}path"))) == len(model.edges) - 1
    zero = model.with_weights({"fc3.bias": np.zeros(10)})
    assert zero._repr_svg_() == model._repr_svg_()
