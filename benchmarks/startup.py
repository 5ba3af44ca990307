"""From the command to the window, and to the first feature map; whole processes, medians."""

from __future__ import annotations

import statistics
import subprocess
import sys


def lines(runs: int = 7) -> list[str]:
    """The table's lines."""
    windows, maps = [], []
    for index in range(runs + 1):
        command = [sys.executable, "-m", "benchmarks.start_process"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        window, first_map = (float(part) for part in printed.split())
        if index:  # the first run warms the disk's cache
            windows.append(window)
            maps.append(first_map)
    return [
        f"start-up: {runs} runs, offscreen, example network and photograph",
        f"  window on the screen   {statistics.median(windows):6.2f} s  ({min(windows):.2f} to {max(windows):.2f})",
        f"  first feature map      {statistics.median(maps):6.2f} s  ({min(maps):.2f} to {max(maps):.2f})",
    ]


def main() -> None:
    """Print the table."""
    print("\n".join(lines()), flush=True)


if __name__ == "__main__":
    main()
