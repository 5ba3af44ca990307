"""Images for a network: the door to opening and preparing them, and the examples that are shipped."""

from __future__ import annotations

from pathlib import Path

import attrs

from designer.i18n import N_, _
from designer.pictures.image_file import (
    FORMATS,
    SUFFIXES,
    ImageError,
    Picture,
    open_image,
    picture_from_array,
)
from designer.pictures.placement import Fit, Placement
from designer.pictures.preprocess import Normalisation, Prepared, Preprocessing, prepare, preparing_bytes
from designer.resources import resource

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "ExampleImage",
    "Fit",
    "ImageError",
    "Normalisation",
    "Picture",
    "Placement",
    "Prepared",
    "Preprocessing",
    "example_images",
    "open_image",
    "picture_from_array",
    "prepare",
    "preparing_bytes",
]


@attrs.frozen
class ExampleImage:
    """An image that ships with the program; its source and licence are in ``resources/images/README.md``."""

    name: str
    title: str
    path: Path


_EXAMPLES = (
    ("cat.jpg", N_("Cat (photograph)")),
    ("coffee.jpg", N_("Cup of coffee (photograph)")),
    ("photographer.jpg", N_("Photographer (grey photograph)")),
    ("digit.png", N_("Handwritten digit")),
    ("chart.png", N_("Test chart: edges, gratings, dots")),
)


def example_images() -> tuple[ExampleImage, ...]:
    """Return the shipped images, the one to begin with first; titles are in the language in force."""
    return tuple(ExampleImage(Path(file).stem, _(title), resource(f"images/{file}")) for file, title in _EXAMPLES)
