"""One engine in a process of its own: a line on standard input is one timed run, its seconds the answer.

torch's threads keep spinning after a call and slow whatever runs next in the same process, so no two engines share one.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np

from benchmarks.engines import ENGINES


def main() -> None:
    engine, network, output = sys.argv[1:4]
    forward = ENGINES[engine](network)
    result = forward()
    np.save(output, result)
    print("ready", flush=True)
    for _line in sys.stdin:
        began = time.perf_counter()
        forward()
        seconds = time.perf_counter() - began
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)


if __name__ == "__main__":
    main()
