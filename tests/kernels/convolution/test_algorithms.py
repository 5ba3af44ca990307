"""Every algorithm of convolution, forced on shapes that would not choose it, in the type that runs use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.convolution import prepared
from designer.kernels.convolution.choose import Algorithm
from designer.kernels.convolution.prepared import prepare_weights
from tests.kernels.convolution.test_prepared import arrays_of, image_cases
from tests.kernels.loops import convolve_loops

WINOGRAD = (Algorithm.WINOGRAD_2, Algorithm.WINOGRAD_4)
TOLERANCE = 1e-4
"""Of the largest output: what is promised of Winograd's tiles; the others stay far below."""


@pytest.mark.parametrize("algorithm", Algorithm, ids=lambda algorithm: algorithm.value)
@given(st.data(), st.booleans(), st.booleans())
def test_float32_stays_close_to_the_loops_in_float64(
    algorithm: Algorithm, data: st.DataObject, with_bias: bool, last: bool
) -> None:
    three, depthwise = algorithm in WINOGRAD, algorithm is Algorithm.DEPTHWISE
    case = data.draw(image_cases(three=three, depthwise=depthwise))
    x, weight, bias = arrays_of(case, np.float32)
    given_bias = bias if with_bias else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, "choose", lambda *_shape, **_options: algorithm)
        kernel = prepare_weights(
            weight,
            given_bias,
            x.shape,
            stride=case.stride,
            padding=case.padding,
            dilation=case.dilation,
            groups=case.groups,
        )
    assert kernel.name == algorithm.value
    source = channels_first(np.ascontiguousarray(x.transpose(0, 2, 3, 1))) if last else x
    result = kernel.run(source)
    assert result.dtype == np.float32
    wide = [None if array is None else array.astype(np.float64) for array in (x, weight, given_bias)]
    expected = convolve_loops(wide[0], wide[1], wide[2], case)  # type: ignore[arg-type]
    scale = float(np.abs(expected).max())
    assume(scale > 1e-3)
    assert float(np.abs(result - expected).max()) <= TOLERANCE * scale
