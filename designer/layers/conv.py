"""Convolution: a shared kernel slides over the map, one filter for each output channel."""

from __future__ import annotations

from designer.i18n import N_
from designer.layer_api.convolution import Convolution
from designer.layer_api.fields import choice
from designer.layer_api.layer import Category, layer


@layer
class Conv2D(Convolution):
    """Convolution over an image: each filter is a small kernel as deep as its input and gives one feature map.

    The kernel is shared by all positions, so few weights see the whole image (LeCun et al., 1998).

    Formula
    -------
    y[o, i, j] = b[o] + Σ w[o, c, u, v] · x[c, i·S + u·D − P, j·S + v·D − P] over c, u, v

    Source
    ------
    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", Proceedings of the
    IEEE 86, 1998. Sizes: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
    arXiv:1603.07285, 2016.

    Example
    -------
    >>> make_layer("conv2d", filters=6, kernel=5).output_shape([(1, 32, 32)])
    (6, 28, 28)
    """

    kind = "conv2d"
    label = N_("Convolution 2D")
    category = Category.CONVOLUTION
    prefix = "conv"
    rank = 2
    search_terms = ("conv2d", "filter", "kernel")

    initializer: str = choice(
        "auto",
        {
            "auto": N_("Automatic"),
            "he": N_("He"),
            "xavier": N_("Xavier"),
            "filter_bank": N_("Filter bank"),
        },
        label=N_("Initial weights"),
        help=N_(
            "What the weights are until a file is loaded. Automatic: edges, blobs and Gabor waves where the layer reads"
            " the image, He elsewhere."
        ),
    )


@layer
class Conv1D(Convolution):
    """Convolution over a sequence: a signal, a series or a row of features, with channels.

    Formula
    -------
    y[o, i] = b[o] + Σ w[o, c, u] · x[c, i·S + u·D − P] over c, u

    Source
    ------
    Waibel, Hanazawa, Hinton, Shikano and Lang, "Phoneme Recognition Using Time-Delay Neural Networks", IEEE
    Transactions on Acoustics, Speech, and Signal Processing 37, 1989.

    Example
    -------
    >>> make_layer("conv1d", filters=32, kernel=5, padding=2).output_shape([(1, 187)])
    (32, 187)
    """

    kind = "conv1d"
    label = N_("Convolution 1D")
    category = Category.CONVOLUTION
    prefix = "conv"
    rank = 1
    search_terms = ("conv1d", "filter", "kernel", "sequence", "signal", "temporal")


@layer
class Conv3D(Convolution):
    """Convolution over a volume or a clip: kernels slide over depth (or time), height and width.

    Formula
    -------
    y[o, t, i, j] = b[o] + Σ w[o, c, r, u, v] · x[c, t·S + r·D − P, i·S + u·D − P, j·S + v·D − P] over c, r, u, v

    Source
    ------
    Tran, Bourdev, Fergus, Torresani and Paluri, "Learning Spatiotemporal Features with 3D Convolutional Networks",
    ICCV 2015.

    Example
    -------
    >>> make_layer("conv3d", filters=64, kernel=3, padding=1).output_shape([(3, 16, 112, 112)])
    (64, 16, 112, 112)
    """

    kind = "conv3d"
    label = N_("Convolution 3D")
    category = Category.CONVOLUTION
    prefix = "conv"
    rank = 3
    search_terms = ("conv3d", "filter", "kernel", "volume", "video", "c3d")
