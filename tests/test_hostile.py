"""Files and names made to do harm: one clear line, status 2, nothing changed, nothing hangs."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from designer.cli.main import main
from designer.files import spec
from designer.files.weights_file import write_weights
from designer.gallery.catalogue import network
from designer.library import files
from tests.helpers.networks import spec_chain, spec_of, write_spec

ROOT = Path(__file__).parent.parent
TIMEOUT = 60
POSIX = os.name == "posix"
ROOT_USER = POSIX and os.geteuid() == 0

IMAGE = ("image", "image_input", {"shape": [3, 8, 8]})
HEADER = '{"format": "netdraft", "version": 1, '


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contents() -> dict[str, bytes | None]:
    """Every regular file under the working folder with its bytes; None for what is none."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in sorted(Path.cwd().rglob("*"))}


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command refuses; nothing on disk has changed."""
    before = contents()
    capsys.readouterr()
    status = main(arguments)
    printed = capsys.readouterr()
    assert status == 2, printed
    assert contents() == before
    line = printed.err
    assert line.startswith("netdraft: ")
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert line[:-1].replace("\N{NO-BREAK SPACE}", " ").isprintable(), repr(line)
    assert "Traceback" not in line
    assert len(line) < 1000
    return line[len("netdraft: ") : -1]


# ---------------------------------------------------------------------------------------------------- spec files


def chained(kind: str, parameters: str) -> str:
    """A spec whose second node has these parameters, as raw JSON."""
    tree = json.dumps(spec_chain(IMAGE, ("it", kind, {"@": 0})))
    return tree.replace('{"@": 0}', parameters)


SPECS: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "the file is empty"),
    "white space": (" \n", "not JSON"),
    "truncated": (spec.dump(network("lenet5"))[:-40], "not JSON"),
    "binary": (bytes(range(256)) * 8, "not text in UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), "not text in UTF-8"),
    "a picture by another name": (b"\x89PNG\r\n\x1a\n", "not text in UTF-8"),
    "a list": ("[]", "a JSON object is wanted"),
    "a number": ("3", "a JSON object is wanted"),
    "another format": ('{"format": "keras"}', '"netdraft" is wanted'),
    "a newer version": ('{"format": "netdraft", "version": 2, "nodes": []}', "version 2 is newer"),
    "nested 10 000 deep": ("[" * 10_000 + "]" * 10_000, "nested too deep"),
    "nested 100 000 deep in an object": ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
    "nested in the notes": (HEADER + '"notes": ' + "[" * 900 + "]" * 900 + "}", "nested too deep"),
    "nested in a parameter": (chained("conv2d", '{"filters": ' + "[" * 900 + "]" * 900 + "}"), "filters"),
    "nested in a position": (
        HEADER + '"nodes": [{"id": "a", "kind": "relu", "position": ' + "[" * 900 + "]" * 900 + "}]}",
        "position",
    ),
    "nodes are no list": (HEADER + '"nodes": {"a": 1}}', "nodes: "),
    "a node is no object": (HEADER + '"nodes": ["relu"]}', "nodes[0]: "),
    "a node without an id": (HEADER + '"nodes": [{"kind": "relu"}]}', "nodes[0].id: null came"),
    "an id that is a number": (HEADER + '"nodes": [{"id": 1, "kind": "relu"}]}', "nodes[0].id: 1 came"),
    "a kind that is a list": (HEADER + '"nodes": [{"id": "a", "kind": ["relu"]}]}', "nodes[0].kind"),
    "an unknown kind": (chained("conv4d", "{}"), "there is no layer kind 'conv4d'; did you mean conv3d?"),
    "an unknown parameter": (chained("conv2d", '{"colour": 1}'), "colour: conv2d has no such parameter"),
    "parameters that are a list": (chained("conv2d", "[1]"), "params"),
    "NaN": (chained("leaky_relu", '{"slope": NaN}'), "NaN is no number"),
    "infinity": (chained("leaky_relu", '{"slope": 1e999}'), "slope"),
    "10¹⁸ filters": (chained("conv2d", '{"filters": 1000000000000000000}'), "filters: 1000000000000000000 came"),
    "10⁴⁰⁰ filters": (chained("conv2d", '{"filters": 1' + "0" * 400 + "}"), "filters: "),
    "10⁵⁰⁰⁰ filters": (chained("conv2d", '{"filters": 1' + "0" * 5000 + "}"), "too long"),
    "no filters": (chained("conv2d", '{"filters": 0}'), "filters: 0 came"),
    "half a filter": (chained("conv2d", '{"filters": 0.5}'), "filters: 0.5 came"),
    "true filters": (chained("conv2d", '{"filters": true}'), "filters: "),
    "an image of 10¹⁸ pixels": (
        json.dumps(spec_chain(("image", "image_input", {"shape": [1, 10**9, 10**9]}))),
        "shape: 1000000000 came",
    ),
    "two nodes of one name": (
        json.dumps(spec_of([{"id": "a", "kind": "relu"}, {"id": "a", "kind": "tanh"}], [])),
        "nodes[1]: the id a is taken",
    ),
    "a cycle": (
        json.dumps(spec_of([{"id": "a", "kind": "relu"}, {"id": "b", "kind": "relu"}], [("a", "b"), ("b", "a")])),
        "there is a cycle through a, b",
    ),
    "a wire to itself": (json.dumps(spec_of([{"id": "a", "kind": "relu"}], [("a", "a")])), "cycle"),
    "a wire from nowhere": (json.dumps(spec_of([{"id": "a", "kind": "relu"}], [("x", "a")])), "there is no node x"),
    "a wire into an input that is not there": (
        json.dumps(spec_of([{"id": "a", "kind": "relu"}, {"id": "b", "kind": "relu"}], [("a", "b", 10**18)])),
        "edges[0].input: 1000000000000000000 came",
    ),
    "a wire into an image": (
        json.dumps(spec_of([{"id": "a", "kind": "relu"}, {"id": "i", "kind": "image_input"}], [("a", "i")])),
        "takes no input",
    ),
    "weights elsewhere": ('{"format":"netdraft","version":1,"weights":"../../etc/x.safetensors"}', "weights: "),
    "weights that run": ('{"format":"netdraft","version":1,"weights":"x.pkl"}', "weights: "),
    "weights that are missing": (
        '{"format":"netdraft","version":1,"weights":"gone.safetensors"}',
        "gone.safetensors: no such file",
    ),
    "half a character": (HEADER + '"name": "\\ud800"}', "half of a character"),
    "infinity in the notes": (HEADER + '"notes": [1e999]}', "too large"),
    "a colour in an id": (
        HEADER + '"nodes": [{"id": "\\u001b[31mred", "kind": "relu"}]}',
        "cannot be a name",
    ),
    "a line in an id": (HEADER + '"nodes": [{"id": "a\\nb", "kind": "relu"}]}', "cannot be a name"),
    "a colour in a kind": (chained("\x1b[31m\n\n\x9b", "{}"), "there is no layer kind"),
    "a bell in a parameter": (chained("conv2d", '{"\\u0007\\u202e\\n": 1}'), "conv2d has no such parameter"),
    "a colour in a wire": (
        HEADER + '"nodes": [], "edges": [{"from": "\\u001b[2J", "to": "\\r\\n"}]}',
        "there is no node",
    ),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_that_is_not_right_is_refused_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    given_, says = SPECS[name]
    path = Path("net.netdraft.json")
    path.write_bytes(given_ if isinstance(given_, bytes) else given_.encode())
    line = refusal(capsys, "summary", str(path))
    assert says in line
    assert line.startswith(("net.netdraft.json: ", "gone.safetensors: "))


@pytest.mark.parametrize(
    "arguments", [("check", "x.json"), ("convert", "x.json", "y.json"), ("run", "x.json")], ids=str
)
def test_every_command_refuses_the_same(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    Path("x.json").write_text("[" * 10_000)
    Path("y.json").write_text("old")
    photograph(Path("p.png"))
    options = ("--image", "p.png", "--out", "o") if arguments[0] == "run" else ()
    assert "nested too deep" in refusal(capsys, *arguments, *options)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_any_damage_to_a_spec_is_told_in_one_line(capsys: pytest.CaptureFixture[str], data: st.DataObject) -> None:
    good = spec.dump(network("lenet5")).encode()
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 40)))
    damaged = good[:start] + data.draw(st.binary(max_size=20) | st.sampled_from([b"null", b"1e9", b"[]"])) + good[end:]
    Path("net.json").write_bytes(damaged or b" ")
    status = main(["summary", "net.json", "--format", "json"])
    printed = capsys.readouterr()
    if status == 0:
        assert json.loads(printed.out)["layers"] is not None
    else:
        assert (status, printed.out, printed.err.count("\n")) == (2, "", 1)


# ------------------------------------------------------------------------------------- legal, and larger than anything


def test_a_megapixel_squared_is_counted_in_whole_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    tree = spec_chain(
        ("image", "image_input", {"shape": [3, 10**6, 10**6]}),
        ("conv", "conv2d", {"filters": 10**7, "kernel": 3, "padding": 1}),
        ("relu", "relu", {}),
    )
    path = str(write_spec(Path("net.json"), tree))
    assert main(["summary", path, "--format", "json", "--batch", "1000"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert whole["totals"]["parameters"] == (27 + 1) * 10**7
    assert whole["totals"]["macs"] == 1000 * 27 * 10**7 * 10**12
    assert whole["layers"][1]["activation_bytes"] == 1000 * 4 * 10**7 * 10**12
    for form in ("table", "csv", "markdown"):
        assert main(["summary", path, "--format", form]) == 0
    assert main(["check", path, "--max-macs", "1T"]) == 1
    capsys.readouterr()
    photograph(Path("p.png"))
    assert "more than 268 million values" in refusal(capsys, "run", path, "--image", "p.png", "--out", ".")


def test_more_maps_than_memory_are_refused_with_the_figure(capsys: pytest.CaptureFixture[str]) -> None:
    tree = spec_chain(("image", "image_input", {"shape": [3, 1000, 1000]}), ("conv", "conv2d", {"filters": 10**7}))
    path = str(write_spec(Path("net.json"), tree))
    photograph(Path("p.png"))
    # 10⁷ maps of 998×998 floats are 39.84 TB; the weights are another 1.12 GB.
    line = refusal(capsys, "run", path, "--image", "p.png", "--out", ".").replace("\N{NO-BREAK SPACE}", " ")
    assert line.startswith("this run needs about 39.84 TB of memory and ")


@pytest.mark.parametrize(
    ("kind", "parameters", "count"),
    [
        ("upsample2d", {"scale": 65536}, 40),
        ("upsample2d", {"scale": 65536}, 600),
        ("conv2d", {"filters": 1, "kernel": 1, "stride": 65536, "padding": 65536}, 600),
        ("zero_pad2d", {"padding": 65536}, 600),
        ("relu", {}, 1200),
    ],
    ids=str,
)
def test_a_chain_that_grows_without_bound_is_still_summarised(
    kind: str, parameters: dict[str, Any], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = spec_chain(IMAGE, *((f"n{index}", kind, parameters) for index in range(count)))
    path = str(write_spec(Path("net.json"), tree))
    for form in ("json", "table", "markdown"):
        assert main(["summary", path, "--format", form]) == 0
    assert main(["check", path]) in (0, 1)
    assert capsys.readouterr().err == ""


def test_a_kernel_of_billions_of_cells_is_a_problem_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    tree = spec_chain(IMAGE, ("conv", "conv2d", {"kernel": 65536, "dilation": 65536}))
    assert main(["summary", str(write_spec(Path("net.json"), tree)), "--format", "json"]) == 0
    assert "spans 4294901761×4294901761" in json.loads(capsys.readouterr().out)["layers"][1]["problem"]


# -------------------------------------------------------------------------------------------------- names of things


@pytest.mark.parametrize(
    "name", ["\x1b[31mred\x1b[0m", "two\nlines", "\x9b2J", "bell\a", "right\u202eleft", "\r", "nul\0"]
)
def test_the_name_of_a_design_does_not_reach_the_terminal_as_a_command(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write_spec(Path("net.json"), {**spec_chain(IMAGE), "name": name}))
    for form in ("table", "csv", "markdown"):
        assert main(["summary", path, "--format", form]) == 0
        out = capsys.readouterr().out
        assert all(letter.isprintable() or letter in "\n\N{NO-BREAK SPACE}" for letter in out), form
    assert main(["summary", path, "--format", "json"]) == 0
    printed = capsys.readouterr().out
    assert all(letter.isprintable() or letter == "\n" for letter in printed)
    assert json.loads(printed)["name"] == name


@pytest.mark.parametrize(
    "name", ["no\x1b[31m\nfile.json", "x" * 300 + ".json", "nul\0.json", "./" * 3000, "\udcff.json"]
)
def test_the_name_of_a_file_is_told_on_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents()
    assert main(["summary", name]) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err[:-1].isprintable()
    assert contents() == before


# ---------------------------------------------------------------------------------------- things that are no files


@pytest.fixture
def places() -> Iterator[dict[str, str]]:
    """What stands in the way of a file."""
    made = {
        "folder": "folder.json",
        "no permission": "secret.json",
        "loop": "loop.json",
        "beyond a file": "a.json/b.json",
    }
    Path("folder.json").mkdir()
    Path("a.json").write_text("{}")
    Path("secret.json").write_text("{}")
    Path("secret.json").chmod(0)
    Path("loop.json").symlink_to("loop.json")
    if not POSIX:
        yield made
        return
    os.mkfifo("pipe.json")
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.json")
        yield {
            **made,
            "pipe": "pipe.json",
            "pipe without a suffix": "pipe",
            "socket": "socket.json",
            "device": "/dev/zero",
        }


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("folder", "is a folder; name a regular file"),
        ("beyond a file", "Not a directory"),
        ("loop", "oo many"),
        ("no permission", "no permission to read it"),
        ("pipe", "is a named pipe; name a regular file"),
        ("pipe without a suffix", "is a named pipe; name a regular file"),
        ("socket", "is a socket; name a regular file"),
        ("device", "is a device; name a regular file"),
    ],
)
def test_what_is_no_file_is_refused_without_waiting(
    kind: str, says: str, places: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    if kind not in places:
        pytest.skip("this system has no such thing")
    if kind == "no permission" and ROOT_USER:
        pytest.skip("root may read everything")
    for arguments in (
        ("summary", places[kind]),
        ("run", "gallery:lenet5", "--image", places[kind], "--out", "out"),
    ):
        capsys.readouterr()
        assert main(arguments) == 2
        line = capsys.readouterr().err
        assert says in line
        assert line.count("\n") == 1
    assert not Path("out").exists()


@pytest.mark.skipif(not POSIX, reason="named pipes are a POSIX thing")
def test_a_pipe_in_the_place_of_every_file_hangs_nothing() -> None:
    """In another process with a limit, because what hangs cannot be told from inside."""
    os.mkfifo("pipe.json")
    os.mkfifo("pipe.safetensors")
    write_spec(Path("net.json"), {**spec_chain(IMAGE), "weights": "pipe.safetensors"})
    for arguments in (
        ("summary", "pipe.json"),
        ("summary", "net.json"),
        ("convert", "gallery:lenet5", "pipe.json"),
        ("run", "gallery:lenet5", "--image", "pipe.json", "--out", "o"),
    ):
        ended = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert ended.returncode == 2, arguments
        assert ended.stderr.count("\n") == 1, ended.stderr
        assert ended.stderr.startswith("netdraft: pipe"), ended.stderr


# ----------------------------------------------------------------------------------------------------------- images


def photograph(path: Path) -> str:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)).save(path)
    return str(path)


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises more pixels than anyone has memory for."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def cut(path: Path) -> bytes:
    photograph(path)
    return path.read_bytes()[:-200]


IMAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"not an image at all" * 20, "no image in a format this program reads"),
    "a spec": (lambda: spec.dump(network("lenet5")).encode(), "no image in a format this program reads"),
    "a decompression bomb": (lambda: png_of(100_000, 100_000), "pixels"),
    "a bomb of 2³¹ pixels along a side": (lambda: png_of(2**31 - 1, 2**31 - 1), "i.png: "),
    "cut off": (lambda: cut(Path("cut.png")), "i.png: "),
    "no pixels": (lambda: png_of(0, 0), "i.png: "),
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_that_is_not_right_is_refused_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    make, says = IMAGES[name]
    Path("i.png").write_bytes(make())
    line = refusal(capsys, "run", "gallery:lenet5", "--image", "i.png", "--out", "out")
    assert says in line
    assert not Path("out").exists()


# ---------------------------------------------------------------------------------------------------------- weights

WEIGHTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty"),
    "text": (b"weights" * 10, "not a safetensors file, or a damaged one"),
    "a header longer than the file": (struct.pack("<Q", 2**62) + b"{}", "not a safetensors file, or a damaged one"),
    "a pickle": (b"\x80\x04cos\nsystem\n(S'echo'\ntR.", "never are"),
    "a zip, as PyTorch saves": (b"PK\x03\x04" + bytes(100), "never are"),
    "offsets beyond the end": (
        struct.pack("<Q", 68) + b'{"it.weight":{"dtype":"F32","shape":[4],"data_offsets":[0,1600000]}} '[:68],
        "not a safetensors file, or a damaged one",
    ),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_not_right_are_refused_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    given_, says = WEIGHTS[name]
    tree = {**spec_chain(IMAGE, ("it", "conv2d", {})), "weights": "w.safetensors"}
    path = write_spec(Path("net.json"), tree)
    Path("w.safetensors").write_bytes(given_)
    assert says in refusal(capsys, "summary", str(path))


def test_weights_that_are_no_numbers_are_told_and_the_command_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    bias = np.array([np.nan, 1, -np.inf, np.inf], np.float32)
    tensors = {"it.weight": np.zeros((4, 3, 3, 3), np.float32), "it.bias": bias}
    write_weights("w.safetensors", tensors)
    tree = {**spec_chain(IMAGE, ("it", "conv2d", {"filters": 4})), "weights": "w.safetensors"}
    for arguments in (("summary",), ("check",)):
        assert main([*arguments, str(write_spec(Path("net.json"), tree))]) == 0
        assert capsys.readouterr().err == (
            "netdraft: w.safetensors: it.bias has 3 values that are NaN or infinite, of 4; "
            "what they reach cannot be computed\n"
        )
    # A copy is the same, word for word.
    assert main(["convert", "net.json", "copy.json"]) == 0
    assert capsys.readouterr().err.count("it.bias has 3 values") == 1
    found = files.open_design("copy.json").design.weights["it"]["bias"]
    assert np.array_equal(found, bias, equal_nan=True)


# ------------------------------------------------------------------------------------------------ where to write it


def test_an_output_that_is_a_file_is_refused_before_anything_is_computed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    photograph(Path("p.png"))
    Path("taken").write_text("mine")
    monkeypatch.setattr("designer.session.headless.Runner.run", None)
    arguments = ("run", "gallery:lenet5", "--image", "p.png", "--out")
    assert refusal(capsys, *arguments, "taken").startswith("taken: cannot be written")
    assert "cannot be written" in refusal(capsys, *arguments, "taken/deeper")


@pytest.mark.skipif(not POSIX, reason="sets permissions of POSIX")
@pytest.mark.skipif(ROOT_USER, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    photograph(Path("p.png"))
    Path("locked").mkdir()
    Path("locked").chmod(0o500)
    assert "cannot be written" in refusal(capsys, "run", "gallery:lenet5", "--image", "p.png", "--out", "locked")
    assert "cannot be written" in refusal(capsys, "convert", "gallery:lenet5", "locked/net.json")


@pytest.mark.parametrize("target", ["folder.json", "gone/net.json", "file.json/net.json"])
def test_a_target_that_cannot_be_written_leaves_everything_as_it_was(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("folder.json").mkdir()
    Path("file.json").write_text("old")
    line = refusal(capsys, "convert", "gallery:lenet5", target)
    assert line.startswith(f"{target}: cannot be written")


def test_weights_that_cannot_be_written_leave_the_spec_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    design = network("lenet5")
    given_ = {"conv1": {"weight": np.zeros((6, 1, 5, 5), np.float32), "bias": np.zeros(6, np.float32)}}
    files.save(design.evolve(weights=given_), "source.json")
    Path("net.json").write_text("old")
    name = Path(json.loads(Path("source.json").read_text())["weights"].replace("source.", "net."))
    name.mkdir()
    line = refusal(capsys, "convert", "source.json", "net.json")
    assert line.startswith(f"{name}: cannot be written")
