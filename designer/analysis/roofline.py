"""How long each layer takes at least on a machine: the roofline model (Williams, Waterman and Patterson, CACM 2009).

A layer cannot be done before its operations are, nor before its inputs, weights and output have been moved once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from designer.analysis.conventions import DataType
from designer.analysis.report import ITEM_BYTES, LayerReport, Report
from designer.graph.design import Design
from designer.i18n import N_
from designer.layer_api.operation import computes_nothing

Bound = Literal["compute", "memory"]

BOUNDS: Mapping[Bound, str] = {"compute": N_("arithmetic"), "memory": N_("memory")}
"""What sets the time → label."""


@attrs.frozen
class Device:
    """What a machine can do at most.

    Attributes
    ----------
    name, label : str
        ``a100``, and as people write it.
    peak : Mapping[str, float]
        Operations per second by data type, two for each multiply-add; only those that it computes.
    bandwidth : float
        Bytes per second between processor and memory.
    source : str
        Where the numbers are from.
    """

    name: str
    label: str
    peak: Mapping[DataType, float]
    bandwidth: float
    source: str

    def ridge(self, dtype: DataType) -> float:
        """Operations per byte from which on arithmetic sets the time."""
        return self.peak[dtype] / self.bandwidth


_JOUPPI = "Jouppi et al., In-Datacenter Performance Analysis of a Tensor Processing Unit, ISCA 2017, table 2"

DEVICES: Mapping[str, Device] = {
    device.name: device
    for device in (
        Device("haswell", "Intel Xeon E5-2699 v3, 18 cores", {"float32": 1.3e12, "int8": 2.6e12}, 51e9, _JOUPPI),
        Device("k80", "NVIDIA K80, one of two dies", {"float32": 2.8e12}, 160e9, _JOUPPI),
        Device("tpu1", "Google TPU v1", {"int8": 92e12}, 34e9, _JOUPPI),
        Device(
            "v100",
            "NVIDIA V100 SXM2",
            {"float32": 15.7e12, "float16": 125e12},
            900e9,
            "NVIDIA V100 data sheet, January 2020; float16 on tensor cores",
        ),
        Device(
            "t4",
            "NVIDIA T4",
            {"float32": 8.1e12, "float16": 65e12, "int8": 130e12},
            320e9,
            "NVIDIA Turing architecture whitepaper, WP-09183, 2018; float16 and int8 on tensor cores",
        ),
        Device(
            "a100",
            "NVIDIA A100 40 GB",
            {"float32": 19.5e12, "float16": 312e12, "int8": 624e12},
            1555e9,
            "NVIDIA A100 data sheet, June 2021; float16 and int8 on tensor cores, dense",
        ),
        Device(
            "h100",
            "NVIDIA H100 SXM",
            {"float32": 67e12, "float16": 989e12, "int8": 1979e12},
            3350e9,
            "NVIDIA H100 data sheet, 2023; float16 and int8 on tensor cores, dense",
        ),
    )
}
"""Name → device, as published."""


@attrs.frozen
class Estimate:
    """The least time of some layers computed as one.

    Attributes
    ----------
    nodes : tuple[str, ...]
        The layers, in execution order.
    operations : int
        Two for each multiply-add; what has none (pooling, activations) is taken to cost nothing but moving.
    moved_bytes : int
        Inputs, weights and the output, each moved once.
    seconds : float
        The longer of both times.
    bound : str
        ``compute`` or ``memory``: which it is.
    """

    nodes: tuple[str, ...]
    operations: int
    moved_bytes: int
    seconds: float
    bound: Bound

    @property
    def intensity(self) -> float:
        """Operations per byte moved; 0 where nothing is."""
        return self.operations / self.moved_bytes if self.moved_bytes else 0.0


def estimates(design: Design, report: Report, device: Device) -> tuple[Estimate, ...]:
    """One for each layer that could be counted and does something at inference, in execution order.

    Raises
    ------
    KeyError
        Where the device has no arithmetic of the report's data type.
    """
    return tuple(
        estimate(report, [facts], device)
        for facts in report.layers.values()
        if facts.output_shape is not None and not _does_nothing(design, facts)
    )


def _does_nothing(design: Design, facts: LayerReport) -> bool:
    layer = design.nodes[facts.id].layer
    return layer.is_source() or computes_nothing(layer.operation(facts.input_shapes))


def estimate(report: Report, layers: Iterable[LayerReport], device: Device) -> Estimate:
    """Of layers in a row that are computed as one: what passes between them stays in the cache."""
    chain = tuple(layers)
    own = {facts.id for facts in chain}
    sources = {source for facts in chain for source in facts.inputs if source is not None and source not in own}
    moved = sum(report.layers[source].activation_bytes for source in sources)
    moved += sum(facts.weight_bytes for facts in chain) + (chain[-1].activation_bytes if chain else 0)
    operations = 2 * sum(facts.macs for facts in chain)
    computing, moving = operations / device.peak[report.dtype], moved / device.bandwidth
    return Estimate(
        tuple(facts.id for facts in chain),
        operations,
        moved,
        max(computing, moving),
        "compute" if computing > moving else "memory",
    )


def of_one_image(report: Report) -> Report:
    """The report for one image in float32, whatever it was counted for: how the engine runs the window's picture."""
    wider = ITEM_BYTES["float32"] // ITEM_BYTES[report.dtype]
    if wider == report.batch == 1:
        return report
    layers = {
        key: attrs.evolve(
            facts,
            macs=facts.macs // report.batch,
            activation_bytes=facts.activation_bytes * wider // report.batch,
            weight_bytes=facts.weight_bytes * wider,
        )
        for key, facts in report.layers.items()
    }
    return attrs.evolve(report, layers=layers, batch=1, dtype="float32")
