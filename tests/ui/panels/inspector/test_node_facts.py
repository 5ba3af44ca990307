"""The numbers of the article, as the article writes them."""

from __future__ import annotations

import numpy as np
import pytest

from designer.analysis.analyse import Settings, analyse
from designer.gallery.article import receptive_field_example, ten_filters
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters, SetWeights
from designer.ui.panels.inspector.node_facts import (
    facts_of_design,
    facts_of_node,
    facts_of_several,
    roots_of_waiting,
    share_text,
)
from tests.helpers.counting import CountedText


def facts(design, node, **settings):
    found = facts_of_node(design, analyse(design, settings=Settings(**settings)), node)
    return {fact.title: fact for fact in found}


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def formulas(fact):
    return [plain(line) for line in fact.formulas]


@pytest.fixture
def ten():
    """32×32×3, ten filters of 5×5, stride 1, padding 2."""
    design = ten_filters()
    return design, next(key for key, node in design.nodes.items() if not node.layer.is_source())


def test_output_size(ten):
    fact = facts(*ten)["Output"]
    assert fact.value == "10×32×32"
    assert formulas(fact) == ["⌊(32 + 2·2 − 5)/1⌋ + 1 = 32"]


def test_parameters(ten):
    fact = facts(*ten)["Parameters"]
    assert fact.exact == "760"
    assert formulas(fact) == ["(5·5·3 + 1)·10 = 760"]
    assert fact.share == 1.0


def test_memory_in_the_articles_one_byte(ten):
    fact = facts(*ten, dtype="int8")["Memory of the output"]
    assert plain(fact.exact) == "10 240 B"
    assert formulas(fact) == ["32·32·10 × 1 B = 10 240 B"]


def test_memory_in_float32(ten):
    assert plain(facts(*ten)["Memory of the output"].exact) == "40 960 B"


def test_memory_of_the_weights(ten):
    assert formulas(facts(*ten)["Memory of the weights"]) == ["760 × 4 B = 3 040 B"]


def test_receptive_fields_of_the_article():
    design = receptive_field_example()
    windows = [key for key in design.order if not design.nodes[key].layer.is_source()]
    seen = [facts(design, node)["Receptive field"] for node in windows]
    assert [fact.value for fact in seen if fact.value != "1×1"] == ["3×3", "5×5", "6×6", "10×10"]
    assert "R = 5 + (2 − 1)·1 = 6" in formulas(seen[2])
    assert plain(seen[2].remarks[0]) == "stride 2×2, first cell starts at (0, 0)"


def test_a_start_in_the_padding_says_so(ten):
    assert facts(*ten)["Receptive field"].remarks[0].endswith("(−2, −2) (in the padding)")


def test_paths_of_different_strides_are_unaligned_in_words():
    net = NetworkBuilder("two strides").image((3, 32, 32))
    strided = net.add("conv2d", filters=3, kernel=3, stride=2, padding=1)
    dense = net.add("conv2d", after="image", filters=3, kernel=17)
    joined = net.add("add", after=(strided, dense))
    remarks = facts(net.design(), joined)["Receptive field"].remarks
    assert any(remark.startswith("unaligned") for remark in remarks)


def test_flops_are_twice_the_macs_and_say_so():
    fact = facts(network("lenet5"), "conv1", convention="flops")["FLOPs (2 × MACs)"]
    # 28·28 · 5·5·1 · 6 = 117 600
    assert plain(fact.exact) == "235 200"
    assert "2 × 117 600 = 235 200" in formulas(fact)
    assert fact.custom == "counted as FLOPs (2 × MACs)"


def test_tf_slim_adds_the_bias():
    fact = facts(network("lenet5"), "conv1", convention="tf-slim")["FLOPs (TF-Slim)"]
    # one addition for each of the 6·28·28 = 4 704 outputs
    assert "2 × 117 600 + 4 704 = 239 904" in formulas(fact)


def test_a_batch_multiplies():
    assert "8 × 117 600 = 940 800" in formulas(facts(network("lenet5"), "conv1", batch=8)["MACs"])


def test_running_mean_and_variance_stand_apart():
    design = network("resnet18")
    fact = facts(design, "bn1")["Parameters"]
    # scale and shift of 64 channels; mean and variance of as many
    assert fact.value == "128"
    assert plain(fact.remarks[0]).startswith("and 128 that are not learned")
    assert formulas(facts(design, "bn1")["Memory of the weights"]) == ["(128 + 128) × 4 B = 1 024 B"]


def test_a_layer_with_a_problem_has_no_numbers():
    broken = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    assert facts(broken, "conv2") == {}


def test_sums_over_several():
    report = analyse(network("lenet5"))
    sums = {fact.title: fact for fact in facts_of_several(report, ["conv2", "conv1"])}
    # 156 + (5·5·6 + 1)·16 = 156 + 2 416
    assert formulas(sums["Parameters"]) == ["156 + 2 416 = 2 572"]
    assert plain(sums["MACs"].exact) == "357 600"
    assert sums["Parameters"].share == 2572 / 61706


def test_a_sum_with_an_unknown_term_is_a_lower_bound():
    broken = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    sums = facts_of_several(analyse(broken), ["conv1", "conv2"])
    assert plain(sums[0].value) == "≥ 156"


def test_the_whole_design():
    totals = {fact.title: plain(fact.exact or fact.value) for fact in facts_of_design(analyse(network("lenet5")))}
    assert totals["Layers"] == "12"
    assert totals["Parameters"] == "61 706"
    assert totals["MACs"] == "416 520"
    # at its peak conv1's and tanh1's outputs, 6·28·28 values each
    assert totals["Peak memory of the outputs"] == "37 632 B"


def test_what_a_layer_waits_for():
    broken = SetParameters("conv2", {"kernel": 30}).apply(network("lenet5"))
    assert roots_of_waiting(analyse(broken), "fc3") == ("conv2",)


def test_weights_that_do_not_fit_are_waited_for_too():
    design = SetWeights({"conv1": {"weight": np.zeros((1, 1, 1, 1))}}).apply(network("lenet5"))
    assert roots_of_waiting(analyse(design), "pool1") == ("conv1",)


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.0004, "< 0.1 %"), (0.123, "12.3 %"), (0.9996, "100 %"), (1.0, "100 %")]
)
def test_shares(share, text):
    assert plain(share_text(share)) == text


def test_sums_over_many_layers_do_not_compare_their_names_pair_by_pair(monkeypatch):
    report = analyse(network("resnet50"))
    chosen = [CountedText(name) for name in report.layers]
    monkeypatch.setattr(CountedText, "comparisons", 0)
    assert facts_of_several(report, chosen)[0].exact.replace("\N{NO-BREAK SPACE}", "") == "25557032"
    assert CountedText.comparisons <= 4 * len(chosen)


def test_a_fact_as_text():
    (fact,) = (f for f in facts_of_several(analyse(network("lenet5")), ["conv1", "conv2"]) if f.title == "Parameters")
    assert plain(fact.as_text()) == "Parameters: 2 572 (4.2 %)\n    156 + 2 416 = 2 572"


def test_a_partial_design_says_what_its_totals_miss():
    report = analyse(SetParameters("conv1", {"kernel": 99}).apply(network("lenet5")))
    told = facts_of_design(report)[0].remarks
    assert told[1].startswith("conv1: ")
    assert told[2] == "11 layers that wait for a layer before them"
