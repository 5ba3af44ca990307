"""The formats that designs are exchanged in: what each is called, its suffixes, and what reads and writes it.

A new format is one entry here and a package beside this module. What an entry names is imported when it is used, so
that no format costs anybody who does not ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from designer.analysis.report import Report
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import UserError

Reader = Callable[[Path], tuple[Design, tuple[str, ...]]]
"""Path → the design with its weights, and what a person should know of it, one line each; raises UserError."""

Writer = Callable[[Design, Report, Mapping[str, Array], Path], None]
"""Design, its report and its tensors (``conv1.weight``) are written to a path, whole or not at all; raises UserError,
or OSError where the file cannot be written."""


@attrs.frozen
class Format:
    """A kind of file that a design is read from, written to, or both.

    Attributes
    ----------
    label
        What a dialog calls such files; marked for translation.
    suffixes
        In lower case; the first is the one to suggest.
    reader, writer
        None for what cannot be read or written.
    weights
        Whether the writer is given tensors. What the design has none of is then initialised, which takes a while.
    """

    label: str
    suffixes: tuple[str, ...]
    reader: Reader | None = None
    writer: Writer | None = None
    weights: bool = False


class PackageMissing(UserError):
    """A format stands on a library that is not installed; the message names it and the command that installs it."""

    def __init__(self, label: str, package: str) -> None:
        text = _("{label} need the Python package {package}, which is missing; install it: pip install {package}")
        super().__init__(text.format(label=_(label), package=package))


ONNX = N_("ONNX models")


def _write_onnx(design: Design, report: Report, tensors: Mapping[str, Array], path: Path) -> None:
    try:
        from designer.interchange.onnx.writer import write
    except ModuleNotFoundError as problem:
        raise PackageMissing(ONNX, problem.name or "onnx") from None
    write(design, report, tensors, path)


FORMATS: tuple[Format, ...] = (Format(ONNX, (".onnx",), writer=_write_onnx, weights=True),)
