"""PyTorch's checkpoints, of which nothing is carried out: archives (1.6 and later) and the streams before them.

Formats: torch/serialization.py, ``_save`` and ``_legacy_save``.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BufferedReader
from typing import Any

import numpy as np
import numpy.typing as npt

from designer.files.safetensors_format import NUMPY_TYPES, Damaged
from designer.files.tensor_pickle import Storage, StoredTensor, read_pickle
from designer.files.zip_member import read_into
from designer.i18n import _

Tensors = dict[str, tuple[str, npt.NDArray[Any]]]
"""Name → type, as safetensors files call it, and values as NumPy reads it."""

MAGIC = 0x1950A86A20F9469CFC6C
"""The first value of a stream."""

STREAM_START = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little")
STREAM_VERSION = 1001

DEEPEST, MOST_ENTRIES = 8, 200_000
"""Of dicts in dicts: a checkpoint of a training has three levels."""

Values = Callable[[Storage], npt.NDArray[Any]]


def is_torch_archive(archive: zipfile.ZipFile) -> bool:
    """Whether an archive is one that PyTorch has written."""
    return any(name.endswith("/data.pkl") for name in archive.namelist())


def read_torch_archive(archive: zipfile.ZipFile, size: int) -> Tensors:
    """The tensors of an archive of ``size`` bytes.

    Raises
    ------
    Damaged
        Also for a compressed member: PyTorch compresses none, so no archive grows when it is read.
    """
    [listing, *others] = [entry for entry in archive.infolist() if entry.filename.endswith("/data.pkl")]
    if others:
        raise Damaged(_("it has two lists of tensors"))
    folder = listing.filename.removesuffix("data.pkl")
    with archive.open(_plain(listing)) as member:
        tree = read_pickle(member)
    order = "<"
    if f"{folder}byteorder" in archive.namelist():
        with archive.open(_plain(archive.getinfo(f"{folder}byteorder"))) as member:
            order = ">" if member.read(8) == b"big" else "<"
    room = size

    def values(storage: Storage) -> npt.NDArray[Any]:
        nonlocal room
        entry = _plain(archive.getinfo(f"{folder}data/{storage.key}"))
        kind = np.dtype(order + NUMPY_TYPES[storage.type][1:])
        room -= entry.file_size
        if entry.file_size != storage.count * kind.itemsize or room < 0:
            raise _wrong_size(storage)
        found = np.empty(storage.count, kind)
        with archive.open(entry) as member:
            read_into(member, found)
        return found

    return _tensors(tree, values)


def _plain(entry: zipfile.ZipInfo) -> zipfile.ZipInfo:
    if entry.compress_type != zipfile.ZIP_STORED:
        raise Damaged(_("a member of the archive is compressed, which PyTorch never does"))
    return entry


def read_torch_stream(stream: BufferedReader, size: int) -> Tensors:
    """The tensors of a checkpoint from before PyTorch 1.6, of ``size`` bytes: pickles, then the values one by one."""
    if read_pickle(stream) != MAGIC or read_pickle(stream) != STREAM_VERSION:
        raise Damaged(_("it does not begin as a checkpoint of PyTorch does"))
    system = read_pickle(stream)
    order = ">" if isinstance(system, dict) and system.get("little_endian") is False else "<"
    tree, keys = read_pickle(stream), read_pickle(stream)
    if not isinstance(keys, list):
        raise Damaged(_("it does not say which values follow"))
    wanted: dict[str, Storage] = {}
    for _name, tensor in _named(tree):
        if wanted.setdefault(tensor.storage.key, tensor.storage) != tensor.storage:
            raise _wrong_size(tensor.storage)
    found: dict[str, npt.NDArray[Any]] = {}
    for key in keys:
        storage = wanted.get(key) if isinstance(key, str) else None
        (count,) = struct.unpack(f"{order}q", stream.read(8).ljust(8, b"\xff"))
        if storage is None or count != storage.count:
            raise Damaged(_("the values that follow are not those of its tensors"))
        kind = np.dtype(order + NUMPY_TYPES[storage.type][1:])
        if count * kind.itemsize > size - stream.tell():
            raise _wrong_size(storage)
        found[storage.key] = np.empty(count, kind)
        read_into(stream, found[storage.key])
    if wanted.keys() != found.keys():
        raise Damaged(_("the values that follow are not those of its tensors"))
    return _tensors(tree, lambda storage: found[storage.key])


def _wrong_size(storage: Storage) -> Damaged:
    return Damaged(_("the values of storage {key} are not as many as its tensors say").format(key=storage.key[:40]))


def _tensors(tree: Any, values: Values) -> Tensors:
    storages: dict[Storage, npt.NDArray[Any]] = {}
    tensors: Tensors = {}
    for name, tensor in _named(tree):
        storage = tensor.storage
        if storage not in storages:
            storages[storage] = values(storage)
        tensors[name] = (storage.type, _window(name, tensor, storages[storage]))
    return tensors


def _window(name: str, tensor: StoredTensor, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The tensor as a view of its storage, once it is known to lie inside."""
    count = 1
    for length in tensor.shape:
        count *= length
    reach = sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.strides, strict=True))
    # One value in several places of a tensor is not forbidden, but no weight is stored so, and it could be of any size.
    if count > len(values) or (count and tensor.offset + reach >= len(values)):
        raise Damaged(_("{name} reaches beyond the values of its storage").format(name=name[:80]))
    if not count:
        return np.empty(tensor.shape, values.dtype)
    bytes_apart = [stride * values.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(values[tensor.offset :], tensor.shape, bytes_apart, writeable=False)


def _named(tree: Any) -> Iterator[tuple[str, StoredTensor]]:
    """The tensors of a tree under names joined with dots: ``state_dict.conv1.weight``."""
    left = MOST_ENTRIES

    def walk(branch: Any, path: tuple[str, ...]) -> Iterator[tuple[str, StoredTensor]]:
        nonlocal left
        entries: Mapping[Any, Any] = branch if isinstance(branch, dict) else dict(enumerate(branch))
        for key, value in entries.items():
            left -= 1
            if left < 0 or len(path) > DEEPEST:
                raise Damaged(_("its list of tensors is nested too deep, or too long"))
            if isinstance(value, StoredTensor):
                yield ".".join((*path, str(key))), value
            elif isinstance(value, dict | list | tuple):
                yield from walk(value, (*path, str(key)))

    if isinstance(tree, StoredTensor):
        tree = {"tensor": tree}
    if isinstance(tree, dict | list | tuple):
        yield from walk(tree, ())
