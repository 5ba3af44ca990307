"""The examples that ship with the program, as spec files: written by ``python -m designer.gallery.examples``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from designer.files import spec
from designer.gallery.article import block_stack, receptive_field_example, residual_block, ten_filters
from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.resources import resource


@attrs.frozen
class Example:
    """A shipped network: ``title`` and ``description`` are translated, ``path`` is its spec file."""

    name: str
    title: str
    description: str
    path: Path


@attrs.frozen
class _Entry:
    build: Callable[[], Design]
    title: str
    description: str


_ENTRIES: Mapping[str, _Entry] = {
    "lenet5": _Entry(
        lenet5,
        N_("LeNet-5"),
        N_("Digits of 32×32 pixels: two convolutions, two poolings, three dense layers (LeCun, 1998)."),
    ),
    "block_stack": _Entry(
        block_stack,
        N_("VGG-style block stack"),
        N_("The usual pattern for images of 64×64 pixels: convolution, ReLU, pooling, three times; dense; softmax."),
    ),
    "residual_block": _Entry(
        residual_block,
        N_("Residual block"),
        N_("out = F(x) + x: a skip connection runs around two convolutions (He, 2015)."),
    ),
    "receptive_field": _Entry(
        receptive_field_example,
        N_("Receptive field"),
        N_("What one cell sees of a 14×14 image grows with every layer: 3, 5, 6, 10 pixels."),
    ),
    "ten_filters": _Entry(
        ten_filters,
        N_("Ten filters"),
        N_("One convolution, 32×32×3 to ten maps: (5·5·3 + 1)·10 = 760 parameters."),
    ),
}


def examples() -> tuple[Example, ...]:
    """The shipped examples, the one to begin with first."""
    return tuple(
        Example(name, _(entry.title), _(entry.description), resource(f"examples/{name}{spec.SUFFIX}"))
        for name, entry in _ENTRIES.items()
    )


def built(name: str) -> Design:
    """The example as the code builds it; the shipped file holds the same."""
    return _ENTRIES[name].build()


def write_all() -> None:
    """Write every example's spec file anew."""
    for example in examples():
        spec.write(built(example.name), example.path)


if __name__ == "__main__":
    write_all()
