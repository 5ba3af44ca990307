"""Let mkdocstrings read the roles of Sphinx: docstrings here name functions and classes as editors understand them."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:py:)?(?:func|meth|class|mod|attr|data|exc):`~?([\w.]+)`")


class DocstringRoles(griffe.Extension):
    """``:func:`designer.load``` becomes a link, which must lead somewhere; names of other packages become code."""

    def on_object(self, *, obj: griffe.Object, **_rest: Any) -> None:
        """Rewrite one docstring as Markdown."""
        if obj.docstring is not None:
            obj.docstring.value = ROLE.sub(_as_link, obj.docstring.value)


def _as_link(found: re.Match[str]) -> str:
    name = found[1]
    # `designer.layers` is shown under the name of the function's own module, which is how it is linked to.
    target = "designer.library.catalogue.layers" if name == "designer.layers" else name
    return f"[`{name}`][{target}]" if name.startswith("designer.") else f"`{name}`"
