from __future__ import annotations

import numpy as np
import pytest

import designer
from designer.kernels.convolution.choose import Algorithm
from designer.layer_api.registry import catalogue
from designer.library.models import Runner
from designer.session.profile.algorithms import algorithm_explanation, algorithm_text


@pytest.mark.parametrize("name", [*(algorithm.value for algorithm in Algorithm), *catalogue()])
def test_every_way_to_compute_a_layer_has_words(name: str) -> None:
    assert algorithm_text(name) != name
    explanation = algorithm_explanation(name)
    assert explanation.endswith(".")
    assert "_" not in explanation


@pytest.mark.parametrize("network", ["lenet5", "squeezenet1_1", "mobilenet_v2"])
def test_whatever_a_network_runs_through_has_an_explanation(network: str) -> None:
    design = designer.load(f"gallery:{network}")
    source = design.sources()[0]
    image = np.ones((1, *design.nodes[source].layer.output_shape(())), np.float32)
    _maps, profile = Runner(design).run_profiled({source: image})
    used = {step.algorithm for step in profile.steps}
    assert len(used) > 3
    assert [name for name in used if not algorithm_explanation(name).endswith(".")] == []


def test_a_name_that_nobody_has_put_into_words_is_shown_as_it_is() -> None:
    assert algorithm_text("butterflies") == algorithm_explanation("butterflies") == "butterflies"
