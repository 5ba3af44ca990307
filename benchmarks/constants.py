"""What sizes and cut-offs of the kernels are worth: each as it is, beside half and twice of it.

For every layer of the gallery that a kernel computes: where half or twice of a constant would cut its work differently,
all three are timed in turns, the constant as it is twice, and the shortest times are added up. What the two columns of
the same value differ by is noise. Layers stand alone here, so their weights are in the caches more often than in a
network; and a constant that trades time for memory has its reason in the second table.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
import numpy as np

from benchmarks.layer_engines import bound
from designer.analysis.analyse import analyse
from designer.gallery.catalogue import names, network
from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import RELU
from designer.kernels.runtime.scratch import Scratch
from designer.kernels.runtime.stages import Kernel, Tiles
from designer.kernels.runtime.threads import checkpoint_scope, kernel_scope
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.operation import Prepared

SECONDS = 0.05
"""For each way of each layer, or five runs."""

FACTORS = (1.0, 0.5, 1.0, 2.0)
"""As it is, half, as it is again, twice."""


@attrs.frozen
class Constant:
    """A constant of the kernels.

    Parameters
    ----------
    modules
        Where it is defined, and where it was imported to, below `designer.kernels`.
    kernels
        How the names of the kernels begin whose work it may cut.
    inside
        Whether it acts within a part of the work, where no cut shows it: then all layers of these kernels are timed.
    """

    name: str
    modules: tuple[str, ...]
    kernels: tuple[str, ...]
    inside: bool = False

    @property
    def value(self) -> int:
        """The value that kernels see now."""
        return int(getattr(self._modules[0], self.name))

    @property
    def _modules(self) -> list[Any]:
        return [importlib.import_module(f"designer.kernels.{module}") for module in self.modules]

    def set(self, value: int) -> None:
        """Let the kernels see another value."""
        for module in self._modules:
            setattr(module, self.name, value)


def _constants() -> Iterator[Constant]:
    winograd, matrices, choose = "convolution.winograd", "convolution.winograd_matrices", "convolution.choose"
    for name in ("WINOGRAD_CHANNELS", "SMALL_SIDE", "FEW_TILES", "LARGE_BANK"):
        yield Constant(name, (choose,), ("winograd", "im2row"))
    sizes = ("BLOCK_VALUES", "BLOCK_TILES", "MOST_VALUES", "SHARED_VALUES", "SMALL_BANK", "INLINE_VALUES")
    for name in (*sizes, "STREAM_VALUES", "PRODUCT_VALUES", "PASS_TILES", "PASS_VALUES"):
        yield Constant(name, (winograd,), ("winograd",))
    yield Constant("PLACES_AT_ONCE", (winograd,), ("winograd",), inside=True)
    yield Constant("CHANNELS_AT_ONCE", (matrices,), ("winograd",))
    yield Constant("MANY_TILES", (matrices, choose), ("winograd",))
    for name in ("SMALL_BYTES", "KEPT_BYTES", "WHOLE_BYTES", "MOST_WHOLE_BYTES", "MOST_TILES"):
        yield Constant(name, (matrices,), ("winograd",))
    for name in ("TILE_VALUES", "BLOCK_VALUES", "FEW_CELLS", "MANY_WEIGHTS", "SHORT_REACH"):
        yield Constant(name, ("convolution.im2row",), ("im2row",))
    for name in ("TILE_VALUES", "TAP_MACS", "INLINE_VALUES"):
        yield Constant(name, ("convolution.depthwise",), ("depthwise",))
    waking = ("arrays.tiles", "arrays.rectangles", "convolution.im2row", "convolution.im2col")
    yield Constant("WAKING_MACS", waking, ("winograd", "im2row", "depthwise", "im2col"))
    yield Constant("LONG_BAND", ("arrays.rectangles",), ("im2row", "depthwise", "max"))
    for name in ("LONG_ROW", "LONGEST_ROW"):
        yield Constant(name, ("arrays.per_channel",), ("im2row", "depthwise"))
    for name in ("TILE_VALUES", "INLINE_VALUES"):
        yield Constant(name, ("pool_rows",), ("max",))
    yield Constant("INLINE_BYTES", ("dense",), ("matrix",))


CONSTANTS = tuple(_constants())


@attrs.frozen(eq=False)
class Work:
    """A layer of the gallery on an image of noise."""

    layer: Layer
    operation: Prepared
    shape: Shape
    tensors: dict[str, Array]

    def prepare(self) -> Kernel:
        """Its kernel, as the constants are now."""
        return self.operation.prepare(self.tensors, (1, *self.shape), precise=False)


@attrs.frozen(eq=False)
class Way:
    """A layer with one value of a constant: what is left of it when its plan is run again."""

    cut: object
    kept_bytes: int
    calls: list[Callable[[], object]]

    @classmethod
    def of(cls, work: Work) -> Way:
        """The layer as the constants are now."""
        kernel, scratch = work.prepare(), Scratch()
        x = _laid(np.random.default_rng(0).random((1, *work.shape), dtype=np.float32))
        out, marks = kernel.empty(x), list[float]()
        with checkpoint_scope(marks.append):
            kernel.run(x, out, RELU, scratch)
        stages = kernel.stages(x, out, RELU, scratch)
        parts = [
            [_shapes(call) for call in stage.calls(index, scratch.here())]
            for stage in stages
            if isinstance(stage, Tiles)
            for index in range(stage.count)
        ]
        kept = sum(array.nbytes for array in kernel.weights())
        return cls((kernel.name, sorted(marks), parts), kept, [bound(stage, scratch) for stage in stages])

    def seconds(self) -> float:
        """Of one run."""
        began = time.perf_counter()
        for call in self.calls:
            call()
        return time.perf_counter() - began


def _laid(x: Array) -> Array:
    """As arrays lie within a network: channels adjacent."""
    if x.ndim < 3:
        return x
    return channels_first(np.ascontiguousarray(np.moveaxis(x, 1, -1)))


def _shapes(call: Callable[[], object]) -> list[Shape]:
    arguments = call.args if isinstance(call, partial) else ()
    return [argument.shape for argument in arguments if isinstance(argument, np.ndarray)]


def works() -> Iterator[Work]:
    """Every layer of the gallery that a kernel computes, those that are alike once."""
    seen = set()
    for name in names():
        design = network(name)
        for node, facts in analyse(design).layers.items():
            layer = design.nodes[node].layer
            key = layer, facts.input_shapes
            if facts.output_shape is None or not facts.inputs or key in seen:
                continue
            seen.add(key)
            operation = layer.operation(facts.input_shapes)
            if isinstance(operation, Prepared):
                random = np.random.default_rng(0)
                tensors = {
                    tensor: random.random(spec.shape, dtype=np.float32) - 0.5
                    for tensor, spec in layer.weights(facts.input_shapes).items()
                }
                yield Work(layer, operation, facts.input_shapes[0], tensors)


@attrs.define
class Sum:
    """Of all layers that a constant matters to: seconds and bytes of kept weights for each of `FACTORS`."""

    layers: int = 0
    seconds: list[float] = attrs.field(factory=lambda: [0.0] * len(FACTORS))
    kept: list[int] = attrs.field(factory=lambda: [0] * len(FACTORS))

    def line(self, constant: Constant) -> str:
        """The table's line."""
        module = constant.modules[0].rpartition(".")[2]
        start = f"  {module + '.' + constant.name:<36}{constant.value:>11,}{self.layers:7d}"
        if not self.layers:
            return start
        own = min(self.seconds[0], self.seconds[2])
        half, twice = (self.seconds[index] / own - 1 for index in (1, 3))
        noise = abs(self.seconds[0] - self.seconds[2]) / own
        kept = "".join(f"{self.kept[index] / 1e6:9.1f}" for index in (1, 0, 3))
        return f"{start}{1e3 * own:9.2f}{half:+9.1%}{twice:+9.1%}{noise:8.1%}{kept}"


def measure(work: Work, constant: Constant, total: Sum) -> None:
    """Add a layer to the sum of a constant, where it matters to it."""
    value, ways = constant.value, list[Way]()
    values = [max(1, int(value * factor)) for factor in FACTORS]
    try:
        for each in values:
            constant.set(each)
            ways.append(Way.of(work))
        if not constant.inside and ways[0].cut == ways[1].cut == ways[3].cut:
            return
        shortest = [float("inf")] * len(ways)
        rounds = max(5, int(SECONDS / ways[0].seconds()))
        with kernel_scope():
            for turn in range(rounds):
                for step in range(len(ways)):
                    # Not always after the same one: what lies in the caches is what the one before has left there.
                    index = (step * (1 if turn % 2 else -1) + turn) % len(ways)
                    constant.set(values[index])
                    shortest[index] = min(shortest[index], ways[index].seconds())
    finally:
        constant.set(value)
    total.layers += 1
    total.seconds = [sum(pair) for pair in zip(total.seconds, shortest, strict=True)]
    total.kept = [sum(pair) for pair in zip(total.kept, (way.kept_bytes for way in ways), strict=True)]


def main() -> None:
    """Print the table."""
    wanted = [constant for constant in CONSTANTS if not sys.argv[1:] or constant.name in sys.argv[1:]]
    totals = {constant: Sum() for constant in wanted}
    for work in works():
        name = work.prepare().name
        for constant in wanted:
            if name.startswith(constant.kernels):
                measure(work, constant, totals[constant])
    print("constants of the kernels: ms of all layers of the gallery that they matter to, one image, shortest of turns")
    print(f"  {'':<36}{'':>11}{'':>7}{'as it':>9}{'':>9}{'':>9}{'':>8}{'MB of weights kept':>27}")
    print(
        f"  {'constant':<36}{'value':>11}{'layers':>7}{'is':>9}{'half':>9}{'twice':>9}{'noise':>8}"
        f"{'half':>9}{'as it is':>9}{'twice':>9}"
    )
    for constant, total in totals.items():
        print(total.line(constant), flush=True)


if __name__ == "__main__":
    main()
