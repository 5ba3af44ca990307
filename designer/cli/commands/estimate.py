"""``netdraft estimate NET --device a100``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from designer.cli.arguments import Input, Net, check_form, load, shape_of
from designer.cli.collection import collection_paused
from designer.cli.output import put, say
from designer.i18n import N_, _
from designer.layer_api.fields import LARGEST
from designer.layer_api.quantities import SPACE, byte_text, number

if TYPE_CHECKING:
    from designer.analysis.conventions import DataType
    from designer.analysis.roofline import Device, Estimate

HELP = N_("The least time of each layer on a machine, and what sets it.")
PLACE = 2

_FORMATS = ("table", "json")


def command(
    net: Net,
    input_shape: Input = None,
    device: Annotated[
        str, typer.Option(help=_("this (measured once), haswell, k80, tpu1, v100, t4, a100 or h100."))
    ] = "this",
    batch: Annotated[int, typer.Option(min=1, max=LARGEST, help=_("Images at once."))] = 1,
    dtype: Annotated[str, typer.Option(help=_("float32, float16 or int8."))] = "float32",
    measure: Annotated[
        bool, typer.Option("--measure", help=_("Measure this machine again; do it while nothing else runs."))
    ] = False,
    form: Annotated[str, typer.Option("--format", help=_("table or json."))] = "table",
) -> None:
    """Print the roofline estimate of each layer, and the sum."""
    from designer.library.costs import device_named, estimate
    from designer.library.machine import this_machine

    check_form(form, _FORMATS)
    if measure:
        this_machine(again=True)
    machine = device_named(device)
    # Any word that came: the analysis refuses those it does not know.
    kind = cast("DataType", dtype)
    with collection_paused():
        design = load(net)
        found = estimate(design, machine, input_shape=shape_of(input_shape), batch=batch, dtype=kind)
    if form == "json":
        import json

        put(json.dumps(_json(design.name, machine, kind, batch, found)))
        return
    say("\n".join([design.name, *_lines(machine, kind, batch, found)]))


def _lines(device: Device, dtype: DataType, batch: int, found: tuple[Estimate, ...]) -> list[str]:
    from designer.analysis.roofline import BOUNDS
    from designer.session.text_table import table_lines

    heading = (_("layer"), _("operations"), _("moved"), _("op/B"), _("set by"), _("ms"))
    rows = [
        (
            " + ".join(entry.nodes),
            number(entry.operations),
            byte_text(entry.moved_bytes),
            f"{entry.intensity:.1f}",
            _(BOUNDS[entry.bound]),
            f"{1e3 * entry.seconds:.4f}",
        )
        for entry in found
    ]
    return [
        *table_lines([heading, *rows], (False, True, True, True, False, True)),
        _("at least {time} ms for a batch of {batch} on {device}: {speed} and {bandwidth} in {dtype}").format(
            time=f"{1e3 * sum(entry.seconds for entry in found):.3f}",
            batch=batch,
            device=device.label,
            speed=f"{device.peak[dtype] / 1e9:.0f}{SPACE}GOP/s",
            bandwidth=f"{device.bandwidth / 1e9:.1f}{SPACE}GB/s",
            dtype=dtype,
        ),
        _("memory sets the time below {ridge} operations per byte").format(ridge=f"{device.ridge(dtype):.1f}"),
        _("source: {source}").format(source=device.source),
    ]


def _json(name: str, device: Device, dtype: DataType, batch: int, found: tuple[Estimate, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "device": device.name,
        "dtype": dtype,
        "batch": batch,
        "operations_per_second": device.peak[dtype],
        "bytes_per_second": device.bandwidth,
        "source": device.source,
        "seconds": sum(entry.seconds for entry in found),
        "layers": [
            {
                "id": entry.nodes[-1],
                "operations": entry.operations,
                "moved_bytes": entry.moved_bytes,
                "seconds": entry.seconds,
                "bound": entry.bound,
            }
            for entry in found
        ],
    }
