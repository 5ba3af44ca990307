"""Gradients are those that PyTorch's autograd finds through the calls that a layer becomes there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.layer_api.gradients import ForwardPass
from tests.helpers.layer_cases import Case, distinct
from tests.helpers.peers import Question, running
from tests.layers.test_peers import SETTINGS, all_cases

APART = 1e-3
"""From where ReLU and ReLU6 bend: any distance will do that float32 can tell, since nothing is moved here."""

ROUNDING = 1e-5
"""Of the largest value of an array: both add up at most some hundred float32 products, each wrong by 6e-8, in an order
of their own."""


def question_of(case: Case) -> Question:
    inputs = [distinct(port, (2, *shape), APART).astype(np.float32) for port, shape in enumerate(case.inputs)]
    gradient = np.random.default_rng(7).standard_normal((2, *case.output)).astype(np.float32)
    return Question(case.layer.to_torch(case.inputs), inputs, case.weights(seed=6), gradient)


def gradients_of(case: Case, question: Question) -> dict[str, Array]:
    assert question.gradient is not None
    output = case.layer.forward(question.inputs, question.weights)
    found = case.layer.backward(ForwardPass(question.inputs, output, question.gradient, question.weights))
    return {**{f"input{port}": array for port, array in enumerate(found.inputs)}, **found.weights}


def differences(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> list[str]:
    """In words, which gradients are not those wanted."""
    if set(found) != set(wanted):
        return [f"of {sorted(found)}, not of {sorted(wanted)}"]
    told = []
    for name, array in found.items():
        other = wanted[name]
        if array.shape != other.shape:
            told.append(f"{name} is {array.shape}, not {other.shape}")
        elif not np.allclose(array, other, rtol=0, atol=ROUNDING * max(1.0, float(np.abs(other).max()))):
            told.append(f"{name} differs by {float(np.abs(array - other).max()):g}")
    return told


WITHOUT_DERIVATIVE = {"channel_shuffle"}
"""PyTorch 1.13 computes them, and says that their derivative is not implemented."""


def test_autograd_finds_the_same_gradients(tmp_path: Path) -> None:
    asked = [case for case in all_cases("torch") if case.layer.kind not in WITHOUT_DERIVATIVE]
    questions = [question_of(case) for case in asked]
    with running("torch", tmp_path) as process:
        answers = process.answers(questions)
    told = []
    for case, question, answer in zip(asked, questions, answers, strict=True):
        found = [answer] if isinstance(answer, str) else differences(gradients_of(case, question), answer)
        told += [f"{case.layer} on {case.inputs}: {text}" for text in found]
    assert len(answers) > len(SETTINGS)
    assert told == []
