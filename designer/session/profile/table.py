"""Where the time of a run went, as a table: one row per step, for the window, for spreadsheets and for documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from designer.analysis.report import Report
from designer.analysis.roofline import BOUNDS, Device, Estimate, estimate, of_one_image
from designer.engine.execute.profile import RunProfile, StepProfile
from designer.i18n import _, ngettext
from designer.interchange.tables.columns import UNKNOWN, Column, csv_table, markdown_table, text_column
from designer.layer_api.quantities import SPACE, byte_text, number
from designer.session.profile.algorithms import algorithm_text

StepColumn = Column[StepProfile, RunProfile]


def columns(profile: RunProfile, least: Mapping[str, Estimate] | None = None) -> tuple[StepColumn, ...]:
    """The columns people read, in order; with ``least``, by the layer whose maps come out, one of estimates too."""
    return (
        text_column(
            "id",
            _("Layers"),
            _("In execution order; layers joined by + were computed as one."),
            lambda step: layers_text(step.nodes),
            total=lambda _profile: _("Total"),
        ),
        text_column(
            "algorithm", _("Algorithm"), _("The way it was computed."), lambda step: algorithm_text(step.algorithm)
        ),
        text_column(
            "state",
            _("This run"),
            _("Computed by the last run, or remembered from one before; the time is then what it took at that time."),
            state_text,
        ),
        Column(
            "time",
            _("Time (ms)"),
            _("Milliseconds."),
            value=lambda step: step.seconds,
            text=lambda step: f"{1e3 * step.seconds:.2f}",
            total=lambda whole: f"{1e3 * whole.seconds:.2f}",
        ),
        *(() if least is None else (_least_column(profile, least),)),
        Column(
            "speed",
            _("GFLOP/s"),
            _("Billions of operations a second, two for each multiply-add."),
            value=lambda step: step.gflops or None,
            text=lambda step: gflops_text(step.gflops) if step.gflops else UNKNOWN,
            total=lambda whole: gflops_text(overall_gflops(whole)),
        ),
        Column(
            "share",
            _("Share"),
            _("Part of the time of all layers together."),
            value=profile.share,
            text=lambda step: f"{100 * profile.share(step):.1f}{SPACE}%",
        ),
    )


def _least_column(profile: RunProfile, least: Mapping[str, Estimate]) -> StepColumn:
    def value(step: StepProfile) -> float | None:
        return least[step.node].seconds if step.node in least else None

    def text(step: StepProfile) -> str:
        seconds = value(step)
        return UNKNOWN if seconds is None else f"{1e3 * seconds:.2f}"

    total = sum(least[step.node].seconds for step in profile.steps if step.node in least)
    return Column(
        "least",
        _("At least"),
        _(
            "Milliseconds that this machine needs by the roofline model: for the multiply-adds of the definition, or "
            "for moving maps and weights once, whichever is longer. Winograd's convolutions multiply less."
        ),
        value,
        text,
        total=lambda _profile: f"{1e3 * total:.2f}",
    )


def least_times(profile: RunProfile, report: Report, device: Device) -> dict[str, Estimate]:
    """The least time of each step on a device, by the layer whose maps come out.

    Steps with layers that the report does not have, or could not count, are left out: the design may be another by now.
    """
    counted = of_one_image(report)
    found = {}
    for step in profile.steps:
        layers = [counted.layers[node] for node in step.nodes if node in counted.layers]
        if len(layers) == len(step.nodes) and all(facts.output_shape is not None for facts in layers):
            found[step.node] = estimate(counted, layers, device)
    return found


def least_text(entry: Estimate, device: Device) -> str:
    """What sets the time of a step, in words."""
    return _(
        "Set by {bound}: {operations} operations, {moved} moved.\n"
        "{intensity} operations per byte; from {ridge} on arithmetic sets the time."
    ).format(
        bound=_(BOUNDS[entry.bound]),
        operations=number(entry.operations),
        moved=byte_text(entry.moved_bytes),
        intensity=f"{entry.intensity:.1f}",
        ridge=f"{device.ridge('float32'):.1f}",
    )


def layers_text(names: Sequence[str]) -> str:
    """``conv1_1 + relu1_1``."""
    return " + ".join(names)


def state_text(step: StepProfile) -> str:
    """Whether the last run computed it."""
    return _("remembered") if step.remembered else _("computed")


def overall_gflops(profile: RunProfile) -> float:
    """Billions of operations per second over all steps; 0 where no time was taken."""
    return 2e-9 * profile.macs / profile.seconds if profile.seconds > 0 else 0.0


def total_text(profile: RunProfile) -> str:
    """``21 layers, 12.4 ms, 6.3 GFLOP/s; 18 remembered, 1.2 ms this time``; empty without steps."""
    return "; ".join(_total_parts(profile))


def _total_parts(profile: RunProfile) -> Iterator[str]:
    if not profile.steps:
        return
    count = sum(len(step.nodes) for step in profile.steps)
    yield _("{layers}, {time}, {speed} GFLOP/s").format(
        layers=ngettext("{n} layer", "{n} layers", count).format(n=count),
        time=milliseconds(profile.seconds),
        speed=gflops_text(overall_gflops(profile)),
    )
    remembered = sum(len(step.nodes) for step in profile.steps if step.remembered)
    if remembered == count:
        yield _("all remembered")
    elif remembered:
        yield _("{n} remembered, {time} this time").format(n=remembered, time=milliseconds(profile.computed_seconds))


def gflops_text(gflops: float) -> str:
    """``18.4``, and ``0.08`` for what a small layer reaches."""
    return f"{gflops:.1f}" if gflops >= 1 else f"{gflops:.2f}"


def milliseconds(seconds: float) -> str:
    """``12.4 ms``."""
    text = f"{1e3 * seconds:.1f}" if seconds < 1 else number(round(1e3 * seconds))
    return f"{text}{SPACE}ms"


def to_markdown(profile: RunProfile) -> str:
    """A Markdown table, and the totals in a line."""
    return "\n".join([*markdown_table(columns(profile), profile.steps, profile), "", total_text(profile), ""])


CSV_COLUMNS = ("layers", "algorithm", "remembered", "seconds", "macs", "gflops", "share")
"""Numbers plain, in the units that the names say; a share is a fraction, an algorithm has the engine's own name."""


def to_csv(profile: RunProfile) -> str:
    """Comma-separated values: a header and one line per step."""
    return csv_table(
        CSV_COLUMNS,
        (
            (
                " ".join(step.nodes),
                step.algorithm,
                "yes" if step.remembered else "no",
                f"{step.seconds:.6f}",
                step.macs,
                f"{step.gflops:.3f}",
                f"{profile.share(step):.4f}",
            )
            for step in profile.steps
        ),
    )
