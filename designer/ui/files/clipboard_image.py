"""Qt's images as the engine's pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from designer.pictures.images import Picture, picture_from_array


def picture_of(image: QImage, name: str) -> Picture:
    """The pixels of an image, grey where it is grey; transparency is laid on white. Any thread."""
    if image.isGrayscale() and not image.hasAlphaChannel():
        image = image.convertToFormat(QImage.Format.Format_Grayscale8)
        channels = 1
    else:
        image = image.convertToFormat(QImage.Format.Format_RGBA8888)
        channels = 4
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * channels].reshape(image.height(), image.width(), channels).copy()
    if channels == 4 and (pixels[:, :, 3] == 255).all():
        pixels = pixels[:, :, :3]
    return picture_from_array(pixels, name)
