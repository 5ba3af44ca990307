"""A single convolution in each engine, as it runs inside a network: weights and layout are prepared beforehand.

Each engine gets its image in the order of memory that it uses itself between two layers, and the ReLU is computed with
the convolution: channels last for netdraft and torch (oneDNN, weights packed), blocks of channels for onnxruntime. Its
own profile gives the time of the convolution without turning the image into blocks and back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines import Engine, load, model_file
from benchmarks.layer_designs import LAYERS
from designer.analysis.analyse import analyse
from designer.engine.remember.workspace import WeightStore
from designer.kernels.arrays.channels_last import empty_channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import RELU
from designer.kernels.runtime.stages import Scratch, Stage, Whole, run_stages
from designer.kernels.runtime.threads import core_count, kernel_scope, perform, run_tiles
from designer.layer_api.layer import Layer
from designer.layer_api.operation import Prepared

__all__ = ["ENGINES", "LAYERS", "bound"]


def _tensors(work: str) -> tuple[Layer, Array, dict[str, Array]]:
    """The layer, its image, its weights."""
    design, images = load(work)
    return design.nodes["conv"].layer, images["image"], WeightStore().of(design, analyse(design), "conv")


def netdraft(work: str, _folder: Path) -> Engine:
    """The prepared layer in a plan that is run again: its calls are made beforehand, BLAS is held by the run."""
    layer, image, tensors = _tensors(work)
    x = empty_channels_last(image.shape, image.dtype)
    x[...] = image
    operation = layer.operation((image.shape[1:],))
    assert isinstance(operation, Prepared)
    kernel = operation.prepare(tensors, x.shape, precise=False)
    out = empty_channels_last((1, len(tensors["weight"]), *x.shape[2:]), x.dtype)
    scratch = Scratch()
    kernel.run(x, out, RELU, scratch)
    work = [bound(stage, scratch) for stage in kernel.stages(x, out, RELU, scratch)]

    def forward() -> Array:
        for call in work:
            call()
        return out

    return _Scoped(forward)


def bound(stage: Stage, scratch: Scratch) -> Callable[[], object]:
    """What is left of a stage in a run of the same plan again, see ``engine/execute/repeat.py``."""
    if isinstance(stage, Whole) or stage.count > core_count():
        return partial(run_stages, [stage], scratch)
    calls = [stage.calls(index, scratch.numbered(index)) for index in range(stage.count)]
    return partial(run_tiles, lambda index: perform(calls[index]), stage.count)


class _Scoped(Engine):
    def times(self, count: int) -> list[float]:
        with kernel_scope():
            return super().times(count)


def torch(work: str, _folder: Path) -> Engine:
    """What torch's own compiler calls on a CPU: oneDNN's convolution with ReLU, channels last, weights packed."""
    import torch

    _layer, image, tensors = _tensors(work)
    arrays = (image, tensors["weight"], tensors["bias"])
    x, weight, bias = (torch.from_numpy(np.array(array)) for array in arrays)
    x = x.to(memory_format=torch.channels_last)
    ones = [1, 1]
    # Not public, but what torch.compile makes of a convolution; there is no other way to pack weights beforehand.
    pack = torch._C._nn.mkldnn_reorder_conv2d_weight  # type: ignore[attr-defined]  # noqa: SLF001
    convolve = torch.ops.mkldnn._convolution_pointwise  # noqa: SLF001
    packed = pack(weight.to_mkldnn(), ones, ones, ones, 1, list(x.shape))

    def forward() -> Array:
        with torch.inference_mode():
            result: Array = convolve(x, packed, bias, ones, ones, ones, 1, "relu", [], "").numpy()
            return result

    return Engine(forward)


class _Profiled(Engine):
    """ONNX Runtime, timed by itself: a session for every turn, because only its end tells the times."""

    def __init__(self, model: Path, images: dict[str, Array]) -> None:
        import onnxruntime as runtime

        self._runtime, self._model, self._images = runtime, model, images
        super().__init__(lambda: self._session().run(None, images)[0])

    def _session(self, prefix: str | None = None) -> Any:
        options = self._runtime.SessionOptions()
        if prefix is not None:
            options.enable_profiling, options.profile_file_prefix = True, prefix
        return self._runtime.InferenceSession(self._model, options, providers=["CPUExecutionProvider"])

    def times(self, count: int) -> list[float]:
        session = self._session(str(self._model.with_suffix("")))
        session.run(None, self._images)
        for _run in range(count):
            session.run(None, self._images)
        profile = Path(session.end_profiling())
        events = json.loads(profile.read_text(encoding="utf-8"))
        profile.unlink()
        return [event["dur"] / 1e6 for event in events if event.get("args", {}).get("op_name") == "Conv"][-count:]


def onnxruntime(work: str, folder: Path) -> Engine:
    """ONNX Runtime, which fuses the ReLU and keeps blocks of channels adjacent."""
    return _Profiled(model_file(work, folder), load(work)[1])


ENGINES: dict[str, Callable[[str, Path], Engine]] = {
    "netdraft": netdraft,
    "onnxruntime": onnxruntime,
    "torch": torch,
}
