"""Every network of the gallery by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from functools import partial

import attrs

from designer.gallery.alexnet import alexnet
from designer.gallery.article import block_stack, receptive_field_example, residual_block, ten_filters
from designer.gallery.lenet import lenet5
from designer.gallery.mobilenet import mobilenet_v2
from designer.gallery.resnet import PLANS, resnet
from designer.gallery.squeezenet import squeezenet
from designer.gallery.vgg import CONVOLUTIONS, vgg
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.layer_api.problems import UserError


class UnknownNetwork(UserError):
    """The gallery has no network of this name; the message is one line and names the nearest."""


@attrs.frozen
class Entry:
    """One network of the gallery; ``family`` is translated when shown, ``build`` makes the design."""

    name: str
    family: str
    build: Callable[[], Design] = attrs.field(repr=False)


_SMALL, _IMAGENET = N_("Small and instructive"), N_("ImageNet")

_ENTRIES: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("lenet5", _SMALL, lenet5),
        Entry("block_stack", _SMALL, block_stack),
        Entry("residual_block", _SMALL, residual_block),
        Entry("receptive_field", _SMALL, receptive_field_example),
        Entry("ten_filters", _SMALL, ten_filters),
        Entry("alexnet", _IMAGENET, alexnet),
        *(Entry(f"vgg{depth}", _IMAGENET, partial(vgg, depth)) for depth in CONVOLUTIONS),
        *(Entry(f"resnet{depth}", _IMAGENET, partial(resnet, depth)) for depth in PLANS),
        Entry("squeezenet1_0", _IMAGENET, partial(squeezenet, "1.0")),
        Entry("squeezenet1_1", _IMAGENET, partial(squeezenet, "1.1")),
        Entry("mobilenet_v2", _IMAGENET, mobilenet_v2),
    )
}


def entries() -> tuple[Entry, ...]:
    """All networks, none of them built yet."""
    return tuple(_ENTRIES.values())


def names() -> tuple[str, ...]:
    """Names of all networks, as torchvision writes them where it has them."""
    return tuple(_ENTRIES)


def network(name: str) -> Design:
    """Build the network of this name; raises UnknownNetwork.

    Capitals, hyphens and spaces do not matter: ``"ResNet-18"`` is ``resnet18``.
    """
    entry = _ENTRIES.get(_plain(name))
    if entry is not None:
        return entry.build()
    near = difflib.get_close_matches(_plain(name), _ENTRIES, 1, 0.5)
    text = (
        _("the gallery has no network {name!r}; did you mean {near}?")
        if near
        else _("the gallery has no network {name!r}; it has {names}")
    )
    shown = name if len(name) <= 40 else name[:39] + "…"
    raise UnknownNetwork(text.format(name=shown, near="".join(near), names=", ".join(_ENTRIES)))


def _plain(name: str) -> str:
    """The name as the gallery writes it."""
    lowered = name.strip().lower()
    if lowered in _ENTRIES:
        return lowered
    squeezed = lowered.replace("-", "").replace(" ", "").replace(".", "_")
    return squeezed if squeezed in _ENTRIES else lowered
