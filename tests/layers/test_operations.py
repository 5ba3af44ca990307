"""What a layer declares the engine may do with it, held against its own ``forward``; a new layer is covered at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels.arrays.channels_last import empty_channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.layer_api.layer import Layer
from designer.layer_api.operation import (
    ChannelAffine,
    Concatenation,
    Identity,
    Operation,
    Plain,
    Pointwise,
    Prepared,
    Sum,
)
from designer.layer_api.registry import catalogue
from tests.helpers.layer_cases import Case, cases, for_each_kind

BATCH = 2

DECLARED = {
    "avg_pool2d": Prepared,
    "add": Sum,
    "batch_norm": ChannelAffine,
    "concat": Concatenation,
    "conv2d": Prepared,
    "dense": Prepared,
    "dropout": Identity,
    "max_pool2d": Prepared,
    "relu": Pointwise,
    "softmax": Plain,
}
"""What the published networks owe their speed to: a claim that is dropped is slower, and no other test would tell."""

computing = pytest.mark.parametrize(
    "cls", [pytest.param(cls, id=kind) for kind, cls in catalogue().items() if not cls.is_source()]
)


def operation_of(case: Case) -> Operation:
    return case.layer.operation(case.inputs)


def forward(case: Case, inputs: Sequence[Array]) -> Array:
    return case.layer.forward(inputs, case.weights(seed=2))


def laid(array: Array) -> Array:
    """The same values as the engine hands them on: channels adjacent."""
    if array.ndim < 3:
        return array.copy()
    result = empty_channels_last(array.shape, array.dtype)
    result[...] = array
    return result


def assert_close(found: Array, wanted: Array) -> None:
    scale = max(1.0, float(np.abs(wanted).max(initial=0)))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-5 * scale)


@pytest.mark.parametrize(("kind", "operation"), DECLARED.items())
def test_layers_of_the_published_networks_declare_what_makes_them_fast(kind: str, operation: type) -> None:
    layer = catalogue()[kind]()
    shape = (4,) if kind == "dense" else (4, 8, 8)
    declared = layer.operation((shape,) * layer.min_inputs)
    assert isinstance(declared, operation)
    if kind in ("conv2d", "dense"):
        assert isinstance(declared, Prepared)
        assert declared.folded is not None
    if kind == "softmax":
        assert declared == Plain(in_place=True)


def test_a_scale_of_rows_does_not_go_into_the_weights_of_units() -> None:
    layer = catalogue()["dense"](units=4)  # type: ignore[call-arg]
    # As many rows as units, so that a scale of the one has the shape of the other.
    declared = layer.operation(((4, 6),))
    assert isinstance(declared, Prepared)
    assert declared.folded is None


@computing
@for_each_kind(15)
@given(st.data())
def test_a_layer_keeps_to_what_it_declares(cls: type[Layer], data: st.DataObject) -> None:
    # All of it of the same cases: drawing one takes longer than any of the checks.
    case = data.draw(cases(cls))
    operation = operation_of(case)
    check_it_is_what_it_declares(case)
    check_in_place_gives_the_same_bits(case)
    if isinstance(operation, Prepared | ChannelAffine):
        for with_residual in (False, True):
            for slope in (None, 0.25):
                check_a_residual_and_an_activation(case, with_residual=with_residual, slope=slope)
    if isinstance(operation, Prepared):
        check_a_kernel_keeps_what_it_is_said_to_take(case, operation)
        if operation.folded is not None:
            check_folded_weights_compute_the_scaled_and_moved_output(case, operation)


def check_it_is_what_it_declares(case: Case) -> None:
    inputs = [laid(array) for array in case.arrays(seed=1, batch=BATCH)]
    expected = forward(case, inputs)
    match operation_of(case):
        case Plain(in_place):
            assert not in_place or expected.shape == inputs[0].shape
        case Identity():
            [only] = inputs
            np.testing.assert_array_equal(expected, only)
        case Sum():
            assert_close(expected, np.sum(inputs, axis=0, dtype=np.float64).astype(np.float32))
        case Concatenation():
            np.testing.assert_array_equal(expected, np.concatenate(inputs, axis=1))
        case Pointwise(epilogue):
            [only] = inputs
            part = np.ascontiguousarray(np.moveaxis(only, 1, -1))
            epilogue.apply(part)
            np.testing.assert_array_equal(np.moveaxis(part, -1, 1), expected)
        case ChannelAffine(scale_shift):
            [only] = inputs
            scale, shift = (np.reshape(part, (-1, *(1,) * (only.ndim - 2))) for part in scale_shift(case.weights(2)))
            assert scale.dtype == shift.dtype == np.float64
            assert_close(expected, (only * scale + shift).astype(np.float32))
        case Prepared(prepare):
            [only] = inputs
            assert_close(prepare(case.weights(2), only.shape, precise=True).run(only), expected)


def check_in_place_gives_the_same_bits(case: Case) -> None:
    inputs, weights = [laid(array) for array in case.arrays(seed=3, batch=BATCH)], case.weights(seed=2)
    match operation_of(case):
        case Plain(in_place=True) | Sum() | Pointwise() | ChannelAffine():
            expected = forward(case, inputs).copy()
            first = laid(inputs[0])
            found = case.layer.forward([first, *inputs[1:]], weights, first)
            assert found is first
            np.testing.assert_array_equal(first, expected)


def check_a_residual_and_an_activation(case: Case, *, with_residual: bool, slope: float | None) -> None:
    """A kernel adds the one and applies the other as layers after it would."""
    operation = operation_of(case)
    assert isinstance(operation, Prepared | ChannelAffine)
    [only] = (laid(array) for array in case.arrays(seed=4, batch=BATCH))
    before = forward(case, [only])
    residual = laid(np.random.default_rng(5).standard_normal(before.shape).astype(np.float32))
    total = before + residual if with_residual else before
    expected = np.where(total < 0, total * np.float32(slope or 0), total)
    epilogue = Epilogue(low=-np.inf if slope else 0, slope=slope, residual=residual if with_residual else None)
    out = laid(np.full_like(before, np.nan))
    kernel = operation.prepare(case.weights(seed=2), only.shape, precise=True)
    assert kernel.run(only, out, epilogue) is out
    assert_close(out, expected)


def check_folded_weights_compute_the_scaled_and_moved_output(case: Case, operation: Prepared) -> None:
    assert operation.folded is not None
    inputs, random = case.arrays(seed=6, batch=BATCH), np.random.default_rng(7)
    channels = case.output[0]
    scale, shift = random.uniform(-2, 2, channels), random.standard_normal(channels)
    column = (channels, *(1,) * (len(case.output) - 1))
    expected = forward(case, inputs) * scale.reshape(column) + shift.reshape(column)
    weights = operation.folded(case.weights(2), scale, shift)
    kernel = operation.prepare(weights, (BATCH, *case.inputs[0]), precise=True)
    assert_close(kernel.run(laid(inputs[0])), expected.astype(np.float32))


def check_a_kernel_keeps_what_it_is_said_to_take(case: Case, operation: Prepared) -> None:
    """To within a tenth and the bias; given weights that it reads as they are cost nothing."""
    weights = case.weights(seed=2)
    for precise in (False, True):
        kernel = operation.prepare(weights, (BATCH, *case.inputs[0]), precise=precise)
        own = [array for array in kernel.weights() if not any(np.shares_memory(array, w) for w in weights.values())]
        said = operation.prepared_bytes(BATCH, precise=precise, folded=False)
        kept = sum(array.nbytes for array in own)
        assert abs(said - kept) <= kept // 10 + 8 * case.output[0]
