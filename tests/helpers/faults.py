"""System calls that fail when it is their turn: the n-th to the file system, once or from then on."""

from __future__ import annotations

import errno
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

CHANGING = ("fchmod", "fchown", "fsync", "link", "mkdir", "open", "remove", "rename", "replace", "unlink")
LOOKING = ("access", "dup", "fstat", "lstat", "scandir", "stat")


@attrs.define
class Fault:
    """What fails: call number ``turn`` with ``error``; with ``lasting`` all that need room on the disk after it too."""

    turn: int
    error: BaseException
    lasting: bool = False
    calls: list[str] = attrs.field(factory=list)

    def pass_through(self, name: str) -> None:
        """Count a call and let it be, or raise."""
        self.calls.append(name)
        late = self.lasting and len(self.calls) > self.turn and name in ("write", "create")
        if len(self.calls) == self.turn or late:
            raise self.error

    @property
    def happened(self) -> bool:
        """Whether there was such a call."""
        return len(self.calls) >= self.turn

    @property
    def hit(self) -> str:
        """The name of the call that failed."""
        return self.calls[self.turn - 1]


def disk_full(turn: int) -> Fault:
    return Fault(turn, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), lasting=True)


def broken_disk(turn: int) -> Fault:
    return Fault(turn, OSError(errno.EIO, os.strerror(errno.EIO)))


def interrupt(turn: int) -> Fault:
    return Fault(turn, KeyboardInterrupt())


FAULTS: tuple[Callable[[int], Fault], ...] = (broken_disk, disk_full, interrupt)


@contextmanager
def failing(fault: Fault) -> Iterator[None]:
    """Let the calls of this thread go through the fault; nothing is forced onto the disk meanwhile."""
    ours = threading.get_ident()

    def through(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            if threading.get_ident() == ours:
                fault.pass_through(name)
            return None if name == "fsync" else call(*arguments, **named)

        return counted

    class Raw(io.FileIO):
        """A file whose writes are counted; one that fails has written half."""

        def write(self, contents: Any) -> int:
            try:
                fault.pass_through("write")
            except OSError:
                super().write(bytes(contents)[: len(contents) // 2])
                raise
            return super().write(contents) or 0

    open_file = io.open

    def opened(path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if "b" not in mode or not set(mode) & set("wx"):
            return open_file(path, mode, *arguments, **named)
        fault.pass_through("create")
        return io.BufferedWriter(Raw(path, mode.replace("b", "")))

    with pytest.MonkeyPatch.context() as patched:
        for name in CHANGING + LOOKING:
            patched.setattr(os, name, through(name, getattr(os, name)))
        patched.setattr(io, "open", opened)
        yield


def every_fault(make: Callable[[int], Fault], prepare: Callable[[], Any], act: Callable[[], Any]) -> Iterator[Fault]:
    """Prepare and act again and again, each time with a later call failing, until none does.

    Yields
    ------
    Fault
        After each act in which a call failed; the act may have raised the fault, an `OSError`, or a `ValueError`.
    """
    turn = 1
    while True:
        prepare()
        fault = make(turn)
        with failing(fault):
            try:
                act()
            except (OSError, ValueError, KeyboardInterrupt):
                raised = True
            else:
                raised = False
        if not fault.happened:
            assert not raised, "failed although every call succeeded"
            return
        yield fault
        turn += 1
