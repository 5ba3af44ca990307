"""What the commands do, without a word about how they are called: the same code as the window's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from designer.analysis.analyse import analyse
from designer.analysis.report import Report
from designer.engine.images import Fit, ImageError, Normalisation, Picture, Preprocessing, open_image, prepare
from designer.graph.design import Array, Design
from designer.i18n import _
from designer.layer_api.quantities import byte_text, number
from designer.session.export import make_folder, write_maps
from designer.session.models import check_wanted, run, run_profiled
from designer.session.profile_text import profile_lines


def preprocessing_of(fit: str, normalisation: str) -> Preprocessing:
    """Preprocessing by name; raises ImageError naming the names there are."""
    try:
        return Preprocessing(fit=Fit(fit), normalisation=Normalisation(normalisation))
    except ValueError:
        raise ImageError(
            _("{fit}, {normalisation} came; fit is one of {fits}, normalisation one of {normalisations}").format(
                fit=fit,
                normalisation=normalisation,
                fits=", ".join(Fit),
                normalisations=", ".join(way for way in Normalisation if way is not Normalisation.CUSTOM),
            )
        ) from None


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
) -> Iterator[str]:
    """Feed a picture to a design and write the maps into a folder; yields a line for the user for all that happens.

    With ``profile`` the last lines are a table of where the time went.
    """
    preprocessing = preprocessing_of(fit, normalisation)
    report = analyse(design)
    for layer in () if keep == "all" else keep:
        check_wanted(report, layer)
    picture = open_image(image)
    yield from picture.notes
    with _folder(out):
        tensors, notes = _feed(design, report, picture, preprocessing)
        yield from notes
        for problem in report.problems:
            if problem.problem is not None:
                yield _("{layer} is left out: {problem}").format(layer=problem.id, problem=problem.problem.message)
        times: list[str] = []
        if profile:
            maps, measured = run_profiled(design, tensors, keep=keep, precise=precise)
            times = profile_lines(measured)
        else:
            maps = run(design, tensors, keep=keep, precise=precise)
        for path in write_maps(out, maps):
            yield _("wrote {path}").format(path=path)
        yield from times


def _feed(
    design: Design, report: Report, picture: Picture, preprocessing: Preprocessing
) -> tuple[dict[str, Array], list[str]]:
    """The picture as every image input wants it, and what was done to it, in words."""
    tensors: dict[str, Array] = {}
    notes: list[str] = []
    for source in design.sources():
        shape = report.layers[source].output_shape
        if shape is not None:
            prepared = prepare(picture, shape, preprocessing)
            notes += prepared.notes
            tensors[source] = prepared.tensor
    return tensors, notes


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
