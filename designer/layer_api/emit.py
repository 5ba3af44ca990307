"""What a layer becomes in another framework, as plain values: no framework is imported here or in a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np

from designer.layer_api.geometry import Padding


@attrs.frozen
class OnnxCall:
    """One ONNX operator (opset 17 or later) of the sequence that a layer becomes.

    Parameters
    ----------
    op
        Operator name in the default domain.
    inputs
        Names: ``"input0"``, ``"input1"`` … for the layer's inputs, a weight's name for that weight, a key of
        ``constants``, or the ``output`` of an earlier call of the same layer; ``""`` for an omitted optional input.
    attributes
        Operator attributes.
    output
        Name of the result; the layer's output is the call named ``"output"``.
    constants
        Small arrays the call needs (a shape, a scale).
    """

    op: str
    inputs: tuple[str, ...] = ("input0",)
    attributes: Mapping[str, Any] = attrs.field(factory=dict)
    output: str = "output"
    constants: Mapping[str, np.ndarray] = attrs.field(factory=dict)


class NotExpressible(Exception):
    """A layer with these parameters has no counterpart in a framework.

    Parameters
    ----------
    message
        One line, translated: what the framework lacks.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@attrs.frozen
class FrameworkCall:
    """One module or function of a framework, of the sequence that a layer becomes.

    A module is made once, ``name(*arguments, **keywords)``, and then applied to the inputs; a function is called with
    the inputs before its arguments.

    Parameters
    ----------
    name
        Where it is found: ``"nn.Conv2d"``, ``"torch.cat"``, ``"layers.Conv2D"``, ``"ops.pad"``.
    arguments, keywords
        Numbers, words and tuples of them; what is the framework's default is left out.
    inputs
        Names, as in :class:`OnnxCall`: ``"input0"`` …, a key of ``constants``, the ``output`` of an earlier call.
    output
        Name of the result; the layer's output is the call named ``"output"``.
    as_list
        The inputs are handed over as one list.
    constants
        Small arrays the call needs.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = attrs.field(factory=dict)
    inputs: tuple[str, ...] = ("input0",)
    output: str = "output"
    as_list: bool = False
    constants: Mapping[str, np.ndarray] = attrs.field(factory=dict)

    @property
    def is_module(self) -> bool:
        """Whether it is a module; both frameworks write classes with a capital."""
        return self.name.rpartition(".")[2][:1].isupper()


@attrs.frozen
class TorchCall(FrameworkCall):
    """A module or function of PyTorch, for arrays ``(N, C, *spatial)``.

    Parameters
    ----------
    weights
        The layer's weights that are this module's; its state dict has them under the same names. A function names them
        among its inputs too: they are parameters of the module that calls it.
    """

    weights: tuple[str, ...] = ()


@attrs.frozen
class KerasWeight:
    """A weight as Keras keeps it.

    Parameters
    ----------
    name
        Name of the layer's weight.
    axes
        The weight's axes in Keras's order, as for ``numpy.transpose``; empty where the order is the same.
    shape
        The shape that Keras gives the same values in this order, as for ``numpy.reshape``; empty where it is the same.
    """

    name: str
    axes: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()

    def array(self, weights: Mapping[str, np.ndarray]) -> np.ndarray:
        """The values in Keras's layout, from the layer's weights by name."""
        value = weights[self.name]
        turned = value.transpose(self.axes) if self.axes else value
        return turned.reshape(self.shape) if self.shape else turned


@attrs.frozen
class KerasCall(FrameworkCall):
    """A layer or function of Keras 3, for arrays ``(N, *spatial, C)``.

    Channels are last, Keras's default, because TensorFlow on a CPU convolves in no other order. Vectors hold their
    values in the same order as here: flattening moves the channels to the front first, so that weights of the dense
    layers behind it need no other order.

    Parameters
    ----------
    weights
        What each variable of this layer is set to, by the variable's name (``"kernel"``).
    """

    weights: Mapping[str, KerasWeight] = attrs.field(factory=dict)


SomeCall = TypeVar("SomeCall", bound=FrameworkCall)


def in_turn(*calls: SomeCall) -> tuple[SomeCall, ...]:
    """The calls one after the other: the first input of each is the result of the one before it."""
    made = []
    for number, call in enumerate(calls, 1):
        inputs = call.inputs if number == 1 else (f"step{number - 1}", *call.inputs[1:])
        made.append(attrs.evolve(call, inputs=inputs, output="output" if number == len(calls) else f"step{number}"))
    return tuple(made)


def one_or_axes(values: Sequence[int]) -> int | tuple[int, ...]:
    """The one number that holds for every axis, or one for each axis."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def unlike(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Those keywords whose values are not the framework's defaults."""
    return {name: value for name, value in values.items() if value != defaults[name]}


def is_even(sides: Padding) -> bool:
    """Whether every axis is padded by as much before as after it."""
    return all(before == after for before, after in sides)


def torch_pad(sides: Padding, value: float = 0.0) -> tuple[TorchCall, ...]:
    """Padding (or, below zero, cropping) of the spatial axes; nothing where there is none."""
    if not any(any(axis) for axis in sides):
        return ()
    # PyTorch lists the sides of the last axis first.
    flat = tuple(side for axis in reversed(sides) for side in axis)
    # PyTorch had no ZeroPad1d and ZeroPad3d before 2.1.
    if value or len(sides) != 2:
        return (TorchCall(f"nn.ConstantPad{len(sides)}d", (flat, value)),)
    return (TorchCall(f"nn.ZeroPad{len(sides)}d", (flat,)),)


def keras_pad(sides: Padding, value: float = 0.0) -> tuple[KerasCall, ...]:
    """Padding of the spatial axes; nothing where there is none."""
    if not any(any(axis) for axis in sides):
        return ()
    if value:
        return (KerasCall("ops.pad", (((0, 0), *sides, (0, 0)),), {"constant_values": value}),)
    return (KerasCall(f"layers.ZeroPadding{len(sides)}D", (sides if len(sides) > 1 else sides[0],)),)
