from __future__ import annotations

import numpy as np
import pytest

from designer.kernels.arrays import memory as arrays
from designer.kernels.arrays.memory import reserve
from designer.kernels.conv import convolve
from designer.kernels.runtime.threads import checkpoint_scope


class Cancelled(Exception):
    pass


def test_a_small_array_is_there_without_a_checkpoint() -> None:
    seen: list[float] = []
    with checkpoint_scope(seen.append):
        array = reserve((2, 3), np.float32)
    assert (array.shape, array.dtype, seen) == ((2, 3), np.float32, [])


def test_waiting_for_the_memory_of_a_large_result_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "RESERVE_BYTES", 1 << 14)
    seen: list[float] = []

    def cancel_third(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 3:
            raise Cancelled

    x, weight = np.ones((1, 4, 100, 100), np.float32), np.ones((16, 4, 1, 1), np.float32)
    with checkpoint_scope(cancel_third), pytest.raises(Cancelled):
        convolve(x, weight, stride=(1, 1), padding=((0, 0), (0, 0)), dilation=(1, 1))
    assert seen == [0.5, 0.5, 0.5]
