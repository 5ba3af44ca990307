"""The commands: what they print, what they write, and with which status they end."""

from __future__ import annotations

import csv
import errno
import importlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

import designer
from designer.cli.main import build, main
from designer.files import spec
from designer.gallery.catalogue import names
from tests.helpers.networks import spec_chain, spec_of, write_spec

ROOT = Path(__file__).parents[2]
COMMANDS = ("window", "summary", "estimate", "memory", "run", "convert", "check", "gallery")
SPACE = "\N{NO-BREAK SPACE}"


@attrs.frozen
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line of a refusal."""
        assert self.status == 2, self
        assert self.err.startswith("netdraft: ")
        assert self.err.endswith("\n")
        assert self.err[:-1].replace(SPACE, " ").isprintable()
        return self.err[len("netdraft: ") : -1]


Command = Callable[..., Ended]


@pytest.fixture
def netdraft(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        status = main(arguments)
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return run


def photograph(path: Path, size: tuple[int, int] = (40, 30)) -> str:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return str(path)


# ---------------------------------------------------------------------------------------------------------- help


def test_the_commands_are_the_documented_ones() -> None:
    assert tuple(command.name for command in build().registered_commands) == COMMANDS


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), *((command, "--help") for command in COMMANDS)], ids=str)
def test_help_is_everywhere(netdraft: Command, arguments: tuple[str, ...]) -> None:
    ended = netdraft(*arguments)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.lstrip().startswith("Usage: netdraft")
    assert "--help" in ended.out


def test_every_option_explains_itself(netdraft: Command) -> None:
    for command in COMMANDS:
        text = netdraft(command, "--help").out
        for line in re.findall(r"^  (-{1,2}[a-z].*)$", text, re.MULTILINE):
            assert re.search(r"\S  +\S|^\S+ \S+$|^\S.*\S$", line), line
            assert re.search(r"[a-z]", line.split("  ")[-1]), f"{command}: {line}"


def test_the_version(netdraft: Command) -> None:
    assert netdraft("--version").out == f"netdraft {designer.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("summary",), "Missing argument 'NET'"),
        (("summary", "a.json", "b.json"), "unexpected extra argument"),
        (("summary", "gallery:lenet5", "--nonsense"), "No such option: --nonsense"),
        (("summary", "gallery:lenet5", "--batch", "0"), "--batch"),
        (("summary", "gallery:lenet5", "--batch", "-1"), "--batch"),
        (("summary", "gallery:lenet5", "--batch", "10000001"), "--batch"),
        (("summary", "gallery:lenet5", "--batch", "99999999999999999999999"), "--batch"),
        (("summary", "gallery:lenet5", "--batch", "many"), "--batch"),
        (("summary", "gallery:lenet5", "--format", "xml"), "--format: xml came, one of table, json, csv, markdown"),
        (("summary", "gallery:lenet5", "--dtype", "float8"), "float8 came, one of float32, float16, int8 is wanted"),
        (("summary", "gallery:lenet5", "--convention", "mine"), "convention: mine came"),
        (("summary", "gallery:lenet5", "--input", "big"), "--input: 'big' came, channels and sizes like 3x224x224"),
        (("summary", "gallery:lenet5", "--input", "0x5x5"), "a list of 1 to 4 whole numbers"),
        (("summary", "gallery:lenet5", "--input", "3x1000001x5"), "a list of 1 to 4 whole numbers"),
        (("summary", "gallery:lenet5", "--input", "1x2x3x4x5"), "--input"),
        (("summary", "gallery:nothing"), "the gallery has no network 'nothing'"),
        (("summary", "gallery:resnet19"), "did you mean resnet18?"),
        (("summary", "missing.json"), "missing.json: no such file"),
        (("summary", "missing"), "missing: no such file"),
        (("summary", "x" * 5000), "name too long"),
        (("run", "gallery:lenet5"), "Missing option"),
        (("run", "gallery:lenet5", "--image", "no.png", "--out", "o"), "no.png: no such file; choose an image file"),
        (("check", "gallery:lenet5", "--max-params", "lots"), "--max-params: 'lots' came, a number like 5M"),
        (("check", "gallery:lenet5", "--max-memory", "-5MB"), "--max-memory: '-5MB' came"),
        (("convert", "gallery:lenet5"), "Missing argument 'OUT'"),
        (("gallery", "lenet5"), "say where to write lenet5, as in --out lenet5.netdraft.json"),
        (("gallery", "lenet6", "--out", "x.json"), "did you mean lenet5?"),
        (("gallery", "lenet5", "--out", ""), "--out: '' came, a file is wanted"),
        (("convert", "gallery:lenet5", ""), "OUT: '' came, a file is wanted"),
        (("run", "gallery:lenet5", "--image", "no.png", "--out", ""), "--out: '' came, a folder is wanted"),
        (("run", "gallery:lenet5", "--image", "no.png", "--out", " "), "--out: ' ' came, a folder is wanted"),
        (("summry", "gallery:lenet5", "--format", "json"), "summry: neither a command nor a file; did you mean summ"),
        (("chekc",), "did you mean check?"),
        (("resnet18",), "resnet18: neither a command nor a file; did you mean gallery:resnet18?"),
        (("xylophone",), "the commands are window, summary, estimate, memory, run, convert, check, gallery"),
        (("xylophone.json",), "xylophone.json: no such file"),
        (("nowhere/xylophone",), "nowhere/xylophone: no such file"),
        (("--image", "no.png"), "no.png: no such file"),
        (("window", "missing.json"), "missing.json: no such file"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_bad_input_is_one_line_and_status_2(netdraft: Command, arguments: tuple[str, ...], says: str) -> None:
    ended = netdraft(*arguments)
    assert says in ended.line
    assert ended.out == ""
    assert list(Path.cwd().iterdir()) == []


# ------------------------------------------------------------------------------------------------------- summary


def test_the_table_has_a_row_for_each_layer_and_the_totals(netdraft: Command) -> None:
    ended = netdraft("summary", "gallery:lenet5")
    assert (ended.status, ended.err) == (0, "")
    lines = [line.replace(SPACE, " ").rstrip() for line in ended.out.splitlines()]
    assert lines[0] == "LeNet-5"
    assert lines[1].split() == ["layer", "kind", "output", "parameters", "MACs", "memory", "receptive", "field"]
    assert [line.split()[0] for line in lines[2:15]] == list(designer.analyse(designer.load("gallery:lenet5")).layers)
    assert re.split(r"  +", lines[3]) == ["conv1", "conv2d", "6×28×28", "156", "117 600", "18 816 B", "5×5"]
    assert lines[15] == "12 layers, 61 706 parameters, 416 520 MACs (torchvision)"
    assert lines[16].startswith("activations 64 104 B, at most 37 632 B at once; weights 246.82 kB (float32, batch 1)")
    assert lines[17] == "complete"


def test_memory_names_the_layers_that_set_the_peaks(netdraft: Command) -> None:
    ended = netdraft("memory", "gallery:vgg16", "--optimiser", "momentum")
    assert (ended.status, ended.err) == (0, "")
    lines = [re.split(r"  +", line.replace(SPACE, " ").rstrip()) for line in ended.out.splitlines()]
    # 138,357,544 parameters of 4 bytes; two maps of 64·224·224 values.
    assert lines[1] == ["weights", "553.43 MB", "in a file, as float32: 553.43 MB"]
    assert lines[2] == ["a run: most outputs at once", "25.69 MB", "while features.1 runs"]
    assert ["kept by the optimiser", "553.43 MB", "SGD with momentum"] in lines
    assert lines[-1] == ["float32, batch 1"]


def test_an_estimate_says_what_sets_the_time(netdraft: Command) -> None:
    ended = netdraft("estimate", "gallery:vgg16", "--device", "a100")
    assert (ended.status, ended.err) == (0, "")
    lines = [re.split(r"  +", line.replace(SPACE, " ").rstrip()) for line in ended.out.splitlines()]
    # 64·64·3·3 multiply-adds for each of 224·224 cells at 19.5 TFLOP/s; maps of 64·224·224 read and written.
    assert lines[4] == ["features.2", "3 699 376 128", "25.84 MB", "143.2", "arithmetic", "0.1897"]
    # 4096·1000 weights of 4 bytes at 1555 GB/s.
    assert lines[-4] == ["classifier.6", "8 192 000", "16.41 MB", "0.5", "memory", "0.0106"]
    assert lines[-2] == ["memory sets the time below 12.5 operations per byte"]


def test_memory_as_json_has_both_timelines(netdraft: Command) -> None:
    ended = netdraft("memory", "gallery:lenet5", "--batch", "2", "--dtype", "float16", "--format", "json")
    facts = json.loads(ended.out)
    assert (facts["name"], facts["status"], facts["batch"], facts["dtype"]) == ("LeNet-5", "complete", 2, "float16")
    # The image, 32·32, and the maps of the first convolution, 6·28·28, of two images at two bytes.
    assert facts["timeline"][:2] == [["image", 4096], ["conv1", 4096 + 4 * 6 * 28 * 28]]
    assert facts["training"]["timeline"][-1][:2] == ["conv1", "backward"]


def test_the_table_names_the_convention_and_the_problems(netdraft: Command) -> None:
    ended = netdraft("summary", "gallery:lenet5", "--input", "1x14x14", "--convention", "flops")
    assert ended.status == 0
    lines = [line.replace(SPACE, " ").rstrip() for line in ended.out.splitlines()]
    assert "FLOPs" in lines[1]
    assert "problem" in lines[8]
    assert "waiting" in lines[9]
    assert "34 800 FLOPs (flops)" in lines[15]
    assert lines[17:] == [
        "partial: totals are lower bounds",
        "pool2: kernel 2×2 spans 2×2 but the padded input is 1×1; pad more or use a smaller kernel",
        "6 layers that wait for a layer before them",
    ]


def test_running_statistics_are_told_apart(netdraft: Command) -> None:
    """Batch norm's mean and variance: 4 800 channels in ResNet-18, 9 600 values."""
    assert f"9{SPACE}600 values of running statistics" in netdraft("summary", "gallery:resnet18").out


def test_a_piped_table_is_not_cut(netdraft: Command, tmp_path: Path) -> None:
    long_id = "block_" + "x" * 74
    steps = [("image", "image_input", {"shape": [1000, 1000, 1000, 1000]}), (long_id, "relu", {})]
    nested = "kernel " * 3
    tree = {**spec_chain(*steps), "name": nested + "wide " * 60}
    ended = netdraft("summary", str(write_spec(tmp_path / "net.json", tree)))
    assert ended.status == 0
    assert (nested + "wide " * 60).strip() in ended.out
    [row] = [line for line in ended.out.splitlines() if line.startswith(long_id)]
    # 10¹² values of four bytes.
    assert row.split()[-3:-1] == [f"4.00{SPACE}TB"] or f"4.00{SPACE}TB" in row
    assert "…" not in ended.out


def test_a_name_is_text_and_not_markup(netdraft: Command, tmp_path: Path) -> None:
    tree = {**spec_chain(), "name": "[/] [bold]loud[/bold] :smile: [link=x]"}
    ended = netdraft("summary", str(write_spec(tmp_path / "net.json", tree)))
    assert ended.status == 0
    assert ended.out.startswith("[/] [bold]loud[/bold] :smile: [link=x]\n")


def test_csv_reads_back(netdraft: Command) -> None:
    ended = netdraft("summary", "gallery:lenet5", "--format", "csv")
    assert ended.status == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert len(rows) == 13
    assert (rows[1]["id"], rows[1]["parameters"], rows[1]["macs"]) == ("conv1", "156", "117600")
    assert sum(int(row["parameters"]) for row in rows) == 61706


def test_markdown_is_a_table(netdraft: Command) -> None:
    ended = netdraft("summary", "gallery:lenet5", "--format", "markdown")
    table = [line for line in ended.out.splitlines() if line.startswith("|")]
    assert len(table) == 1 + 1 + 13 + 1
    assert len({line.count("|") for line in table}) == 1
    assert set(table[1]) <= set("|-: ")
    assert f"**61{SPACE}706**" in table[-1]


def test_an_empty_design_has_a_summary(netdraft: Command, tmp_path: Path) -> None:
    path = str(write_spec(tmp_path / "net.json", spec_of([], [])))
    for form in ("table", "json", "csv", "markdown"):
        ended = netdraft("summary", path, "--format", form)
        assert (ended.status, ended.err) == (0, ""), form


# ----------------------------------------------------------------------------------------------------------- run


def test_run_writes_mosaics_and_arrays(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    ended = netdraft("run", "gallery:lenet5", "--image", image, "--out", "maps/deep")
    assert (ended.status, ended.err) == (0, "")
    model = designer.load("gallery:lenet5")
    written = {path.name for path in Path("maps/deep").iterdir()}
    assert written == {f"{node}.png" for node in model.nodes} | {"activations.npz"}
    assert "resized from 40×30 to 32×32" in ended.out
    assert "converted to grey because the input has 1 channel" in ended.out
    assert ended.out.count("wrote ") == len(written)
    arrays = np.load("maps/deep/activations.npz")
    maps = designer.run(model, arrays["image"])
    assert set(arrays) == set(maps)
    for name, expected in maps.items():
        assert np.array_equal(arrays[name], expected), name
    # Six maps of 28×28 side by side: three by two, with a gap of a pixel between.
    with Image.open("maps/deep/conv1.png") as picture:
        assert picture.size == (3 * 28 + 2, 2 * 28 + 1)
        assert picture.mode == "RGB"


def test_run_keeps_the_layers_asked_for(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    assert netdraft("run", "gallery:lenet5", "--image", image, "--out", "o", "--layers", "conv1, fc3").status == 0
    assert {path.name for path in Path("o").iterdir()} == {"conv1.png", "fc3.png", "activations.npz"}
    assert set(np.load("o/activations.npz")) == {"conv1", "fc3"}


def test_run_prints_where_the_time_went(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    ended = netdraft("run", "gallery:residual_block", "--image", image, "--out", "o", "--layers", "relu2", "--profile")
    assert (ended.status, ended.err) == (0, "")
    heading = next(line for line in ended.out.splitlines() if line.startswith("Layers"))
    assert heading.split() == ["Layers", "Algorithm", "Time", "(ms)", "GFLOP/s", "Share"]
    rows = ended.out.split(heading)[1].strip().splitlines()
    # A convolution, its norm and its ReLU are one; the last convolution takes the sum in as well.
    assert [row.split("  ")[0] for row in rows[:3]] == [
        "stem + stem_bn + stem_relu",
        "conv1 + bn1 + relu1",
        "conv2 + bn2 + add + relu2",
    ]
    assert re.fullmatch(rf"10 layers, [\d.]+{SPACE}ms, [\d.]+ GFLOP/s", rows[3])
    assert len(rows) == 4


def test_the_profile_names_algorithms_in_words(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    ended = netdraft("run", "gallery:lenet5", "--image", image, "--out", "o", "--profile")
    assert (ended.status, ended.err) == (0, "")
    rows = [re.split(r" {2,}", line) for line in ended.out.splitlines()]
    algorithms = {row[0]: row[1] for row in rows if len(row) == 5}
    assert algorithms.pop("Layers") == "Algorithm"
    assert algorithms["conv1"] == algorithms["fc1"] == "matrix product"
    assert algorithms["tanh1"] == "direct"
    # Everything was computed, by something that has a name: never the kind of the layer once more.
    assert "avg_pool2d" not in algorithms.values()
    assert all(algorithms.values())


def test_a_precise_run_does_without_winograd(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    spec_file = write_spec(
        Path("wide.netdraft.json"),
        spec_chain(
            ("image", "image_input", {"shape": [64, 30, 40]}),
            ("conv1", "conv2d", {"filters": 64, "kernel": 3, "padding": 1}),
        ),
    )
    shared = ("run", str(spec_file), "--image", image, "--out", "o", "--profile")
    assert "Winograd" in netdraft(*shared).out
    quick = np.load("o/activations.npz")["conv1"]
    assert "Winograd" not in netdraft(*shared, "--precise").out
    precise = np.load("o/activations.npz")["conv1"]
    assert not np.array_equal(quick, precise)
    np.testing.assert_allclose(quick, precise, atol=1e-4 * float(np.abs(precise).max()))
    model = designer.load(spec_file)
    noise = np.random.default_rng(0).random((64, 30, 40), np.float32)
    plain, exact = designer.run(model, noise)["conv1"], designer.run(model, noise, precise=True)["conv1"]
    assert not np.array_equal(plain, exact)


def test_run_feeds_images_of_another_shape(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    options = ("--input", "1x64x48", "--layers", "pool2", "--fit", "stretch")
    assert netdraft("run", "gallery:lenet5", "--image", image, "--out", "o", *options).status == 0
    assert np.load("o/activations.npz")["pool2"].shape == (1, 16, 13, 9)


def test_normalisation_is_chosen(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png", (64, 64))
    found = {}
    for way in ("unit", "imagenet"):
        arguments = ("--image", image, "--out", way, "--layers", "image", "--normalisation", way)
        assert netdraft("run", "gallery:residual_block", *arguments).status == 0
        found[way] = np.load(f"{way}/activations.npz")["image"]
    assert 0 <= found["unit"].min() < found["unit"].max() <= 1
    # ImageNet's mean and deviation of red.
    np.testing.assert_allclose(found["imagenet"][:, 0], (found["unit"][:, 0] - 0.485) / 0.229, rtol=1e-4, atol=1e-5)


def test_run_goes_up_to_a_problem_and_says_what_is_left_out(netdraft: Command, tmp_path: Path) -> None:
    image = photograph(tmp_path / "photograph.png")
    ended = netdraft("run", "gallery:lenet5", "--image", image, "--out", "o", "--input", "1x14x14")
    assert ended.status == 0
    assert "pool2 is left out: kernel 2×2 spans" in ended.out
    assert (tmp_path / "o" / "tanh2.png").exists()
    assert not (tmp_path / "o" / "pool2.png").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--layers", "conv9"), "there is no layer conv9; did you mean conv2, conv1?"),
        (("--layers", "xylophone"), "there is no layer xylophone"),
        (("--layers", " , "), "--layers"),
        (("--layers", "fc1", "--input", "1x14x14"), "fc1 cannot be computed: a layer before it has a problem"),
        (("--fit", "squeeze"), "fit is one of stretch, letterbox, center_crop"),
        (("--normalisation", "none"), "normalisation one of unit, imagenet"),
        (("--input", "1x1000000x1000000"), "more than 268 million values"),
    ],
    ids=str,
)
def test_a_run_that_cannot_be_is_refused(
    netdraft: Command, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    image = photograph(tmp_path / "photograph.png")
    ended = netdraft("run", "gallery:lenet5", "--image", image, "--out", "o/deep", *options)
    assert says in ended.line
    assert "wrote" not in ended.out
    assert [path.name for path in tmp_path.iterdir()] == ["photograph.png"]


def test_layers_whose_names_look_alike_on_disk_get_files_of_their_own(netdraft: Command, tmp_path: Path) -> None:
    wide = "ж" * 80
    ids = ["a/b", "a_b", "A_B", wide]
    steps = [(node, "relu", {}) for node in ids]
    path = write_spec(tmp_path / "net.json", spec_chain(("image", "image_input", {"shape": [1, 8, 8]}), *steps))
    image = photograph(tmp_path / "photograph.png")
    assert netdraft("run", str(path), "--image", image, "--out", "o").status == 0
    pictures = [path.name.casefold() for path in Path("o").glob("*.png")]
    assert len(pictures) == len(set(pictures)) == 5
    assert set(np.load("o/activations.npz")) == {"image", *ids}


# ------------------------------------------------------------------------------------------------- check, convert


@pytest.mark.parametrize(
    ("budget", "status"),
    [
        (("--max-params", "61706"), 0),
        (("--max-params", "61705"), 1),
        (("--max-params", "61.706k"), 0),
        (("--max-params", "0.061705M"), 1),
        (("--max-macs", "416520"), 0),
        (("--max-macs", "416.519K"), 1),
        (("--max-macs", "1G"), 0),
        # Weights 4·61 706 = 246 824 B and the peak 37 632 B: 284 456 B.
        (("--max-memory", "284456"), 0),
        (("--max-memory", "284455B"), 1),
        (("--max-memory", "0.3MB"), 0),
        (("--max-memory", "277KiB"), 1),
        (("--max-memory", "278kib"), 0),
        (("--max-memory", "72kB", "--dtype", "int8"), 0),
        (("--max-params", "1M", "--max-macs", "1"), 1),
        ((), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_budgets_decide_the_status(netdraft: Command, budget: tuple[str, ...], status: int) -> None:
    ended = netdraft("check", "gallery:lenet5", *budget)
    assert (ended.status, ended.err) == (status, "")
    assert ("over the budget" in ended.out) is bool(status)
    assert len(ended.out.splitlines()) == 3


def test_a_design_with_a_problem_passes_no_check(netdraft: Command) -> None:
    ended = netdraft("check", "gallery:lenet5", "--input", "1x14x14", "--max-params", "1G")
    assert ended.status == 1
    assert "pool2: kernel 2×2" in ended.out
    assert "partial" in ended.out


def test_convert_writes_what_it_read(netdraft: Command) -> None:
    assert netdraft("convert", "gallery:lenet5", "one.netdraft.json").status == 0
    ended = netdraft("convert", "one.netdraft.json", "two.netdraft.json")
    assert ended.out == "wrote two.netdraft.json\n"
    assert Path("one.netdraft.json").read_bytes() == Path("two.netdraft.json").read_bytes()
    assert designer.load("two.netdraft.json") == designer.load("gallery:lenet5")


def test_convert_carries_the_weights_along(netdraft: Command) -> None:
    model = designer.load("gallery:lenet5")
    tensors = {name: array + 1 for name, array in designer.weights(model).items()}
    given = {"conv1": {"weight": tensors["conv1.weight"], "bias": tensors["conv1.bias"]}}
    designer.save(model.evolve(weights=given), "one.netdraft.json")
    assert netdraft("convert", "one.netdraft.json", "two.json").status == 0
    assert re.fullmatch(r"two\.[0-9a-f]{12}\.safetensors", json.loads(Path("two.json").read_text())["weights"])
    found = designer.weights(designer.load("two.json"))
    assert np.array_equal(found["conv1.bias"], tensors["conv1.bias"])


@pytest.mark.parametrize("target", ["net.pt", "net.txt", "net"])
def test_other_formats_are_refused_by_name(netdraft: Command, target: str) -> None:
    assert netdraft("convert", "gallery:lenet5", target).line.startswith(f"{target}: cannot be written in this format")


def test_a_file_of_another_kind_is_refused(netdraft: Command, tmp_path: Path) -> None:
    photograph(tmp_path / "photograph.png")
    assert netdraft("summary", "photograph.png").line.startswith("photograph.png: cannot be opened yet")


def test_the_gallery_lists_and_writes(netdraft: Command) -> None:
    listing = netdraft("gallery").out.splitlines()
    assert [line.split()[0] for line in listing] == list(names())
    assert netdraft("gallery", "ResNet-18", "--out", "r.netdraft.json").out == "wrote r.netdraft.json\n"
    assert spec.read("r.netdraft.json").design == designer.load("gallery:resnet18")


# --------------------------------------------------------------------------------------------------- the window


@pytest.mark.parametrize(
    ("arguments", "opened"),
    [
        ((), (None, None)),
        (("net.json",), ("net.json", None)),
        (("net.json", "--image", "cat.png"), ("net.json", "cat.png")),
        (("--image", "cat.png"), (None, "cat.png")),
        (("window", "net.json"), ("net.json", None)),
    ],
    ids=str,
)
def test_everything_but_a_command_opens_the_window(
    netdraft: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], opened: tuple[Any, Any]
) -> None:
    calls: list[tuple[Any, Any]] = []
    for name in ("net.json", "cat.png"):
        Path(name).touch()

    def run_window(file: str | None, image: str | None) -> int:
        calls.append((file, image))
        return 0

    monkeypatch.setattr(importlib.import_module("designer.app"), "run_window", run_window)
    assert netdraft(*arguments).status == 0
    assert calls == [opened]


# ------------------------------------------------------------------------------------------- as another process


def process(*arguments: str, program: tuple[str, ...] = (), **options: Any) -> subprocess.CompletedProcess[str]:
    command = program or (sys.executable, str(ROOT / "main.py"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env=environment,
        **options,
    )


def test_the_script_and_the_module_do_the_same(tmp_path: Path) -> None:
    ways = [(sys.executable, str(ROOT / "main.py")), (sys.executable, "-m", "designer.cli.main")]
    ended = [process("summary", "gallery:lenet5", program=way, cwd=tmp_path) for way in ways]
    assert [way.returncode for way in ended] == [0, 0]
    assert ended[0].stdout == ended[1].stdout
    assert "LeNet-5" in ended[0].stdout
    assert "\x1b" not in ended[0].stdout


def test_the_command_is_declared() -> None:
    import tomllib

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"netdraft": "designer.cli.main:main"}


def test_headless_commands_never_import_qt(tmp_path: Path) -> None:
    code = (
        "import sys; from designer.cli.main import main;"
        "status = main(['summary', 'gallery:lenet5', '--format', 'json']);"
        "sys.exit(status or any(name.startswith(('PySide6', 'pyqtgraph')) for name in sys.modules))"
    )
    assert process(program=(sys.executable, "-c", code), cwd=tmp_path).returncode == 0


def test_a_terminal_without_our_signs_gets_text_and_whole_json(tmp_path: Path) -> None:
    path = write_spec(tmp_path / "net.json", {**spec_chain(("image", "image_input", {})), "name": "réseau №1"})
    ascii_only = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    table = process("summary", str(path), env=ascii_only)
    assert (table.returncode, table.stderr) == (0, "")
    assert table.stdout.startswith("r?seau ?1")
    whole = process("summary", str(path), "--format", "json", env=ascii_only)
    assert json.loads(whole.stdout)["name"] == "réseau №1"
    refused = process("summary", "nä.json", env=ascii_only)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("encoding", "size"),
    [({}, b"1x32x32"), ({"PYTHONIOENCODING": "latin-1"}, b"1\xd732\xd732")],
    ids=["ascii", "latin"],
)
def test_a_terminal_of_a_few_signs_gets_those_that_come_closest(encoding: dict[str, str], size: bytes) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}
    forms = ("table", "csv", "markdown", "json")
    # All in one process: the terminal is the same for each.
    script = f"""import sys
from designer.cli.main import main
for form in {forms}:
    if main(("summary", "gallery:lenet5", "--format", form)) != 0:
        sys.exit(form)
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\\0")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        timeout=60,
        check=False,
        env={**inherited, **C_LOCALE, **encoding},
        cwd=ROOT,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"?" not in ended.stdout
    written = dict(zip(forms, ended.stdout.split(b"\0"), strict=False))
    assert json.loads(written["json"].decode("ascii"))["totals"]["parameters"] == 61706
    assert b"1x32x32" in written["csv"]
    assert size in written["table"]
    assert size in written["markdown"]


def test_our_signs_have_a_likeness_in_ascii() -> None:
    from designer.cli.terminal import plain

    ours = {"×": "x", "−": "-", "·": "*", "…": "...", "→": "->", SPACE: " ", "│": "|", "─": "-", "┼": "+", "╭": "+"}
    assert {sign: plain(sign) for sign in ours} == ours
    assert plain("é") == "?"


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors, as a shell does it")
@pytest.mark.parametrize(
    "arguments",
    [
        ("summary", "gallery:lenet5"),
        ("summary", "gallery:lenet5", "--format", "json"),
        ("gallery",),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_closed_standard_output_is_one_line(arguments: tuple[str, ...]) -> None:
    """``netdraft summary gallery:lenet5 >&-``."""
    script = 'exec "$@" >&-'
    ended = process(*arguments, program=("sh", "-c", script, "sh", sys.executable, str(ROOT / "main.py")))
    assert ended.stderr == f"netdraft: the output cannot be written ({os.strerror(errno.EBADF)})\n"
    assert ended.returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors, as a shell does it")
def test_files_are_written_right_where_every_stream_is_closed(tmp_path: Path) -> None:
    """The first file that is opened must not become standard output."""
    script = 'exec "$@" <&- >&- 2>&-'
    program = ("sh", "-c", script, "sh", sys.executable, str(ROOT / "main.py"))
    assert process("gallery", "lenet5", "--out", "net.json", program=program, cwd=tmp_path).returncode == 2
    assert designer.load(tmp_path / "net.json") == designer.load("gallery:lenet5")
    assert process("summary", "missing.json", program=program, cwd=tmp_path).returncode == 2


def test_help_names_every_command_in_whole_sentences(netdraft: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = netdraft("--help").out
    assert not re.search(r"\w(\.\.\.|…)$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 80
    assert "exit status 1 where one is exceeded." in " ".join(text.split())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "summary", "gallery:lenet5"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == f"netdraft: the output cannot be written ({os.strerror(errno.ENOSPC)})\n"


@pytest.mark.skipif(os.name != "posix", reason="a pipe closed by its reader, as a shell does it")
def test_a_reader_that_stops_early_is_no_error() -> None:
    """``netdraft summary gallery:vgg16 | head -1``."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ended = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "summary", "gallery:vgg16"],
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write_end)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_ctrl_c_is_one_line(netdraft: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("designer.library.models.analyse", interrupted)
    assert netdraft("summary", "gallery:lenet5").line == "stopped"


def test_no_memory_is_one_line(netdraft: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*arguments: Any, **options: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr("designer.library.models.analyse", exhausted)
    assert netdraft("summary", "gallery:lenet5").line == "there is not enough memory"
