"""The file that a URL names, whatever its name is made of."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl


def local_path(url: QUrl) -> Path:
    """The path of a ``file:`` URL, by its bytes: a name need not be UTF-8, and Qt puts U+FFFD where it is not."""
    if os.name != "posix":
        return Path(url.toLocalFile())
    return Path(os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))))
