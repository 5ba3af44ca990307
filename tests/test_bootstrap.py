"""The scripts that prepare a machine; package names are those of Debian 12, looked up there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parent.parent / ".ci"


@pytest.fixture
def script(monkeypatch):
    """Load a script of ``.ci`` as a module."""

    def load(name):
        monkeypatch.syspath_prepend(str(CI))
        spec = importlib.util.spec_from_file_location(name, CI / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize(
    ("soname", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libEGL.so.1", "libegl1"),
        ("libX11.so.6", "libx11-6"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libxkbcommon.so.0", "libxkbcommon0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
        ("libz.so.1", "zlib1g"),
    ],
)
def test_a_library_is_in_its_debian_package(script, soname, package):
    assert script("qt_libraries").debian_package(soname) == package


def test_missing_libraries_are_read_from_the_linker(script, monkeypatch):
    listing = "\tlibGL.so.1 => not found\n\tlibm.so.6 => /lib/libm.so.6 (0x7f)\n\tlibGL.so.1 => not found\n"
    qt = script("qt_libraries")
    monkeypatch.setattr(qt.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(qt.subprocess, "run", lambda *a, **k: type("Answer", (), {"stdout": listing}))
    assert qt.missing_libraries([Path(__file__)]) == {"libGL.so.1"}


def test_missing_libraries_are_found_without_a_linker_script(script, monkeypatch):
    qt = script("qt_libraries")

    def refuse(name):
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(qt.shutil, "which", lambda name: None)
    monkeypatch.setattr(qt.ctypes, "CDLL", refuse)
    assert qt.missing_libraries([Path(__file__)]) == {"libEGL.so.1"}


def test_an_ordinary_user_is_told_the_command(script, monkeypatch, capsys):
    packages = script("system_packages")
    monkeypatch.setattr(packages.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(packages.shutil, "which", lambda tool: tool if tool == "apt-get" else None)
    monkeypatch.setattr(packages.subprocess, "run", None)  # nothing may be run
    assert not packages.install_or_name({"apt-get": ["libgl1"], "dnf": ["libGL.so.1()(64bit)"]}, "libGL.so.1")
    assert "sudo apt-get install -y --no-install-recommends libgl1\n" in capsys.readouterr().err


def test_names_with_brackets_survive_the_shell(script, monkeypatch, capsys):
    packages = script("system_packages")
    monkeypatch.setattr(packages.os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages.shutil, "which", lambda tool: tool if tool == "dnf" else None)
    assert not packages.install_or_name({"dnf": ["libGL.so.1()(64bit)"]}, "libGL.so.1")
    assert "    dnf install -y 'libGL.so.1()(64bit)'\n" in capsys.readouterr().err


def test_root_on_debian_gets_them_installed(script, monkeypatch):
    packages = script("system_packages")
    ran = []

    def run(command, **options):
        ran.append(command)
        return type("Answer", (), {"returncode": 0})

    monkeypatch.setattr(packages.os, "geteuid", lambda: 0)
    monkeypatch.setattr(packages.shutil, "which", lambda tool: tool if tool == "apt-get" else None)
    monkeypatch.setattr(packages.subprocess, "run", run)
    assert packages.install_or_name({"apt-get": ["libgl1", "libegl1"]}, "OpenGL")
    assert [command[:2] for command in ran] == [["apt-get", "update"], ["apt-get", "install"]]
    assert {"libgl1", "libegl1"} <= set(ran[1])


@pytest.mark.parametrize(
    ("lacking", "wayland", "font", "status"),
    [
        (set(), False, True, 0),
        ({"QtGui.abi3.so"}, False, True, 1),
        ({"libqoffscreen.so"}, False, True, 1),
        ({"libqxcb.so"}, False, True, 2),
        ({"libqxcb.so"}, True, True, 0),
        ({"libqxcb.so", "libqwayland.so"}, True, True, 2),
        (set(), False, False, 3),
    ],
)
def test_what_is_lacking_decides_the_exit_status(script, monkeypatch, lacking, wayland, font, status):
    qt = script("qt_libraries")
    monkeypatch.setattr(qt.sys, "platform", "linux")
    monkeypatch.setattr(qt, "missing_libraries", lambda files: lacking & {file.name for file in files})
    monkeypatch.setattr(qt, "has_font", lambda: font)
    monkeypatch.setattr(qt, "install_or_name", lambda packages, what: False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0" if wayland else "")
    assert qt.main() == status


def test_a_font_is_asked_for_with_the_libraries(script, monkeypatch):
    qt = script("qt_libraries")
    asked = []
    monkeypatch.setattr(qt.sys, "platform", "linux")
    monkeypatch.setattr(qt, "missing_libraries", lambda files: {"libEGL.so.1"})
    monkeypatch.setattr(qt, "has_font", lambda: False)
    monkeypatch.setattr(qt, "install_or_name", lambda packages, what: asked.append((packages, what)))
    qt.main()
    [(packages, what)] = asked
    assert packages["apt-get"] == ["libegl1", "fontconfig", "fonts-dejavu-core"]
    assert packages["dnf"] == ["libEGL.so.1()(64bit)", "dejavu-sans-fonts"]
    assert packages["pacman"] == ["libglvnd", "ttf-dejavu"]
    assert what == "libEGL.so.1, a font"


# -- the programs that tests compare with


class Installing:
    """A machine without PyTorch and Keras, and what was asked of it."""

    def __init__(self, peers, monkeypatch, folder, *, pip_fails=False):
        self.commands, self.packages, self.pip_fails = [], [], pip_fails
        self.torch = False
        keras = folder / "keras"
        monkeypatch.setattr(peers, "KERAS", keras)
        monkeypatch.setattr(peers, "KERAS_PYTHON", keras / "bin" / "python")
        monkeypatch.setattr(peers, "STAMP", keras / "stamp.json")
        monkeypatch.setattr(peers, "has_torch", lambda: self.torch)
        monkeypatch.setattr(peers.subprocess, "run", self.run)
        monkeypatch.setattr(peers, "install_or_name", self.install)

    def run(self, command, **options):
        self.commands.append([str(word) for word in command])
        return type("Answer", (), {"returncode": int(self.pip_fails)})

    def install(self, packages, what):
        self.packages.append(packages["apt-get"])
        self.torch = self.can_install
        return self.can_install

    can_install = True


@pytest.fixture
def peers(script, monkeypatch):
    module = script("peers")
    monkeypatch.setattr(module.sys, "argv", ["peers.py"])
    return module


def test_both_peers_are_installed_once(peers, monkeypatch, tmp_path):
    machine = Installing(peers, monkeypatch, tmp_path)
    assert peers.main() == 0
    assert machine.packages == [["python3-torch"]]
    [pip] = machine.commands
    assert pip[pip.index("--python") + 1] == str(tmp_path / "keras" / "bin" / "python")
    assert any(word.startswith("keras>=") for word in pip)
    assert any(word.startswith("jax>=") for word in pip)
    assert peers.main() == 0
    assert len(machine.packages) == len(machine.commands) == 1


def test_a_user_who_may_not_install_packages_still_gets_keras_and_a_failure(peers, monkeypatch, tmp_path):
    machine = Installing(peers, monkeypatch, tmp_path)
    machine.can_install = False
    assert peers.main() == 1
    assert peers.has_keras()


def test_a_download_that_fails_is_a_failure_and_is_tried_again(peers, monkeypatch, tmp_path, capsys):
    machine = Installing(peers, monkeypatch, tmp_path, pip_fails=True)
    assert peers.main() == 1
    assert "Keras could not be installed" in capsys.readouterr().err
    machine.pip_fails = False
    assert peers.main() == 0


@pytest.mark.parametrize(
    ("ci", "user", "tool", "installs"),
    [
        ("true", 0, "apt-get", True),
        ("", 0, "apt-get", False),
        ("true", 1000, "apt-get", False),
        ("true", 0, "dnf", False),
    ],
)
def test_the_set_up_of_tests_installs_peers_in_ci_as_root_with_apt_only(
    peers, monkeypatch, tmp_path, ci, user, tool, installs
):
    machine = Installing(peers, monkeypatch, tmp_path)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(peers.os, "geteuid", lambda: user)
    monkeypatch.setattr("shutil.which", lambda name: name if name == tool else None)
    monkeypatch.setattr(peers.sys, "argv", ["peers.py", "--in-ci"])
    assert peers.main() == 0
    assert bool(machine.packages) == bool(machine.commands) == installs
