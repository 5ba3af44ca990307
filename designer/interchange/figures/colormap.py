"""Colour maps as tables of 256 colours, for pictures of feature maps."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import numpy.typing as npt

# Equally spaced colours, to be joined by straight lines. Viridis and magma are by Stéfan van der Walt,
# Nathaniel Smith and Eric Firing, given to the public domain (CC0); every fifth of their 256 colours is kept,
# which reproduces the others to within 1/255.
_ANCHORS = MappingProxyType(
    {
        "viridis": """
            440154 46085c 471063 481769 481d6f 482475 472a7a 46307e 453781 433d84 414287 3f4889 3d4e8a
            3a538b 38598c 355e8d 33638d 31688e 2e6d8e 2c718e 2a768e 297b8e 27808e 25848e 23898e 218e8d
            20928c 1f978b 1e9c89 1fa188 21a585 24aa83 28ae80 2eb37c 35b779 3dbc74 46c06f 50c46a 5ac864
            65cb5e 70cf57 7cd250 89d548 95d840 a2da37 b0dd2f bddf26 cae11f d8e219 e5e419 f1e51d fde725""",
        "magma": """
            000004 02020b 050416 090720 0e0b2b 140e36 1a1042 21114e 29115a 311165 390f6e 420f75 4a1079
            52137c 5a167e 621980 6a1c81 721f81 792282 812581 892881 912b81 992d80 a1307e aa337d b2357b
            ba3878 c23b75 ca3e72 d2426f d9466b e04c67 e75263 ec5860 f1605d f4695c f7725c f97b5d fb8560
            fc8e64 fd9869 fea16e feaa74 feb47b febd82 fec68a fecf92 fed89a fde2a3 fdebac fcf4b6 fcfdbf""",
        "gray": "000000 ffffff",
        "diverging": "16366e 2f6fb4 8fbbdd f7f7f7 eba287 c4433c 74121f",
    }
)

COLORMAPS = tuple(_ANCHORS)


def colormap_table(name: str) -> npt.NDArray[np.uint8]:
    """Return a colour map as a new uint8 array of shape (256, 3), from the lowest value to the highest.

    Parameters
    ----------
    name
        One of `COLORMAPS`; ``diverging`` goes from blue through white to red, for signed values.

    Raises
    ------
    ValueError
        For another name.
    """
    if name not in _ANCHORS:
        raise ValueError(f"colour map {name!r} is unknown; choose one of {', '.join(COLORMAPS)}")
    anchors = [list(bytes.fromhex(color)) for color in _ANCHORS[name].split()]
    position = np.linspace(0.0, len(anchors) - 1.0, 256)
    channels = [np.interp(position, np.arange(len(anchors)), channel) for channel in zip(*anchors, strict=True)]
    table: npt.NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return table
