"""Files of tensors that a person may have, by what they hold: safetensors, NumPy archives, PyTorch checkpoints."""

from __future__ import annotations

import os
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.files.npz_file import read_npz
from designer.files.regular_file import FileRefused, checked_file, printable_path
from designer.files.safetensors_format import Damaged
from designer.files.torch_file import STREAM_START, is_torch_archive, read_torch_archive, read_torch_stream
from designer.files.weights_file import MAX_FILE_BYTES, WeightsError, read_weights, to_float32
from designer.files.zip_member import opened_archive
from designer.i18n import _

SUFFIXES = (".safetensors", ".npz", ".pth", ".pt", ".bin")
"""What such files are called; what they hold decides."""

_NOT_SAFETENSORS = (".npz", ".pth", ".pt", ".bin", ".ckpt")

Weights = npt.NDArray[np.float32]


def read_tensors(path: str | os.PathLike[str]) -> dict[str, Weights]:
    """Every tensor of a file, in the order of the file, as read-only float32.

    Raises
    ------
    WeightsError
        One line: where, and what is wrong. Nothing that a file holds is ever carried out.
    """
    where = printable_path(path)
    try:
        with checked_file(path, limit=MAX_FILE_BYTES) as (stream, size):
            found = _read(stream, size, Path(path).suffix.lower())
    except FileRefused as refusal:
        raise WeightsError(_("{reason}; choose a file of weights").format(reason=refusal)) from refusal
    except Damaged as damage:
        message = _("{where}: cannot be read as weights ({reason})")
        raise WeightsError(message.format(where=where, reason=str(damage)[:200])) from None
    except MemoryError:
        raise WeightsError(_("{where}: there is not enough memory to read it").format(where=where)) from None
    if found is None:
        return read_weights(path, any_suffix=True)
    return {name: to_float32(where, name, kind, values) for name, (kind, values) in found.items()}


def _read(stream: BufferedReader, size: int, suffix: str) -> dict[str, tuple[str, npt.NDArray[Any]]] | None:
    """Tensors with their types; None for what is a safetensors file, or is to be refused as one."""
    start = stream.peek(512)[:512]
    if start.startswith(b"PK\x03\x04"):
        with opened_archive(stream) as archive:
            if is_torch_archive(archive):
                return read_torch_archive(archive, size)
            arrays = read_npz(archive, size)
        return {name: ("F64" if values.dtype.kind == "f" else "", values) for name, values in arrays.items()}
    if start.startswith(STREAM_START):
        return read_torch_stream(stream, size)
    if start[257:262] == b"ustar":
        raise Damaged(_("a checkpoint of PyTorch 0.1; load it in PyTorch, and save its state_dict() again"))
    if suffix in _NOT_SAFETENSORS and start[8:9] != b"{":
        raise Damaged(_("neither a checkpoint of PyTorch nor an archive of NumPy"))
    return None
