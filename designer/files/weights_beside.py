"""The weights file beside a spec: what it is called, whether it is there and whole, and when an old one may go.

Its name carries the beginning of the digest of its contents, so that new weights never take the place of old ones while
a spec still names these. A file is removed only where a spec that this program wrote named it with its digest, it is
bit for bit what that digest says, and no spec of the folder names it any more.
"""

from __future__ import annotations

import contextlib
import os
import stat
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

from designer.files import spec
from designer.files.atomic import atomic_write
from designer.files.json_text import JsonRefused, parse_json
from designer.files.regular_file import FileRefused, file_digest, read_regular_file
from designer.files.safetensors_format import blocks
from designer.files.temporary import left_over, new_temporary, opened_temporary
from designer.files.weights_file import weights_digest
from designer.kernels.arrays.memory import Array

DIGITS = 12
"""Of the digest in a file's name: two of 16 million files share them with a probability of one half."""

LONGEST_STEM = 200
"""Bytes of a file's name before digest and suffix; common file systems take 255 in all."""

MOST_SPECS = 1000
"""Where a folder has more files that may be specs, they are not searched, and nothing is removed."""

_NOT_IN_A_NAME = '\\/:*?"<>|'
"""Forbidden in names of files on some system."""

Signature = tuple[int, int, int, int, int]
"""Device, file, size, and the times of its last change and of its last renaming: another file has others."""


@attrs.frozen(eq=False)
class Beside:
    """A weights file: its name, its digest, and which arrays in memory it holds, without keeping them alive."""

    name: str
    sha256: str
    signature: Signature | None = None
    arrays: Mapping[str, weakref.ref[Array]] = attrs.field(factory=dict)

    def holds(self, tensors: Mapping[str, Array]) -> bool:
        """Whether these very arrays, which are never changed, are what the file holds."""
        return self.arrays.keys() == tensors.keys() and all(
            self.arrays[name]() is array for name, array in tensors.items()
        )

    def at(self, folder: Path) -> Beside:
        """The same, with the signature that the file has now."""
        return attrs.evolve(self, signature=signature(folder / self.name))


def references(tensors: Mapping[str, Array]) -> dict[str, weakref.ref[Array]]:
    """The arrays, without keeping them alive."""
    return {name: weakref.ref(array) for name, array in tensors.items()}


def beside(target: Path, tensors: Mapping[str, Array], last: Beside | None) -> Beside:
    """The weights file for a spec; tensors that ``last`` holds are not looked at again."""
    known = last is not None and last.holds(tensors)
    sha256 = last.sha256 if known and last is not None else weights_digest(tensors)
    found = Beside(weights_name(target, sha256), sha256, arrays=references(tensors))
    same = known and last is not None and last.name == found.name
    return attrs.evolve(found, signature=last.signature) if same and last is not None else found


def weights_name(target: Path, sha256: str) -> str:
    """The name of the weights file beside a spec, one that :func:`designer.files.spec.is_weights_name` lets pass.

    Two specs whose names differ only in signs that are replaced share a file where, and only where, their weights are
    the same.
    """
    stem = target.name[: -len(target.suffix)]
    if stem.lower().endswith(".netdraft"):
        stem = stem[: -len(".netdraft")]
    kept = "".join(sign if sign.isprintable() and sign not in _NOT_IN_A_NAME else "_" for sign in stem)
    short = kept.encode()[:LONGEST_STEM].decode(errors="ignore")
    return f"{short or 'weights'}.{sha256[:DIGITS]}{spec.WEIGHTS_SUFFIX}"


def named_weights(contents: bytes) -> Beside | None:
    """The weights file that the text of a spec names with its digest, if this program chose the name."""
    try:
        tree = parse_json(contents.decode("utf-8-sig"))
    except (JsonRefused, UnicodeDecodeError):
        return None
    name, sha256 = (tree.get("weights"), tree.get("weights_sha256")) if isinstance(tree, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(sha256, str) or not spec.is_weights_name(name):
        return None
    ours = len(sha256) == 64 and name.endswith(f".{sha256[:DIGITS]}{spec.WEIGHTS_SUFFIX}")
    return Beside(name, sha256) if ours else None


def signature(path: Path) -> Signature | None:
    """What tells a file apart from another of its name without reading it; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def is_whole(folder: Path, weights: Beside) -> bool:
    """Whether the file is there and holds what it should; read only where it is not the one seen before."""
    path = folder / weights.name
    now = signature(path)
    if now is None:
        return False
    if now == weights.signature:
        return True
    try:
        return file_digest(path) == weights.sha256
    except (OSError, ValueError):
        return False


def write_beside(folder: Path, weights: Beside, tensors: Mapping[str, Array], access_of: os.stat_result | None) -> None:
    """Write the weights file; a link of its name is replaced, and what that names stays as it is."""
    with atomic_write(folder / weights.name, through_link=False, access_of=access_of) as stream:
        for block in blocks(tensors):
            stream.write(block)


@contextlib.contextmanager
def superseding(folder: Path, old_spec: bytes, old: Beside) -> Iterator[None]:
    """Remove the weights that the old spec names once the block has written a new spec.

    Meanwhile the old spec lies in a temporary file: who is killed leaves it behind, and from it the next save knows
    whose the weights were.
    """
    path = new_temporary(folder)
    with opened_temporary(path) as stream:
        stream.write(old_spec)
        stream.flush()
        try:
            yield
        except BaseException:
            remove_unnamed(folder, old)  # an interrupt may have come after the new spec was there
            raise
    if remove_unnamed(folder, old):
        with contextlib.suppress(OSError):
            path.unlink()


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files of killed writers, and weights that only such a file still names."""
    for path in left_over(folder):
        with contextlib.suppress(OSError, FileRefused):
            weights = None
            if path.stat().st_size:
                weights = named_weights(read_regular_file(path, limit=spec.LARGEST_FILE))
            if weights is not None:
                remove_unnamed(folder, weights)
        with contextlib.suppress(OSError):
            path.unlink()


def remove_unnamed(folder: Path, weights: Beside) -> bool:
    """Remove a weights file that this program wrote, unless a spec of the folder names it or it was changed since.

    Returns
    -------
    bool
        Whether nothing is left to be done: False where it could not be removed.
    """
    path = folder / weights.name
    try:
        ours = stat.S_ISREG(path.lstat().st_mode) and not _is_named(folder, weights) and is_whole(folder, weights)
        if ours:
            path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _is_named(folder: Path, weights: Beside) -> bool:
    # The digits alone: how the rest of a name is written in JSON is up to the writer.
    wanted = f".{weights.sha256[:DIGITS]}{spec.WEIGHTS_SUFFIX}".encode()
    with os.scandir(folder) as entries:
        specs = [entry.path for entry in entries if entry.name.lower().endswith(".json") and entry.is_file()]
    return len(specs) > MOST_SPECS or any(_mentions(path, wanted) for path in specs)


def _mentions(path: str, wanted: bytes) -> bool:
    try:
        return os.stat(path).st_size > 0 and wanted in read_regular_file(path, limit=spec.LARGEST_FILE)  # noqa: PTH116
    except (OSError, FileRefused):
        return True  # who cannot be asked may need it
