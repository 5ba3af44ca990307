"""What stands at a path and is no file that can be read, and how that is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

NO_FILES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: None, "no such file"),
    (Path.mkdir, "is a folder; name a regular file"),
    (os.mkfifo, "is a named pipe; name a regular file"),
    (lambda path: path.symlink_to("/dev/zero"), "is a device; name a regular file"),
    (lambda path: path.write_bytes(b""), "the file is empty"),
]

every_no_file = pytest.mark.parametrize(("make", "message"), NO_FILES)
