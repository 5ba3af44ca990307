"""The weights file that a spec names: reading it, and what a person should know of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from designer.files.regular_file import printable_path
from designer.files.weights_beside import DIGITS
from designer.files.weights_file import OtherWeights, WeightsError, not_finite, read_weights
from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import UserError, printable
from designer.layer_api.quantities import number


def read_named(where: Path, sha256: str | None, named_by: Path) -> dict[str, Array]:
    """The tensors of the weights file that a spec names."""
    if not os.path.lexists(where):
        raise WeightsError(
            _("{weights}: no such file, but {path} names it; put it back, or take weights out of {path}").format(
                weights=printable_path(where), path=printable_path(named_by.name)
            )
        )
    try:
        return dict(read_weights(where, sha256=sha256))
    except OtherWeights as other:
        raise WeightsError(
            _(
                "{weights}: not the weights that {path} was saved with (SHA-256 {came}… came, {wanted}… is wanted); "
                "put the right file back, or take weights_sha256 out of {path} to open it with these"
            ).format(
                weights=printable_path(where),
                path=printable_path(named_by.name),
                came=other.came[:DIGITS],
                wanted=(sha256 or "")[:DIGITS],
            )
        ) from None


def weights_notes(
    where: str | os.PathLike[str], tensors: Mapping[str, Array], strangers: Sequence[str]
) -> tuple[str, ...]:
    """What a person should know of a weights file that was read, one line each."""
    notes = []
    if strangers:
        text = ngettext(
            "{path}: {count} tensor belongs to no layer and is left out ({name})",
            "{path}: {count} tensors belong to no layer and are left out ({name}, …)",
            len(strangers),
        )
        notes.append(printable(text.format(path=printable_path(where), count=len(strangers), name=strangers[0])))
    for name, count in not_finite(tensors).items():
        text = ngettext(
            "{path}: {name} has {count} value that is NaN or infinite, of {size}; what it reaches cannot be computed",
            "{path}: {name} has {count} values that are NaN or infinite, of {size}; what they reach cannot be computed",
            count,
        )
        size = number(tensors[name].size)
        notes.append(printable(text.format(path=printable_path(where), name=name, count=number(count), size=size)))
    return tuple(notes)


def nothing_belongs(path: str | os.PathLike[str], first: str) -> UserError:
    """The refusal of a weights file of which no layer wants anything."""
    return UserError(
        _("{path}: no tensor belongs to a layer of this design (the first is {name}); names are like {wanted}").format(
            path=printable_path(path), name=first, wanted="conv1.weight"
        )
    )
