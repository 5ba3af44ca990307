"""The layers there are, for scripts."""

from __future__ import annotations

from designer.layer_api.layer import Layer
from designer.layer_api.registry import catalogue


def layers() -> dict[str, type[Layer]]:
    """Every layer class by its kind, in the order of the palette.

    Returns
    -------
    dict
        Kind, as :meth:`designer.Builder.add` and spec files write it, → class. ``label`` is its name,
        ``description()`` what it does, ``fields()`` its parameters with label, help and bounds, ``defaults()`` their
        values; an instance answers for shapes, weights and costs.

    Examples
    --------
    >>> import designer
    >>> convolution = designer.layers()["conv2d"]
    >>> convolution.label, list(convolution.fields())[:3]
    ('Convolution 2D', ['filters', 'kernel', 'stride'])
    >>> convolution(filters=8, kernel=3).output_shape([(3, 32, 32)])
    (8, 30, 30)
    """
    return dict(catalogue())
