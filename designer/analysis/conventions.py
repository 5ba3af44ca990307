"""How operations are counted: three customs of the literature, named wherever a number is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

from designer.i18n import N_
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import WeightSpec

Convention = Literal["torchvision", "flops", "tf-slim"]
DataType = Literal["float32", "float16", "int8"]

CONVENTIONS: Mapping[Convention, str] = {
    "torchvision": N_("MACs (torchvision, fvcore)"),
    "flops": N_("FLOPs (2 × MACs)"),
    "tf-slim": N_("FLOPs (TF-Slim: with bias and pooling)"),
}
"""Name → label. torchvision prints its multiply-adds as "GFLOPS"."""

UNITS: Mapping[Convention, str] = {"torchvision": "MACs", "flops": "FLOPs", "tf-slim": "FLOPs"}


def operations(
    convention: Convention, macs: int, output: Shape, weights: Mapping[str, WeightSpec], cells_read: int
) -> int:
    """Operations of one layer for one image.

    ``cells_read``: input cells of all its windows, see :meth:`Layer.cells_read`.

    torchvision: multiply-adds. flops: twice that. tf-slim: twice that, one addition per output where there is a bias,
    and one operation per window cell of a pooling.
    """
    if convention == "torchvision":
        return macs
    if convention == "flops":
        return 2 * macs
    if convention != "tf-slim":
        raise ValueError(f"unknown convention {convention!r}; one of {', '.join(CONVENTIONS)}")
    if macs:
        return 2 * macs + (math.prod(output) if "bias" in weights else 0)
    # Where every window is a single cell nothing is combined.
    return cells_read if not weights and cells_read > math.prod(output) else 0
