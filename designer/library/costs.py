"""What a network needs to run and to be trained: memory over time, and the least time on a machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from designer.analysis.analyse import Settings, with_input_shape
from designer.analysis.analyse import analyse as analyse_design
from designer.analysis.conventions import DataType
from designer.analysis.memory import Moment, timeline
from designer.analysis.report import ITEM_BYTES
from designer.analysis.roofline import DEVICES, Device, Estimate, estimates
from designer.analysis.training import OPTIMISERS, Optimiser, TrainingMemory, training_memory
from designer.graph.design import Design
from designer.i18n import _
from designer.layer_api.problems import UserError, quoted
from designer.library.machine import NAME as THIS
from designer.library.machine import this_machine


@attrs.frozen
class Memory:
    """Memory that a network takes, in bytes.

    Attributes
    ----------
    batch, dtype : int, str
        Images at once, and the type that values are counted in.
    weight_bytes, file_bytes : int
        The weights, running statistics included; and what they take in a file, always float32.
    activation_bytes : int
        All outputs together.
    timeline : tuple[Moment, ...]
        Outputs alive while each layer runs, at inference: ``node`` and ``alive_bytes``.
    training : TrainingMemory
        A training step: kept outputs, gradients, what the optimiser keeps, and a timeline of its own.
    complete : bool
        Whether every layer could be counted; else all numbers are lower bounds.
    """

    batch: int
    dtype: DataType
    weight_bytes: int
    file_bytes: int
    activation_bytes: int
    timeline: tuple[Moment, ...]
    training: TrainingMemory
    complete: bool

    @property
    def peak(self) -> Moment | None:
        """The first moment of an inference at which the most is alive; None for an empty network."""
        return max(self.timeline, key=lambda moment: moment.alive_bytes, default=None)

    def to_json(self) -> dict[str, Any]:
        """The public JSON of ``netdraft memory --format json``."""
        peak, worst, training = self.peak, self.training.peak, self.training
        return {
            "status": "complete" if self.complete else "partial",
            "batch": self.batch,
            "dtype": self.dtype,
            "weight_bytes": self.weight_bytes,
            "file_bytes": self.file_bytes,
            "activation_bytes": self.activation_bytes,
            "peak_activation_bytes": 0 if peak is None else peak.alive_bytes,
            "peak_node": None if peak is None else peak.node,
            "timeline": [[moment.node, moment.alive_bytes] for moment in self.timeline],
            "training": {
                "optimiser": training.optimiser,
                "kept_bytes": training.kept_bytes,
                "gradient_bytes": training.gradient_bytes,
                "optimiser_bytes": training.optimiser_bytes,
                "peak_activation_bytes": 0 if worst is None else worst.alive_bytes,
                "peak_node": None if worst is None else worst.node,
                "peak_pass": None if worst is None else worst.step,
                "total_bytes": training.total_bytes,
                "timeline": [[moment.node, moment.step, moment.alive_bytes] for moment in training.timeline],
            },
        }


def memory(
    model: Design,
    input_shape: Sequence[int] | None = None,
    *,
    batch: int = 1,
    dtype: DataType = "float32",
    optimiser: Optimiser = "adam",
) -> Memory:
    """Memory of an inference and of a training step, over time.

    Parameters
    ----------
    model
        Of :func:`designer.load` or :class:`designer.Builder`.
    input_shape
        Channels first without the batch, in place of the designed one.
    batch
        Images at once; outputs and their gradients grow with it.
    dtype
        ``float32``, ``float16`` or ``int8``: 4, 2 or 1 bytes per value.
    optimiser
        ``sgd``, ``momentum`` or ``adam``: 0, 1 or 2 values kept for each parameter (Kingma and Ba, ICLR 2015).

    Raises
    ------
    designer.UserError
        Where a parameter makes no sense.

    Notes
    -----
    Counted as PyTorch's autograd keeps them: what a layer's gradient reads, each output once. Nothing is computed in
    place, and masks of dropout are not counted.

    Examples
    --------
    >>> import designer
    >>> need = designer.memory(designer.load("gallery:lenet5"), batch=32, optimiser="sgd")
    >>> need.weight_bytes, need.training.optimiser_bytes, need.peak.node
    (246824, 0, 'tanh1')
    """
    if optimiser not in OPTIMISERS:
        raise UserError(
            _("optimiser: {came} came, one of {wanted} is wanted").format(
                came=quoted(optimiser), wanted=", ".join(OPTIMISERS)
            )
        )
    design = model if input_shape is None else with_input_shape(model, input_shape)
    report = analyse_design(design, settings=Settings(batch=batch, dtype=dtype))
    totals = report.totals
    return Memory(
        batch=batch,
        dtype=dtype,
        weight_bytes=totals.weight_bytes,
        file_bytes=(totals.parameters + totals.buffers) * ITEM_BYTES["float32"],
        activation_bytes=totals.activation_bytes,
        timeline=timeline(design, {key: facts.activation_bytes for key, facts in report.layers.items()}),
        training=training_memory(design, report, optimiser),
        complete=report.complete,
    )


def device_named(name: str) -> Device:
    """Return the device of a name, ``this`` for the machine at hand, measured once; raises UserError."""
    if name == THIS:
        return this_machine()
    if name not in DEVICES:
        text = _("device: {came} came, one of {wanted} is wanted")
        raise UserError(text.format(came=quoted(name), wanted=", ".join((THIS, *DEVICES))))
    return DEVICES[name]


def estimate(
    model: Design,
    device: str | Device = THIS,
    *,
    input_shape: Sequence[int] | None = None,
    batch: int = 1,
    dtype: DataType = "float32",
) -> tuple[Estimate, ...]:
    """The least time of each layer on a machine, and whether arithmetic or memory sets it.

    Parameters
    ----------
    model
        Of :func:`designer.load` or :class:`designer.Builder`.
    device
        ``this`` (measured once, with NumPy), ``haswell``, ``k80``, ``tpu1``, ``v100``, ``t4``, ``a100``, ``h100`` (as
        published), or a :class:`designer.Device` of your own: operations and bytes per second.
    input_shape
        Channels first without the batch, in place of the designed one.
    batch
        Images at once.
    dtype
        What values are stored and computed in.

    Returns
    -------
    tuple of designer.Estimate
        In execution order, without layers that do nothing at inference or could not be counted; times in seconds. They
        are lower bounds for layers computed one after the other: an engine that computes two as one moves less.

    Raises
    ------
    designer.UserError
        Where the device has another name, or no arithmetic of that type.

    Notes
    -----
    The roofline model (Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for
    Multicore Architectures", CACM 2009).

    Examples
    --------
    >>> import designer
    >>> found = designer.estimate(designer.load("gallery:vgg16"), "a100")
    >>> found[-1].nodes, found[-1].bound, round(1e6 * found[-1].seconds)  # 4096·1000 weights of 4 bytes at 1555 GB/s
    (('classifier.6',), 'memory', 11)
    """
    machine = device_named(device) if isinstance(device, str) else device
    if dtype not in machine.peak:
        text = _("{device}: there is no figure for {came}; it has {wanted}")
        raise UserError(text.format(device=machine.label, came=dtype, wanted=", ".join(machine.peak)))
    design = model if input_shape is None else with_input_shape(model, input_shape)
    return estimates(design, analyse_design(design, settings=Settings(batch=batch, dtype=dtype)), machine)
