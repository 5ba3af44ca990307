"""Safetensors files; the format is written and read by hand here, after its description at huggingface.co."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from designer.files import weights_file
from designer.files.weights_file import WeightsError, read_weights, write_weights
from tests.helpers.no_files import every_no_file


def safetensors_file(header: Any, contents: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + contents


def one_tensor(dtype: str, shape: list[int], contents: bytes, name: str = "w") -> bytes:
    return safetensors_file({name: {"dtype": dtype, "shape": shape, "data_offsets": [0, len(contents)]}}, contents)


def refusal(path: Path) -> str:
    """Read in a thread, so that a read that waits for ever fails the test instead of stopping it."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(WeightsError) as caught:
        pool.submit(read_weights, path).result(timeout=20)
    message = str(caught.value)
    assert message.isprintable()  # one line
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


# ------------------------------------------------------------------------------------------------- writing


def test_written_file_is_safetensors_with_the_names_of_pytorch(tmp_path: Path) -> None:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_weights(tmp_path / "w.safetensors", {"fc.weight": weight, "fc.bias": np.float32([7, 8])})
    contents = (tmp_path / "w.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8 : 8 + length])
    assert header.pop("__metadata__") == {"format": "pt"}
    assert set(header) == {"fc.weight", "fc.bias"}
    for name, values in (("fc.weight", [0, 1, 2, 3, 4, 5]), ("fc.bias", [7, 8])):
        start, end = header[name]["data_offsets"]
        assert header[name]["dtype"] == "F32"
        assert list(struct.unpack(f"<{len(values)}f", contents[8 + length :][start:end])) == values
    assert header["fc.weight"]["shape"] == [2, 3]


@pytest.mark.parametrize(
    "tensor",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3).T,
        np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        np.arange(24, dtype=np.float32).reshape(4, 6)[::2, ::-3],
        np.broadcast_to(np.float32(1.5), (2, 2)),
        np.arange(6, dtype=">f4"),
        np.arange(6, dtype=np.float64) / 3,
        np.arange(6, dtype=np.int64),
        np.float32(3.5).reshape(()),
        np.zeros((0, 3), np.float32),
    ],
)
def test_any_layout_in_memory_comes_back(tmp_path: Path, tensor: np.ndarray[Any, Any]) -> None:
    write_weights(tmp_path / "w.safetensors", {"w": tensor})
    back = read_weights(tmp_path / "w.safetensors")["w"]
    assert back.shape == tensor.shape
    assert back.dtype == np.float32
    assert (back == tensor.astype(np.float32)).all()


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(
    lambda name: name != "__metadata__"
)
tensors = st.dictionaries(names, arrays(np.float32, array_shapes(min_dims=0, max_dims=4, max_side=4)), max_size=4)


@given(tensors=tensors)
def test_round_trip_is_the_identity(tmp_path_factory: pytest.TempPathFactory, tensors: dict[str, Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.safetensors"
    write_weights(path, tensors)
    back = read_weights(path)
    assert list(back) == sorted(tensors)
    for name, tensor in tensors.items():
        assert back[name].shape == tensor.shape
        assert np.array_equal(back[name], tensor, equal_nan=True)


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "w.safetensors"
    write_weights(path, {"w": np.ones(3, np.float32)})
    before = path.read_bytes()
    path.chmod(0o640)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_weights(path, {"w": np.zeros(3, np.float32)})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.safetensors"]
    monkeypatch.undo()
    write_weights(path, {"w": np.zeros(3, np.float32)})
    assert path.stat().st_mode & 0o777 == 0o640
    assert read_weights(path)["w"].tolist() == [0, 0, 0]


# ------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("dtype", "packed", "values"),
    [
        ("F32", struct.pack("<2f", 1.5, -2.25), [1.5, -2.25]),
        ("F64", struct.pack("<2d", 1.5, 0.1), [1.5, np.float32(0.1)]),
        ("F16", struct.pack("<2H", 0x3E00, 0xC080), [1.5, -2.25]),  # 1.1 · 2⁰; −1.001 · 2¹
        ("BF16", struct.pack("<2H", 0x3FC0, 0xC010), [1.5, -2.25]),
        ("I64", struct.pack("<2q", 3, -4), [3, -4]),
        ("I32", struct.pack("<2i", 3, -4), [3, -4]),
        ("I16", struct.pack("<2h", 3, -4), [3, -4]),
        ("I8", struct.pack("<2b", 3, -4), [3, -4]),
        ("U8", bytes([3, 200]), [3, 200]),
        ("BOOL", bytes([1, 0]), [1, 0]),
    ],
)
def test_other_number_types_become_float32(tmp_path: Path, dtype: str, packed: bytes, values: list[float]) -> None:
    (tmp_path / "w.safetensors").write_bytes(one_tensor(dtype, [2], packed))
    tensor = read_weights(tmp_path / "w.safetensors")["w"]
    assert tensor.dtype == np.float32
    assert tensor.tolist() == values


def test_scalar_counter_of_pytorch_batch_norm_is_read(tmp_path: Path) -> None:
    contents = one_tensor("I64", [], struct.pack("<q", 12), "bn1.num_batches_tracked")
    (tmp_path / "w.safetensors").write_bytes(contents)
    tensor = read_weights(tmp_path / "w.safetensors")["bn1.num_batches_tracked"]
    assert tensor.shape == ()
    assert tensor == 12


def test_what_was_read_cannot_be_changed(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.safetensors", {"w": np.ones(3)})
    with pytest.raises(ValueError, match="read-only"):
        read_weights(tmp_path / "w.safetensors")["w"][0] = 2


def test_nan_and_infinity_are_weights_too(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(one_tensor("F64", [2], struct.pack("<2d", np.nan, -np.inf)))
    tensor = read_weights(tmp_path / "w.safetensors")["w"]
    assert np.array_equal(tensor, [np.nan, -np.inf], equal_nan=True)


def test_value_beyond_float32_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(one_tensor("F64", [2], struct.pack("<2d", 1.0, 1e39), "conv1.weight"))
    wanted = "conv1.weight has values too large for float32; wanted at most 3.4e38"
    assert refusal(tmp_path / "w.safetensors") == wanted


def test_type_without_conversion_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(one_tensor("F8_E4M3", [2], b"\x38\x40", "conv1.weight"))
    assert refusal(tmp_path / "w.safetensors").startswith("conv1.weight is stored as F8_E4M3; wanted F32, or")


# ------------------------------------------------------------------------------------------------- hostile


@every_no_file
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    path = tmp_path / "w.safetensors"
    make(path)
    assert refusal(path) == f"{message}; choose a safetensors file"


GOOD = one_tensor("F32", [2, 2], bytes(16))


@pytest.mark.parametrize(
    "contents",
    [
        b"x",
        b"just text",
        *(GOOD[:length] for length in (1, 7, 8, 9, 30, len(GOOD) - 17, len(GOOD) - 16, len(GOOD) - 1)),
        GOOD + b"more",
        struct.pack("<Q", 2**64 - 1) + b"{}",
        struct.pack("<Q", 10**9) + b"{}",
        safetensors_file(b"[]"),
        safetensors_file(b"{"),
        safetensors_file(b"\xff\xfe{}"),
        safetensors_file(b'{"a":' * 10_000),
        safetensors_file({"w": 1}),
        safetensors_file({"w": {"dtype": "F32", "shape": [2]}}, bytes(8)),
        one_tensor("F32", [3, 2], bytes(16)),
        one_tensor("F32", [-1], bytes(4)),
        one_tensor("F32", [2**62, 2**62], bytes(4)),
        one_tensor("F32", [10**30], bytes(4)),
        one_tensor("PICKLE", [4], bytes(4)),
        safetensors_file({"w": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}, bytes(4)),
        safetensors_file({"w": {"dtype": "F32", "shape": [1], "data_offsets": [2**63, 2**63 + 4]}}, bytes(4)),
        safetensors_file(
            {
                "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
            },
            bytes(12),
        ),
    ],
)
def test_damaged_file_is_refused_on_one_line(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(contents)
    assert refusal(path).startswith("not a safetensors file, or a damaged one (")


def test_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_file, "MAX_FILE_BYTES", 1_000_000)
    write_weights(tmp_path / "w.safetensors", {"w": np.zeros(500_000)})
    assert refusal(tmp_path / "w.safetensors") == (
        "the file has 2 MB; at most 1 MB are read; choose a safetensors file"
    )


def zip_archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02cos\nsystem\n.")
    return stream.getvalue()


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("w.pt", b"", "PyTorch checkpoints can run any program when they are read, so they never are; in Python"),
        ("w.PTH", GOOD, "PyTorch checkpoints"),
        ("w.bin", b"", "PyTorch checkpoints"),
        ("w.ckpt", b"", "PyTorch checkpoints"),
        ("w.safetensors", zip_archive(), "PyTorch checkpoints"),
        ("w.safetensors", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch checkpoints"),
        ("w.safetensors", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.", "PyTorch checkpoints"),
        ("w.npy", b"", "NumPy files are not read as weights; in Python"),
        ("w.safetensors", npy(), "NumPy files"),
        ("w.h5", b"", "Keras files are not read as weights; in Python"),
        ("w.safetensors", b"\x89HDF\r\n\x1a\n", "Keras files"),
    ],
)
def test_other_weight_formats_are_named_and_refused(tmp_path: Path, name: str, contents: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    refused = refusal(path)
    assert refused.startswith(message)
    assert "weights.safetensors" in refused  # what to do instead


@pytest.mark.parametrize("length", [0x0280, 0x0380, 0x0480, 0x0580])
def test_header_whose_length_begins_like_a_pickle_is_read(tmp_path: Path, length: int) -> None:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode().ljust(length)
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors_file(header, struct.pack("<f", 2.5)))
    assert read_weights(path)["w"].tolist() == [2.5]
