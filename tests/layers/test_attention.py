"""Matrix products and attention against SciPy and arithmetic written out; tokens against what they are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from designer.kernels.arrays.memory import Array
from designer.kernels.products import attention, attention_gradients, products, split_heads
from designer.kernels.runtime.threads import checkpoint_scope
from designer.layer_api.onnx_operator import CannotRead, OnnxOperator
from designer.layer_api.problems import MatchInputs, SetFields, ShapeProblem
from designer.layer_api.registry import make_layer, read_onnx
from tests.helpers.layer_cases import for_each_kind

ROWS = ((197, 192),) * 3


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def by_head(query: Array, key: Array, value: Array, heads: int) -> Array:
    """Equation 1 of Vaswani et al. (2017) for each head, and the heads side by side."""
    parts = zip(*(np.split(array, heads, axis=-1) for array in (query, key, value)), strict=True)
    found = []
    for q, k, v in parts:
        shares = softmax(np.einsum("nid,njd->nij", q, k) / math.sqrt(q.shape[-1]), axis=-1)
        found.append(np.einsum("nij,nje->nie", shares, v))
    return np.concatenate(found, axis=-1)


@for_each_kind(20)
@given(st.data())
def test_attention_is_the_equation_of_its_paper(data: st.DataObject) -> None:
    images, heads, rows, others, wide, deep = (data.draw(st.integers(1, most)) for most in (2, 4, 7, 7, 4, 4))
    shapes = ((images, rows, heads * wide), (images, others, heads * wide), (images, others, heads * deep))
    query, key, value = (random(*shape, seed=seed) for seed, shape in enumerate(shapes))
    layer = make_layer("scaled_dot_product_attention", heads=heads)
    np.testing.assert_allclose(layer.forward([query, key, value], {}), by_head(query, key, value, heads), rtol=1e-9)


def test_attention_and_its_gradients_are_the_same_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    query, key, value, gradient = (random(2, rows, 12, seed=rows) for rows in (9, 5, 5, 9))
    whole = attention(query, key, value, 3), *attention_gradients(query, key, value, gradient, 3)
    monkeypatch.setattr("designer.kernels.products.TILE_SCORES", 10)
    monkeypatch.setattr("designer.kernels.products.WAKING_MACS", 0)
    cut = attention(query, key, value, 3), *attention_gradients(query, key, value, gradient, 3)
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_scores_of_a_thousand_do_not_overflow() -> None:
    query = np.array([[[1000.0, 0.0]]], np.float32)
    key = np.array([[[1000.0, 0.0], [-1000.0, 0.0]]], np.float32)
    value = np.array([[[3.0], [5.0]]], np.float32)
    np.testing.assert_array_equal(attention(query, key, value, 1), [[[3.0]]])


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0), (1, 0, 2)])
def test_heads_are_views_of_rows_in_any_order_of_memory(order: tuple[int, ...]) -> None:
    shape = (2, 5, 12)
    laid = np.empty([shape[axis] for axis in order]).transpose(np.argsort(order))
    laid[...] = random(*shape)
    heads = split_heads(laid, 3)
    assert np.shares_memory(heads, laid)
    np.testing.assert_array_equal(heads[:, 1], laid[:, :, 4:8])


@pytest.mark.parametrize("turned", [False, True])
def test_products_are_the_same_in_tiles_and_of_any_strides(turned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = random(3, 4, 6), random(3, 6, 5, seed=1)
    if turned:
        a, b = np.repeat(a, 2, axis=2)[:, :, ::2].swapaxes(1, 2).copy().swapaxes(1, 2), np.flip(b, 1)
    wanted = 0.5 * np.einsum("sik,skj->sij", a, b)
    np.testing.assert_allclose(products(a, b, 0.5), wanted, rtol=1e-12, atol=1e-12)
    monkeypatch.setattr("designer.kernels.products.TILE_MACS", 18)
    monkeypatch.setattr("designer.kernels.products.WAKING_MACS", 0)
    np.testing.assert_allclose(products(a, b, 0.5), wanted, rtol=1e-12, atol=1e-12)


def test_multiply_adds_are_those_of_torchvisions_figure_for_a_vision_transformer() -> None:
    # ViT-B/16: 17.564 GFLOPS in torchvision's metadata. Of 12 blocks without attention 197·768² · (3 + 1 + 4 + 4) each,
    # of the patches 196·768·768, of the classifier 768·1000; attention is what is left: 2·197²·768 a block.
    attending = make_layer("scaled_dot_product_attention", heads=12).macs([(197, 768)] * 3, (197, 768))
    assert attending == 2 * 197**2 * 768
    total = 12 * (197 * 768**2 * 12 + attending) + 196 * 768 * 768 + 768 * 1000
    assert round(total / 1e9, 3) == 17.564
    scores = make_layer("matmul", transpose=True, scale=0.125)
    assert scores.macs([(197, 64), (197, 64)], (197, 197)) + 197 * 197 * 64 == 2 * 197**2 * 64


class Stopped(Exception):
    pass


def test_long_work_passes_checkpoints_that_stop_it() -> None:
    rows = [np.ones((1, 2048, 64), np.float32)] * 3
    layer = make_layer("scaled_dot_product_attention", heads=4)
    told: list[float] = []
    with checkpoint_scope(told.append):
        layer.forward(rows, {})
    assert told
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(fraction: float) -> None:
        raise Stopped

    with checkpoint_scope(stop), pytest.raises(Stopped):
        make_layer("matmul").forward([np.ones((1, 1024, 1024), np.float32)] * 2, {})


# -- shapes


@pytest.mark.parametrize(
    ("parameters", "shapes", "remedy"),
    [
        ({}, ((4, 7), (5, 7)), SetFields({"transpose": True})),
        ({"transpose": True}, ((4, 7), (7, 5)), SetFields({"transpose": False})),
        ({}, ((4, 7), (5, 6)), MatchInputs((None, (7, 6)))),
        ({"transpose": True}, ((2, 4, 7), (3, 5, 6)), MatchInputs((None, (2, 5, 7)))),
    ],
)
def test_matrices_that_do_not_meet(
    parameters: dict[str, bool], shapes: tuple[tuple[int, ...], ...], remedy: object
) -> None:
    with pytest.raises(ShapeProblem, match="the first has 7 columns") as caught:
        make_layer("matmul", **parameters).output_shape(shapes)
    assert caught.value.remedies[0] == remedy


def test_heads_that_do_not_divide_the_features() -> None:
    with pytest.raises(
        ShapeProblem, match="5 heads must divide the 192 features of queries and the 192 of values"
    ) as caught:
        make_layer("scaled_dot_product_attention", heads=5).output_shape(ROWS)
    assert caught.value.remedies == (SetFields({"heads": 4}),)


def test_maps_are_no_rows() -> None:
    for kind, count in (("scaled_dot_product_attention", 3), ("class_token", 1), ("position_embedding", 1)):
        with pytest.raises(ShapeProblem, match="rows × features are wanted"):
            make_layer(kind).output_shape([(192, 14, 14)] * count)


# -- tokens


def test_a_class_token_stands_before_the_rows_of_every_image() -> None:
    x, token = random(2, 3, 4).astype(np.float32), random(1, 4, seed=1).astype(np.float32)
    found = make_layer("class_token").forward([x], {"weight": token})
    for image in (0, 1):
        np.testing.assert_array_equal(found[image], np.vstack([token, x[image]]))


def test_the_first_row_reads_nothing_of_the_input() -> None:
    (rows, features) = make_layer("class_token").reads_values(((0, 0), (2, 3)), [(196, 192)], 0)
    assert rows[1] < rows[0]
    assert features == (2, 3)


# -- ONNX


def attention_operator(*inputs: str, **attributes: object) -> OnnxOperator:
    return OnnxOperator("Attention", inputs or ("q", "k", "v"), attributes, {"q": (5, 12)})


def test_the_attention_of_opset_23_is_read() -> None:
    found = read_onnx(attention_operator(q_num_heads=3, kv_num_heads=3, scale=0.5), {})
    assert found.layer == make_layer("scaled_dot_product_attention", heads=3)


@pytest.mark.parametrize(
    ("operator", "words"),
    [
        (attention_operator(q_num_heads=4, kv_num_heads=2), "as many heads"),
        (attention_operator(q_num_heads=4, kv_num_heads=4, is_causal=1), "is_causal is 1; only 0"),
        (attention_operator(q_num_heads=3, kv_num_heads=3, scale=0.3), "the scale is 0.3"),
        (attention_operator("q", "k", "v", "mask", q_num_heads=3, kv_num_heads=3), "no mask"),
        (OnnxOperator("Attention", ("q", "w", "v"), {}), "'w' is a constant"),
        (OnnxOperator("MatMul", ("x", "y", "z")), "a constant is wanted|it has 3 inputs"),
    ],
)
def test_other_attention_is_refused(operator: OnnxOperator, words: str) -> None:
    with pytest.raises(CannotRead, match=words):
        read_onnx(operator, {"w": np.ones((2, 2), np.float32)})


def test_a_sum_with_a_constant_for_every_value_is_a_position_embedding() -> None:
    weight = random(1, 3, 4)
    found = read_onnx(OnnxOperator("Add", ("x", "w"), {}, {"x": (3, 4)}), {"w": weight})
    assert found.layer == make_layer("position_embedding")
    np.testing.assert_array_equal(found.weights["weight"], weight[0].astype(np.float32))
    with pytest.raises(CannotRead, match="is a constant"):
        read_onnx(OnnxOperator("Add", ("x", "w"), {}, {"x": (3, 4)}), {"w": np.ones(4, np.float32)})
