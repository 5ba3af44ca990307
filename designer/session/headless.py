"""What the commands do, without a word about how they are called: the same code as the window's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from designer.analysis.analyse import analyse
from designer.engine.execute.runner import Progress, ignore_progress
from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_scope
from designer.library.models import Runner
from designer.library.pictures import preprocessing_of
from designer.pictures.images import open_image, prepare, preparing_bytes
from designer.session.class_scores import named_scores
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
        for node, scores in named_scores(design, maps):
            for place, line in enumerate(scores.lines(), start=1):
                yield f"{node} {place}. {line}"
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
