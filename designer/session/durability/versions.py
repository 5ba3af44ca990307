"""The last saves of a design, kept in the state folder: what a file was before it was written over.

A version holds the design, and the weights given to it where they are small; versions share weights that are the same.
"""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

import attrs

from designer.files.file_lock import FileLock
from designer.graph.design import Design
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.session.durability.design_difference import DesignDifference, design_difference, in_words
from designer.session.durability.snapshots import (
    SUFFIX,
    Snapshot,
    WeightsFiles,
    read_snapshot,
    remove_unused,
    write_snapshot,
)
from designer.session.durability.state_folder import make_private, name_for, state_folder

MOST_KEPT = 10
MOST_FILES = 50
"""Designs whose versions are kept; those saved longest ago go first."""

MOST_WEIGHT_BYTES = 4_000_000
"""Weights that are larger are left out: ten versions of 50 files stay below 2 GB even where none are shared."""

_log = logging.getLogger(__name__)


@attrs.frozen
class Version:
    """One save: when, how many layers, what had changed in words (empty at the first), and what was left out."""

    snapshot: Snapshot
    time: float
    layers: int
    changes: str
    left_out: int
    """Bytes of weights that were too large to be kept."""

    def design(self) -> Design:
        """The design as it was saved; raises UserError."""
        return self.snapshot.design()


def keep_version(path: Path, design: Design, before: Design | None = None) -> None:
    """Remember a design that has been saved; where that fails, only the log says so: the file itself is written.

    Parameters
    ----------
    path
        The file it was saved as.
    before
        What the file held until then, if this program knows: kept too where it is not among the versions yet.
    """
    try:
        _keep(path, design, before)
    except OSError as error:
        _log.warning("no version of %s was kept: %s", path, error)


def _keep(path: Path, design: Design, before: Design | None) -> None:
    folder = make_private(versions_folder(path))
    lock = FileLock.take(folder / "lock")
    if lock is None:  # another window saves the same file at this moment, and keeps its version
        return
    try:
        known = kept(path)
        if before is not None and not known:
            _write(folder, before, _("before the first save with Netdraft"))
        changed = design_difference(before, design) if before is not None else None
        if known and before is not None and changed == _NOTHING:
            return
        _write(folder, design, in_words(changed) if changed is not None else "")
        _prune(folder)
    finally:
        lock.release()
    _prune_files(versions_folder(path).parent)


_NOTHING = DesignDifference((), (), {}, 0, 0, ())


def kept(path: Path) -> tuple[Version, ...]:
    """The versions of a file, latest first; those that cannot be read are left out."""
    found = []
    for file in sorted(versions_folder(path).glob(f"*{SUFFIX}"), reverse=True):
        try:
            found.append(_version(read_snapshot(file)))
        except (UserError, KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def forget(path: Path) -> None:
    """Remove the versions of a file; raises OSError."""
    folder = versions_folder(path)
    if folder.exists():
        shutil.rmtree(folder)


def versions_folder(path: Path) -> Path:
    """Where the versions of a file lie."""
    return state_folder() / "versions" / name_for(path)


def _version(snapshot: Snapshot) -> Version:
    about = snapshot.about
    return Version(
        snapshot,
        float(about["time"]),
        int(about["layers"]),
        str(about["changes"]),
        int(about["left_out"]),
    )


def _write(folder: Path, design: Design, changes: str) -> None:
    size = sum(array.nbytes for tensors in design.weights.values() for array in tensors.values())
    left_out = size if size > MOST_WEIGHT_BYTES else 0
    weights = {} if left_out else WeightsFiles().write(folder, design)
    now = time.time()
    about = {"time": now, "layers": len(design.nodes), "changes": changes, "left_out": left_out}
    # Two saves within one tick of the clock are still two names, in their order.
    number = int(now * 1e6)
    while (file := folder / f"{number:020d}{SUFFIX}").exists():
        number += 1
    write_snapshot(file, design, about, weights)


def _prune(folder: Path) -> None:
    """Remove what is beyond the limit; by name alone, so that nothing goes because it could not be read just now."""
    files = sorted(folder.glob(f"*{SUFFIX}"), reverse=True)
    for old in files[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    try:
        staying = [read_snapshot(file) for file in files[:MOST_KEPT]]
    except UserError:  # its weights are not known
        return
    remove_unused(folder, staying)


def _prune_files(root: Path) -> None:
    folders = sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[MOST_FILES:]:
        shutil.rmtree(folder, ignore_errors=True)
