"""Set up the programs that tests compare with: PyTorch for the system's Python, Keras in ``.peers/keras``.

Neither belongs to Netdraft: PyPI's torch for Linux brings gigabytes of CUDA along, so Debian's package, built for the
CPU, runs in the system's Python; Keras and JAX have an environment of their own. When both are there this returns at
once. Run with the Python of ``.venv``, whose pip it uses; standard library only.

    .venv/bin/python .ci/peers.py [--in-ci]

Exit status: 0 both are there, or ``--in-ci`` and this is no continuous integration that can install them · 1 one is
missing, and what would bring it was printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from system_packages import can_install, install_or_name

ROOT = Path(__file__).resolve().parent.parent
SYSTEM_PYTHON = Path("/usr/bin/python3")
KERAS = ROOT / ".peers" / "keras"
KERAS_PYTHON = KERAS / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = KERAS / "netdraft-peer.json"

TORCH_IS_IN = {
    "apt-get": ["python3-torch"],
    "dnf": ["python3-torch"],
    "zypper": ["python3-torch"],
    "pacman": ["python-pytorch"],
}


def main() -> int:
    """Install what is missing, as far as this user and this machine can."""
    parser = argparse.ArgumentParser(description="Set up PyTorch and Keras for the tests that compare with them.")
    parser.add_argument("--in-ci", action="store_true", help="do nothing unless CI=true, as root, with apt-get")
    if parser.parse_args().in_ci and not (os.environ.get("CI") == "true" and can_install()):
        return 0
    # Both, whatever becomes of the first.
    ready = [has_torch() or install_torch(), has_keras() or install_keras()]
    return 0 if all(ready) else 1


def has_torch() -> bool:
    """Whether the system's Python would find PyTorch; importing it takes seconds."""
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    return SYSTEM_PYTHON.exists() and subprocess.run([SYSTEM_PYTHON, "-c", probe], check=False).returncode == 0


def install_torch() -> bool:
    """Install the system's package as root; an ordinary user is told the command."""
    return install_or_name(TORCH_IS_IN, f"PyTorch for {SYSTEM_PYTHON}") and has_torch()


def requirements() -> list[str]:
    """Return what the environment of Keras holds, from the dependency group in pyproject.toml."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return document["dependency-groups"]["keras"]


def _fingerprint() -> str:
    parts = [requirements(), str(KERAS), str(KERAS_PYTHON.resolve())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def has_keras() -> bool:
    """Whether the environment was finished, here, with these requirements and this Python."""
    try:
        return KERAS_PYTHON.exists() and json.loads(STAMP.read_text(encoding="utf-8")) == _fingerprint()
    except (OSError, ValueError):
        return False


def install_keras() -> bool:
    """Make the environment afresh."""
    print(f"netdraft: installing {' and '.join(requirements())} into {KERAS} (about 660 MB)", flush=True)
    venv.EnvBuilder(clear=True, with_pip=False, symlinks=os.name != "nt").create(KERAS)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", KERAS_PYTHON]
    if subprocess.run([*pip, "install", "--no-input", "--quiet", *requirements()], check=False).returncode != 0:
        print("netdraft: Keras could not be installed; pip's own words are above.", file=sys.stderr)
        return False
    STAMP.write_text(json.dumps(_fingerprint()), encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
