"""Peak memory of VGG-16, one layer kept, each engine in its own process; beside what the target allows.

The peak counts everything from the start of the process: interpreter, libraries, reading the model. ``now`` is what the
process holds after its runs. The target is weights + 2 × the largest activation + 64 MB, from the network's own report.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.engines import load
from benchmarks.forward import ENGINES
from benchmarks.turns import export, running, take_turns
from designer.analysis.analyse import analyse

ALLOWANCE = 64_000_000
ROUNDS = 1


def allowed(network: str) -> tuple[int, int]:
    """Bytes of all weights, and of the largest activation."""
    report = analyse(load(network)[0])
    return report.totals.weight_bytes, max(facts.activation_bytes for facts in report.layers.values())


def main() -> None:
    """Print the table."""
    network = next(iter(sys.argv[1:]), "vgg16")
    weights, largest = allowed(network)
    target = weights + 2 * largest + ALLOWANCE
    print(
        f"memory of {network}, MB; target: weights {weights / 1e6:.0f} + 2 × largest activation {largest / 1e6:.1f}"
        f" + {ALLOWANCE / 1e6:.0f} = {target / 1e6:.0f}"
    )
    print(f"  {'engine':<16}{'peak':>8}{'now':>8}{'peak - target':>15}")
    with tempfile.TemporaryDirectory() as name:
        export([network], Path(name))
        for engine in ENGINES:
            with running([engine], Path(name)) as processes:
                for process in processes:
                    take_turns([process], network, ROUNDS)
                    over = process.peak - target
                    print(
                        f"{'!' if over > 0 else ' '} {engine:<16}{process.peak / 1e6:8.0f}"
                        f"{process.resident / 1e6:8.0f}{over / 1e6:+15.0f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
