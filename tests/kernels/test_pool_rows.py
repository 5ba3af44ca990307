from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels import pool_rows
from designer.kernels.arrays.channels_last import channels_first, empty_channels_last
from designer.kernels.arrays.windows import forward_sampling
from designer.kernels.epilogue import PLAIN
from designer.kernels.pool_rows import max_pool_tiles
from designer.kernels.runtime.stages import Scratch, run_stages


@pytest.mark.parametrize("tile", [1, 1 << 18])
def test_the_largest_value_of_every_window(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_rows, "TILE_VALUES", tile)
    two = st.tuples(st.integers(1, 3), st.integers(1, 3))
    pair = st.tuples(st.integers(0, 2), st.integers(0, 2))

    @given(st.integers(0, 9999), two, two, st.tuples(st.integers(1, 2), st.integers(1, 2)), pair, pair, st.booleans())
    def check(
        seed: int,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        dilation: tuple[int, int],
        rows: tuple[int, int],
        columns: tuple[int, int],
        ceil_mode: bool,
    ) -> None:
        x = np.random.default_rng(seed).standard_normal((2, 3, 7, 6))
        padding = (rows, columns)
        sampling = forward_sampling(
            (7, 6), kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode
        )
        out = empty_channels_last((2, 3, *sampling.out), x.dtype)
        run_stages(
            [max_pool_tiles(channels_first(np.ascontiguousarray(x.transpose(0, 2, 3, 1))), sampling, out, PLAIN)],
            Scratch(),
        )
        for image, channel, row, column in product(*map(range, out.shape)):
            cells = [
                x[image, channel, at, along]
                for at in (row * stride[0] - rows[0] + tap * dilation[0] for tap in range(kernel[0]))
                for along in (column * stride[1] - columns[0] + tap * dilation[1] for tap in range(kernel[1]))
                if 0 <= at < 7 and 0 <= along < 6
            ]
            assert out[image, channel, row, column] == max(cells, default=-np.inf)

    check()
