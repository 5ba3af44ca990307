"""What the commands do, without a word about how they are called: the same code as the window's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from designer.analysis.analyse import analyse
from designer.analysis.report import Report
from designer.engine.execute.runner import Progress, ignore_progress
from designer.graph.design import Array, Design
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint_scope
from designer.layer_api.quantities import byte_text, number
from designer.library.models import Runner
from designer.library.pictures import preprocessing_of
from designer.pictures.images import open_image, prepare, preparing_bytes
from designer.session.export import make_folder, write_maps
from designer.session.profile.text import profile_lines
from designer.session.results import source_shapes


def run_image(
    design: Design,
    image: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    keep: str | Sequence[str] = "all",
    fit: str = "center_crop",
    normalisation: str = "unit",
    precise: bool = False,
    profile: bool = False,
    progress: Progress = ignore_progress,
) -> Iterator[str]:
    """Feed a picture to a design and write the maps into a folder; yields a line for the user for all that happens.

    With ``profile`` the design is run twice, and the last lines are a table of where the time went. ``progress`` is
    told what is being made and the fraction of it that is done.
    """
    preprocessing = preprocessing_of(fit, normalisation)
    report = analyse(design)
    runner = Runner(design, keep=keep, precise=precise, report=report)
    picture = open_image(image)
    yield from picture.notes
    shapes = source_shapes(design, report)
    runner.check_memory(sum(preparing_bytes(picture, shape) for shape in shapes.values()))
    with _folder(out):
        tensors: dict[str, Array] = {}
        for source, shape in shapes.items():
            with checkpoint_scope(partial(progress, source)):
                prepared = prepare(picture, shape, preprocessing)
            yield from prepared.notes
            tensors[source] = prepared.tensor
        for problem in report.problems:
            if problem.problem is not None:
                yield _("{layer} is left out: {problem}").format(layer=problem.id, problem=problem.problem.message)
        maps, times = runner.run(tensors, progress=progress), list[str]()
        if profile:
            # The second time counts: in the first, weights are drawn and brought into the form in which they are read.
            maps.clear()
            maps, measured = runner.run_profiled(tensors, progress=progress)
            times = profile_lines(measured)
        for path in write_maps(out, maps, progress):
            yield _("wrote {path}").format(path=path)
        yield from times


@contextmanager
def _folder(out: str | os.PathLike[str]) -> Iterator[None]:
    """Make the folder before anything is computed; where nothing is written into it, it goes again."""
    path = Path(out)
    missing = [folder for folder in (path, *path.parents) if not os.path.exists(folder)]  # noqa: PTH110 - never raises
    make_folder(path)
    try:
        yield
    except BaseException:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        raise


def budget_lines(report: Report, budgets: Mapping[str, int | None]) -> tuple[list[str], bool]:
    """A line for every budget (``parameters``, ``macs``, ``memory`` in bytes; None: no limit), and whether all hold.

    A design that could not be counted whole does not pass: its totals are lower bounds.
    """
    totals = report.totals
    memory = totals.weight_bytes + totals.peak_activation_bytes
    found = {
        "parameters": (_("parameters"), totals.parameters, number),
        "macs": (_("multiply-adds"), totals.macs, number),
        "memory": (_("memory (weights and peak of the activations)"), memory, byte_text),
    }
    lines, passed = [], True
    for key, (label, value, text) in found.items():
        limit = budgets.get(key)
        if limit is None:
            lines.append(f"{label}: {text(value)}")
            continue
        holds = value <= limit
        passed = passed and holds
        verdict = _("within {limit}") if holds else _("over the budget of {limit}")
        lines.append(f"{label}: {text(value)}, {verdict.format(limit=text(limit))}")
    lines.extend(f"{layer.id}: {layer.problem.message}" for layer in report.problems if layer.problem is not None)
    if not report.complete:
        lines.append(_("partial: not every layer could be counted, so the totals are lower bounds"))
    return lines, passed and report.complete
