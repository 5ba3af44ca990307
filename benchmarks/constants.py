"""What sizes and cut-offs of the kernels are worth: each as it is, beside half and twice of it.

For every layer of the gallery that a kernel computes: where half or twice of a constant would cut its work differently,
all three are run in turns, the constant as it is by two kernels of its own, and the shortest times are added up: of the
clock on the wall, and of the processor, all threads together, which other programs disturb less. What the two kernels
of the same value differ by is noise. Layers stand alone here, so their weights are in the caches more often than in a
network. Bytes of kept weights are those that some constants trade time for.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import attrs
import numpy as np

from benchmarks.layer_engines import bound
from designer.analysis.analyse import analyse
from designer.gallery.catalogue import names, network
from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import RELU
from designer.kernels.runtime import threads
from designer.kernels.runtime.stages import Buffers, Kernel, Scratch, Stage, Tiles
from designer.kernels.runtime.threads import kernel_scope
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.operation import Prepared

SECONDS = 0.1
"""For each way of each layer, or eight runs."""

FACTORS = (1.0, 0.5, 1.0, 2.0)
"""As it is, half, as it is again, twice."""

Times = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""Seconds of the clock on the wall and of the processor, for each of `FACTORS`."""


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
    cuts, choose = "convolution.winograd_cuts", "convolution.choose"
    for name in ("WINOGRAD_CHANNELS", "SMALL_SIDE", "FEW_TILES", "LARGE_BANK"):
        yield Constant(name, (choose,), ("winograd", "im2row"))
    sizes = ("BLOCK_VALUES", "BLOCK_TILES", "INLINE_VALUES", "SHARED_VALUES", "STREAM_VALUES", "PRODUCT_VALUES")
    for name in (*sizes, "PASS_TILES", "PASS_VALUES"):
        yield Constant(name, (cuts,), ("winograd",))
    yield Constant("PLACES_AT_ONCE", ("convolution.winograd",), ("winograd",), inside=True)
    yield Constant("CHANNELS_AT_ONCE", ("convolution.winograd_matrices",), ("winograd",))
    yield Constant("MANY_TILES", (cuts, choose), ("winograd",))
    for name in ("SMALL_BYTES", "KEPT_BYTES", "WHOLE_BYTES", "MOST_WHOLE_BYTES", "MOST_TILES"):
        yield Constant(name, (cuts,), ("winograd",))
    for name in ("TILE_VALUES", "BLOCK_VALUES", "FEW_CELLS", "MANY_WEIGHTS", "SHORT_REACH"):
        yield Constant(name, ("convolution.im2row",), ("im2row",))
    for name in ("TILE_VALUES", "INLINE_VALUES"):
        yield Constant(name, ("convolution.depthwise",), ("depthwise",))
    waking = ("arrays.tiles", "convolution.im2row", "convolution.im2col")
    yield Constant("WAKING_MACS", waking, ("winograd", "im2row", "depthwise", "im2col"))
    yield Constant("LONG_BAND", ("arrays.tiles",), ("im2row", "depthwise", "maximum"))
    yield Constant("LONG_ROW", ("arrays.per_channel",), ("im2row", "depthwise"))
    for name in ("TILE_VALUES", "INLINE_VALUES"):
        yield Constant(name, ("pool_rows",), ("maximum",))
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
    """A layer with one value of a constant.

    Parameters
    ----------
    cut
        How its work is cut: equal ones are the same work.
    calls
        What is left of it when its plan is run again.
    """

    cut: object
    kept_bytes: int
    calls: list[Callable[[], object]]

    @classmethod
    def of(cls, work: Work) -> Way:
        """The layer as the constants are now."""
        kernel, scratch = work.prepare(), Scratch()
        x = _laid(np.random.default_rng(0).random((1, *work.shape), dtype=np.float32))
        stages = kernel.stages(x, kernel.empty(x), RELU, scratch)
        kept = sum(array.nbytes for array in kernel.weights())
        return cls((kernel.name, *map(_cut, stages)), kept, [bound(stage, scratch) for stage in stages])

    def seconds(self) -> tuple[float, float]:
        """Of one run, by the clock on the wall and of the processor."""
        began = time.perf_counter(), time.process_time()
        for call in self.calls:
            call()
        return time.perf_counter() - began[0], time.process_time() - began[1]


def _cut(stage: Stage) -> object:
    """The shapes of all arrays that the parts of a stage work on, or how many parts it has while none is computed."""
    if isinstance(stage, Tiles):
        return [[_shapes(call) for call in stage.calls(index, Buffers())] for index in range(stage.count)]
    counts = list[int]()
    with patch.object(threads, "_run_tiles", lambda _work, count, _workers: counts.append(count)):
        stage.run()
    return counts


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
    """Of all layers that a constant matters to: seconds, and bytes of kept weights for each of `FACTORS`."""

    layers: int = 0
    seconds: Times = attrs.field(factory=lambda: np.zeros((2, len(FACTORS))))
    kept: list[int] = attrs.field(factory=lambda: [0] * len(FACTORS))

    def line(self, constant: Constant) -> str:
        """The table's line."""
        module = constant.modules[0].rpartition(".")[2]
        line = f"  {module + '.' + constant.name:<36}{constant.value:>11,}{self.layers:7d}"
        if not self.layers:
            return line
        for same, half, again, twice in self.seconds:
            own = min(same, again)
            line += f"{1e3 * own:9.2f}{half / own - 1:+8.1%}{twice / own - 1:+8.1%}{abs(same - again) / own:7.1%}"
        return line + "".join(f"{self.kept[index] / 1e6:8.1f}" for index in (1, 0, 3))


def measure(work: Work, own: tuple[Way, Way], constant: Constant, total: Sum) -> None:
    """Add a layer to the sum of a constant, where it matters to it."""
    value = constant.value
    values = [max(1, int(value * factor)) for factor in FACTORS]
    ways = [own[0], _with(constant, values[1], work), own[1], _with(constant, values[3], work)]
    if not constant.inside and ways[0].cut == ways[1].cut == ways[3].cut:
        return
    shortest = np.full((2, len(ways)), np.inf)
    with kernel_scope():
        for turn in range(max(8, int(SECONDS / own[0].seconds()[0]))):
            for step in range(len(ways)):
                # Not always after the same one: what lies in the caches is what the one before has left there.
                index = (step * (1 if turn % 2 else -1) + turn) % len(ways)
                constant.set(values[index])
                shortest[:, index] = np.minimum(shortest[:, index], ways[index].seconds())
    constant.set(value)
    total.layers += 1
    total.seconds = total.seconds + shortest
    total.kept = [sum(pair) for pair in zip(total.kept, (way.kept_bytes for way in ways), strict=True)]


def _with(constant: Constant, value: int, work: Work) -> Way:
    before = constant.value
    constant.set(value)
    try:
        return Way.of(work)
    finally:
        constant.set(before)


def main() -> None:
    """Print the table."""
    wanted = [constant for constant in CONSTANTS if not sys.argv[1:] or constant.name in sys.argv[1:]]
    totals = {constant: Sum() for constant in wanted}
    for work in works():
        concerned = [constant for constant in wanted if work.prepare().name.startswith(constant.kernels)]
        own = Way.of(work), Way.of(work)
        for constant in concerned:
            measure(work, own, constant, totals[constant])
    print("constants of the kernels: ms of all layers of the gallery that they matter to, one image, shortest of turns")
    print(f"  {'':<36}{'':>11}{'':>7}{'on the wall':>32}{'of the processor':>32}{'MB of weights kept':>24}")
    columns = f"{'as it is':>9}{'half':>8}{'twice':>8}{'noise':>7}"
    print(f"  {'constant':<36}{'value':>11}{'layers':>7}{columns}{columns}{'half':>8}{'as is':>8}{'twice':>8}")
    for constant, total in totals.items():
        print(total.line(constant), flush=True)


if __name__ == "__main__":
    main()
