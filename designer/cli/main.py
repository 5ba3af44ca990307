"""The command line: every command but the first works without a display.

Exit status: 0 done, 1 a check failed, 2 bad input, told in one line on standard error.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Annotated, Any

import typer

from designer.cli import commands
from designer.cli.output import complain, drop_output, put
from designer.cli.status import BAD_INPUT, DONE, INTERRUPTED
from designer.cli.terminal import prepare_streams
from designer.i18n import _, install_language
from designer.layer_api.problems import UserError

WINDOW = "window"
# Whatever click (or its copy inside newer typers) raises for wrong usage; typer names only this one child of it.
_USAGE_ERRORS: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


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
        return _refused(str(problem))
    except _USAGE_ERRORS as problem:
        return _refused(problem.format_message())
    except (typer.Abort, KeyboardInterrupt):
        return _refused(_("stopped"))
    except MemoryError:
        return _refused(_("there is not enough memory"))
    except (BrokenPipeError, SystemExit) as problem:
        # The reader of our output has gone (`netdraft summary … | head`); nothing is left to be said to it. Typer makes
        # an exit with status 1 of it.
        if isinstance(problem, SystemExit) and not isinstance(problem.__context__, BrokenPipeError):
            raise
        drop_output()
        return DONE
    except OSError as problem:
        # What the commands read and write they speak of themselves; what is left is our own output.
        drop_output()
        return _refused(_("the output cannot be written ({reason})").format(reason=problem.strerror or problem))
    if result == INTERRUPTED:
        return _refused(_("stopped"))
    return result if isinstance(result, int) else DONE


def _refused(message: str) -> int:
    complain(message)
    return BAD_INPUT


def _choose_command(given: list[str], names: Sequence[str]) -> None:
    """Put ``window`` before arguments that begin with no command; raises UserError for a word that means nothing."""
    first = given[0] if given else ""
    if first in names or first in ("--help", "-h", "--version"):
        return
    if first and not first.startswith("-"):
        from designer.cli.arguments import check_source

        check_source(first, names)
    given.insert(0, WINDOW)


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
    for name, module in sorted(_modules().items(), key=lambda item: item[1].PLACE):
        text = _(module.HELP)
        # In a list of commands typer cuts the long text; the short one it shows whole, on two lines where need be.
        app.command(name, help=text, short_help=text)(module.command)
    return app


def _modules() -> dict[str, ModuleType]:
    """The modules of :mod:`designer.cli.commands` by name."""
    names = [entry.name for entry in pkgutil.iter_modules(commands.__path__)]
    return {name: importlib.import_module(f"{commands.__name__}.{name}") for name in names}


def _version(wanted: bool) -> None:
    if wanted:
        from designer import __version__

        put(f"netdraft {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version and stop."))
    ] = False,
) -> None:
    """Options before any command."""


if __name__ == "__main__":
    sys.exit(main())
