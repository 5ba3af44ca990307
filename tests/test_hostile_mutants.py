"""Files changed at random in ways that keep their form: every command ends with one line, in little time and memory.

Commands run in a process of their own with 1.5 GB of address space and ten seconds of processor time for each.
"""

from __future__ import annotations

import copy
import io
import json
import math
import pickle  # noqa: TID251 - a file that only looks harmless is made here, and never read
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from designer.files import spec
from designer.gallery.catalogue import network
from designer.layer_api.registry import catalogue
from tests.helpers.limited_runner import MOST_SECONDS, Ended, LimitedRunner
from tests.helpers.networks import branchy, spec_chain, spec_of

IMAGE = ("image", "image_input", {"shape": [3, 8, 8]})
FIRST_OF_MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimitedRunner]:
    with LimitedRunner(tmp_path_factory.mktemp("hostile")) as running:
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(
            running.folder / "p.png"
        )
        yield running


def check_ended(ended: Ended, statuses: tuple[int, ...] = (0, 2)) -> None:
    """What every command keeps to, whatever it is given."""
    assert ended.status in statuses, ended
    assert ended.seconds < MOST_SECONDS
    lines = ended.err.splitlines()
    assert all(line.startswith("netdraft: ") for line in lines)
    assert all(line.replace("\N{NO-BREAK SPACE}", " ").isprintable() and len(line) < 1000 for line in lines)
    if ended.status == 2:
        assert (len(lines), ended.out) == (1, "")


# ---------------------------------------------------------------------------------------------------------- specs


@attrs.define
class Object:
    """A JSON object in which a key may come twice."""

    pairs: list[tuple[str, Any]]


@attrs.define
class Raw:
    """A piece of text that stands in the JSON as it is."""

    text: str


def parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=Object)


def written(value: Any) -> str:
    if isinstance(value, Object):
        return "{" + ",".join(f"{json.dumps(key)}:{written(entry)}" for key, entry in value.pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return value.text if isinstance(value, Raw) else json.dumps(value)


def places(value: Any) -> list[tuple[Any, int]]:
    """Every place in a tree: what holds it, and at which position."""
    found, waiting = [], [value]
    while waiting:
        holder = waiting.pop()
        inner = [entry for _key, entry in holder.pairs] if isinstance(holder, Object) else holder
        found += [(holder, index) for index in range(len(inner))]
        waiting += [entry for entry in inner if isinstance(entry, Object | list)]
    return found


def at(holder: Any, index: int) -> Any:
    return holder.pairs[index][1] if isinstance(holder, Object) else holder[index]


def put(holder: Any, index: int, value: Any) -> None:
    if isinstance(holder, Object):
        holder.pairs[index] = (holder.pairs[index][0], value)
    else:
        holder[index] = value


JUNK: list[Any] = [
    None, True, False, -1, 0, 1, 2, 0.5, 1e308, 2**16, 2**31, 2**53 + 1, 2**63, 2**64, 10**18, 10**40,
    Raw("1e999"), Raw("-0.0"), Raw("NaN"), Raw("1" * 5000), Raw("[" * 200 + "]" * 200),
    Raw('{"a":' * 2000 + "1" + "}" * 2000), Raw('{"a": 1, "a": 2}'), Raw(""), Raw("'a'"), Raw("[,]"),
    "", " ", "image", "conv1", "input", "same", "1", "x" * 10_000, "\u202eright", "\x1b[31m", "a\nb", "\ud800",
    "\U0001f4a3", "../w.safetensors", "w.safetensors", "0" * 64, [], [0], [1, 2], [[1, 2], [3, 4]], [None],
    ["image"] * 100, Object([]), Object([("a", 1)]),
]  # fmt: skip
KEYS = ["format", "version", "name", "nodes", "edges", "groups", "notes", "weights", "weights_sha256", "id", "kind"]
KEYS += [
    "params",
    "position",
    "seed",
    "from",
    "to",
    "input",
    "filters",
    "kernel",
    "padding",
    "shape",
    "later",
    "\x1b[31m",
]


def mutate(data: st.DataObject, tree: Any) -> None:
    """One change that keeps the form of JSON."""
    where = places(tree)
    if not where:
        return
    holder, index = where[data.draw(st.integers(0, len(where) - 1))]
    entries = holder.pairs if isinstance(holder, Object) else holder
    act = data.draw(st.sampled_from(["junk", "junk", "drop", "twice", "rename", "copy", "move", "reverse", "insert"]))
    junk = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    if act == "junk":
        put(holder, index, junk)
    elif act == "drop":
        del entries[index]
    elif act == "twice":
        entries.insert(index, copy.deepcopy(entries[index]))
    elif act == "copy":
        other = where[data.draw(st.integers(0, len(where) - 1))]
        put(holder, index, copy.deepcopy(at(*other)))
    elif act == "reverse":
        entries.reverse()
    elif isinstance(holder, Object):
        key = data.draw(st.sampled_from(KEYS))
        if act == "rename":
            entries[index] = (key, entries[index][1])
        else:
            entries.insert(index, (key, junk))
    elif act == "move":
        entries.append(entries.pop(index))
    else:
        entries.insert(index, junk)


EVERY_KIND = spec_of([{"id": f"{kind}1", "kind": kind} for kind in catalogue()], [])
BASES = {
    "lenet5": spec.dump(network("lenet5")),
    "branchy": spec.dump(branchy()),
    "every kind": json.dumps(EVERY_KIND),
    "with everything": json.dumps(
        {
            **spec_chain(IMAGE, ("conv1", "conv2d", {"filters": 4, "kernel": [3, 3], "padding": [[1, 0], [0, 1]]})),
            "groups": [{"name": "stem", "nodes": ["conv1"]}],
            "notes": ["one", {"text": "two", "at": [1, 2]}],
            "weights": "w.safetensors",
            "weights_sha256": "0" * 64,
            "later": {"deep": [[[1]]]},
        }
    ),
}
COMMANDS = [("summary", "--format", form) for form in ("json", "table", "csv", "markdown")] + [("check",)]


@given(st.data(), st.sampled_from(sorted(BASES)), st.sampled_from(COMMANDS))
@settings(FIRST_OF_MANY, max_examples=60)
def test_a_spec_changed_in_its_form_is_read_or_refused(
    runner: LimitedRunner, data: st.DataObject, base: str, command: tuple[str, ...]
) -> None:
    tree = parsed(BASES[base])
    for _change in range(data.draw(st.integers(1, 5))):
        mutate(data, tree)
    (runner.folder / "net.json").write_text(written(tree))
    check_ended(runner.run(command[0], "net.json", *command[1:]), (0, 1, 2) if command[0] == "check" else (0, 2))
    (runner.folder / "out.json").unlink(missing_ok=True)
    converted = runner.run("convert", "net.json", "out.json")
    check_ended(converted)
    assert (runner.folder / "out.json").exists() is (converted.status == 0)
    if converted.status == 0:
        before, after = (runner.run("summary", name, "--format", "json") for name in ("net.json", "out.json"))
        assert before.out == after.out, "what is saved opens, as what it was"


WITHOUT: dict[str, list[dict[str, Any]]] = {
    "a chain": [{"from": f"n{index}", "to": f"n{index + 1}"} for index in range(1999)],
    "no wires": [],
    "all from one": [{"from": "n0", "to": f"n{index}"} for index in range(1, 2000)],
    "all into one": [{"from": f"n{index}", "to": "n1999", "input": index} for index in range(1999)],
}


@pytest.mark.parametrize(
    ("wires", "kind"), [("a chain", "relu"), ("no wires", "conv2d"), ("all from one", "relu"), ("all into one", "add")]
)
def test_two_thousand_layers_without_any_key_that_may_be_left_out(runner: LimitedRunner, wires: str, kind: str) -> None:
    nodes = [{"id": f"n{index}", "kind": kind} for index in range(2000)]
    tree = {"format": "netdraft", "version": 1, "nodes": nodes, "edges": WITHOUT[wires]}
    (runner.folder / "net.json").write_text(json.dumps(tree))
    for command in COMMANDS:
        check_ended(runner.run(command[0], "net.json", *command[1:]), (0, 1, 2))
    check_ended(runner.run("convert", "net.json", "out.json"))


@pytest.mark.parametrize(
    ("key", "filling"), [("notes", "[],"), ("later", '{"a":1},'), ("nodes", "1" * 4000 + ","), ("edges", '"",')]
)
def test_a_large_file_filled_with_anything_is_read_or_refused(runner: LimitedRunner, key: str, filling: str) -> None:
    start = f'{{"format": "netdraft", "version": 1, "{key}": ['
    count = spec.LARGEST_FILE // 8 // len(filling)
    (runner.folder / "net.json").write_text(start + filling * count + filling[:-1] + "]}")
    check_ended(runner.run("summary", "net.json"))


# -------------------------------------------------------------------------------------------------------- weights


def weights_file(header: Any, values: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + values


GOOD = {
    "it.weight": {"dtype": "F32", "shape": [4, 3, 3, 3], "data_offsets": [0, 432]},
    "it.bias": {"dtype": "F32", "shape": [4], "data_offsets": [432, 448]},
}


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(50_000_000))
    return stream.getvalue()


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("it-ran"),)


def use_weights(runner: LimitedRunner, contents: bytes) -> Ended:
    tree = {**spec_chain(IMAGE, ("it", "conv2d", {"filters": 4})), "weights": "w.safetensors"}
    (runner.folder / "net.json").write_text(json.dumps(tree))
    (runner.folder / "w.safetensors").write_bytes(contents)
    return runner.run("summary", "net.json")


@given(st.data())
@settings(FIRST_OF_MANY, max_examples=60)
def test_weights_changed_in_their_form_are_read_or_refused(runner: LimitedRunner, data: st.DataObject) -> None:
    header = parsed(json.dumps(GOOD))
    for _change in range(data.draw(st.integers(1, 3))):
        mutate(data, header)
    text = written(header).encode()
    values = bytes(data.draw(st.sampled_from([0, 1, 432, 447, 448, 449, 1000])))
    contents = weights_file(text, values)
    lie = data.draw(
        st.sampled_from([None, None, None, 0, 1, max(len(text) - 1, 0), len(text) + 1, 2**31, 2**63, 2**64 - 1])
    )
    if lie is not None:
        contents = struct.pack("<Q", lie) + contents[8:]
    check_ended(use_weights(runner, contents))


HARMFUL: dict[str, Callable[[], bytes]] = {
    "zip bomb": zip_bomb,
    "pickle": lambda: pickle.dumps(_Runs()),
    "old pickle": lambda: pickle.dumps(_Runs(), protocol=0),
    "deep": lambda: weights_file(b'{"a":' * 100_000, b""),
    "long": lambda: weights_file(b"[" + b"0," * 5_000_000 + b"0]", b""),
    "many": lambda: weights_file(
        {f"t{index}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for index in range(50_000)}, b""
    ),
    "no values of any size": lambda: weights_file(
        {"it.weight": {"dtype": "F32", "shape": [2**40, 0, 2**40], "data_offsets": [0, 0]}}, b""
    ),
    "a colour in a name": lambda: weights_file(
        {"x\x1b[31m\n.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)
    ),
}
"""Made when asked for: the largest take half a second, in every worker that collects this file."""


@pytest.mark.parametrize("kind", HARMFUL)
def test_weights_made_to_do_harm_are_refused(runner: LimitedRunner, kind: str) -> None:
    ended = use_weights(runner, HARMFUL[kind]())
    check_ended(ended, (2,))
    assert not (runner.folder / "it-ran").exists()


@pytest.mark.parametrize(("size", "kind"), [(400_000_000, "F32"), (900_000_000, "F16"), (2_000_000_000, "F32")])
def test_weights_as_large_as_memory_are_read_or_refused(runner: LimitedRunner, size: int, kind: str) -> None:
    """A file with holes, which takes no room on the disk."""
    count = size // {"F16": 2, "F32": 4, "F64": 8}[kind]
    use_weights(runner, b"x")
    with (runner.folder / "w.safetensors").open("wb") as stream:
        stream.write(weights_file({"it.weight": {"dtype": kind, "shape": [count], "data_offsets": [0, size]}}, b""))
        stream.truncate(stream.tell() + size)
    check_ended(runner.run("summary", "net.json"))


# --------------------------------------------------------------------------------------------------------- images

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
EXTREMES = [0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1]


def image_bytes(kind: str) -> bytes:
    stream = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(stream, kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {}))
    return stream.getvalue()


IMAGES = {kind: image_bytes(kind) for kind in FORMATS}


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    found, position = [], 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        found.append((png[position + 4 : position + 8], png[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def show(runner: LimitedRunner, contents: bytes) -> Ended:
    (runner.folder / "net.json").write_text(json.dumps(spec_chain(IMAGE, ("it", "relu", {}))))
    (runner.folder / "i.png").write_bytes(contents)
    return runner.run("run", "net.json", "--image", "i.png", "--out", "maps", "--layers", "it")


@given(st.data(), st.sampled_from(FORMATS))
@settings(FIRST_OF_MANY, max_examples=50)
def test_images_with_lying_numbers_are_read_or_refused(runner: LimitedRunner, data: st.DataObject, kind: str) -> None:
    contents = bytearray(IMAGES[kind])
    for _change in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(contents) - 5, 400)) | st.integers(0, len(contents) - 5))
        form = data.draw(st.sampled_from([">B", "<H", ">H", "<I", ">I"]))
        number = data.draw(st.sampled_from(EXTREMES)) % (1 << 8 * struct.calcsize(form))
        struct.pack_into(form, contents, place, number)
    cut = data.draw(st.sampled_from([None, None, None, len(contents) // 2, 30]))
    check_ended(show(runner, bytes(contents[:cut])))


@given(st.data())
@settings(FIRST_OF_MANY, max_examples=40)
def test_png_chunks_out_of_place_are_read_or_refused(runner: LimitedRunner, data: st.DataObject) -> None:
    parts = chunks(IMAGES["PNG"])
    for _change in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(parts) - 1))
        name, body = parts[index]
        act = data.draw(st.sampled_from(["drop", "twice", "last", "empty", "rename", "number"]))
        if act == "drop" and len(parts) > 1:
            del parts[index]
        elif act == "twice":
            parts.insert(index, parts[index])
        elif act == "last":
            parts.append(parts.pop(index))
        elif act == "empty":
            parts[index] = name, b""
        elif act == "rename":
            parts[index] = (
                data.draw(st.sampled_from([b"PLTE", b"tRNS", b"zTXt", b"iCCP", b"acTL", b"fcTL", b"eXIf"])),
                body,
            )
        elif len(body) >= 4:
            place = data.draw(st.integers(0, min(len(body), 13) - 4))
            parts[index] = (
                name,
                body[:place] + struct.pack(">I", data.draw(st.sampled_from(EXTREMES))) + body[place + 4 :],
            )
    check_ended(show(runner, IMAGES["PNG"][:8] + b"".join(chunk(*part) for part in parts)))


def large_tiff(bits: int, samples: int, side: int = 10_000) -> bytes:
    """Black, side × side pixels, all strips of which are one and the same in the file."""
    rows = 100
    strip = zlib.compress(bytes(rows * side * samples * bits // 8))
    count = math.ceil(side / rows)
    pointers = struct.pack(f"<{count}I", *[8] * count) + struct.pack(f"<{count}I", *[len(strip)] * count)
    values = 8 + len(strip)
    bits_at = values + len(pointers)
    tags = [
        (256, 4, 1, side), (257, 4, 1, side), (258, 3, samples, bits if samples == 1 else bits_at), (259, 3, 1, 8),
        (262, 3, 1, 1 if samples == 1 else 2), (273, 4, count, values), (277, 3, 1, samples), (278, 4, 1, rows),
        (279, 4, count, values + 4 * count),
    ]  # fmt: skip
    if samples == 4:
        tags.append((338, 3, 1, 2))
    body = strip + pointers + struct.pack("<4H", *[bits] * 4)
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(body)) + body + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize(("bits", "samples"), [(1, 1), (16, 1), (8, 4)])
def test_the_largest_image_that_is_read(runner: LimitedRunner, bits: int, samples: int) -> None:
    """100 megapixels in a few kilobytes."""
    check_ended(show(runner, large_tiff(bits, samples)))


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_bomb_in_the_metadata_of_an_image(runner: LimitedRunner, name: bytes) -> None:
    body = b"key\0\0" + (b"\1\0\0\0" if name == b"iTXt" else b"") + zlib.compress(bytes(100_000_000), 9)
    parts = chunks(IMAGES["PNG"])
    parts.insert(1, (name, body))
    check_ended(show(runner, IMAGES["PNG"][:8] + b"".join(chunk(*part) for part in parts)))
