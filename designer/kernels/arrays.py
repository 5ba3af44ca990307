"""The array type of the kernels."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A floating-point array, laid out ``(N, C, *spatial)`` unless a function says otherwise."""
