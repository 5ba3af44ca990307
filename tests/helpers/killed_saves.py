"""Save in a loop in a child process that a signal ends at a random moment; look at what is there; again and again.

``python -m tests.helpers.killed_saves FOLDER COUNT SEED`` prints one line of JSON. The child is ended by a signal that
nothing in it handles, from a timer of the kernel: no line of Python runs after it, as with ``kill -9``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from designer.graph.design import Design
from designer.graph.edits import SetWeights
from designer.library import files
from tests.helpers.networks import chain

LONGEST_SECONDS = 0.05
"""Some five saves on a disk that takes its time over ``fsync``."""

PLAIN = chain((64, 4, 4), ("conv2d", {"filters": 64, "kernel": 3})).evolve(name="0")


def state(value: int) -> Design:
    """Design number ``value``: its name says what all its weights are; number 0 has none."""
    if value == 0:
        return PLAIN
    given = {"conv1": {"weight": np.full((64, 64, 3, 3), value), "bias": np.full(64, value)}}
    return SetWeights(given).apply(PLAIN).evolve(name=str(value))


def save_until_killed(path: Path, states: list[Design], first: int, seconds: float) -> None:
    """In the child: never returns."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    last = None
    while True:
        last = files.save(states[first % len(states)], path, last=last)
        first += 1


def main(folder: str, count: str, seed: str) -> None:
    """Kill ``count`` children and print how often what was found."""
    here, chance = Path(folder), random.Random(int(seed))
    path = here / "net.netdraft.json"
    states = [state(value) for value in (1, 2, 2, 0, 3)]
    found: Counter[str] = Counter()
    files.save(states[0], path)
    for round_ in range(int(count)):
        child = os.fork()
        if child == 0:
            save_until_killed(path, states, round_, chance.uniform(0, LONGEST_SECONDS))
        _child, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGALRM, status
        found["killed"] += 1
        design = files.load(path)
        assert design == states[[each.name for each in states].index(design.name)], "weights of another design"
        left = sorted(here.glob(".*.netdraft.tmp"))
        found["with a temporary file left"] += bool(left)
        found["with weights left"] += len(list(here.glob("*.safetensors"))) > 1
        for old in left:
            os.utime(old, (0, 0))
        files.save(design, path)
        wanted = {path.name, json.loads(path.read_text()).get("weights", path.name)}
        assert {entry.name for entry in here.iterdir()} == wanted, "something is still left after the next save"
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
