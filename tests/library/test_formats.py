"""One registry says by suffix what reads and writes a file, and everybody asks it."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

import designer
from designer.cli.main import main
from designer.graph.design import Design
from designer.interchange.formats import Format
from designer.library import formats
from designer.library.files import open_design


@pytest.mark.parametrize("name", ["net.onnx", "NET.ONNX", "deep/net.v2.onnx"])
def test_a_suffix_in_any_case_says_the_format(name: str) -> None:
    entry = formats.format_of(name)
    assert entry is not None
    assert entry.suffixes == (".onnx",)


@pytest.mark.parametrize("name", ["net", "net.txt", "onnx", "net.onnx.bak", ""])
def test_other_suffixes_say_none(name: str) -> None:
    assert formats.format_of(name) is None


@pytest.mark.parametrize(
    ("chosen", "completed"),
    [
        ("net", "net.netdraft.json"),
        ("net.v2", "net.v2.netdraft.json"),
        ("net.onnx", "net.onnx.netdraft.json"),
        ("net.json", "net.json"),
        ("net.netdraft.json", "net.netdraft.json"),
        ("net.JSON", "net.JSON"),
    ],
)
def test_a_name_without_the_suffix_of_a_design_gets_one(chosen: str, completed: str) -> None:
    assert formats.with_own_suffix(Path("folder", chosen)) == Path("folder", completed)


def test_the_program_s_own_format_comes_first_and_is_json() -> None:
    for name in ("net.netdraft.json", "net.json", Path("net.JSON")):
        assert formats.format_of(name) is formats.formats()[0]
    assert formats.format_of("net.json") in formats.readable()
    assert formats.format_of("net.json") in formats.writable()


def test_suffixes_are_lower_case_and_belong_to_one_format() -> None:
    suffixes = [suffix for entry in formats.formats() for suffix in entry.suffixes]
    assert suffixes == [suffix.lower() for suffix in suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.fixture
def two_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format of one line, the name of the design, which is read and written."""

    def read(path: Path) -> tuple[Design, tuple[str, ...]]:
        return Design(name=path.read_text()), ("a note",)

    entry = Format("Names", (".name",), read, lambda design, _report, _tensors, path: path.write_text(design.name))
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, entry))


@pytest.mark.usefixtures("two_way")
def test_a_new_entry_is_loaded_saved_and_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, spec = tmp_path / "net.name", tmp_path / "net.netdraft.json"
    designer.save(attrs.evolve(designer.load("gallery:lenet5"), name="Mine"), path)
    assert path.read_text() == "Mine"
    opened = open_design(path)
    assert (opened.design.name, opened.notes, opened.saved) == ("Mine", ("a note",), None)
    assert main(["convert", str(path), str(spec)]) == 0
    assert designer.load(spec).name == "Mine"
    assert main(["convert", str(spec), str(tmp_path / "net.gif")]) == 2
    assert "the suffixes written are .netdraft.json, .onnx, .name" in capsys.readouterr().err


def test_what_is_written_but_not_read_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    designer.save(designer.load("gallery:lenet5"), path)
    with pytest.raises(designer.UserError, match=r"net\.onnx: cannot be opened yet; a \.netdraft\.json file"):
        designer.load(path)


def test_a_file_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(designer.UserError, match=r"net\.onnx: cannot be written \(No such file"):
        designer.save(designer.load("gallery:lenet5"), tmp_path / "missing" / "net.onnx")
