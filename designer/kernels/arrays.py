"""The array type of the kernels."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A floating-point array, laid out ``(N, C, *spatial)`` unless a function says otherwise."""

Index: TypeAlias = tuple[Any, ...]
"""One index or slice per axis, for arrays whose rank is not known when the code is written."""
