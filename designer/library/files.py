"""Read and write models: a spec file with its weights beside it, or a network of the gallery.

Pure functions on snapshots: the window calls them in the background, the command line directly.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import attrs

from designer.analysis.analyse import analyse
from designer.engine.compile.plan import check_weights_memory
from designer.engine.remember.workspace import all_weights
from designer.files import spec
from designer.files.atomic import atomic_write, write_target
from designer.files.regular_file import printable_path
from designer.files.spec_values import SpecError
from designer.files.temporary import only_writer
from designer.files.weight_names import by_node, given_weights
from designer.files.weights_beside import (
    Beside,
    beside,
    is_whole,
    named_weights,
    references,
    remove_left_over,
    remove_unnamed,
    signature,
    superseding,
    write_beside,
)
from designer.files.weights_file import MAX_FILE_BYTES, WeightsError
from designer.files.weights_read import nothing_belongs, read_named, weights_notes
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.i18n import _
from designer.interchange.formats import Format
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import byte_text
from designer.library.formats import OWN, format_of, readable, suggested, writable

GALLERY_PREFIX = "gallery:"

HEADER_BYTES = 1024
"""Room for the name and shape of a tensor in a weights file, at most."""


class FileFormatError(UserError):
    """A file of a kind that is not read or written here; the message lists those that are."""


@attrs.frozen(eq=False)
class Saved:
    """A state on disk, as a save left it or an opening found it.

    Attributes
    ----------
    path
        The spec file.
    digest
        SHA-256 of the spec file, in hexadecimal. It names its weights with their digest, so it stands for both.
    beside
        The weights file and which arrays it holds, without keeping them alive; None where there are no weights, or
        where the spec names a file without its digest.
    """

    path: Path
    digest: str
    beside: Beside | None = None


@attrs.frozen(eq=False)
class Opened:
    """A design that was read, what a person should know of it (one line each), and the state it came from.

    ``saved`` is None for what has no file of its own, a network of the gallery.
    """

    design: Design
    notes: tuple[str, ...] = ()
    saved: Saved | None = None


def load(source: str | os.PathLike[str]) -> Design:
    """The design a spec file or ``gallery:NAME`` holds, with the weights that belong to it.

    Raises
    ------
    UserError
        One line: where, what came, what was wanted.
    """
    return open_design(source).design


def open_without_weights(path: str | os.PathLike[str]) -> Opened:
    """The design of a spec file whose weights are lost, as one without a file: saving must not lose their name too."""
    found = spec.read(path)
    note = _("{path} was opened without its weights; they are initialised, and saving asks for a new name")
    return Opened(found.design, (note.format(path=printable_path(Path(path).name)),))


def open_design(source: str | os.PathLike[str]) -> Opened:
    """The design a spec file or ``gallery:NAME`` holds, with notes and the state of the file.

    Raises
    ------
    WeightsError
        Where the design can be read, and the weights it names cannot be used.
    UserError
        As `load` does.
    """
    text = os.fspath(source)
    if text.startswith(GALLERY_PREFIX):
        return Opened(network(text.removeprefix(GALLERY_PREFIX)))
    path, entry = Path(text), format_of(text)
    # Folders, pipes and missing files are refused by name further down; unlike Path's, this test never raises.
    if entry is not OWN and os.path.isfile(text):  # noqa: PTH113
        if entry is None or entry.reader is None:
            raise FileFormatError(
                _("{path}: cannot be opened yet; a {wanted} file or gallery:NAME is wanted").format(
                    path=printable_path(path), wanted=suggested(readable())
                )
            )
        return Opened(*entry.reader(path))
    contents = spec.read_bytes(path)
    while True:
        try:
            return _opened(path, contents)
        except WeightsError:
            # Another program may have saved between the reading of the spec and of the weights it named then.
            before, contents = contents, spec.read_bytes(path)
            if contents == before:
                raise


def _opened(path: Path, contents: bytes) -> Opened:
    found = spec.decode(contents, path)
    digest = hashlib.sha256(contents).hexdigest()
    if found.weights is None:
        return Opened(found.design, saved=Saved(path, digest))
    where = path.with_name(found.weights)
    seen = signature(where)
    tensors = read_named(where, found.weights_sha256, path)
    matched, strangers = by_node(found.design, tensors)
    if found.weights_sha256 is None and tensors and not matched:
        raise nothing_belongs(where, strangers[0])
    design = SetWeights(dict(matched)).apply(found.design)
    beside = None
    if found.weights_sha256 is not None:
        beside = Beside(found.weights, found.weights_sha256, seen, references(given_weights(design)))
    return Opened(design, weights_notes(where, tensors, strangers), Saved(path, digest, beside))


def save(design: Design, path: str | os.PathLike[str], *, last: Saved | None = None) -> Saved:
    """Write a spec file and, where weights were given, a safetensors file that the spec names with its digest.

    Whatever happens meanwhile, who opens the path finds the old design with the old weights or the new one with the
    new weights. Weights that lie there already are not written again. The weights file that the old spec named is
    removed at the end, if this program wrote it and no other spec of the folder names it.

    Parameters
    ----------
    path
        Ends in ``.json``; `write` takes other suffixes. A link to a file of the same folder is followed, one to another
        folder is refused.
    last
        What the last save to this path returned, or its opening: weights that are the same arrays as then are not read
        to find out that they are the same.

    Raises
    ------
    UserError
        Where a file cannot be written; the old ones are as they were.
    """
    target = _save_target(path, (OWN,))
    try:
        with only_writer(target.parent):
            return _save(design, target, None if last is None else last.beside)
    except OSError as problem:
        raise _not_written(problem.filename or target, problem) from None


def write(design: Design, path: str | os.PathLike[str]) -> None:
    """Write a design in the format that the suffix says, as `save` does where it is the program's own.

    Raises
    ------
    UserError
        Where the suffix says no format that is written, the design cannot be said in it, or the file not be written.
    """
    target, entry = _save_target(path, writable()), format_of(path)
    if entry is None or entry.writer is None:
        save(design, path)
        return
    report = analyse(design)
    if entry.weights:
        check_weights_memory(design, report)
    try:
        entry.writer(design, report, all_weights(design, report) if entry.weights else {}, target)
    except OSError as problem:
        raise _not_written(problem.filename or target, problem) from None


def _save_target(path: str | os.PathLike[str], wanted: tuple[Format, ...]) -> Path:
    """The file that a save replaces; raises UserError for what is no name of a file of a ``wanted`` format."""
    text = os.fspath(path)
    if text.startswith(GALLERY_PREFIX):
        raise FileFormatError(_("{path}: the gallery cannot be changed; name a file").format(path=printable_path(text)))
    target, entry = Path(text), format_of(text)
    if entry not in wanted:
        raise FileFormatError(
            _("{path}: cannot be written in this format; the suffixes written are {wanted}").format(
                path=printable_path(target), wanted=suggested(wanted)
            )
        )
    try:
        if b"\0" in os.fsencode(text):
            raise UserError(_("{path}: no name of a file may hold a NUL").format(path=printable_path(text)))
        return write_target(target)
    except UnicodeEncodeError:
        message = _("{path}: this system cannot write that name; choose another")
        raise UserError(message.format(path=printable_path(text))) from None
    except OSError as problem:
        raise _not_written(target, problem) from None


def _not_written(path: str | os.PathLike[str], problem: OSError) -> UserError:
    return UserError(
        _("{path}: cannot be written ({reason})").format(path=printable_path(path), reason=problem.strerror or problem)
    )


def _save(design: Design, target: Path, last: Beside | None) -> Saved:
    folder = target.parent
    remove_left_over(folder)
    old_spec = _old_spec(target)
    old = None if old_spec is None else named_weights(old_spec)
    tensors = given_weights(design)
    new = beside(target, tensors, last) if tensors else None
    contents = spec.encode(design, *((new.name, new.sha256) if new is not None else ()))
    _check_sizes(target, contents, tensors)
    replacing: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    if old_spec is not None and old is not None and (new is None or old.name != new.name):
        replacing = superseding(folder, old_spec, old)
    with replacing:
        _replace(target, contents, new, tensors, old)
    return Saved(target, hashlib.sha256(contents).hexdigest(), None if new is None else new.at(folder))


def _check_sizes(target: Path, contents: bytes, tensors: Mapping[str, Array]) -> None:
    """Refuse to write what would not be read again."""
    weights = sum(4 * tensor.size for tensor in tensors.values()) + HEADER_BYTES * len(tensors)
    for size, limit in ((len(contents), spec.LARGEST_FILE), (weights, MAX_FILE_BYTES)):
        if size > limit:
            raise UserError(
                _("{path}: the file would have {size}, and at most {limit} are read again; leave something out").format(
                    path=printable_path(target), size=byte_text(size), limit=byte_text(limit)
                )
            )


def _old_spec(target: Path) -> bytes | None:
    try:
        return spec.read_bytes(target)
    except SpecError:
        return None


def _replace(
    target: Path, contents: bytes, new: Beside | None, tensors: Mapping[str, Array], old: Beside | None
) -> None:
    """Replace the spec, having made sure of the weights that it names."""
    written = False
    try:
        with atomic_write(target) as stream:
            # First, so that what a killed process leaves says which weights nobody needs.
            stream.write(contents)
            stream.flush()
            if new is not None and not is_whole(target.parent, new):
                written = True
                write_beside(target.parent, new, tensors, _access(target, old))
    except BaseException:
        if written and new is not None:
            remove_unnamed(target.parent, new)
        raise


def _access(target: Path, old: Beside | None) -> os.stat_result | None:
    """Permissions for a new weights file: those of the one it follows, or of the spec."""
    for path in (target if old is None else target.with_name(old.name), target):
        with contextlib.suppress(OSError):
            return path.stat()
    return None
