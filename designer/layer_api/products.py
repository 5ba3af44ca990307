"""What layers share that multiply what other layers computed."""

from __future__ import annotations

from collections.abc import Sequence

from designer.i18n import _
from designer.layer_api.families import Weightless
from designer.layer_api.geometry import Region, Shape, Window, shape_text


class Product(Weightless):
    """Facts of a product of what other layers computed: no weights, but multiply-adds."""

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: a value sees whole rows or columns."""
        return None

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The cells of the values that are read."""
        rows = (0, self.output_shape(inputs)[0] - 1)
        return self.reads_values((rows, *region), inputs, index)[1:]


def listing(inputs: Sequence[Shape]) -> str:
    """The shapes in words: ``197×64, 197×64 and 50×64``."""
    texts = [shape_text(shape) for shape in inputs]
    return _("{shapes} and {last}").format(shapes=", ".join(texts[:-1]), last=texts[-1])
