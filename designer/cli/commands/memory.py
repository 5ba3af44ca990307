"""``netdraft memory NET``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from designer.cli.arguments import Input, Net, check_form, load, shape_of
from designer.cli.collection import collection_paused
from designer.cli.output import put, say
from designer.i18n import N_, _
from designer.layer_api.fields import LARGEST
from designer.layer_api.quantities import byte_text

if TYPE_CHECKING:
    from designer.analysis.conventions import DataType
    from designer.analysis.training import Optimiser
    from designer.library.costs import Memory

HELP = N_("Memory of a run and of a training step, and the layers that set the peaks.")
PLACE = 2

_FORMATS = ("table", "json")


def command(
    net: Net,
    input_shape: Input = None,
    batch: Annotated[int, typer.Option(min=1, max=LARGEST, help=_("Images at once."))] = 1,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8."))] = "float32",
    optimiser: Annotated[str, typer.Option(help=_("sgd, momentum or adam."))] = "adam",
    form: Annotated[str, typer.Option("--format", help=_("table or json."))] = "table",
) -> None:
    """Print what a network needs to run and to be trained."""
    from designer.library.costs import memory

    check_form(form, _FORMATS)
    # Any word that came: the library refuses those it does not know.
    words = cast("DataType", dtype), cast("Optimiser", optimiser)
    with collection_paused():
        design = load(net)
        need = memory(design, shape_of(input_shape), batch=batch, dtype=words[0], optimiser=words[1])
    if form == "json":
        import json

        put(json.dumps({"name": design.name, **need.to_json()}))
        return
    say("\n".join([design.name, *_lines(need)]))


def _lines(need: Memory) -> list[str]:
    from designer.analysis.training import OPTIMISERS
    from designer.session.text_table import table_lines

    peak, training = need.peak, need.training
    worst = training.peak
    most, most_trained = (0 if moment is None else moment.alive_bytes for moment in (peak, worst))
    back = _("on the way back through {layer}") if worst and worst.step == "backward" else _("while {layer} runs")
    rows = [
        (
            _("weights"),
            byte_text(need.weight_bytes),
            _("in a file, as float32: {size}").format(size=byte_text(need.file_bytes)),
        ),
        (
            _("a run: most outputs at once"),
            byte_text(most),
            _("while {layer} runs").format(layer=peak.node) if peak else "",
        ),
        (_("all outputs, where all are kept"), byte_text(need.activation_bytes), ""),
        (_("a training step: outputs kept for the way back"), byte_text(training.kept_bytes), ""),
        (
            _("most outputs and their gradients at once"),
            byte_text(most_trained),
            back.format(layer=worst.node) if worst else "",
        ),
        (_("gradients of the parameters"), byte_text(training.gradient_bytes), ""),
        (_("kept by the optimiser"), byte_text(training.optimiser_bytes), _(OPTIMISERS[training.optimiser])),
        (_("in all, with the weights"), byte_text(training.total_bytes), ""),
    ]
    counted = _("{dtype}, batch {batch}").format(dtype=need.dtype, batch=need.batch)
    state = [] if need.complete else [_("partial: not every layer could be counted, so the totals are lower bounds")]
    return [*table_lines(rows, (False, True, False)), counted, *state]
