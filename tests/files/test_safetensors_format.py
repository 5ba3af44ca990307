"""Weights are read as the library of the format reads them, and what it refuses is refused."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from designer.files.weights_file import WeightsError, read_weights, write_weights

STRICTER = ("comes twice", "is stored as", "too large for float32", "of an unknown type", "has a shape that cannot be")
"""What is refused although the library reads it, or shows it as bytes that NumPy has no type for."""

LIBRARY_TYPES = ("F64", "F32", "F16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL")


def by_library(contents: bytes) -> dict[str, Any] | None:
    try:
        return dict(safetensors.deserialize(contents))
    except (safetensors.SafetensorError, ValueError, OverflowError):
        return None


def by_us(path: Path, contents: bytes) -> dict[str, Any] | str:
    path.write_bytes(contents)
    try:
        return dict(read_weights(path))
    except WeightsError as refused:
        return str(refused)


shapes = st.lists(st.integers(0, 3), max_size=3)


@st.composite
def tensors(draw: st.DrawFn) -> dict[str, tuple[str, list[int], bytes]]:
    names = draw(st.lists(st.text(max_size=8), max_size=4, unique=True))
    found = {}
    for name in names:
        kind, shape = draw(st.sampled_from(LIBRARY_TYPES)), draw(shapes)
        size = int(np.prod(shape, dtype=np.int64)) * _bytes_of(kind)
        found[name] = kind, shape, draw(st.binary(min_size=size, max_size=size))
    found.pop("__metadata__", None)
    return found


def _bytes_of(kind: str) -> int:
    return 1 if kind == "BOOL" else int(kind.lstrip("FIU")) // 8


def packed(given_: dict[str, tuple[str, list[int], bytes]]) -> tuple[dict[str, Any], bytes]:
    header: dict[str, Any] = {}
    values = b""
    for name, (kind, shape, raw) in given_.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(values), len(values) + len(raw)]}
        values += raw
    return header, values


def file_of(header: Any, values: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + values


NUMPY = {"F": "<f", "I": "<i", "U": "<u"}


@given(tensors())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_as_the_library_reads_it(
    tmp_path: Path, given_: dict[str, tuple[str, list[int], bytes]]
) -> None:
    contents = file_of(*packed(given_))
    assert by_library(contents) is not None
    read = by_us(tmp_path / "w.safetensors", contents)
    if isinstance(read, str):
        assert "too large for float32" in read
        return
    assert read.keys() == given_.keys()
    for name, (kind, shape, raw) in given_.items():
        wanted = np.frombuffer(raw, "<u1" if kind == "BOOL" else f"{NUMPY[kind[0]]}{_bytes_of(kind)}").reshape(shape)
        with np.errstate(over="ignore"):
            assert np.array_equal(read[name], wanted.astype(np.float32), equal_nan=True)
        assert not read[name].flags.writeable


ODD: list[Any] = [None, True, -1, 0, 1, 3, 2**31, 2**63, 2**64, 10**30, 1.0, 1e308, "", "F32", "PICKLE", [], [0], {}]


def _edited(data: st.DataObject, header: dict[str, Any]) -> dict[str, Any]:
    """The header with one thing in it changed, added or taken away."""
    name = data.draw(st.sampled_from(sorted(header)))
    if not isinstance(header[name], dict):
        return header
    entry = dict(header[name])
    key = data.draw(st.sampled_from(["dtype", "shape", "data_offsets", "later"]))
    act = data.draw(st.sampled_from(["set", "drop", "inside", "whole", "metadata", "copy"]))
    if act == "drop":
        entry.pop(key, None)
    elif act == "inside" and isinstance(entry.get(key), list) and entry[key]:
        index = data.draw(st.integers(0, len(entry[key]) - 1))
        entry[key] = [*entry[key][:index], data.draw(st.sampled_from(ODD)), *entry[key][index + 1 :]]
    elif act == "copy":
        return {**header, name + "2": entry}
    elif act == "metadata":
        return {**header, "__metadata__": data.draw(st.sampled_from([{}, {"a": "b"}]))}
    elif act == "whole":
        return {**header, name: data.draw(st.sampled_from(ODD))}
    else:
        entry[key] = data.draw(st.sampled_from([*ODD, "F64", "I8", "F8_E4M3", [2], [1, 1, 1], [0, 4], [4, 8], [8, 4]]))
    return {**header, name: entry}


@given(tensors(), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_what_the_library_refuses_is_refused(
    tmp_path: Path, given_: dict[str, tuple[str, list[int], bytes]], data: st.DataObject
) -> None:
    assume(given_)
    header, values = packed(given_)
    for _change in range(data.draw(st.integers(1, 3))):
        header = _edited(data, header)
    values = data.draw(st.sampled_from([values, values[:-1], values + b"x", values[4:], b""]))
    contents = file_of(header, values)
    known, read = by_library(contents), by_us(tmp_path / "w.safetensors", contents)
    if known is None:
        assert isinstance(read, str)
    elif isinstance(read, str):
        assert read.count("\n") == 0
        assert any(reason in read for reason in STRICTER), read
    else:
        assert read.keys() == known.keys()


@given(tensors(), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_any_damaged_bytes_are_refused_or_read_as_the_library_does(
    tmp_path: Path, given_: dict[str, tuple[str, list[int], bytes]], data: st.DataObject
) -> None:
    good = file_of(*packed(given_))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    contents = good[:start] + data.draw(st.binary(max_size=12)) + good[end:]
    assume(contents)
    known, read = by_library(contents), by_us(tmp_path / "w.safetensors", contents)
    assert known is not None or isinstance(read, str)


def test_the_library_reads_what_is_written(tmp_path: Path) -> None:
    given_ = {
        "größe.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4).transpose(2, 0, 1),
        "b": np.float64(3.5) * np.ones(()),
        "none": np.zeros((0, 3)),
    }
    write_weights(tmp_path / "w.safetensors", given_)
    read = safetensors.numpy.load_file(tmp_path / "w.safetensors")
    assert read.keys() == given_.keys()
    for name, array in given_.items():
        assert read[name].dtype == np.float32
        assert np.array_equal(read[name], array)


LITTLE_MEMORY = """
import resource, sys
from designer.files.weights_file import WeightsError, read_weights
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 130_000_000,) * 2)
try:
    print(sum(array.size for array in read_weights(sys.argv[1]).values()))
except WeightsError as refused:
    print(refused)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much address space is taken")
@pytest.mark.parametrize(
    ("tensors_", "bytes_each", "says"),
    [(10, 10_000_000, "25000000\n"), (1, 100_000_000, "25000000\n"), (1, 200_000_000, "not enough memory to read it")],
)
def test_reading_takes_the_memory_of_the_tensors_and_no_more(
    tmp_path: Path, tensors_: int, bytes_each: int, says: str
) -> None:
    header = {
        f"w{index}": {
            "dtype": "F32",
            "shape": [bytes_each // 4],
            "data_offsets": [index * bytes_each, (index + 1) * bytes_each],
        }
        for index in range(tensors_)
    }
    path = tmp_path / "w.safetensors"
    with path.open("wb") as stream:
        stream.write(file_of(header, b""))
        stream.truncate(stream.tell() + tensors_ * bytes_each)
    ended = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert says in ended.stdout, ended.stderr
    assert ended.stderr == ""


@pytest.mark.parametrize(
    "damage",
    [
        lambda header, values: struct.pack("<Q", 17_000_000) + b"{" + bytes(17_000_100),
        lambda header, values: file_of(header[:-1] + b',"w":1}', values),
        lambda header, values: file_of(b"[" * 1000, values),
        lambda header, values: file_of(b'{"a":' * 5000, values),
    ],
)
def test_a_header_made_to_do_harm_is_refused(tmp_path: Path, damage: Callable[[bytes, bytes], bytes]) -> None:
    header, values = packed({"w": ("F32", [1], bytes(4))})
    told = by_us(tmp_path / "w.safetensors", damage(json.dumps(header).encode(), values))
    assert isinstance(told, str)
    assert "not a safetensors file, or a damaged one (" in told
