"""The command line: every command but the first works without a display.

Exit status: 0 done, 1 a check failed, 2 bad input, told in one line on standard error.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from designer.cli.terminal import prepare_streams
from designer.i18n import _, install_language
from designer.layer_api.fields import LARGEST
from designer.layer_api.problems import UserError, printable, quoted
from designer.layer_api.quantities import SPACE

if TYPE_CHECKING:
    from designer.analysis.report import Report
    from designer.graph.design import Design

DONE, CHECK_FAILED, BAD_INPUT = 0, 1, 2
INTERRUPTED = 130
"""What typer makes of Ctrl-C."""

WINDOW = "window"
# Whatever click (or its copy inside newer typers) raises for wrong usage; typer names only this one child of it.
_USAGE_ERRORS: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
_FORMATS = ("table", "json", "csv", "markdown")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    install_language()
    prepare_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    app = build()
    try:
        _choose_command(given, [str(command.name) for command in app.registered_commands])
        result = typer.main.get_command(app).main(given, prog_name="netdraft", standalone_mode=False)
        sys.stdout.flush()
    except UserError as problem:
        return _complain(str(problem))
    except _USAGE_ERRORS as problem:
        return _complain(problem.format_message())
    except (typer.Abort, KeyboardInterrupt):
        return _complain(_("stopped"))
    except MemoryError:
        return _complain(_("there is not enough memory"))
    except (BrokenPipeError, SystemExit) as problem:
        # The reader of our output has gone (`netdraft summary … | head`); nothing is left to be said to it. Typer makes
        # an exit with status 1 of it.
        if isinstance(problem, SystemExit) and not isinstance(problem.__context__, BrokenPipeError):
            raise
        _drop_output()
        return DONE
    except OSError as problem:
        # What the commands read and write they speak of themselves; what is left is our own output.
        _drop_output()
        return _complain(_("the output cannot be written ({reason})").format(reason=problem.strerror or problem))
    if result == INTERRUPTED:
        return _complain(_("stopped"))
    return result if isinstance(result, int) else DONE


def _drop_output() -> None:
    """What is still buffered goes nowhere, so that the interpreter does not stumble over it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


def _choose_command(given: list[str], commands: Sequence[str]) -> None:
    """Put ``window`` before arguments that begin with no command; raises UserError for a word that means nothing."""
    first = given[0] if given else ""
    if first in commands or first in ("--help", "-h", "--version"):
        return
    if first and not first.startswith("-"):
        _check_source(first, commands)
    given.insert(0, WINDOW)


def _check_source(source: str, commands: Iterable[str] = ()) -> None:
    """Refuse what the window could not open, before there is a window.

    A word without a suffix or a folder may be a command, or a network of the gallery, that was meant.
    """
    from designer.library.files import GALLERY_PREFIX

    if source.startswith(GALLERY_PREFIX) or os.path.exists(source):  # noqa: PTH110 - Path raises for long names
        return
    if not commands or os.path.splitext(source)[1] or os.path.basename(source) != source:  # noqa: PTH119, PTH122
        raise UserError(_("{path}: no such file").format(path=source))
    from designer.gallery.catalogue import names

    near = difflib.get_close_matches(source.lower(), commands, 1)
    near = near or [GALLERY_PREFIX + name for name in difflib.get_close_matches(source.lower(), names(), 1)]
    if near:
        text = _("{word}: neither a command nor a file; did you mean {near}?")
        raise UserError(text.format(word=source, near=near[0]))
    text = _("{word}: neither a command nor a file; the commands are {commands}")
    raise UserError(text.format(word=source, commands=", ".join(commands)))


def _complain(message: str) -> int:
    sys.stderr.write(f"netdraft: {printable(' '.join(message.split()))}\n")
    return BAD_INPUT


def _load(net: str) -> Design:
    """The design of a file or of the gallery; what a person should know of it goes to standard error."""
    from designer.library.files import open_design

    opened = open_design(net)
    for note in opened.notes:
        _complain(note)
    return opened.design


def _say(text: str) -> None:
    """Print lines; what a file brought along in names does not reach the terminal as a command."""
    _print("\n".join(printable(line) for line in text.rstrip("\n").split("\n")))


def _print(text: str) -> None:
    # Not typer.echo, which writes UTF-8 to a terminal that has said it understands ASCII.
    sys.stdout.write(f"{text}\n")


def build() -> typer.Typer:
    """The commands, their help in the language in force."""
    app = typer.Typer(
        help=_("Draw a convolutional network and see what it costs and what it sees."),
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name, command, text in (
        (WINDOW, _window, _("Open the window; plain 'netdraft [FILE]' does the same.")),
        ("summary", _summary, _("Shapes, parameters, multiply-adds, memory and receptive fields.")),
        ("run", _run, _("Feed an image and write feature maps as PNG mosaics and one activations.npz.")),
        ("convert", _convert, _("Read a network and write it in another format, by suffix.")),
        ("check", _check, _("Hold a network against budgets; exit status 1 where one is exceeded.")),
        ("gallery", _gallery, _("List the networks of the literature, or write one.")),
    ):
        # In a list of commands typer cuts the long text; the short one it shows whole, on two lines where need be.
        app.command(name, help=text, short_help=text)(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from designer import __version__

        _print(f"netdraft {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version and stop."))
    ] = False,
) -> None:
    """Options before any command."""


Net = Annotated[str, typer.Argument(metavar="NET", help=_("A spec file, or gallery:NAME."))]
Input = Annotated[
    str | None, typer.Option("--input", metavar="CxHxW", help=_("Shape of the images, in place of the designed one."))
]


def _window(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help=_("A spec file to open."))] = None,
    image: Annotated[str | None, typer.Option(metavar="IMG", help=_("An image to feed."))] = None,
) -> int:
    for path in (file, image):
        if path is not None:
            _check_source(path)
    from designer.app import run_window

    return run_window(file, image)


def _summary(
    net: Net,
    input_shape: Input = None,
    batch: Annotated[int, typer.Option(min=1, max=LARGEST, help=_("Images at once."))] = 1,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8."))] = "float32",
    convention: Annotated[str, typer.Option(help=_("torchvision, flops or tf-slim."))] = "torchvision",
    form: Annotated[str, typer.Option("--format", help=_("table, json, csv or markdown."))] = "table",
) -> None:
    from designer.interchange.tables.summary import to_csv, to_markdown
    from designer.library.models import analyse

    if form not in _FORMATS:
        raise UserError(
            _("--format: {came} came, one of {wanted} is wanted").format(came=form, wanted=", ".join(_FORMATS))
        )
    shape = _shape(input_shape)
    report = analyse(_load(net), shape, batch=batch, dtype=dtype, convention=convention)
    if form == "json":
        _print(_json(report))
    elif form == "csv":
        _say(to_csv(report))
    elif form == "markdown":
        _say(to_markdown(report))
    else:
        from designer.cli.summary_text import print_summary

        print_summary(report)


def _json(report: Report) -> str:
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=1)
    plain = text.replace(SPACE, "").replace("\n", "").isprintable()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if plain and text.encode(encoding, "replace").decode(encoding) == text:
        return text
    return json.dumps(report.to_json(), indent=1)


def _shape(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}([x×,]\d{1,9}){0,3}", text.strip()):
        raise UserError(_("--input: {came!r} came, channels and sizes like 3x224x224 are wanted").format(came=text))
    return tuple(int(size) for size in re.split(r"[x×,]", text.strip()))


def _run(
    net: Net,
    image: Annotated[str, typer.Option(metavar="IMG", help=_("The picture to feed."))],
    out: Annotated[str, typer.Option(metavar="DIR", help=_("Folder for the files; made where it is missing."))],
    input_shape: Input = None,
    layers: Annotated[str, typer.Option(metavar="a,b|all", help=_("Layers whose maps are written."))] = "all",
    fit: Annotated[str, typer.Option(help=_("stretch, letterbox or center_crop."))] = "center_crop",
    normalisation: Annotated[str, typer.Option(help=_("unit ([0, 1]) or imagenet."))] = "unit",
    precise: Annotated[
        bool, typer.Option("--precise", help=_("Do without Winograd's convolutions, which are faster and round more."))
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help=_("Run twice and print time, GFLOP/s and algorithm of every layer."))
    ] = False,
) -> None:
    from designer.cli.terminal_progress import shown_progress
    from designer.session.headless import run_image

    _check_path("--out", out, _("a folder"))
    keep = "all" if layers.strip() == "all" else [name.strip() for name in layers.split(",") if name.strip()]
    if not keep:
        raise UserError(
            _("--layers: {came!r} came, ids of layers like conv1,pool1 or all is wanted").format(came=layers)
        )
    design = _shaped(net, input_shape)
    ways: dict[str, Any] = {"fit": fit, "normalisation": normalisation, "precise": precise, "profile": profile}
    with shown_progress() as progress:
        for line in run_image(design, image, out, keep=keep, progress=progress, **ways):
            _say(line)


def _check_path(option: str, path: str, wanted: str) -> None:
    """Refuse an empty path (an unset variable of a shell), which the system takes for the working folder."""
    if not path.strip():
        raise UserError(
            _("{option}: {came} came, {wanted} is wanted").format(option=option, came=quoted(path), wanted=wanted)
        )


def _shaped(net: str, input_shape: str | None) -> Design:
    from designer.analysis.analyse import with_input_shape

    shape, design = _shape(input_shape), _load(net)
    return design if shape is None else with_input_shape(design, shape)


def _convert(
    source: Annotated[str, typer.Argument(metavar="IN", help=_("What to read: a spec file, or gallery:NAME."))],
    target: Annotated[str, typer.Argument(metavar="OUT", help=_("What to write; the suffix says the format."))],
) -> None:
    from designer.library.models import save

    _check_path("OUT", target, _("a file"))
    save(_load(source), target)
    _say(_("wrote {path}").format(path=target))


def _check(
    net: Net,
    input_shape: Input = None,
    max_params: Annotated[str | None, typer.Option(metavar="5M", help=_("Most parameters."))] = None,
    max_macs: Annotated[str | None, typer.Option(metavar="1G", help=_("Most multiply-adds of one image."))] = None,
    max_memory: Annotated[
        str | None, typer.Option(metavar="64MB", help=_("Most memory: weights and the peak of the activations."))
    ] = None,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8: bytes per value."))] = "float32",
) -> int:
    from designer.library.models import analyse
    from designer.session.headless import budget_lines

    budgets = {
        "parameters": None if max_params is None else _amount("--max-params", max_params),
        "macs": None if max_macs is None else _amount("--max-macs", max_macs),
        "memory": None if max_memory is None else _amount("--max-memory", max_memory),
    }
    report: Report = analyse(_load(net), _shape(input_shape), dtype=dtype)
    lines, passed = budget_lines(report, budgets)
    for line in lines:
        _say(line)
    return DONE if passed else CHECK_FAILED


_PREFIXES = "kmgt"


def _amount(option: str, text: str) -> int:
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)\s*(?:([kmgt])(i?))?b?", text.strip().lower())
    if match is None:
        raise UserError(
            _("{option}: {came!r} came, a number like 5M, 1.5G or 64MB is wanted").format(option=option, came=text)
        )
    power = _PREFIXES.index(match[2]) + 1 if match[2] else 0
    scale: int = (1024 if match[3] else 1000) ** power
    return round(Fraction(match[1]) * scale)


def _gallery(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=_("The network to write."))] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help=_("Where to write it."))] = None,
) -> None:
    from designer.gallery.catalogue import entries, network
    from designer.library.models import save

    if name is None:
        for entry in entries():
            _print(f"{entry.name:<20}{_(entry.family)}")
        return
    design = network(name)
    if out is None:
        raise UserError(_("--out: say where to write {name}, as in --out {name}.netdraft.json").format(name=name))
    _check_path("--out", out, _("a file"))
    save(design, out)
    _say(_("wrote {path}").format(path=out))


if __name__ == "__main__":
    sys.exit(main())
