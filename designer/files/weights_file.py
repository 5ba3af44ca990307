"""Weights in safetensors files: names of PyTorch, arrays of float32. Nothing here ever unpickles."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.files.atomic import atomic_write
from designer.files.regular_file import FileRefused, checked_file, printable_path
from designer.files.safetensors_format import NUMPY_TYPES, Damaged, Entry, blocks, read_entries, read_values
from designer.i18n import N_, _
from designer.kernels.runtime.threads import checkpoint
from designer.layer_api.problems import UserError

SUFFIX = ".safetensors"
MAX_FILE_BYTES = 2 * 2**30

_Weights = npt.NDArray[np.float32]


class WeightsError(UserError):
    """A weights file cannot be used; the message is one line: where, what came, what was wanted."""


class OtherWeights(WeightsError):
    """The file is not the one that was meant: its digest is ``came``."""

    def __init__(self, came: str) -> None:
        super().__init__(_("the weights file holds other weights"))
        self.came = came


def write_weights(path: str | os.PathLike[str], tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write named tensors as float32 to a safetensors file that replaces ``path`` only when it is complete.

    Parameters
    ----------
    path
        An existing file keeps its permissions.
    tensors
        Under the names of PyTorch: ``conv1.weight`` is (out, in/groups, kh, kw).

    Raises
    ------
    OSError
        If it cannot be written; an old file is then untouched.
    """
    with atomic_write(path) as stream:
        for number, block in enumerate(blocks(tensors)):
            stream.write(block)
            # The first block is the header; each tensor is one more.
            checkpoint(number / max(1, len(tensors)))


def weights_digest(tensors: Mapping[str, npt.NDArray[Any]]) -> str:
    """SHA-256, in hexadecimal, of the file that `write_weights` would write."""
    digest = hashlib.sha256()
    for block in blocks(tensors):
        digest.update(block)
    return digest.hexdigest()


def read_weights(
    path: str | os.PathLike[str], *, sha256: str | None = None, any_suffix: bool = False
) -> dict[str, _Weights]:
    """Read every tensor of a safetensors file.

    Parameters
    ----------
    sha256
        Digest that the file must have, if it is known.
    any_suffix
        Whether the file may be called as those of other formats are.

    Returns
    -------
    dict
        Read-only float32 arrays by name, in the order of their names. Half precision, bfloat16, double
        precision and integers are converted.

    Raises
    ------
    OtherWeights
        For another digest.
    WeightsError
        No such file, not a regular one, damaged, larger than `MAX_FILE_BYTES` or than memory, of a type that has no
        conversion or with values that float32 cannot hold; or a format that runs code when it is read.
    """
    where = printable_path(path)
    if not any_suffix:
        _refuse_other_suffix(where, Path(path).suffix)
    digest = hashlib.sha256()
    try:
        with checked_file(path, limit=MAX_FILE_BYTES) as (stream, size):
            _refuse_other_contents(where, stream.peek(9)[:9])
            tensors = {
                entry.name: _to_float32(where, entry, stream, digest.update)
                for entry in read_entries(stream, size, digest.update)
            }
    except FileRefused as refusal:
        raise WeightsError(_("{reason}; choose a safetensors file").format(reason=refusal)) from refusal
    except Damaged as damage:
        message = _("{where}: not a safetensors file, or a damaged one ({reason}); save it again")
        raise WeightsError(message.format(where=where, reason=str(damage)[:200])) from damage
    except MemoryError:
        raise WeightsError(_("{where}: there is not enough memory to read it").format(where=where)) from None
    if sha256 is not None and digest.hexdigest() != sha256:
        raise OtherWeights(digest.hexdigest())
    return {name: tensors[name] for name in sorted(tensors)}


def not_finite(tensors: Mapping[str, npt.NDArray[Any]]) -> dict[str, int]:
    """How many values are NaN or infinite, by tensor; empty where all are numbers."""
    found = {}
    for name, tensor in tensors.items():
        # One pass without a copy; only a sum that is no number is looked at value by value.
        with np.errstate(over="ignore", invalid="ignore"):
            suspect = not np.isfinite(tensor.sum())
        count = int(tensor.size - np.isfinite(tensor).sum()) if suspect else 0
        if count:
            found[name] = count
    return found


# ------------------------------------------------------------------------------------------ what is refused

_OTHER_FORMATS = (
    (
        (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"),
        (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        N_(
            "{where}: PyTorch checkpoints can run any program when they are read, so they never are; "
            "in Python, save it with safetensors.torch.save_file(state_dict, 'weights.safetensors')"
        ),
    ),
    (
        (".npy", ".npz"),
        (b"\x93NUMPY",),
        N_(
            "{where}: NumPy files are not read as weights; "
            "in Python, save them with safetensors.numpy.save_file(arrays, 'weights.safetensors')"
        ),
    ),
    (
        (".h5", ".hdf5", ".keras"),
        (b"\x89HDF",),
        N_(
            "{where}: Keras files are not read as weights; "
            "in Python, save the arrays with safetensors.numpy.save_file(arrays, 'weights.safetensors')"
        ),
    ),
)


def _refuse_other_suffix(where: str, suffix: str) -> None:
    for suffixes, _starts, message in _OTHER_FORMATS:
        if suffix.lower() in suffixes:
            raise WeightsError(_(message).format(where=where))


def _refuse_other_contents(where: str, start: bytes) -> None:
    # The length of a safetensors header can begin like a pickle; the header itself begins with a brace.
    if start[8:9] == b"{":
        return
    for _suffixes, starts, message in _OTHER_FORMATS:
        if start.startswith(starts):
            raise WeightsError(_(message).format(where=where))


# ------------------------------------------------------------------------------------------------ conversion


def _to_float32(where: str, entry: Entry, stream: BufferedReader, seen: Callable[[Any], None]) -> _Weights:
    if entry.type not in NUMPY_TYPES:
        message = _("{where}: {name} is stored as {type}; wanted F32, or F16, BF16, F64 to convert")
        raise WeightsError(message.format(where=where, name=entry.name, type=entry.type))
    return to_float32(where, entry.name, entry.type, read_values(stream, entry, seen))


def to_float32(where: str, name: str, stored: str, values: npt.NDArray[Any]) -> _Weights:
    """Values of a type of the format as read-only float32, in C order.

    Raises
    ------
    WeightsError
        Where float32 cannot hold them.
    """
    if stored == "BF16":  # the upper half of a float32
        values = (values.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):
        weights = np.asarray(values, np.float32, order="C")
    if stored == "F64" and np.isinf(weights).sum() != np.isinf(values).sum():
        message = _("{where}: {name} has values too large for float32; wanted at most 3.4e38")
        raise WeightsError(message.format(where=where, name=name))
    weights.flags.writeable = False
    return weights
