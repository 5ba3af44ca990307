"""What layers become in PyTorch and in Keras, executed there; PyTorch's autograd finds the same gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import FrameworkCall, KerasCall, NotExpressible, TorchCall
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass
from designer.layer_api.layer import Layer
from designer.layer_api.registry import catalogue, make_layer
from tests.helpers.layer_cases import Case, cases, distinct
from tests.helpers.peers import Question, missing, running

LINE, MAPS, ODD, DEEP = (4, 13), (4, 9, 10), (6, 7, 5), (6, 5, 4, 3)

SETTINGS: list[tuple[str, dict[str, Any], tuple[Shape, ...]]] = [
    ("conv2d", {"filters": 5, "kernel": 3, "padding": 1}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 3, "padding": 1, "stride": 2}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": (2, 4), "padding": "same"}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 4, "padding": "same", "stride": (2, 3)}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 2, "padding": "same", "stride": 3}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": (3, 2), "padding": ((0, 2), (3, 1)), "stride": (2, 1)}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 3, "dilation": (2, 3), "padding": 2}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 3, "dilation": 2, "stride": 2, "padding": "same"}, (MAPS,)),
    ("conv2d", {"filters": 5, "kernel": 3, "dilation": (1, 2), "stride": (3, 1), "padding": ((1, 0), (2, 3))}, (MAPS,)),
    ("conv2d", {"filters": 6, "kernel": 3, "groups": 2, "bias": False}, (MAPS,)),
    ("conv2d", {"filters": 4, "kernel": 3, "groups": 4, "padding": "same", "stride": 2}, (MAPS,)),
    ("conv2d", {"filters": 4, "kernel": 3, "groups": 4, "stride": (1, 2)}, (MAPS,)),
    ("conv2d", {"filters": 8, "kernel": 3, "groups": 4}, (MAPS,)),
    ("conv2d", {"filters": 4, "kernel": 3, "groups": 4, "dilation": 2, "stride": 2, "padding": 2}, (MAPS,)),
    ("conv1d", {"filters": 5, "kernel": 4, "padding": "same", "stride": 3}, (LINE,)),
    ("conv1d", {"filters": 6, "kernel": 3, "groups": 2, "dilation": 2, "padding": ((2, 1),)}, (LINE,)),
    ("conv1d", {"filters": 4, "kernel": 3, "groups": 4, "stride": 2, "bias": False}, (LINE,)),
    ("conv3d", {"filters": 3, "kernel": (2, 3, 1), "padding": (1, 1, 0), "stride": (1, 2, 1)}, (DEEP,)),
    ("conv3d", {"filters": 3, "kernel": 3, "padding": "same", "stride": 2, "bias": False}, (DEEP,)),
    ("conv3d", {"filters": 3, "kernel": 2, "padding": ((0, 1), (2, 0), (1, 1)), "dilation": (1, 2, 1)}, (DEEP,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 2, "stride": 2}, (MAPS,)),
    ("conv_transpose2d", {"filters": 3, "kernel": (2, 4), "stride": 3, "padding": 1}, (MAPS,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 4, "stride": 2, "padding": ((1, 0), (0, 2))}, (MAPS,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 3, "dilation": 2, "padding": 1, "bias": False}, (MAPS,)),
    ("conv_transpose2d", {"filters": 6, "kernel": 3, "groups": 2, "stride": 2}, (MAPS,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 3, "dilation": 2, "stride": 2}, (MAPS,)),
    ("conv_transpose1d", {"filters": 3, "kernel": 4, "stride": 2, "padding": ((1, 0),)}, (LINE,)),
    ("conv_transpose1d", {"filters": 3, "kernel": 2, "stride": 3, "bias": False}, (LINE,)),
    ("conv_transpose3d", {"filters": 3, "kernel": 2, "stride": 2}, (DEEP,)),
    ("conv_transpose3d", {"filters": 3, "kernel": (1, 3, 2), "stride": (1, 2, 1), "padding": (0, 1, 0)}, (DEEP,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}, (MAPS,)),
    ("conv_transpose2d", {"filters": 3, "kernel": 2, "stride": (3, 2), "output_padding": (2, 1)}, (MAPS,)),
    ("conv_transpose1d", {"filters": 4, "kernel": 3, "stride": 2, "output_padding": 1, "groups": 2}, (LINE,)),
    ("conv_transpose3d", {"filters": 2, "kernel": 3, "stride": 2, "padding": 1, "output_padding": (1, 0, 1)}, (DEEP,)),
    ("depthwise_conv2d", {"padding": 1}, (MAPS,)),
    ("depthwise_conv2d", {"multiplier": 3, "kernel": (3, 2), "stride": 2, "bias": False}, (MAPS,)),
    ("locally_connected2d", {"filters": 3, "kernel": (3, 2), "stride": (2, 1)}, (MAPS,)),
    ("locally_connected2d", {"filters": 3, "padding": ((1, 0), (2, 1)), "bias": False}, (MAPS,)),
    ("adaptive_max_pool2d", {"output": 5}, (MAPS,)),
    ("adaptive_max_pool2d", {"output": (3, 2)}, (MAPS,)),
    ("adaptive_max_pool2d", {"output": (12, 3)}, (ODD,)),
    ("lp_pool2d", {"kernel": 3, "stride": 2, "padding": 1}, (MAPS,)),
    ("lp_pool2d", {"p": 3, "kernel": (2, 3), "padding": ((1, 0), (0, 1))}, (MAPS,)),
    ("lp_pool1d", {"p": 1, "kernel": 3, "padding": "same"}, (LINE,)),
    ("lp_pool3d", {"p": 4}, (DEEP,)),
    ("max_pool2d", {"kernel": 3, "stride": 2, "padding": 1}, (MAPS,)),
    ("max_pool2d", {"kernel": 3, "stride": 2, "ceil_mode": True}, (MAPS,)),
    ("max_pool2d", {"kernel": 3, "stride": 2, "padding": ((0, 1), (1, 0)), "ceil_mode": True}, (MAPS,)),
    ("max_pool2d", {"kernel": (2, 4), "stride": (3, 1), "padding": "same"}, (MAPS,)),
    ("avg_pool2d", {"kernel": 3, "stride": 2, "padding": 1}, (MAPS,)),
    ("avg_pool2d", {"kernel": 3, "stride": 2, "padding": 1, "count_include_pad": False}, (MAPS,)),
    ("avg_pool2d", {"kernel": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (MAPS,)),
    ("avg_pool2d", {"kernel": 4, "stride": 3, "ceil_mode": True, "count_include_pad": False}, (MAPS,)),
    ("avg_pool2d", {"kernel": 3, "stride": 2, "padding": ((1, 0), (0, 1)), "ceil_mode": True}, (MAPS,)),
    ("avg_pool2d", {"kernel": 3, "stride": 2, "padding": ((1, 0), (0, 1)), "count_include_pad": False}, (MAPS,)),
    ("avg_pool2d", {"kernel": (2, 4), "stride": 2, "padding": "same"}, (MAPS,)),
    ("avg_pool2d", {"kernel": (2, 4), "stride": 2, "padding": "same", "count_include_pad": False}, (MAPS,)),
    ("max_pool1d", {"kernel": 3, "stride": 2, "padding": 1}, (LINE,)),
    ("max_pool1d", {"kernel": 3, "padding": "same"}, (LINE,)),
    ("max_pool3d", {"kernel": (1, 2, 2)}, (DEEP,)),
    ("max_pool3d", {"kernel": 3, "stride": 2, "padding": ((0, 1), (1, 0), (1, 1)), "ceil_mode": True}, (DEEP,)),
    ("avg_pool1d", {"kernel": 4, "stride": 3, "ceil_mode": True, "count_include_pad": False}, (LINE,)),
    ("avg_pool1d", {"kernel": 4, "stride": 3, "padding": ((1, 2),)}, (LINE,)),
    ("avg_pool3d", {"kernel": 2}, (DEEP,)),
    ("avg_pool3d", {"kernel": 2, "stride": 1, "padding": "same", "count_include_pad": False}, (DEEP,)),
    ("adaptive_avg_pool2d", {"output": 5}, (MAPS,)),
    ("adaptive_avg_pool2d", {"output": (3, 7)}, (ODD,)),
    ("adaptive_avg_pool2d", {"output": (12, 3)}, (MAPS,)),
    ("global_avg_pool", {}, (MAPS,)),
    ("global_avg_pool", {}, (DEEP,)),
    ("global_max_pool", {}, ((6, 7),)),
    ("batch_norm", {}, (MAPS,)),
    ("batch_norm", {"epsilon": 1e-3}, (MAPS,)),
    ("batch_norm", {"epsilon": 0.5}, (DEEP,)),
    ("batch_norm", {}, ((6,),)),
    ("layer_norm", {}, (MAPS,)),
    ("layer_norm", {"epsilon": 1e-6}, (DEEP,)),
    ("layer_norm", {"axes": (-1,)}, ((5, 6),)),
    ("layer_norm", {"axes": (1, 2, 3), "affine": False}, (MAPS,)),
    ("layer_norm", {"axes": (1, 3)}, (MAPS,)),
    ("group_norm", {"groups": 2}, (MAPS,)),
    ("group_norm", {"groups": 3, "affine": False, "epsilon": 1e-3}, (DEEP,)),
    ("group_norm", {"groups": 2}, ((6,),)),
    ("instance_norm", {}, (MAPS,)),
    ("instance_norm", {"affine": True, "epsilon": 0.5}, (LINE,)),
    ("local_response_norm", {}, (ODD,)),
    ("local_response_norm", {"size": 3, "alpha": 0.5, "beta": 0.5, "k": 2.0}, (DEEP,)),
    ("channel_scale", {}, (MAPS,)),
    ("channel_scale", {}, ((6,),)),
    ("relu", {}, (MAPS,)),
    ("relu6", {}, (MAPS,)),
    ("leaky_relu", {"slope": 0.2}, (MAPS,)),
    ("leaky_relu", {"slope": -0.5}, (MAPS,)),
    ("leaky_relu", {"slope": 3.0}, (MAPS,)),
    ("sigmoid", {}, (MAPS,)),
    ("tanh", {}, (MAPS,)),
    ("prelu", {}, (MAPS,)),
    ("prelu", {"per_channel": True}, (MAPS,)),
    ("prelu", {"per_channel": True}, ((6,),)),
    ("elu", {}, (MAPS,)),
    ("elu", {"alpha": 0.5}, (MAPS,)),
    ("selu", {}, (MAPS,)),
    ("celu", {}, (MAPS,)),
    ("celu", {"alpha": 2.5}, (MAPS,)),
    ("gelu", {}, (MAPS,)),
    ("gelu", {"approximate": "tanh"}, (MAPS,)),
    ("silu", {}, (MAPS,)),
    ("mish", {}, (MAPS,)),
    ("hard_swish", {}, (MAPS,)),
    ("hard_sigmoid", {}, (MAPS,)),
    ("hard_tanh", {}, (MAPS,)),
    ("clip", {"low": -0.5, "high": 0.75}, (MAPS,)),
    ("softplus", {}, (MAPS,)),
    ("softsign", {}, (MAPS,)),
    ("log_softmax", {}, (MAPS,)),
    ("log_softmax", {}, ((6,),)),
    ("softmax", {}, (MAPS,)),
    ("softmax", {}, ((6,),)),
    ("dropout", {"rate": 1.0}, (MAPS,)),
    ("identity", {}, (MAPS,)),
    ("spatial_dropout", {"rate": 0.25}, (MAPS,)),
    ("spatial_dropout", {}, ((6,),)),
    ("stochastic_depth", {}, (MAPS,)),
    ("dense", {"units": 7}, ((6,),)),
    ("dense", {"units": 7, "bias": False}, ((6,),)),
    ("dense", {"units": 7}, ((4, 6),)),
    ("dense", {"units": 4, "bias": False}, ((1, 6),)),
    ("flatten", {}, (MAPS,)),
    ("flatten", {}, ((6,),)),
    ("flatten", {"axis": 2}, (MAPS,)),
    ("flatten", {"axis": 3}, (MAPS,)),
    ("reshape", {"shape": (12, -1)}, (MAPS,)),
    ("reshape", {"shape": (6, 3, -1)}, ((36,),)),
    ("permute", {"axes": (2, 1)}, ((6, 7),)),
    ("permute", {"axes": (3, 1, 2)}, (MAPS,)),
    ("channel_shuffle", {"groups": 2}, (MAPS,)),
    ("channel_shuffle", {"groups": 3}, ((6, 5),)),
    ("pixel_shuffle2d", {}, (MAPS,)),
    ("pixel_unshuffle2d", {"block": 3}, ((2, 9, 6),)),
    ("slice", {"axis": 1, "start": 1, "end": 3}, (MAPS,)),
    ("slice", {"axis": -1, "start": -7, "end": -1, "step": 2}, (MAPS,)),
    ("crop2d", {"cropping": ((1, 2), (0, 3))}, (MAPS,)),
    ("crop2d", {"cropping": 0}, (MAPS,)),
    ("reduce_mean", {}, (MAPS,)),
    ("reduce_mean", {"axes": (1,)}, (MAPS,)),
    ("reduce_mean", {"axes": (-1, 1), "keepdims": True}, (MAPS,)),
    ("reduce_max", {"axes": (2,)}, (MAPS,)),
    ("reduce_max", {"axes": (1,), "keepdims": True}, (MAPS,)),
    ("reduce_max", {"axes": (-1,), "keepdims": True}, ((6,),)),
    ("add", {}, (MAPS, MAPS)),
    ("add", {}, (MAPS,) * 4),
    ("subtract", {}, (MAPS, MAPS)),
    ("multiply", {}, (MAPS, MAPS)),
    ("multiply", {}, (MAPS, (4, 1, 1))),
    ("multiply", {}, ((1, 9, 10), MAPS)),
    ("maximum", {}, (MAPS,) * 3),
    ("average", {}, (MAPS,) * 3),
    ("concat", {}, (MAPS, (2, 9, 10), MAPS)),
    ("concat", {}, ((6,), (3,))),
    ("concat", {"axis": 2}, ((4, 2, 10), MAPS)),
    ("concat", {"axis": -1}, (DEEP, DEEP)),
    ("matmul", {}, ((6, 7), (7, 3))),
    ("matmul", {"transpose": True, "scale": 0.125}, ((6, 7), (5, 7))),
    ("matmul", {"scale": 2.0}, (ODD, (6, 5, 3))),
    ("matmul", {"transpose": True}, (DEEP, DEEP)),
    ("scaled_dot_product_attention", {}, ((6, 7), (5, 7), (5, 3))),
    ("scaled_dot_product_attention", {"heads": 3}, ((6, 12),) * 3),
    ("scaled_dot_product_attention", {"heads": 2}, ((4, 6), (9, 6), (9, 10))),
    ("class_token", {}, ((6, 7),)),
    ("position_embedding", {}, ((6, 7),)),
    ("output", {"classes": ("cat", "dog", "tench", "hen")}, (MAPS,)),
    ("upsample2d", {"scale": (2, 3)}, (MAPS,)),
    ("upsample2d", {"scale": (3, 1), "mode": "bilinear"}, (MAPS,)),
    ("upsample2d", {"scale": (2, 4), "mode": "bilinear"}, (ODD,)),
    ("zero_pad2d", {"padding": ((1, 2), (0, 3))}, (MAPS,)),
    ("zero_pad2d", {"padding": 0}, (MAPS,)),
    ("pad2d", {"padding": ((1, 2), (0, 3))}, (MAPS,)),
    ("pad2d", {"padding": ((-1, 2), (3, -2))}, (MAPS,)),
    ("pad2d", {"padding": ((4, -2), (0, 3)), "mode": "replicate"}, (MAPS,)),
    ("pad2d", {"padding": ((-1, 2), (9, 3)), "mode": "circular"}, (MAPS,)),
    ("pad2d", {"padding": ((-1, 2), (0, 3)), "mode": "constant", "value": 2.5}, (MAPS,)),
    ("pad2d", {"padding": 0}, (MAPS,)),
    ("resize2d", {}, (MAPS,)),
    ("resize2d", {"size": (4, 17), "mode": "bicubic"}, (MAPS,)),
    ("resize2d", {"size": (17, 5), "mode": "bicubic", "coordinates": "align_corners"}, (ODD,)),
    ("resize2d", {"scale": 1.5, "coordinates": "align_corners"}, (MAPS,)),
    ("resize2d", {"scale": 1.7, "coordinates": "asymmetric"}, (MAPS,)),
    ("resize2d", {"scale": 0.5, "mode": "nearest"}, (MAPS,)),
    ("resize2d", {"size": (7, 13), "mode": "nearest", "coordinates": "asymmetric", "rounding": "floor"}, (MAPS,)),
    ("resize2d", {"size": (7, 1), "mode": "nearest", "coordinates": "align_corners", "rounding": "ceil"}, (MAPS,)),
]

COMPUTING = [pytest.param(cls, id=kind) for kind, cls in catalogue().items() if not cls.is_source()]
DRAWN = {"torch": 25, "keras": 2}
"""Cases beside those above; Keras compiles each one."""

REFUSED_BY_KERAS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    # Conv2DTranspose's output is at least as long as the stamps reach, and is cropped to what is wanted.
    "Keras has no cells to add behind the last kernel of a transposed convolution": (
        "conv_transpose",
        lambda layer: any(layer.output_padding),
    ),
    # Conv2DTranspose has no argument for groups.
    "Keras has no transposed convolution in groups": ("conv_transpose", lambda layer: layer.groups > 1),
    # Conv2DTranspose raises ValueError: `strides > 1` not supported in conjunction with `dilation_rate > 1`.
    "Keras has no transposed convolution with both a stride and a dilation": (
        "conv_transpose",
        lambda layer: max(layer.stride) > 1 and max(layer.dilation) > 1,
    ),
}
"""Everything that is refused, for which layers, and why; PyTorch expresses all of them."""


@cache
def drawn(cls: type[Layer], count: int) -> list[Case]:
    """Layers of a class with random parameters, where they work; the same ones each time."""
    found: list[Case] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(cls))
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def chosen_cases() -> list[Case]:
    return [
        Case(layer := make_layer(kind, **values), inputs, layer.output_shape(inputs))
        for kind, values, inputs in SETTINGS
    ]


def all_cases(peer: str) -> list[Case]:
    chosen = chosen_cases()
    assert {case.layer.kind for case in chosen} == {kind for kind, cls in catalogue().items() if not cls.is_source()}
    return chosen + [case for entry in COMPUTING for case in drawn(entry.values[0], DRAWN[peer])]  # type: ignore[arg-type]


def calls_of(case: Case, peer: str) -> Sequence[FrameworkCall] | None:
    """The calls; None where the layer says that there are none, with a reason that is listed here."""
    try:
        return case.layer.to_torch(case.inputs) if peer == "torch" else case.layer.to_keras(case.inputs)
    except NotExpressible as refusal:
        assert peer == "keras"
        kind, is_so = REFUSED_BY_KERAS[refusal.message]
        assert case.layer.kind.startswith(kind)
        assert is_so(case.layer)
        return None


WITHOUT_DERIVATIVE = {"channel_shuffle"}
"""PyTorch 1.13 computes them, and says that their derivative is not implemented."""

APART = 1e-3
"""From where ReLU and ReLU6 bend: any distance will do that float32 can tell, since nothing is moved here."""

ROUNDING = 1e-5
"""Of the largest value of an array: both add up at most some hundred float32 products, each wrong by 6e-8, in an order
of their own."""

CANCELLING = {"layer_norm": 100, "group_norm": 100, "instance_norm": 100}
"""Kinds whose gradient is a small difference of large terms: of values close to each other, a hundred times as large as
what is left of them."""


Judged = tuple[Case, Question, Callable[[Any], list[str]]]
"""What is asked of a peer, and what tells in words where its answer is another than the layer's own."""


def of_output(peer: str) -> list[Judged]:
    """The outputs of all cases."""
    judged: list[Judged] = []
    for case in all_cases(peer):
        calls = calls_of(case, peer)
        if calls is None:
            continue
        question = Question(calls, case.arrays(seed=5, batch=2), case.weights(seed=6))

        def told(answer: Mapping[str, Array], case: Case = case, question: Question = question) -> list[str]:
            found = np.moveaxis(answer["output"], -1, 1) if peer == "keras" else answer["output"]
            expected = case.layer.forward(question.inputs, question.weights)
            if found.shape != expected.shape:
                return [f"{found.shape}, not {expected.shape}"]
            if not np.allclose(found, expected, rtol=1e-4, atol=1e-4):
                return [f"differs by {float(np.abs(found - expected).max()):g}"]
            return []

        judged.append((case, question, told))
    return judged


def of_gradients() -> list[Judged]:
    """The gradients of all cases, by autograd."""
    judged: list[Judged] = []
    for case in all_cases("torch"):
        if case.layer.kind in WITHOUT_DERIVATIVE:
            continue
        inputs = [distinct(port, (2, *shape), APART).astype(np.float32) for port, shape in enumerate(case.inputs)]
        gradient = np.random.default_rng(7).standard_normal((2, *case.output)).astype(np.float32)
        question = Question(case.layer.to_torch(case.inputs), inputs, case.weights(seed=6), gradient)

        def told(answer: Mapping[str, Array], case: Case = case, question: Question = question) -> list[str]:
            rounding = ROUNDING * CANCELLING.get(case.layer.kind, 1)
            return gradient_differences(gradients_of(case, question), answer, rounding)

        judged.append((case, question, told))
    return judged


def gradients_of(case: Case, question: Question) -> dict[str, Array]:
    assert question.gradient is not None
    output = case.layer.forward(question.inputs, question.weights)
    found = case.layer.backward(ForwardPass(question.inputs, output, question.gradient, question.weights))
    return {**{f"input{port}": array for port, array in enumerate(found.inputs)}, **found.weights}


def gradient_differences(found: Mapping[str, Array], wanted: Mapping[str, Array], rounding: float) -> list[str]:
    """In words, which gradients are not those wanted."""
    if set(found) != set(wanted):
        return [f"of {sorted(found)}, not of {sorted(wanted)}"]
    told = []
    for name, array in found.items():
        other = wanted[name]
        if array.shape != other.shape:
            told.append(f"{name} is {array.shape}, not {other.shape}")
        elif not np.allclose(array, other, rtol=0, atol=rounding * max(1.0, float(np.abs(other).max()))):
            told.append(f"{name} differs by {float(np.abs(array - other).max()):g}")
    return told


def differences(peer: str, judged: Sequence[Judged], folder: Path) -> list[str]:
    """In words, where the peer's answers are not those of the layers themselves."""
    with running(peer, folder) as process:
        answers = process.answers([question for _case, question, _told in judged])
    told = []
    for (case, question, differing), answer in zip(judged, answers, strict=True):
        texts = [answer] if isinstance(answer, str) else differing(answer)
        what = "output" if question.gradient is None else "gradients"
        told += [f"{what} of {case.layer} on {case.inputs} as {question.calls}: {text}" for text in texts]
    assert len(answers) > len(SETTINGS)
    return told


# -- without the peers


@pytest.mark.parametrize("cls", COMPUTING)
def test_calls_use_every_weight_once_and_name_what_there_is(cls: type[Layer]) -> None:
    for case in [*drawn(cls, DRAWN["torch"]), *[case for case in chosen_cases() if type(case.layer) is cls]]:
        for peer in ("torch", "keras"):
            calls = calls_of(case, peer)
            if calls is None:
                continue
            used = [name for call in calls for name in names_of_weights(call)]
            assert sorted(used) == sorted(case.layer.weights(case.inputs))
            known = {f"input{index}" for index in range(len(case.inputs))}
            for call in calls:
                parameters = set() if call.is_module else set(names_of_weights(call))
                assert parameters <= set(call.inputs) <= known | set(call.constants) | parameters
                assert call.output not in known
                known.add(call.output)
            assert calls[-1].output == "output"


def names_of_weights(call: FrameworkCall) -> list[str]:
    if isinstance(call, KerasCall):
        return [weight.name for weight in call.weights.values()]
    assert isinstance(call, TorchCall)
    return list(call.weights)


def test_every_listed_refusal_happens() -> None:
    told = set()
    for case in chosen_cases():
        try:
            case.layer.to_keras(case.inputs)
        except NotExpressible as refusal:
            told.add(refusal.message)
    assert told == set(REFUSED_BY_KERAS)


def test_a_missing_peer_is_a_failure_only_where_ci_could_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make peers"):
        missing("keras")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="make peers"):
        missing("keras")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="make peers"):
        missing("torch")


# -- in the peers: one test for each, so that a run of the suite on many cores still imports each framework once


def test_pytorch_computes_the_same_and_its_autograd_finds_the_same_gradients(tmp_path: Path) -> None:
    assert differences("torch", of_output("torch") + of_gradients(), tmp_path) == []


def test_keras_computes_the_same(tmp_path: Path) -> None:
    assert differences("keras", of_output("keras"), tmp_path) == []
