"""What a layer must declare. Start reading here.

A layer class states facts about itself; the concerns (analysis, engine, form, exports) own the algorithms and ask.
A fact is declared once and the rest derives from it: the parameter count is the sum of :meth:`Layer.weights`, never a
second formula. Facts without an honest default are abstract, so a layer that forgets one cannot be imported.
"""

from __future__ import annotations

import abc
import enum
import functools
import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, dataclass_transform

import attrs

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.layer_api import fields as field_specifiers
from designer.layer_api import list_fields
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import METADATA_KEY, Field
from designer.layer_api.geometry import Pattern, Region, Shape, Window, whole
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.initial_values import Initial
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import FieldError, quoted


class Category(enum.Enum):
    """Where the palette shows a layer, and the colour of its strip. The value is the label."""

    INPUT = N_("Input and output")
    CONVOLUTION = N_("Convolution")
    POOLING = N_("Pooling")
    NORMALISATION = N_("Normalisation")
    ACTIVATION = N_("Activation")
    DENSE = N_("Fully connected")
    MERGE = N_("Merge")
    SHAPE = N_("Shape and resampling")


class Quantity(enum.Enum):
    """What a formula computes."""

    OUTPUT = "output"
    PARAMETERS = "parameters"
    MACS = "macs"
    MEMORY = "memory"
    RECEPTIVE_FIELD = "receptive field"


@attrs.frozen
class Formula:
    """One line of arithmetic with a layer's own numbers in it, as the article writes it.

    ``text`` is a complete equation, ``(5·5·3 + 1)·10 = 760``; ``label`` says of what where a quantity has several
    ("height").
    """

    quantity: Quantity
    text: str
    label: str = ""


@attrs.frozen
class WeightSpec:
    """Shape of one weight tensor (PyTorch's layout) and how it starts.

    ``fan_in`` and ``fan_out`` are the connections of one unit, for He and Xavier initialisation. A tensor that is not
    ``trainable`` (running mean) is counted apart from the parameters.
    """

    shape: Shape
    initial: Initial = "kernel"
    fan_in: int = 1
    fan_out: int = 1
    trainable: bool = True

    @property
    def size(self) -> int:
        """Number of values."""
        count = 1
        for length in self.shape:
            count *= length
        return count


class Layer(abc.ABC):
    """Facts of one layer. Subclasses are frozen values whose attributes are declared with ``layer_api.fields``.

    Shapes leave the batch out; arrays are ``(N, *shape)``. ``inputs`` are always the shapes (or arrays) that reach the
    layer, in the order of its input ports.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    category: ClassVar[Category]
    prefix: ClassVar[str]
    """How ids of new nodes begin: ``conv`` gives conv1, conv2 …"""

    rank: ClassVar[int] = 0
    """Spatial axes the layer works on; 0 where it takes any."""

    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int | None] = 1
    """None: as many as are connected."""

    input_names: ClassVar[tuple[str, ...]] = ()
    """Names of the input ports where each has a part of its own (query, key); the others are numbered."""

    search_terms: ClassVar[tuple[str, ...]] = ()
    """Other names people type in the palette's search ("fc", "linear")."""

    gradient_reads: ClassVar[tuple[Literal["inputs", "output"], ...]] = ("inputs",)
    """Whose values :meth:`backward` reads beside weights and gradient: training keeps them until then."""

    @abc.abstractmethod
    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Shape of the output; raises ShapeProblem where the layer cannot work on ``inputs``."""

    @abc.abstractmethod
    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """Weight tensors by name, in the order of PyTorch's state dict."""

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """True where the weights depend on the channels (or features) of the inputs alone, not on the size of the maps.

        False for a layer with weights of its own for every place.
        """
        return True

    @abc.abstractmethod
    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """The window each output cell sees; None where the field has no size (a dense layer, an upsampling)."""

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """Which cells are read, where there is no window but what is read repeats along each axis (an upsampling)."""
        del inputs
        return None

    @abc.abstractmethod
    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Multiply-adds of one image, counted as torchvision counts them."""

    @abc.abstractmethod
    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Formulas for output size, parameters and multiply-adds with this layer's numbers in them.

        Only called where ``output_shape`` succeeds.
        """

    @abc.abstractmethod
    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The output for arrays ``(N, *shape)``; never changes its inputs, deterministic, no side effects.

        It is written to ``out``, of any memory layout, where one is given. Heavy work goes through the kernels, which
        stop between tiles when a run is cancelled.
        """

    @abc.abstractmethod
    def backward(self, done: ForwardPass) -> Gradients:
        """The gradients with respect to inputs and weights; raises NotDifferentiable where there is no derivative."""

    onnx_operators: ClassVar[tuple[str, ...]] = ()
    """Operators of ONNX that :meth:`from_onnx` knows."""

    @classmethod
    @abc.abstractmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """The layer and the weights that an ONNX operator stands for; raises CannotRead with the reason.

        What ONNX does not keep (how weights start, "same" padding) gets its default, or the numbers it stood for.
        """

    @abc.abstractmethod
    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """The ONNX operators that compute the same."""

    @abc.abstractmethod
    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """The PyTorch modules and functions that compute the same; raises NotExpressible where there are none."""

    @abc.abstractmethod
    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """The Keras layers and functions that compute the same; raises NotExpressible where there are none."""

    def caption(self) -> str:
        """The key parameters in one short line, as a node shows them: ``6 @ 5×5, s1, p2``."""
        return ""

    @classmethod
    def passes_through(cls) -> bool:
        """True where the values arrive unchanged, at most with zeros around them (dropout, zero padding)."""
        return False

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """What the engine may do with the layer on inputs of these shapes beside calling :meth:`forward`."""
        del inputs
        return Plain()

    # -- what the window and the exports ask -------------------------------------------------------------------------

    @classmethod
    def yields_probabilities(cls) -> bool:
        """True where the values over the channels add up to one (softmax)."""
        return False

    def class_names(self) -> tuple[str, ...]:
        """Names of what the channels score, in their order; empty where they have none."""
        return ()

    def filter_kernels(self, weights: Mapping[str, Array]) -> Array | None:
        """The kernels by output channel, (filters, depth, *kernel); None where nothing slides over the input."""
        del weights
        return None

    def initialization(self) -> str:
        """How weights start: the field ``initializer`` where the layer declares one, else ``auto``."""
        return str(getattr(self, "initializer", "auto"))

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """Cells of input ``index`` from which the output cells of ``region`` are computed.

        The region may reach outside the map, into its padding. Without a window the whole map is read.
        """
        window = self.window(inputs)
        if window is None or len(region) != len(window.kernel):
            return whole(inputs[index][1:])
        return window.reads(region)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """As :meth:`reads`, but both regions have an axis for the channels too, before the others.

        For vectors, and layers that move values from one axis to another. An axis that ends before it begins: nothing
        of this input is read. By default all channels are, of the cells that :meth:`reads` names.
        """
        return ((0, inputs[index][0] - 1), *self.reads(region[1:], inputs, index))

    def cells_read(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Input cells that all windows read, each as often as it is read; 0 where there is no window.

        What a pooling does for one image, by the conventions that count it.
        """
        window = self.window(inputs)
        return 0 if window is None else math.prod(output) * math.prod(window.kernel)

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """Parameter changes that might turn the output into ``wanted``, gentlest first; fixes try them."""
        del inputs, wanted
        return ()

    # -- derived: nobody overrides these ---------------------------------------------------------------------------

    @classmethod
    def fields(cls) -> Mapping[str, Field]:
        """The declared fields by name, in order."""
        return {a.name: a.metadata[METADATA_KEY] for a in attrs.fields(cls) if METADATA_KEY in a.metadata}  # type: ignore[arg-type]

    @classmethod
    @functools.cache  # every layer that is written asks for them: three quarters of the time of a spec
    def defaults(cls) -> Mapping[str, object]:
        """Default of every field, normalised."""
        return MappingProxyType(cls().parameters())

    @classmethod
    def description(cls) -> str:
        """The docstring's first paragraph, translated: what the palette's tooltip says."""
        return _(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " "))

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> Self:
        """Build from plain values (JSON, a form); raises FieldError in one line."""
        known = cls.fields()
        for name in parameters:
            if name not in known:
                allowed = ", ".join(known) or _("none")
                raise FieldError(
                    _("{field}: {kind} has no such parameter; it has {allowed}").format(
                        field=name if len(name) <= 40 else quoted(name), kind=cls.kind, allowed=allowed
                    )
                )
        return cls(**parameters)

    def parameters(self) -> dict[str, Any]:
        """Value of every field."""
        return {name: getattr(self, name) for name in self.fields()}

    def to_json(self) -> dict[str, Any]:
        """The fields that differ from their default, as JSON values."""
        defaults = self.defaults()
        return {
            name: field.to_json(getattr(self, name))
            for name, field in self.fields().items()
            if getattr(self, name) != defaults[name]
        }

    def replace(self, **changes: object) -> Self:
        """The same layer with other values; raises FieldError."""
        return self.from_parameters({**self.parameters(), **changes})

    @classmethod
    def port_name(cls, index: int) -> str:
        """How texts tell an input port from the others: by its name, or else its number from 1 on."""
        return _(cls.input_names[index]) if index < len(cls.input_names) else str(index + 1)

    @classmethod
    def is_source(cls) -> bool:
        """True where the layer has no inputs: an image enters here."""
        return cls.max_inputs == 0


LayerClass = TypeVar("LayerClass", bound=type[Layer])


def shared_fields(cls: LayerClass) -> LayerClass:
    """Class decorator of what layers of several ranks have in common: its fields are theirs, before their own."""
    return attrs.frozen(kw_only=True, slots=False)(cls)


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        field_specifiers.integer,
        field_specifiers.real,
        field_specifiers.boolean,
        field_specifiers.choice,
        field_specifiers.pair,
        field_specifiers.padding,
        field_specifiers.shape,
        list_fields.sizes,
        list_fields.axes,
        list_fields.names,
    ),
)
def layer(cls: LayerClass) -> LayerClass:
    """Class decorator of every layer: makes it a frozen value and checks at import that no fact is missing.

    Raises
    ------
    TypeError
        Where a fact is missing or a field lacks its declaration.
    """
    # Hashed once: the analysis asks what is known of each layer of a large network by the layer itself.
    made = attrs.frozen(kw_only=True, slots=False, cache_hash=True)(cls)
    missing = sorted(getattr(made, "__abstractmethods__", ()))
    missing += [name for name in ("kind", "label", "category", "prefix") if not hasattr(made, name)]
    if not made.__doc__ or made.__doc__.startswith("Method generated"):
        missing.append("docstring")
    missing += [f"field {a.name}" for a in attrs.fields(cast(Any, made)) if METADATA_KEY not in a.metadata]
    if missing:
        raise TypeError(f"layer {cls.__name__} does not declare: {', '.join(missing)}")
    return made
