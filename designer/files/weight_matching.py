"""Which tensor of a file is which of a design: by name, by the end of its name, or by order and shape.

Only names and shapes are looked at. Where something could be meant in two ways, nothing is matched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import attrs

from designer.layer_api.geometry import Shape

Way = Literal["name", "suffix", "order"]

COUNTER = "num_batches_tracked"
"""What PyTorch's batch normalisation counts for itself: part of every state dict, read by nothing here."""

MOST_PARTS = 12
"""Of a name that is matched by its end; torchvision's have up to eight."""

_ROLES: Mapping[str, str] = {
    "weight": "weight", "kernel": "weight", "gamma": "weight", "scale": "weight", "depthwise_kernel": "weight",
    "bias": "bias", "beta": "bias", "offset": "bias",
    "running_mean": "mean", "moving_mean": "mean", "mean": "mean",
    "running_var": "variance", "moving_variance": "variance", "var": "variance", "variance": "variance",
}  # fmt: skip
"""What the last word of a name says the tensor is: words of PyTorch, Keras and Flax."""

_CHANNELS_LAST: Mapping[int, tuple[int, ...]] = {2: (1, 0), 3: (2, 1, 0), 4: (3, 2, 0, 1), 5: (4, 3, 0, 1, 2)}
"""By rank, how a kernel of Keras and TensorFlow, (height, width, in, out), becomes one of PyTorch."""


@attrs.frozen
class Match:
    """A tensor of the design, the one of the file that it is, and what has to be done with that.

    Attributes
    ----------
    permutation : tuple[int, ...] | None
        Axes to transpose by, as ``numpy.transpose`` takes them; None: as it is.
    reshaped : bool
        The values are in the same order, in another shape: a dense layer's for a 1×1 convolution.
    """

    wanted: str
    came: str
    way: Way
    permutation: tuple[int, ...] | None = None
    reshaped: bool = False


@attrs.frozen
class Differing:
    """Two tensors of one name that do not fit."""

    wanted: str
    came: str
    wanted_shape: Shape
    came_shape: Shape


@attrs.frozen
class WeightsReport:
    """What became of the tensors of a file.

    Attributes
    ----------
    matched : tuple[Match, ...]
        In the order of the design.
    differing : tuple[Differing, ...]
        The names belong together and the shapes do not; the layer keeps what it had.
    missing : tuple[str, ...]
        Tensors of the design that the file does not have.
    unexpected : tuple[str, ...]
        Tensors of the file that the design does not have, without PyTorch's ``num_batches_tracked``.
    """

    matched: tuple[Match, ...]
    differing: tuple[Differing, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def transposed(self) -> tuple[Match, ...]:
        """Those whose axes stood in another order."""
        return tuple(match for match in self.matched if match.permutation is not None)

    @property
    def complete(self) -> bool:
        """Whether every tensor of the design and of the file has found its other."""
        return not (self.differing or self.missing or self.unexpected)


def match(wanted: Mapping[str, Shape], came: Mapping[str, Shape]) -> WeightsReport:
    """Match tensors, both given by name and shape in their order: of execution, and of the file."""
    came = {name: shape for name, shape in came.items() if name.rpartition(".")[2] != COUNTER}
    pairs: dict[str, tuple[str, Way]] = {name: (name, "name") for name in wanted if name in came}
    left = _without(wanted, pairs)
    free = _without(came, [name for name, _way in pairs.values()])
    pairs |= {name: (other, "suffix") for name, other in _by_suffix(left, free).items()}
    left = _without(wanted, pairs)
    free = _without(came, [name for name, _way in pairs.values()])
    pairs |= {name: (other, "order") for name, other in _by_order(left, free).items()}
    matched, differing = _fitted(wanted, came, pairs)
    taken = {name for name, _way in pairs.values()}
    return WeightsReport(
        matched=matched,
        differing=differing,
        missing=tuple(name for name in wanted if name not in pairs),
        unexpected=tuple(name for name in came if name not in taken),
    )


def _without(shapes: Mapping[str, Shape], names: Iterable[str]) -> dict[str, Shape]:
    gone = set(names)
    return {name: shape for name, shape in shapes.items() if name not in gone}


# -- by the end of the name --------------------------------------------------------------------------------------------


def _by_suffix(wanted: Mapping[str, Shape], came: Mapping[str, Shape]) -> dict[str, str]:
    """Names of the design that follow one and the same prefix in the file, or the other way round."""
    longer = _prefixed(wanted, came)
    shorter = {name: other for other, name in _prefixed(came, wanted).items()}
    return longer if len(longer) >= len(shorter) else shorter


def _prefixed(short: Mapping[str, Shape], long: Mapping[str, Shape]) -> dict[str, str]:
    """Short name → long name, for the prefix with which most of them are found."""
    found: dict[str, dict[str, str]] = {}
    for name in long:
        for prefix, rest in _cuts(name):
            if rest in short:
                found.setdefault(prefix, {})[rest] = name
    return max(found.values(), key=len, default={})


def _cuts(name: str) -> Iterator[tuple[str, str]]:
    parts = name.split(".", MOST_PARTS)
    for place in range(1, len(parts)):
        yield ".".join(parts[:place]), ".".join(parts[place:])


# -- by order and shape ------------------------------------------------------------------------------------------------


def _by_order(wanted: Mapping[str, Shape], came: Mapping[str, Shape]) -> dict[str, str]:
    """Layer by layer, where both sides have as many, and each fits the other tensor by tensor; else nothing."""
    layers = _layers(wanted)
    for names in (list(came), sorted(came, key=_natural)):
        others = _layers({name: came[name] for name in names})
        if not layers or len(layers) != len(others):
            return {}
        pairs: dict[str, str] = {}
        for mine, theirs in zip(layers.values(), others.values(), strict=True):
            if not _alike(mine, theirs):
                break
            pairs |= {name: theirs[role][0] for role, (name, _shape) in mine.items()}
        else:
            return pairs
    return {}


_Tensors = dict[str, tuple[str, Shape]]
"""Role → name and shape, of one layer."""


def _layers(shapes: Mapping[str, Shape]) -> dict[str, _Tensors]:
    found: dict[str, _Tensors] = {}
    for name, shape in shapes.items():
        layer, _sign, last = re.sub(r"[/:]", ".", name.removesuffix(":0")).rpartition(".")
        found.setdefault(layer, {})[_ROLES.get(last, last)] = (name, shape)
    return found


def _alike(mine: _Tensors, theirs: _Tensors) -> bool:
    return mine.keys() == theirs.keys() and all(_ways_to_fit(mine[role][1], theirs[role][1]) for role in mine)


def _natural(name: str) -> list[tuple[int, str]]:
    """``block10`` behind ``block9``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


# -- shapes ------------------------------------------------------------------------------------------------------------

_AS_IT_IS, _RESHAPED = "as it is", "reshaped"
_Fit = str | tuple[int, ...]


def _ways_to_fit(wanted: Shape, came: Shape) -> list[_Fit]:
    """How a tensor can become one of the wanted shape: as it is, transposed, or as a matrix of another shape."""
    ways: list[_Fit] = [_AS_IT_IS] if wanted == came else []
    axes = _CHANNELS_LAST.get(len(wanted)) if len(wanted) == len(came) else None
    if axes is not None and tuple(came[axis] for axis in axes) == wanted:
        ways.append(axes)
    if not ways and _is_matrix_of(wanted, came):
        ways.append(_RESHAPED)
    return ways


def _is_matrix_of(wanted: Shape, came: Shape) -> bool:
    """Whether one is (out, in) and the other (out, channels, …) with as many values."""
    ranks = sorted((len(wanted), len(came)))
    return ranks[0] == 2 and ranks[1] > 2 and wanted[0] == came[0] and _size(wanted) == _size(came)


def _size(shape: Sequence[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _fitted(
    wanted: Mapping[str, Shape], came: Mapping[str, Shape], pairs: Mapping[str, tuple[str, Way]]
) -> tuple[tuple[Match, ...], tuple[Differing, ...]]:
    fits = {name: _ways_to_fit(wanted[name], came[other]) for name, (other, _way) in pairs.items()}
    # A square kernel fits both ways: it stands as those of its rank do that fit only one.
    decided: Counter[tuple[int, bool]] = Counter()
    for name, ways in fits.items():
        if len(ways) == 1 and ways[0] != _RESHAPED:
            decided[len(wanted[name]), ways[0] != _AS_IT_IS] += 1
    matched, differing = [], []
    for name in wanted:
        if name not in pairs:
            continue
        other, way = pairs[name]
        ways, rank = fits[name], len(wanted[name])
        if not ways:
            differing.append(Differing(name, other, wanted[name], came[other]))
            continue
        turned = len(ways) > 1 and decided[rank, True] > decided[rank, False]
        fit = ways[-1] if turned else ways[0]
        axes = fit if isinstance(fit, tuple) else None
        matched.append(Match(name, other, way, axes, fit == _RESHAPED))
    return tuple(matched), tuple(differing)
