"""Pictures for scripts, prepared as the window prepares them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.pictures.images import Fit, ImageError, Normalisation, Preprocessing, open_image, prepare


def image(
    path: str | os.PathLike[str],
    shape: Sequence[int] = (3, 224, 224),
    *,
    fit: str = "center_crop",
    normalisation: str = "unit",
    mean: float | Sequence[float] = 0.0,
    std: float | Sequence[float] = 1.0,
) -> Array:
    """Read a picture and prepare it for a network's input, as the window and ``netdraft run`` do.

    Parameters
    ----------
    path
        PNG, JPEG, WebP, GIF, BMP or TIFF.
    shape
        Of the input, without the batch: channels, height and width in pixels. Grey is repeated for more channels; red,
        green and blue are mixed to grey (ITU-R BT.601) for one. A sequence, (C, L), is a picture one pixel high; a
        volume, (C, D, H, W), has the picture in every slice.
    fit
        ``center_crop`` cuts the largest middle part of the input's proportions, ``letterbox`` shows all of the picture
        between black bars, ``stretch`` ignores its proportions.
    normalisation
        ``unit`` gives values from 0 to 1; ``imagenet`` subtracts that data set's mean and divides by its deviation, per
        channel; ``custom`` does so with ``mean`` and ``std``, one number for all channels or one for each.

    Returns
    -------
    numpy.ndarray
        Read-only float32 of that shape, without the batch: ``numpy.stack`` makes a batch of several, and
        :func:`designer.run` takes one alone.

    Raises
    ------
    designer.UserError
        Where the file is no picture, or the shape none for a picture; one line.

    Examples
    --------
    >>> import designer
    >>> from designer.pictures.images import example_images
    >>> cat = designer.image(example_images()[0].path, (3, 64, 96))
    >>> cat.shape, bool(0 <= cat.min() <= cat.max() <= 1)
    ((3, 64, 96), True)
    """
    preprocessing = preprocessing_of(fit, normalisation, mean=mean, std=std)
    array: Array = prepare(open_image(path), tuple(shape), preprocessing).tensor[0]
    return array


def preprocessing_of(
    fit: str, normalisation: str, *, mean: float | Sequence[float] = 0.0, std: float | Sequence[float] = 1.0
) -> Preprocessing:
    """Preprocessing by name; raises ImageError naming the names there are."""
    try:
        ways = Fit(fit), Normalisation(normalisation)
    except ValueError:
        raise ImageError(
            _("{fit}, {normalisation} came; fit is one of {fits}, normalisation one of {normalisations}").format(
                fit=fit,
                normalisation=normalisation,
                fits=", ".join(Fit),
                normalisations=", ".join(way for way in Normalisation if way is not Normalisation.CUSTOM),
            )
        ) from None
    return Preprocessing(*ways, mean, std)
