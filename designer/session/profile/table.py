"""Where the time of a run went, as a table: one row per step, for the window, for spreadsheets and for documents."""

from __future__ import annotations

from collections.abc import Iterator

from designer.engine.execute.profile import RunProfile, StepProfile
from designer.i18n import _, ngettext
from designer.interchange.tables.columns import UNKNOWN, Column, csv_table, markdown_table, text_column
from designer.layer_api.quantities import SPACE, number
from designer.session.profile.algorithms import algorithm_text

StepColumn = Column[StepProfile, RunProfile]


def columns(profile: RunProfile) -> tuple[StepColumn, ...]:
    """The columns people read, in order."""
    return (
        text_column(
            "id",
            _("Layers"),
            _("In execution order; layers joined by + were computed as one."),
            layers_text,
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


def layers_text(step: StepProfile) -> str:
    """``conv1_1 + relu1_1``."""
    return " + ".join(step.nodes)


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
