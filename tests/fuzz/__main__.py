"""A long run: ``python -m tests.fuzz --seconds 600 [--seed N]``.

Every seed is a process of its own, so that a crash or a hang is found as well; what was found is told with its seed,
and can be repeated and made shorter.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ACTS = 5000
"""Of one seed: enough to see memory grow."""

LONGEST_ACT = 120.0
"""Seconds; after that the program hangs."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--first", type=int, default=1, help="where to begin counting seeds")
    parser.add_argument("--acts", type=int, default=ACTS, help="of one seed")
    parser.add_argument("--only", help="numbers of acts, as in 3,10-40: the others are left out")
    parser.add_argument("--shrink", action="store_true", help="look for fewer acts that fail in the same way")
    parser.add_argument("--ignore", default="", help="a regular expression: what is known already")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options)
    results = []
    until = time.monotonic() + options.seconds
    seed = options.seed if options.seed is not None else options.first
    while True:
        result = one_seed(seed, options.only or f"1-{options.acts}", until - time.monotonic(), options.ignore)
        results.append(result)
        say(told(result))
        if result["failure"] and options.shrink:
            say(f"fewer acts: --seed {seed} --only {shrunk(result, options.ignore)}")
        if options.seed is not None or time.monotonic() > until:
            break
        seed += 1
    say(summary(results))
    return 1 if any(result["failure"] for result in results) else 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# -- one seed in a process of its own --------------------------------------------------------------------------------


def one_seed(seed: int, only: str, seconds: float, ignore: str = "") -> dict[str, Any]:
    """The result of a child; where it ended without one, what it was doing."""
    with tempfile.TemporaryDirectory(prefix="netdraft-fuzz-") as folder:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz",
            "--child",
            "--seed",
            str(seed),
            "--only",
            only,
            "--ignore",
            ignore,
        ]
        environment = {
            **os.environ,
            "FUZZ_FOLDER": folder,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        }
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(Path(folder) / name.lower())
        environment.update(HOME=folder, LANGUAGE="en")
        ended = subprocess.run(
            [*command, "--seconds", str(max(seconds, 5.0))],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        journal = Path(folder) / "acts.txt"
        acts = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    try:
        result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = "\n".join(f"  {act}" for act in acts[-25:])
        text = f"seed {seed}: ended with {ended.returncode}\n{last}\n{ended.stdout[-2000:]}\n{ended.stderr[-6000:]}"
        number = int(acts[-1].split()[0]) if acts else 0
        result = {
            "acts": len(acts),
            "seconds": 0,
            "resident": [],
            "objects": [],
            "stalls": [],
            "failure": text,
            "act": number,
            "kind": str(ended.returncode),
        }
    return {"seed": seed, "only": only, **result}


def child(options: argparse.Namespace) -> int:
    from tests.fuzz.run import fuzz

    work = Path(os.environ["FUZZ_FOLDER"]) / "work"
    work.mkdir()
    os.chdir(work)
    # Of its own: descriptor 2 is watched, and where the process ends by a signal nobody reads that any more.
    faulthandler.enable(os.dup(2))
    # Children are born with the settings folders of this run; the application is the real one.
    from designer.app import make_application

    application = make_application()
    clock = Watchdog()
    with (work.parent / "acts.txt").open("w", encoding="utf-8") as journal:

        def tell(act: str) -> None:
            clock.rest()
            journal.write(act + "\n")
            journal.flush()

        measured, failure = fuzz(
            options.seed,
            numbers(options.only),
            work,
            tell=tell,
            until=time.monotonic() + options.seconds,
            ignore=options.ignore,
        )
    clock.stop()
    say(
        json.dumps(
            {
                "acts": measured.acts,
                "seconds": measured.seconds,
                "resident": measured.resident,
                "objects": measured.objects,
                "stalls": measured.stalls,
                "failure": str(failure) if failure else "",
                "act": failure.act if failure else 0,
                "kind": failure.found[0].strip().splitlines()[-1][:60] if failure else "",
            }
        )
    )
    del application
    return 0


class Watchdog(threading.Thread):
    """Ends the process, with what every thread is doing, where one act takes too long."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._since = time.monotonic()
        self._stopped = threading.Event()
        self._stderr = os.dup(2)
        self.start()

    def rest(self) -> None:
        self._since = time.monotonic()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(1.0):
            if time.monotonic() - self._since > LONGEST_ACT:
                os.write(self._stderr, b"the program hangs\n")
                faulthandler.dump_traceback(self._stderr)
                os._exit(3)


def numbers(text: str) -> list[int]:
    """``3,10-12`` → 3, 10, 11, 12."""
    found: list[int] = []
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def written(found: list[int]) -> str:
    """The inverse of ``numbers``."""
    parts: list[list[int]] = []
    for number in found:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


# -- fewer acts ------------------------------------------------------------------------------------------------------


def shrunk(result: dict[str, Any], ignore: str, seconds: float = 300.0) -> str:
    """Fewer acts that end in the same: first the last ones alone, then without every half, quarter, …"""
    until = time.monotonic() + seconds

    def fails(kept: list[int]) -> bool:
        again = one_seed(result["seed"], written(kept), 120.0, ignore)
        return bool(again["failure"]) and again["kind"] == result["kind"]

    kept = [number for number in numbers(result["only"]) if number <= result["act"]]
    for tail in (60, 120, 250, 500):
        if tail < len(kept) and fails(kept[-tail:]):
            kept = kept[-tail:]
            break
    size = len(kept) // 2
    while size and time.monotonic() < until:
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            if fewer and time.monotonic() < until and fails(fewer):
                kept = fewer
                break
        else:
            size //= 2
    return written(kept)


# -- what is told ----------------------------------------------------------------------------------------------------


def told(result: dict[str, Any]) -> str:
    rate = result["acts"] / result["seconds"] if result["seconds"] else 0.0
    line = f"seed {result['seed']}: {result['acts']} acts, {rate:.0f} a second"
    return f"{line}\n{result['failure']}" if result["failure"] else line


def summary(results: list[dict[str, Any]]) -> str:
    acts, seconds = sum(result["acts"] for result in results), sum(result["seconds"] for result in results)
    stalls = sorted((tuple(stall) for result in results for stall in result["stalls"]), reverse=True)[:5]
    lines = [
        f"{acts} acts, seeds {results[0]['seed']} to {results[-1]['seed']}, {acts / max(seconds, 0.001):.0f} a second",
        f"{sum(bool(result['failure']) for result in results)} seeds failed",
        *(f"longest in the UI thread: {seconds:.3f} s, {act}" for seconds, act in stalls),
    ]
    for result in results:
        resident = [round(size / 1e6) for size in result["resident"]]
        if len(resident) > 1:
            grown = (resident[-1] - resident[0]) / (len(resident) - 1)
            lines.append(
                f"seed {result['seed']}: resident MB after every 1,000 acts {resident}, {grown:+.1f} each;"
                f" Python objects {result['objects'][0]} to {result['objects'][-1]}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
