"""Where the files that ship with the program are: examples, images, icons, translations, the schema.

In a checkout they lie in ``resources/`` beside the package; a wheel carries them inside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "resource_files"
_IN_CHECKOUT = _PACKAGE.parent / "resources"


def resource(path: str = "") -> Path:
    """Return the absolute path of a shipped file or folder.

    Parameters
    ----------
    path
        Relative to the resources folder, with forward slashes: ``"examples/lenet5.netdraft.json"``.
        Empty for the folder itself.

    Returns
    -------
    Path
        It may not exist: a translation that nobody wrote is an ordinary case. What has to exist fails
        where it is opened, with the whole path in the message.

    Raises
    ------
    ValueError
        If the path would leave the resources folder.
    """
    root = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT
    found = (root / path).resolve()
    if not found.is_relative_to(root):
        message = f"{path!r} is outside the shipped resources; give a path relative to {root}"
        raise ValueError(message)
    return found
