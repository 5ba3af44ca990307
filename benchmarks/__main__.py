"""Everything that is measured, one table after the other: ``make bench``, or the names of some tables."""

from __future__ import annotations

import subprocess
import sys

TABLES = {
    "startup": "benchmarks.startup",
    "edits": "benchmarks.ui_latency",
    "canvas": "benchmarks.canvas",
    "routing": "benchmarks.routing",
    "forward": "benchmarks.forward",
    "layers": "benchmarks.layers",
    "constants": "benchmarks.constants",
    "last_layer": "benchmarks.last_layer",
    "planning": "benchmarks.planning",
    "summary": "benchmarks.summary",
    "memory": "benchmarks.memory",
    "growth": "benchmarks.growth",
    "photograph": "benchmarks.photograph",
    "machine": "benchmarks.machine",
}
"""Name → module; each is a program of its own, so that none disturbs the next."""


def main() -> int:
    names = sys.argv[1:] or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(f"no table {unknown[0]!r}; there are {', '.join(TABLES)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names:
        failed |= subprocess.run([sys.executable, "-m", TABLES[name]], check=False).returncode
        print(flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
