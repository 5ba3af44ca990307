"""Make ``.venv`` ready: create it, install Netdraft into it, see to Qt's system libraries.

Run by the Makefile before every target; when nothing changed it returns at once and needs no network.
Standard library only, for it runs before anything is installed.

    python3 .ci/bootstrap.py [--extra dev] [--window]
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from system_packages import install_or_name

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "netdraft-bootstrap.json"


def main() -> int:
    """Bring the environment up to date; 0 when Netdraft can be started from it."""
    parser = argparse.ArgumentParser(description="Make .venv ready for Netdraft.")
    parser.add_argument("--extra", action="append", default=[], help="an optional dependency group, such as dev")
    parser.add_argument("--window", action="store_true", help="fail where a window would not open")
    options = parser.parse_args()
    wanted = set(options.extra)

    stamp = _read_stamp()
    current = PYTHON.exists() and stamp.get("fingerprint") == _fingerprint()
    extras = wanted | set(stamp.get("extras", []))
    if not current or extras != set(stamp["extras"]):
        STAMP.unlink(missing_ok=True)
        if not (_venv_works() or _create_venv()) or not _install(extras):
            return 1
        stamp = {"fingerprint": _fingerprint(), "extras": sorted(extras), "qt": False}
        _write_stamp(stamp)
    if not stamp.get("qt"):
        # In the new interpreter: it looks at the Qt that was installed there.
        outcome = subprocess.run([PYTHON, ROOT / ".ci" / "qt_libraries.py"], check=False).returncode
        if outcome == 0:
            _write_stamp(stamp | {"qt": True})
        # Qt would abort; the command that mends it was just printed. Without a display no window is wanted.
        on_a_desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        return 1 if outcome == 1 or (outcome == 2 and options.window and on_a_desktop) else 0
    return 0


def _fingerprint() -> str:
    """Digest of what an installation depends on: the requirements, this folder, this Python.

    A change of the linter's settings is not one; a moved checkout is, for scripts in .venv carry its path.
    """
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    parts = [
        document["build-system"],
        project["dependencies"],
        project["optional-dependencies"],
        project["scripts"],
        str(ROOT),
        str(PYTHON.resolve()),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _write_stamp(stamp: dict) -> None:
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def _venv_works() -> bool:
    """Whether ``.venv`` can install into itself: its Python starts, is not another folder's, and has pip."""
    if not PYTHON.exists():
        return False
    probe = "import sys, pip; print(sys.prefix)"
    answer = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and Path(answer.stdout.strip()) == VENV


def _create_venv() -> bool:
    _say(f"creating {VENV} with Python {sys.version.split()[0]}")
    # Debian keeps ensurepip in a package of its own; then the pip that is there installs a pip in here.
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    builder = venv.EnvBuilder(clear=True, with_pip=False, symlinks=os.name != "nt")
    builder.create(VENV)
    attempts = [[sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"]]
    ensurepip = [PYTHON, "-m", "ensurepip", "--upgrade", "--default-pip"]
    if has_ensurepip:
        attempts.insert(0, ensurepip)
    for attempt in attempts:
        outcome = subprocess.run(attempt, capture_output=True, text=True, check=False)
        if outcome.returncode == 0:
            return True
    print(outcome.stderr.rstrip(), file=sys.stderr)
    pip_is_in = {"apt-get": ["python3-venv"], "dnf": ["python3-pip"], "pacman": ["python-pip"]}
    return install_or_name(pip_is_in, "pip") and subprocess.run(ensurepip, check=False).returncode == 0


def _install(extras: set[str]) -> bool:
    target = str(ROOT) + (f"[{','.join(sorted(extras))}]" if extras else "")
    _say("installing Netdraft and its libraries (once; a few hundred megabytes)")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--no-input", "--editable", target]
    if subprocess.run(pip, check=False).returncode != 0:
        _say("the installation failed; pip's own words are above. Nothing outside .venv was changed.")
        return False
    return True


def _say(text: str) -> None:
    print(f"netdraft: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
