"""Weights of other programs: safetensors, NumPy archives and PyTorch checkpoints, and files that mean harm."""

from __future__ import annotations

import io
import subprocess
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from designer.files import tensor_pickle, zip_member
from designer.files.tensor_files import read_tensors
from designer.files.weights_file import WeightsError, write_weights
from tests.helpers.peers import PYTHONS, missing
from tests.helpers.torch_files import Window, archive, checkpoint, listing, number, old_checkpoint, text, whole

KERNEL = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
TENSORS = {"conv.weight": whole(KERNEL), "conv.bias": whole(np.float32([1, -2])), "bn.count": whole(np.int64([7]))}


def written(folder: Path, contents: bytes, name: str = "w.pth") -> Path:
    path = folder / name
    path.write_bytes(contents)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as refused:
        read_tensors(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("make", [checkpoint, old_checkpoint])
def test_a_checkpoint_of_pytorch_is_read_in_its_order(tmp_path: Path, make: Any) -> None:
    found = read_tensors(written(tmp_path, make(TENSORS)))
    assert list(found) == ["conv.weight", "conv.bias", "bn.count"]
    np.testing.assert_array_equal(found["conv.weight"], KERNEL)
    assert found["bn.count"].tolist() == [7]
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}
    assert not found["conv.weight"].flags.writeable


def test_a_tensor_may_be_a_window_onto_its_values(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.float64)  # 3 rows of 4; the window is columns 1 and 3, transposed
    window = Window(values, (2, 3), (2, 4), offset=1)
    found = read_tensors(written(tmp_path, checkpoint({"w": window})))
    assert found["w"].tolist() == [[1, 5, 9], [3, 7, 11]]
    assert found["w"].flags.c_contiguous


def test_arrays_of_numpy_are_read(tmp_path: Path) -> None:
    arrays = {
        "a/kernel": np.float16([[1.5, 2]]),
        "b": np.asfortranarray(KERNEL[0, 0]),
        "c": np.array(3),
        "d": np.ones(0),
    }
    np.savez_compressed(tmp_path / "w.npz", **arrays)
    found = read_tensors(tmp_path / "w.npz")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)


def test_what_a_file_holds_decides_not_its_name(tmp_path: Path) -> None:
    write_weights(tmp_path / "w.bin", {"w": np.float32([1, 2])})
    assert read_tensors(tmp_path / "w.bin")["w"].tolist() == [1, 2]
    assert read_tensors(written(tmp_path, checkpoint(TENSORS), "w.safetensors")).keys() == TENSORS.keys()


def test_what_pytorch_itself_writes_is_read(tmp_path: Path) -> None:
    program = f"""if True:
        import sys
        try:
            import torch
        except ImportError:
            sys.exit(3)
        model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 2), torch.nn.BatchNorm2d(3))
        state, folder = model.state_dict(), {str(tmp_path)!r}
        half = {{name: each.bfloat16() for name, each in state.items() if each.is_floating_point()}}
        step = torch.optim.Adam(model.parameters())
        model(torch.ones(1, 2, 4, 4)).sum().backward()
        step.step()
        torch.save(state, folder + "/plain.pth")
        torch.save(state, folder + "/four.pth", pickle_protocol=4)
        torch.save(state, folder + "/old.pth", _use_new_zipfile_serialization=False)
        torch.save({{"epoch": 3, "model": state, "optimizer": step.state_dict()}}, folder + "/training.pth")
        torch.save(half, folder + "/half.pth")
        torch.save(model, folder + "/module.pth")
        for name, each in state.items():
            each.numpy().tofile(folder + "/" + name)
    """
    done = subprocess.run([PYTHONS["torch"], "-c", program], check=False)
    if done.returncode == 3:
        missing("torch")
    assert done.returncode == 0
    names = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"]
    for file in ("plain.pth", "four.pth", "old.pth"):
        found = read_tensors(tmp_path / file)
        assert list(found) == names
        for name in names[:-1]:
            np.testing.assert_array_equal(found[name].reshape(-1), np.fromfile(tmp_path / name, np.float32))
    assert {f"model.{name}" for name in names} < read_tensors(tmp_path / "training.pth").keys()
    exact = np.fromfile(tmp_path / "0.weight", np.float32)
    # bfloat16 keeps eight bits of the value: PyTorch rounds to the nearest.
    np.testing.assert_allclose(read_tensors(tmp_path / "half.pth")["0.weight"].reshape(-1), exact, rtol=2**-8)
    assert "torch.nn.modules.container.Sequential, which is no part of a tensor" in refusal(tmp_path / "module.pth")


# ------------------------------------------------------------------------------------------------------- means harm

HARM = b"\x80\x02cbuiltins\nexec\n(" + text("open('owned', 'w')") + b"tR."
NESTED = b"\x80\x02" + b")" + b"q\x00h\x00h\x00\x86" * 40 + text("x") + b"s."


def _tampered(**changes: Any) -> bytes:
    return checkpoint({"w": attrs.evolve(whole(np.float32([1, 2, 3])), **changes)})


def _npz(header: bytes, name: str = "w.npy") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(name, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return stream.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "a call": (archive(HARM, {}), "builtins.exec, which is no part of a tensor"),
    "a call by another word": (archive(b"\x80\x04" + text("os") + text("system") + b"\x93.", {}), "os.system"),
    "an old pickle with a call": (HARM, "neither a checkpoint"),
    "a call in an old checkpoint": (old_checkpoint({}).replace(b"\x80\x02](e.", HARM), "builtins.exec"),
    "a class made of parts": (archive(b"\x80\x02(ios\nsystem\n.", {}), "INST"),
    "an attribute of an allowed name": (
        archive(b"\x80\x02ctorch._utils\n_rebuild_tensor.__globals__\n.", {}),
        "no part",
    ),
    "an empty stack": (archive(b"\x80\x02R.", {}), "cannot be read"),
    "no end": (archive(b"\x80\x02}", {}), "cannot be read"),
    "a dict in itself": (archive(b"\x80\x02}q\x00" + text("a") + b"h\x00s.", {}), "nested too deep"),
    "a key of tuples in tuples": (archive(b"\x80\x02}" + NESTED[2:-6] + b"Ns.", {}), "cannot be read"),
    "a tensor beyond its values": (_tampered(shape=(4,)), "reaches beyond"),
    "an offset beyond": (_tampered(offset=1), "reaches beyond"),
    "a stride beyond": (_tampered(strides=(2,)), "reaches beyond"),
    "a value repeated": (_tampered(shape=(2**30,), strides=(0,)), "reaches beyond"),
    "a negative offset": (_tampered(offset=-1), "cannot be read"),
    "a negative stride": (_tampered(strides=(-1,)), "cannot be read"),
    "more values than there are": (_tampered(count=2**30), "not as many"),
    "no values": (archive(listing(TENSORS), {}), "damaged or not whole"),
    "packed values": (checkpoint(TENSORS, compressed=True), "compressed"),
    "a cut archive": (checkpoint(TENSORS)[:-30], "damaged or not whole"),
    "a changed value": (checkpoint(TENSORS).replace(KERNEL.tobytes(), (KERNEL + 1).tobytes(), 1), "damaged"),
    "a cut old checkpoint": (old_checkpoint(TENSORS)[:-20], "not as many"),
    "an old checkpoint of other values": (old_checkpoint(TENSORS)[:-40], "not"),
    "an old checkpoint that forgets values": (
        old_checkpoint(TENSORS).split(b"\x80\x02](")[0] + b"\x80\x02].",
        "not those of its tensors",
    ),
    "a member without a name": (_npz(b"{}").replace(b"w.npy", b"\x00.npy"), "not an array"),
    "the first format": (bytes(257) + b"ustar" + bytes(300), "PyTorch 0.1"),
    "nothing of the kind": (b"weights" * 100, "neither a checkpoint"),
    "objects": (_npz(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"), "numbers are wanted"),
    "a call in a header": (_npz(b"{'descr': exec('1'), 'fortran_order': False, 'shape': (1,), }\n"), "not an array"),
    "an array larger than memory": (
        _npz(b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,), }\n"),
        "memory",
    ),
    "a negative size": (_npz(b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -8), }\n"), "cannot be"),
    "an array cut short": (
        _npz(b"{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }\n"),
        "shorter than it says",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_means_harm_is_refused_in_one_line(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    contents, says = FILES[name]
    path = written(tmp_path, contents)
    tracemalloc.start()
    assert says in refusal(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.pth"]


def test_zeros_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000,), }\n"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("w.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(1_000_000))
    assert "would take more than 64.00\N{NO-BREAK SPACE}MB of memory" in refusal(written(tmp_path, stream.getvalue()))


def test_a_pickle_without_end_is_given_up(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tensor_pickle, "MOST_OPERATIONS", 20_000)
    assert "does not end" in refusal(written(tmp_path, archive(b"\x80\x02" + b"N" * 50_000 + b".", {})))
    monkeypatch.setattr(tensor_pickle, "MOST_BYTES", 10_000)
    assert "longer than 10000 bytes" in refusal(written(tmp_path, archive(b"\x80\x02" + b"N" * 50_000 + b".", {})))


def test_a_list_of_members_without_end_is_given_up(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(zip_member, "LARGEST_READ", 70_000)
    many = {str(number_): b"" for number_ in range(2000)}
    assert "list of its members" in refusal(written(tmp_path, archive(b"\x80\x02}.", many)))


def test_a_dict_that_is_listed_a_million_times_is_given_up(tmp_path: Path) -> None:
    """Five lists of thirty references each, one inside another: 24 million entries of 200 bytes."""
    inner = b"]q\x00(" + number(1) * 30 + b"e"
    for level in range(1, 6):
        inner += b"]q" + bytes([level]) + b"(" + (b"h" + bytes([level - 1])) * 30 + b"e"
    assert "too long" in refusal(written(tmp_path, archive(b"\x80\x02" + inner + b".", {})))
