"""Which classes a run finds most probable, and what they are called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array
from designer.layer_api.class_sets import shipped_classes
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.registry import make_layer
from designer.resources import resource
from designer.session.class_scores import class_scores, named_scores
from designer.session.headless import run_image

SCORES = np.array([[0.5, 3.0, -1.0]], np.float32)
ANIMALS = ("cat", "dog", "hen")


def classifier(*, probabilities: bool, names: tuple[str, ...] = ANIMALS) -> Design:
    net = NetworkBuilder("Animals").image((1, 8, 8))
    net.add("flatten")
    net.add("dense", units=3)
    if probabilities:
        net.add("softmax")
    net.add("output", classes=names)
    return net.design()


def test_scores_become_probabilities_with_names() -> None:
    found = class_scores(classifier(probabilities=False), "output1", SCORES)
    assert found is not None
    np.testing.assert_allclose(found.probabilities, softmax(SCORES[0]), rtol=1e-6)
    # e³ / (e^0.5 + e³ + e^-1), and so on.
    assert found.lines() == ("dog: 90.9 %", "cat: 7.5 %", "hen: 1.7 %")


def test_probabilities_stay_as_they_are_behind_an_output_and_before_it() -> None:
    design, shares = classifier(probabilities=True), np.array([[0.2, 0.5, 0.3]], np.float32)
    for node in ("softmax1", "output1"):
        found = class_scores(design, node, shares)
        assert found is not None
        assert found.lines() == ("dog: 50.0 %", "hen: 30.0 %", "cat: 20.0 %")


def test_without_names_probabilities_have_numbers_and_scores_are_none() -> None:
    design, shares = classifier(probabilities=True, names=()), np.array([[0.2, 0.5, 0.3]], np.float32)
    found = class_scores(design, "softmax1", shares)
    assert found is not None
    assert found.lines()[0] == "class 1: 50.0 %"
    assert class_scores(classifier(probabilities=False, names=()), "fc1", SCORES) is None
    assert list(named_scores(design, {"softmax1": shares, "output1": shares})) == []


@pytest.mark.parametrize("values", [np.full((1, 3), np.nan, np.float32), np.array([[np.nan, 1, 0]], np.float32)])
def test_what_is_no_number_has_no_percentage(values: Array) -> None:
    found = class_scores(classifier(probabilities=True), "output1", values)
    assert found is not None
    assert found.lines()[-1].endswith(": –")


def test_names_that_are_not_one_for_each_score_are_a_problem_with_a_way_out() -> None:
    layer = make_layer("output", class_set="imagenet")
    assert layer.output_shape([(1000,)]) == (1000,)
    assert layer.output_shape([(1000, 6, 6)]) == (1000, 6, 6)
    with pytest.raises(ShapeProblem, match="input is 10; 1000 scores are wanted") as caught:
        layer.output_shape([(10,)])
    [remedy] = caught.value.remedies
    assert isinstance(remedy, SetFields)
    assert layer.replace(**remedy.values).output_shape([(10,)]) == (10,)


def test_the_names_of_imagenet_are_those_of_its_scores() -> None:
    names = shipped_classes("imagenet")
    assert len(set(names)) == 1000
    # Russakovsky et al. (2015): sorted by WordNet's ids, from n01440764 (tench) to n15075141 (toilet tissue).
    assert (names[0], names[207], names[999]) == ("tench", "golden retriever", "toilet tissue")


def test_the_networks_for_imagenet_name_their_classes() -> None:
    for name in ("resnet18", "squeezenet1_1", "vgg16"):
        design = network(name)
        assert design.nodes["output"].layer.class_names()[281] == "tabby"
        [end] = [key for key in design.nodes if not design.outgoing.get(key)]
        assert end == "output"


def test_a_run_prints_the_five_most_probable_classes(tmp_path: Path) -> None:
    picture = tmp_path / "grey.png"
    picture.write_bytes(resource("images/digit.png").read_bytes())
    lines = list(run_image(classifier(probabilities=False), picture, tmp_path / "out", keep=["output1"]))
    told = [line for line in lines if line.startswith("output1 ")]
    assert [line.split(".")[0] for line in told] == ["output1 1", "output1 2", "output1 3"]
    assert {line.split(". ")[1].split(":")[0] for line in told} == set(ANIMALS)
    assert sum(float(line.rsplit(": ")[1].rstrip(" %")) for line in told) == pytest.approx(100, abs=0.2)
