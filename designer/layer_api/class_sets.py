"""Names of classes that ship with the program, by the name of the set."""

from __future__ import annotations

import functools

from designer.resources import resource


@functools.cache
def shipped_classes(name: str) -> tuple[str, ...]:
    """Names in the order of the scores: ``imagenet`` has the 1,000 of the challenge, as torchvision words them."""
    return tuple(resource(f"classes/{name}.txt").read_text(encoding="utf-8").splitlines())
