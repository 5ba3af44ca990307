"""A command is one module: its name is the module's, and the list, the help and the errors follow."""

from __future__ import annotations

import pkgutil
import sys
from pathlib import Path

import pytest

from designer.cli import commands
from designer.cli.main import main


@pytest.fixture
def greet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that nobody has heard of, in a folder of its own."""
    (tmp_path / "greet.py").write_text(
        "HELP = 'Greet somebody.'\nPLACE = 2.5\n\n"
        "def command(name: str, twice: bool = False) -> int:\n"
        "    from designer.cli.output import say\n"
        "    from designer.layer_api.problems import UserError\n"
        "    if not name.isalpha():\n"
        "        raise UserError(f'NAME: {name!r} came, letters are wanted')\n"
        "    say(f'hello {name}')\n"
        "    return 1 if twice else 0\n"
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "designer.cli.commands.greet", raising=False)


@pytest.mark.usefixtures("greet")
def test_a_new_command_is_one_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["greet", "Ada"]) == 0
    assert main(["greet", "Ada", "--twice"]) == 1
    assert capsys.readouterr().out == "hello Ada\nhello Ada\n"
    assert main(["greet", "42"]) == 2
    assert capsys.readouterr().err == "netdraft: NAME: '42' came, letters are wanted\n"
    assert main(["gret"]) == 2
    assert "did you mean greet?" in capsys.readouterr().err
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out
    assert "Greet somebody." in listed
    assert listed.index("  run ") < listed.index("  greet ") < listed.index("  convert ")


def test_every_command_is_in_the_readme() -> None:
    text = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    names = {entry.name for entry in pkgutil.iter_modules(commands.__path__)} - {"window"}
    assert names
    assert [name for name in names if f"\nnetdraft {name} " not in text] == []
