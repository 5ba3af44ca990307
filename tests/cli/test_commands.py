"""A command is one module: its name is the module's, and the list, the help and the errors follow."""

from __future__ import annotations

import json
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
        "HELP = 'Greet somebody.'\nPLACE = 3.5\n\n"
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


def tree_of(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """Indentation and first cells of the rows of ``summary --depth``, without what stands in every summary."""
    assert main(["summary", "gallery:resnet18", *options]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_summary_shows_groups_down_to_a_level_with_their_subtotals(capsys: pytest.CaptureFixture[str]) -> None:
    flat, one, two, all_of_them = (
        tree_of(capsys, *options) for options in ((), ("--depth", "1"), ("--depth", "2"), ("--depth", "9"))
    )
    rows = [line.split("  ")[0] for line in one[2:]]
    assert rows[:12] == [
        "image", "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc",
    ]  # fmt: skip
    # 4 stages of two blocks; 3 blocks with a projection are groups of their own inside.
    assert len(two) == len(one) + 4 * 2
    assert len(all_of_them) == len(flat) + 4 + 4 * 2 + 3
    [block] = [line for line in two if line.startswith("  1") and "295" in line]
    assert "7 layers" in block
    assert "128×28×28" in block
    assert "    layer2.1.conv2" in "\n".join(all_of_them)
    # 13 rows and the heading stand before; the totals are those of the flat summary.
    assert one[-4:] == two[-4:] == flat[-4:]


def test_a_depth_limits_the_groups_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "gallery:resnet18", "--format", "json", "--depth", "1"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert [group["path"] for group in written["groups"]] == ["layer1", "layer2", "layer3", "layer4"]
    assert len(written["layers"]) == 71


def test_a_depth_is_refused_where_it_would_do_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "gallery:resnet18", "--format", "csv", "--depth", "1"]) == 2
    assert "--depth: csv has a row for each layer and no groups" in capsys.readouterr().err
    assert main(["summary", "gallery:resnet18", "--depth", "0"]) == 2
