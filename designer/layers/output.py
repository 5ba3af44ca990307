"""The output marker: says what a network answers with."""

from __future__ import annotations

from collections.abc import Sequence

from designer.i18n import N_, _, ngettext
from designer.layer_api.class_sets import shipped_classes
from designer.layer_api.emit import KerasCall, TorchCall
from designer.layer_api.fields import choice
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.layer import Category, layer
from designer.layer_api.list_fields import names
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.unchanged import Unchanged


@layer
class Output(Unchanged):
    """Marks what the network answers with, and may name its classes: a run then says which are the most probable.

    It hands on its input. Scores are values (classes,) or maps (classes, height, width), one for each name.

    Formula
    -------
    y = x

    Source
    ------
    Russakovsky et al., "ImageNet Large Scale Visual Recognition Challenge", International Journal of Computer Vision
    115, 2015; the names of its classes are those of torchvision.

    Example
    -------
    >>> make_layer("output", class_set="imagenet").class_names()[281:283]
    ('tabby', 'tiger cat')
    """

    kind = "output"
    label = N_("Output")
    category = Category.INPUT
    prefix = "output"
    search_terms = ("classes", "labels", "names", "result", "sink")

    class_set: str = choice(
        "own",
        {"own": N_("Those listed here"), "imagenet": N_("ImageNet (1,000)")},
        label=N_("Classes"),
        help=N_("Whose names the scores have; those of ImageNet come with the program."),
    )
    classes: tuple[str, ...] = names(
        label=N_("Class names"), help=N_("One for each score, in their order; none where they have no names.")
    )

    def class_names(self) -> tuple[str, ...]:
        """Those listed, or those of the set."""
        return self.classes if self.class_set == "own" else shipped_classes(self.class_set)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape; as many channels as there are names."""
        known = self.class_names()
        if known and len(known) != inputs[0][0]:
            raise ShapeProblem(
                _("input is {came}; {count} scores are wanted, one for each class name").format(
                    came=shape_text(inputs[0]), count=len(known)
                ),
                SetFields({"class_set": "own", "classes": ()}),
            )
        return inputs[0]

    def caption(self) -> str:
        """``1000 classes``."""
        count = len(self.class_names())
        return ngettext("{n} class", "{n} classes", count).format(n=count) if count else ""

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("an output is one of the graph, not an operator"))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Identity``."""
        return (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Identity``."""
        return (KerasCall("layers.Identity"),)
