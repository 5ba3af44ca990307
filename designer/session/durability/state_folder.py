"""Where Netdraft keeps what nobody asked it to save: recovery copies, versions, crash reports."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

OVERRIDE = "NETDRAFT_STATE"


def state_folder() -> Path:
    """The folder that ``NETDRAFT_STATE`` names, or the system's place for a program's state; it may not exist yet.

    Asked again at every use, so that a change of the environment is followed.
    """
    named = os.environ.get(OVERRIDE)
    if named:
        return Path(named).absolute()
    return platformdirs.user_state_path("netdraft", appauthor=False)


def make_private(folder: Path) -> Path:
    """The folder, made where it is missing, for this user alone: other users must not read designs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def name_for(path: Path) -> str:
    """A file name that stands for a path: the same for every way to write the path of one file."""
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]
