"""Install packages of the operating system as root, or name the one command that does.

Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

INSTALL = {
    "apt-get": ["apt-get", "install", "-y", "--no-install-recommends"],
    "dnf": ["dnf", "install", "-y"],
    "zypper": ["zypper", "--non-interactive", "install"],
    "pacman": ["pacman", "-S", "--needed"],
}


def can_install() -> bool:
    """Whether :func:`install_or_name` installs here instead of printing a command: root, with apt-get."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_or_name(packages: dict[str, list[str]], what: str) -> bool:
    """See to it that packages are there.

    Parameters
    ----------
    packages
        For each package tool (``"apt-get"``, ``"dnf"``, ``"zypper"``, ``"pacman"``) the names to install.
    what
        What they bring, for the sentence that is printed.

    Returns
    -------
    bool
        True when they were installed. As an ordinary user nothing is installed: the command is printed.
    """
    tool = next((tool for tool in INSTALL if packages.get(tool) and shutil.which(tool)), None)
    if tool is None:
        on_debian = " ".join(packages["apt-get"])
        print(f"netdraft: missing: {what}. On Debian these are in: {on_debian}", file=sys.stderr)
        return False
    command = [*INSTALL[tool], *packages[tool]]
    if tool == "apt-get" and os.geteuid() == 0:
        print(f"netdraft: installing {what}: {' '.join(packages[tool])}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # A fresh container has no package lists; old lists name files the mirror no longer has.
        for step in (["apt-get", "update", "-q"], [*command, "-q"]):
            failed = subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode
        if not failed:
            return True
    prefix = "" if os.geteuid() == 0 else "sudo "
    typed = prefix + _quoted(command)
    print(f"netdraft: missing: {what}. To install, type:\n\n    {typed}\n", file=sys.stderr)
    return False


def _quoted(command: list[str]) -> str:
    return " ".join(f"'{word}'" if "(" in word else word for word in command)
