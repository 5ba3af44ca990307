"""``netdraft run NET --image IMG --out DIR``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from designer.cli.arguments import Input, Net, Weights, check_path, load, shape_of
from designer.cli.output import say
from designer.i18n import N_, _
from designer.layer_api.problems import UserError

if TYPE_CHECKING:
    from designer.graph.design import Design

HELP = N_("Feed an image and write feature maps as PNG mosaics and one activations.npz.")
PLACE = 3


def command(
    net: Net,
    image: Annotated[str, typer.Option(metavar="IMG", help=_("The picture to feed."))],
    out: Annotated[str, typer.Option(metavar="DIR", help=_("Folder for the files; made where it is missing."))],
    input_shape: Input = None,
    weights: Weights = None,
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
    """Write the feature maps of one picture."""
    from designer.cli.terminal_progress import shown_progress
    from designer.session.headless import run_image

    check_path("--out", out, _("a folder"))
    keep = "all" if layers.strip() == "all" else [name.strip() for name in layers.split(",") if name.strip()]
    if not keep:
        raise UserError(
            _("--layers: {came!r} came, ids of layers like conv1,pool1 or all is wanted").format(came=layers)
        )
    design = _shaped(net, input_shape, weights)
    ways: dict[str, Any] = {"fit": fit, "normalisation": normalisation, "precise": precise, "profile": profile}
    with shown_progress() as progress:
        for line in run_image(design, image, out, keep=keep, progress=progress, **ways):
            say(line)


def _shaped(net: str, input_shape: str | None, weights: str | None) -> Design:
    from designer.analysis.analyse import with_input_shape

    shape, design = shape_of(input_shape), load(net, weights)
    return design if shape is None else with_input_shape(design, shape)
