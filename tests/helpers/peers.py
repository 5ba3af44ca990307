"""PyTorch and Keras, each in a process of another Python, that execute what layers become there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import FrameworkCall, KerasCall

ROOT = Path(__file__).resolve().parents[2]
SERVER = Path(__file__).with_name("peer_server.py")
PYTHONS = {"torch": Path("/usr/bin/python3"), "keras": ROOT / ".peers" / "keras" / "bin" / "python"}


@attrs.frozen
class Question:
    """What a peer is asked to execute: calls, and the arrays they name."""

    calls: Sequence[FrameworkCall]
    inputs: Sequence[Array]
    weights: Mapping[str, Array]
    gradient: Array | None = None
    """Of the output; where it is given, the answer is the gradients of inputs and weights."""

    def arrays(self) -> dict[str, Array]:
        """Everything the calls name, weights under the names that the peer gives them."""
        keras = any(isinstance(call, KerasCall) for call in self.calls)
        named = {f"input{index}": _last(array) if keras else array for index, array in enumerate(self.inputs)}
        for call in self.calls:
            named |= call.constants
            if isinstance(call, KerasCall):
                named |= {variable: weight.array(self.weights) for variable, weight in call.weights.items()}
        if self.gradient is not None:
            named["gradient"] = self.gradient
        return named if keras else {**self.weights, **named}


def _last(array: Array) -> Array:
    """Channels last."""
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


LONGEST_SECONDS = 900
"""For all questions of one test: they take 6 s in PyTorch and 20 in Keras, ten times that on a busy machine."""


class Peer:
    """One process that answers batches of questions, so that its framework is imported once."""

    def __init__(self, name: str, process: subprocess.Popen[str], folder: Path) -> None:
        self._name, self._process, self._folder = name, process, folder
        self._asked = 0

    def answers(self, questions: Sequence[Question]) -> list[dict[str, Array] | str]:
        """What the peer says to each question, by name; a text where it raised an error."""
        arrays: dict[str, Any] = {"cases": json.dumps([[_plain(c) for c in q.calls] for q in questions])}
        for number, question in enumerate(questions):
            arrays |= {f"{number}/{name}": array for name, array in question.arrays().items()}
        self._asked += 1
        path = self._folder / f"{self._name}{self._asked}.npz"
        np.savez(path, **arrays)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"{self._name} ended with {self._process.wait()}; its own words are above"
        with np.load(f"{path}.out.npz", allow_pickle=False) as results:
            found: list[dict[str, Array] | str] = [error or {} for error in json.loads(answer)]
            for key in results.files:
                number, _, name = key.partition("/")
                named = found[int(number)]
                assert not isinstance(named, str)
                named[name] = results[key]
            return found


def _plain(call: FrameworkCall) -> dict[str, Any]:
    return {
        "name": call.name,
        "arguments": call.arguments,
        "keywords": dict(call.keywords),
        "inputs": call.inputs,
        "output": call.output,
        "as_list": call.as_list,
        "is_module": call.is_module,
        "weights": list(call.weights),  # type: ignore[attr-defined]
    }


@contextmanager
def running(name: str, folder: Path) -> Iterator[Peer]:
    """The peer ``torch`` or ``keras``; skips the test where it is missing, and fails it where it may not be."""
    probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    python = PYTHONS[name]
    if not python.exists() or subprocess.run([python, "-I", "-c", probe], check=False).returncode:
        missing(name)
    command = [python, "-I", SERVER, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        # One that hangs is ended; the test then says that it has.
        watch = threading.Timer(LONGEST_SECONDS, process.kill)
        watch.start()
        try:
            yield Peer(name, process, folder)
        finally:
            watch.cancel()
            assert process.stdin is not None
            process.stdin.close()


def missing(name: str) -> None:
    """Skip, saying how to get the peer; fail under continuous integration that could have installed it."""
    text = f"{PYTHONS[name]} has no {name}; to get it, type: make peers"
    if os.environ.get("CI") == "true" and os.geteuid() == 0 and shutil.which("apt-get"):
        pytest.fail(text, pytrace=False)
    pytest.skip(text)
