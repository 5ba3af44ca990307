"""The part of Python's pickle that PyTorch writes tensors in, read as a list of words and carried out by hand.

A pickle is a program for a stack machine, and Python's own reader calls whatever function it names. Nothing is called
here: an operation that is not in the table below, and a name that is not in `STORAGES` or `_MADE`, refuse the file.
Operations: Python's pickletools; what PyTorch writes: torch/serialization.py and torch/_utils.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from designer.files.safetensors_format import Damaged
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint
from designer.layer_api.problems import UserError, printable

MOST_BYTES = 8_000_000
"""Of a pickle: PyTorch takes about 150 for a tensor, and values lie elsewhere."""

MOST_OPERATIONS = 2_000_000
"""As many as 60,000 tensors take; a few seconds."""

STORAGES: Mapping[str, str] = {
    "FloatStorage": "F32", "DoubleStorage": "F64", "HalfStorage": "F16", "BFloat16Storage": "BF16",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8", "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}  # fmt: skip
"""PyTorch's kinds of storage, as the types of `designer.files.safetensors_format`."""


class Source(Protocol):
    """Where a pickle is read from."""

    def read(self, size: int) -> bytes:
        """So many bytes, or fewer where it ends."""

    def readline(self) -> bytes:
        """The rest of a line."""


@attrs.frozen
class Storage:
    """Values that lie elsewhere in the file under a key: how many, and of which type."""

    key: str
    type: str
    count: int


@attrs.frozen(eq=False)
class StoredTensor:
    """A tensor as a window onto a storage; offset and strides in values."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@attrs.frozen
class _Name:
    """A function or class that the pickle names; it stays a name."""

    text: str


class _Bounded:
    """A source of which no more is read than a pickle may have."""

    def __init__(self, source: Source) -> None:
        self._source, self._left = source, MOST_BYTES

    def read(self, size: int) -> bytes:
        self._take(size)
        return self._source.read(size)

    def readline(self) -> bytes:
        line = self._source.readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Damaged(_("its list of tensors is longer than {limit} bytes").format(limit=MOST_BYTES))


def read_pickle(source: Source) -> Any:
    """The tree of dicts, lists, tuples, texts, numbers and :class:`StoredTensor` that one pickle describes.

    Raises
    ------
    Damaged
        Where it is no pickle, is too long, or names anything but tensors and what PyTorch stores them in.
    """
    import pickletools  # as long as ten other modules take, and no start needs it

    machine = _Machine()
    try:
        for count, (operation, argument, _place) in enumerate(pickletools.genops(_Bounded(source))):  # type: ignore[arg-type]
            if operation.name == "STOP":
                return machine.pop()
            if count % 10_000 == 0:
                checkpoint(0.0)
                if count > MOST_OPERATIONS:
                    break
            step = _STEPS.get(operation.name)
            if step is None:
                raise Damaged(_("its list of tensors uses {word}, which no tensor needs").format(word=operation.name))
            step(machine, argument)
    except UserError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, AssertionError):
        raise Damaged(_("its list of tensors cannot be read")) from None
    raise Damaged(_("its list of tensors does not end"))


class _Machine:
    """Stack, marks and memory of the machine."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memory: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def pop(self) -> Any:
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise IndexError
        return self.stack.pop()

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def tuple_of(self, count: int) -> None:
        values = [self.pop() for _number in range(count)]
        self.push(tuple(reversed(values)))

    def set_items(self, values: Sequence[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise TypeError
        for key, value in zip(values[::2], values[1::2], strict=True):
            # Nothing nested: the hash of tuples in tuples takes for ever.
            if not isinstance(key, str | int | float | bool | None):
                raise TypeError
            target[key] = value

    def append(self, values: Sequence[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise TypeError
        target.extend(values)

    def name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise TypeError
        text = f"{module}.{name}"
        storage = module == "torch" and name in STORAGES
        if not storage and text not in _MADE:
            raise Damaged(
                _("it names {name}, which is no part of a tensor; in Python, save model.state_dict() alone").format(
                    name=printable(text)[:80]
                )
            )
        self.push(_Name(text))

    def name_from_stack(self) -> None:
        name, module = self.pop(), self.pop()
        self.name(module, name)

    def stored(self) -> None:
        """What PyTorch keeps beside the pickle: ``("storage", class, key, device, count[, view])``."""
        word, storage, key, _device, count, *view = self.pop()
        if word != "storage" or not isinstance(storage, _Name) or not isinstance(key, str) or any(view):
            raise TypeError
        self.push(Storage(key, STORAGES[storage.text.removeprefix("torch.")], _size(count)))

    def make(self) -> None:
        arguments, made = self.pop(), self.pop()
        if not isinstance(arguments, tuple) or not isinstance(made, _Name):
            raise TypeError
        self.push(_MADE[made.text](arguments))

    def drop_state(self) -> None:
        """Attributes of a dict: PyTorch hangs versions of modules on it."""
        self.pop()
        if not isinstance(self.stack[-1], dict):
            raise TypeError


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**40:
        raise TypeError
    return value


def _tensor(arguments: tuple[Any, ...]) -> StoredTensor:
    storage, offset, shape, strides = arguments[:4]
    if not isinstance(storage, Storage) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        raise TypeError
    if len(shape) != len(strides) or len(shape) > 32:
        raise TypeError
    return StoredTensor(storage, _size(offset), tuple(map(_size, shape)), tuple(map(_size, strides)))


def _parameter(arguments: tuple[Any, ...]) -> StoredTensor:
    if not isinstance(arguments[0], StoredTensor):
        raise TypeError
    return arguments[0]


def _empty(arguments: tuple[Any, ...]) -> dict[str, Any]:
    if arguments:
        raise TypeError
    return {}


def _sizes(arguments: tuple[Any, ...]) -> tuple[int, ...]:
    (sizes,) = arguments
    return tuple(map(_size, sizes))


_MADE: Mapping[str, Callable[[tuple[Any, ...]], Any]] = {
    "collections.OrderedDict": _empty,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _sizes,
}
"""What the pickle may have made, and what is made of it here."""

_Step = Callable[[_Machine, Any], None]


def _pushed(machine: _Machine, value: Any) -> None:
    machine.push(value)


def _kept(machine: _Machine, place: int) -> None:
    machine.memory[place] = machine.stack[-1]


_STEPS: Mapping[str, _Step] = {
    "PROTO": lambda _machine, _value: None,
    "FRAME": lambda _machine, _value: None,
    "MARK": lambda machine, _value: machine.marks.append(len(machine.stack)),
    "NONE": lambda machine, _value: machine.push(None),
    "NEWTRUE": lambda machine, _value: machine.push(True),
    "NEWFALSE": lambda machine, _value: machine.push(False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"), _pushed),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"), _pushed),
    "EMPTY_DICT": lambda machine, _value: machine.push({}),
    "EMPTY_LIST": lambda machine, _value: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _value: machine.push(()),
    "TUPLE": lambda machine, _value: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _value: machine.tuple_of(1),
    "TUPLE2": lambda machine, _value: machine.tuple_of(2),
    "TUPLE3": lambda machine, _value: machine.tuple_of(3),
    "APPEND": lambda machine, _value: machine.append([machine.pop()]),
    "APPENDS": lambda machine, _value: machine.append(machine.since_mark()),
    "SETITEM": lambda machine, _value: machine.set_items([machine.pop(), machine.pop()][::-1]),
    "SETITEMS": lambda machine, _value: machine.set_items(machine.since_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _kept),
    "MEMOIZE": lambda machine, _value: _kept(machine, len(machine.memory)),
    "BINGET": lambda machine, value: machine.push(machine.memory[value]),
    "LONG_BINGET": lambda machine, value: machine.push(machine.memory[value]),
    "GLOBAL": lambda machine, value: machine.name(*value.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _value: machine.name_from_stack(),
    "BINPERSID": lambda machine, _value: machine.stored(),
    "REDUCE": lambda machine, _value: machine.make(),
    "BUILD": lambda machine, _value: machine.drop_state(),
}
