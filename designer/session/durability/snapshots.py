"""A design with its weights in the state folder: written often, so that nothing is written twice.

A snapshot is a file of two parts. Its first line says what it is, in JSON; the rest is the design as a spec file holds
it. The weights of every node lie beside it in a file named by the digest of what they hold, so that snapshots share it.
"""

from __future__ import annotations

import hashlib
import json
import re
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from designer.files import spec
from designer.files.atomic import atomic_write
from designer.files.regular_file import FileRefused, printable_path, read_regular_file
from designer.files.weights_file import read_weights, write_weights
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import UserError

FORMAT = "netdraft-snapshot"
VERSION = 1
SUFFIX = ".snapshot"
WEIGHTS_SUFFIX = ".safetensors"

LARGEST_FILE = 2 * spec.LARGEST_FILE
"""A spec, and as much again for the names of its nodes and of their weights in the first line."""

_WEIGHTS_NAME = re.compile(r"[0-9a-f]{40}\.safetensors")


class SnapshotError(UserError):
    """A snapshot that cannot be read; the message is one line: where, what came, what was wanted."""


class WeightsFiles:
    """Writes the weights of nodes, each once: the digest of an array is remembered for as long as the array lives."""

    def __init__(self) -> None:
        self._digests: dict[int, tuple[weakref.ref[Array], bytes]] = {}

    def write(self, folder: Path, design: Design) -> dict[str, str]:
        """Write what is not in the folder yet; node → name of its file. Raises OSError."""
        self._digests = {key: kept for key, kept in self._digests.items() if kept[0]() is not None}
        names = {}
        for node, tensors in design.weights.items():
            names[node] = name = _weights_name({key: self._digest(array) for key, array in tensors.items()})
            if not (folder / name).exists():
                write_weights(folder / name, tensors)
        return names

    def _digest(self, array: Array) -> bytes:
        kept = self._digests.get(id(array))
        if kept is not None and kept[0]() is array:
            return kept[1]
        digest = _digest_of(array)
        self._digests[id(array)] = (weakref.ref(array), digest)
        return digest


def _digest_of(array: Array) -> bytes:
    found = hashlib.blake2b(repr(array.shape).encode(), digest_size=20)
    found.update(array.data if array.flags.c_contiguous else array.tobytes())
    return found.digest()


def _weights_name(digests: Mapping[str, bytes]) -> str:
    found = hashlib.blake2b(digest_size=20)
    for key in sorted(digests):
        found.update(f"{len(key)} {key}".encode() + digests[key])
    return found.hexdigest() + WEIGHTS_SUFFIX


@attrs.frozen
class Snapshot:
    """The first line of a snapshot: ``about`` is its owner's, ``weights`` maps node → name of a file beside it."""

    path: Path
    about: Mapping[str, Any]
    weights: Mapping[str, str]

    def design(self) -> Design:
        """The design with its weights; raises UserError where one of the files is missing or damaged."""
        text = _read(self.path).partition(b"\n")[2]
        try:
            design = spec.parse(text.decode()).design
        except UnicodeDecodeError:
            raise _damaged(self.path) from None
        except UserError as problem:
            raise SnapshotError(f"{printable_path(self.path)}: {problem}") from None
        given = {node: self._tensors(name) for node, name in self.weights.items()}
        return SetWeights(given).apply(design) if given else design

    def _tensors(self, name: str) -> Mapping[str, Array]:
        path = self.path.with_name(name)
        tensors = read_weights(path)
        if _weights_name({key: _digest_of(array) for key, array in tensors.items()}) != name:
            message = _("{path}: damaged: what it holds is not what was written")
            raise SnapshotError(message.format(path=printable_path(path)))
        return tensors


def write_snapshot(path: Path, design: Design, about: Mapping[str, Any], weights: Mapping[str, str]) -> None:
    """Replace a snapshot in one step; the files named in ``weights`` exist already. Raises OSError."""
    first = {"format": FORMAT, "version": VERSION, "about": about, "weights": weights}
    with atomic_write(path) as stream:
        stream.write(json.dumps(first).encode() + b"\n")
        stream.write(spec.dump(design).encode(errors="replace"))


def read_snapshot(path: Path) -> Snapshot:
    """Read the first line and leave the design for later; raises SnapshotError."""
    first = _read(path).partition(b"\n")[0]
    try:
        tree = json.loads(first)
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise _damaged(path)
    about, weights = tree.get("about"), tree.get("weights")
    if not isinstance(about, dict) or not isinstance(weights, dict) or not all(map(_is_weights_name, weights.values())):
        raise _damaged(path)
    return Snapshot(path, about, weights)


def remove_unused(folder: Path, snapshots: Iterable[Snapshot]) -> None:
    """Remove the weights that none of these snapshots of the folder names."""
    used = {name for snapshot in snapshots for name in snapshot.weights.values()}
    for file in folder.glob(f"*{WEIGHTS_SUFFIX}"):
        if file.name not in used:
            file.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    try:
        return read_regular_file(path, limit=LARGEST_FILE)
    except FileRefused as problem:
        raise SnapshotError(str(problem)) from None


def _is_weights_name(name: Any) -> bool:
    return isinstance(name, str) and _WEIGHTS_NAME.fullmatch(name) is not None


def _damaged(path: Path) -> SnapshotError:
    return SnapshotError(
        _("{path}: not a snapshot of version {version}, or a damaged one").format(
            path=printable_path(path), version=VERSION
        )
    )
