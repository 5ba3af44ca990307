"""Find the system libraries Qt needs and the machine lacks; install them as root, or print the command.

PySide6 brings Qt, but not what lies under it: OpenGL, X11, fonts. Without them an import fails, or a window
never opens, with a message that names a file and no package. Run with the Python that has PySide6.

Exit status: 0 all there · 1 Qt cannot start at all · 2 Qt starts, but cannot open a window on a desktop ·
3 there is no font, so text is drawn as boxes.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from system_packages import install_or_name

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGL", "QtOpenGLWidgets", "QtTest")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")

# Debian names a package after its soname (policy 8.1): libxcb-cursor.so.0 is in libxcb-cursor0. The others:
DEBIAN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgio-2.0.so.0": "libglib2.0-0",
    "libz.so.1": "zlib1g",
}
ARCH = {
    "libGL": "libglvnd",
    "libEGL": "libglvnd",
    "libOpenGL": "libglvnd",
    "libxkbcommon": "libxkbcommon",
    "libxkbcommon-x11": "libxkbcommon-x11",
    "libdbus-1": "dbus",
    "libfontconfig": "fontconfig",
    "libfreetype": "freetype2",
    "libglib-2.0": "glib2",
    "libgthread-2.0": "glib2",
    "libz": "zlib",
    "libzstd": "zstd",
    "libX11": "libx11",
    "libX11-xcb": "libx11",
    "libxcb-cursor": "xcb-util-cursor",
    "libxcb-icccm": "xcb-util-wm",
    "libxcb-image": "xcb-util-image",
    "libxcb-keysyms": "xcb-util-keysyms",
    "libxcb-render-util": "xcb-util-renderutil",
    "libxcb-util": "xcb-util",
    "libwayland-client": "wayland",
    "libwayland-cursor": "wayland",
    "libwayland-egl": "wayland",
}


def main() -> int:
    """Report, mend where that is possible, and look again."""
    found = importlib.util.find_spec("PySide6")
    if found is None or not found.submodule_search_locations:
        print("netdraft: PySide6 is not installed in this Python", file=sys.stderr)
        return 1
    if not sys.platform.startswith("linux"):
        return 0
    qt = Path(found.submodule_search_locations[0])

    plugins = [_plugin(qt, "qxcb"), *([_plugin(qt, "qwayland")] if os.environ.get("WAYLAND_DISPLAY") else [])]
    missing = missing_libraries(files_to_start(qt) + plugins)
    packages = packages_of(missing)
    if not has_font():
        packages = _with_font(packages)
    if any(packages.values()):
        install_or_name(packages, ", ".join([*sorted(missing), *([] if has_font() else ["a font"])]))
    if missing_libraries(files_to_start(qt)):
        return 1
    if all(missing_libraries([plugin]) for plugin in plugins):
        return 2
    return 0 if has_font() else 3


def files_to_start(qt: Path) -> list[Path]:
    """Return what must load for Qt to run at all, be it without a display."""
    return [qt / f"{module}.abi3.so" for module in MODULES] + [_plugin(qt, "qoffscreen")]


def _plugin(qt: Path, name: str) -> Path:
    return qt / "Qt" / "plugins" / "platforms" / f"lib{name}.so"


def missing_libraries(files: list[Path]) -> set[str]:
    """Return the sonames that the files need and the dynamic linker does not find.

    Parameters
    ----------
    files
        Shared libraries; one that is not part of this Qt is passed over.
    """
    files = [file for file in files if file.exists()]
    if shutil.which("ldd"):
        listing = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False).stdout
        return set(re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE))
    missing = set()
    for file in files:
        try:
            ctypes.CDLL(str(file))
        except OSError as error:  # "libGL.so.1: cannot open shared object file: …": one at a time
            missing.add(str(error).partition(":")[0])
    return missing


def has_font() -> bool:
    """Whether there is any font; without one every letter is drawn as an empty box."""
    files = (file for folder in FONT_FOLDERS for file in Path(folder).expanduser().rglob("*"))
    return any(file.suffix.lower() in (".ttf", ".otf", ".ttc", ".pfb") for file in files)


def packages_of(missing: set[str]) -> dict[str, list[str]]:
    """Name the packages that hold libraries, for each package tool."""
    by_soname = sorted(f"{soname}()(64bit)" if sys.maxsize > 2**32 else soname for soname in missing)
    return {
        "apt-get": sorted({debian_package(soname) for soname in missing}),
        "dnf": by_soname,
        "zypper": by_soname,
        "pacman": sorted({ARCH.get(soname.partition(".so")[0], "libxcb") for soname in missing}),
    }


def _with_font(packages: dict[str, list[str]]) -> dict[str, list[str]]:
    fonts = {
        "apt-get": ["fontconfig", "fonts-dejavu-core"],
        "dnf": ["dejavu-sans-fonts"],
        "zypper": ["dejavu-fonts"],
        "pacman": ["ttf-dejavu"],
    }
    return {tool: names + fonts[tool] for tool, names in packages.items()}


def debian_package(soname: str) -> str:
    """Return the Debian package of a library: ``libxkbcommon-x11.so.0`` is in ``libxkbcommon-x11-0``."""
    if soname in DEBIAN:
        return DEBIAN[soname]
    name, _, version = soname.partition(".so.")
    dash = "-" if name[-1:].isdigit() else ""
    return f"{name}{dash}{version}".lower().replace("_", "-")


if __name__ == "__main__":
    sys.exit(main())
