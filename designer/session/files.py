"""Read and write models: a spec file with its weights beside it, or a network of the gallery.

Pure functions on snapshots: the window calls them in the background, the command line directly.
"""

from __future__ import annotations

import os
from pathlib import Path

from designer.engine.weights import by_node, given_weights
from designer.gallery.catalogue import network
from designer.graph import spec
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.graph.regular_file import printable_path
from designer.i18n import _
from designer.interchange.weights_file import read_weights, write_weights
from designer.layer_api.problems import UserError

GALLERY_PREFIX = "gallery:"


class FileFormatError(UserError):
    """A file of a kind that is not read or written here; the message lists those that are."""


def load(source: str | os.PathLike[str]) -> Design:
    """The design a spec file or ``gallery:NAME`` holds, with the weights that belong to it.

    Raises
    ------
    UserError
        One line: where, what came, what was wanted.
    """
    text = os.fspath(source)
    if text.startswith(GALLERY_PREFIX):
        return network(text.removeprefix(GALLERY_PREFIX))
    path = Path(text)
    # Folders, pipes and missing files are refused by name further down; unlike Path's, this test never raises.
    if path.suffix.lower() != ".json" and os.path.isfile(text):  # noqa: PTH113
        raise FileFormatError(
            _("{path}: cannot be opened yet; a {wanted} file or gallery:NAME is wanted").format(
                path=printable_path(path), wanted=spec.SUFFIX
            )
        )
    found = spec.read(path)
    design = found.design
    if found.weights is not None:
        design = load_weights(design, path.with_name(found.weights))
    return design


def load_weights(design: Design, path: str | os.PathLike[str]) -> Design:
    """The design with the tensors of a safetensors file, matched by name (``conv1.weight``).

    Raises
    ------
    UserError
        Where the file cannot be read, or no name matches. Shapes that do not fit become problems of their layer.
    """
    tensors = read_weights(path)
    matched, strangers = by_node(design, tensors)
    if tensors and not matched:
        raise UserError(
            _(
                "{path}: no tensor belongs to a layer of this design (the first is {name}); names are like {wanted}"
            ).format(path=printable_path(path), name=strangers[0], wanted="conv1.weight")
        )
    return SetWeights(dict(matched)).apply(design)


def save(design: Design, path: str | os.PathLike[str]) -> None:
    """Write a spec file, and a safetensors file beside it where weights were given; old files are replaced in one step.

    Raises
    ------
    UserError
        Where a file cannot be written; the old one is as it was.
    """
    target = Path(path)
    if target.suffix.lower() != ".json":
        raise FileFormatError(
            _("{path}: cannot be written in this format yet; a {wanted} file is wanted").format(
                path=printable_path(target), wanted=spec.SUFFIX
            )
        )
    weights = given_weights(design)
    name = None
    if weights:
        name = target.name.removesuffix(".json").removesuffix(".netdraft") + ".safetensors"
        beside = target.with_name(name)
        try:
            write_weights(beside, weights)
        except OSError as problem:
            raise UserError(
                _("{path}: cannot be written ({reason})").format(
                    path=printable_path(beside), reason=problem.strerror or problem
                )
            ) from None
    spec.write(design, target, name)
