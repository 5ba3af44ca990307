"""A process of its own that runs commands of the program one after the other, with little memory and little time."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

import attrs

ROOT = Path(__file__).parent.parent.parent
MOST_MEMORY = 1_500_000_000
MOST_SECONDS = 10


@attrs.frozen
class Ended:
    """How a command ended; ``seconds`` is processor time, so that a busy machine fails nobody."""

    status: int
    out: str
    err: str
    seconds: float


class LimitedRunner:
    """Runs commands in a process of at most `MOST_MEMORY` of address space; used in a ``with`` statement."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> LimitedRunner:
        reading, self._answers_to = os.pipe()
        self._answers: IO[str] = os.fdopen(reading, "r")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.helpers.limited_runner", str(self._answers_to), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            pass_fds=[self._answers_to],
        )
        os.close(self._answers_to)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._answers.close()

    def run(self, *arguments: str) -> Ended:
        """Run one command in the folder; fails where the process dies of it or takes too long."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._answers.readline()
        assert answer, f"the process ended with {self._process.wait(timeout=60)} on {arguments}"
        return Ended(**json.loads(answer))


class _TooSlow(BaseException):
    """Not an `Exception`, so that nobody who expects damaged files takes it for one."""


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise _TooSlow


def _run(arguments: Sequence[str]) -> Ended:
    from designer.cli.main import main

    out, err = io.StringIO(), io.StringIO()
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
    except _TooSlow:
        status = 124  # what timeout(1) ends with
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return Ended(status, out.getvalue(), err.getvalue(), time.process_time() - start)


def _serve(answers_to: int, folder: str) -> None:
    os.chdir(folder)
    signal.signal(signal.SIGPROF, _too_slow)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with os.fdopen(answers_to, "w") as answers:
        for line in sys.stdin:
            answers.write(json.dumps(attrs.asdict(_run(json.loads(line)))) + "\n")
            answers.flush()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
