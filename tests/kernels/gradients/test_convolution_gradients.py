"""Gradients of a convolution are its adjoints, for any number of axes: by loops that know nothing of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from designer.kernels.gradients.convolution import input_gradient, weight_gradient
from tests.kernels.loops import WindowCase, convolve_loops, floor_sizes, window_cases


@settings(max_examples=60)
@given(window_cases(largest=6))
def test_the_gradients_are_the_adjoints_of_the_convolution(case: WindowCase) -> None:
    channels, filters = case.groups * case.in_per_group, case.groups * case.out_per_group
    x = case.values(case.batch, channels, *case.spatial)
    weight = case.values(filters, case.in_per_group, *case.kernel, salt=1)
    gradient = case.values(case.batch, filters, *floor_sizes(case), salt=2)
    window = {"stride": case.stride, "padding": case.padding, "dilation": case.dilation, "groups": case.groups}
    # A convolution is linear in its input and in its weights, so both products are that of output and gradient.
    wanted = float((convolve_loops(x, weight, None, case) * gradient).sum())
    of_input = input_gradient(gradient, weight, case.spatial, **window)
    assert of_input.shape == x.shape
    np.testing.assert_allclose((of_input * x).sum(), wanted, rtol=1e-9, atol=1e-9)
    of_weight = weight_gradient(x, gradient, case.kernel, **window)
    assert of_weight.shape == weight.shape
    np.testing.assert_allclose((of_weight * weight).sum(), wanted, rtol=1e-9, atol=1e-9)
    # And for directions that are neither of the two.
    other = case.values(*x.shape, salt=3)
    moved = float((convolve_loops(other, weight, None, case) * gradient).sum())
    np.testing.assert_allclose((of_input * other).sum(), moved, rtol=1e-9, atol=1e-9)
    turned = case.values(*weight.shape, salt=4)
    moved = float((convolve_loops(x, turned, None, case) * gradient).sum())
    np.testing.assert_allclose((of_weight * turned).sum(), moved, rtol=1e-9, atol=1e-9)


def test_images_larger_than_a_tile_give_the_same_as_their_halves_together() -> None:
    # 300 × 301 cells of windows of 27 values are more columns than fit a tile, in each of the ways.
    random = np.random.default_rng(1)
    x, weight = random.standard_normal((1, 3, 300, 301)), random.standard_normal((4, 3, 3, 3))
    for stride in ((1, 1), (2, 3)):
        window = {"stride": stride, "padding": ((1, 1), (1, 1)), "dilation": (1, 1)}
        sizes = tuple((size + 2 - 3) // step + 1 for size, step in zip((300, 301), stride, strict=True))
        gradient = random.standard_normal((1, 4, *sizes))
        top, bottom = gradient.copy(), gradient.copy()
        top[:, :, sizes[0] // 2 :] = 0
        bottom[:, :, : sizes[0] // 2] = 0
        whole = input_gradient(gradient, weight, (300, 301), **window)
        halves = [input_gradient(half, weight, (300, 301), **window) for half in (top, bottom)]
        np.testing.assert_allclose(whole, halves[0] + halves[1], rtol=1e-9, atol=1e-9)
        filters = weight_gradient(x, gradient, (3, 3), **window)
        parts = [weight_gradient(x, half, (3, 3), **window) for half in (top, bottom)]
        np.testing.assert_allclose(filters, parts[0] + parts[1], rtol=1e-9, atol=1e-9)
        # The adjoint again, on the whole.
        np.testing.assert_allclose((whole * x).sum(), (filters * weight).sum(), rtol=1e-9)
