"""A layer made ready for its weights and a shape of images, run as often as there are images."""

from __future__ import annotations

from designer.kernels.stages import Kernel

PreparedLayer = Kernel
"""What the engine keeps of a layer between runs."""
