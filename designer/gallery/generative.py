"""Networks whose answer is an image.

Autoencoder: Chollet, "Building autoencoders in Keras" (2016), after Masci et al., "Stacked convolutional auto-encoders
for hierarchical feature extraction" (2011). DCGAN: Radford, Metz and Chintala, "Unsupervised representation learning
with deep convolutional generative adversarial networks" (2015), in the sizes and with the names of PyTorch's example.
SRCNN: Dong, Loy, He and Tang, "Image super-resolution using deep convolutional networks" (2014). ESPCN: Shi et al.,
"Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network" (2016).
"""

from __future__ import annotations

from designer.gallery.blocks import conv_norm
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

LATENT = 100
"""Numbers from which the generator makes an image."""

WIDTH = 64
"""Filters next to the image, in the generator and in the discriminator."""


def autoencoder() -> Design:
    """28×28 grey pixels through 4×4×8 = 128 numbers and back: 4 385 parameters."""
    net = NetworkBuilder("Convolutional autoencoder").image((1, 28, 28))
    for number, filters in enumerate((16, 8, 8), start=1):
        net.add("conv2d", name=f"encoder.conv{number}", filters=filters, kernel=3, padding=1)
        net.add("relu", name=f"encoder.relu{number}")
        net.add("max_pool2d", name=f"encoder.pool{number}", kernel=2, ceil_mode=True)
    # The last convolution is not padded: 4, 8, 16 rows become 14, and 28.
    for number, (filters, padding) in enumerate(((8, 1), (8, 1), (16, 0)), start=1):
        net.add("conv2d", name=f"decoder.conv{number}", filters=filters, kernel=3, padding=padding)
        net.add("relu", name=f"decoder.relu{number}")
        net.add("upsample2d", name=f"decoder.up{number}", scale=2)
    net.add("conv2d", name="decoder.conv4", filters=1, kernel=3, padding=1)
    net.add("sigmoid", name="sigmoid")
    return net.design()


def dcgan_generator() -> Design:
    """A hundred random numbers become an image of 64×64 pixels, by transposed convolutions alone."""
    net = NetworkBuilder("DCGAN generator").image((LATENT, 1, 1), name="noise")
    # The first gives 4×4 cells from one, each of the others twice as many along each axis.
    net.add("conv_transpose2d", name="main.0", filters=8 * WIDTH, kernel=4, bias=False)
    for place, filters in zip((3, 6, 9, 12), (4 * WIDTH, 2 * WIDTH, WIDTH, 3), strict=True):
        net.add("batch_norm", name=f"main.{place - 2}")
        net.add("relu", name=f"main.{place - 1}")
        net.add("conv_transpose2d", name=f"main.{place}", filters=filters, kernel=4, stride=2, padding=1, bias=False)
    net.add("tanh", name="main.13")
    return net.design()


def dcgan_discriminator() -> Design:
    """Whether an image of 64×64 pixels is real: strided convolutions in place of poolings."""
    net = NetworkBuilder("DCGAN discriminator").image((3, 64, 64))
    net.add("conv2d", name="main.0", filters=WIDTH, kernel=4, stride=2, padding=1, bias=False)
    net.add("leaky_relu", name="main.1", slope=0.2)
    for place, widening in zip((2, 5, 8), (2, 4, 8), strict=True):
        names = f"main.{place}", f"main.{place + 1}"
        conv_norm(net, *names, filters=widening * WIDTH, kernel=4, stride=2, padding=1)
        net.add("leaky_relu", name=f"main.{place + 2}", slope=0.2)
    net.add("conv2d", name="main.11", filters=1, kernel=4, bias=False)
    net.add("sigmoid", name="main.12")
    return net.design()


def srcnn() -> Design:
    """Sharpens an image that was enlarged by interpolation: the 9-1-5 network, on the brightness alone.

    The paper trains on pieces of 33×33 pixels; convolutions are padded here, so that the image keeps its size.
    """
    net = NetworkBuilder("SRCNN").image((1, 33, 33))
    for number, (filters, kernel) in enumerate(((64, 9), (32, 1), (1, 5)), start=1):
        net.add("conv2d", name=f"conv{number}", filters=filters, kernel=kernel, padding=kernel // 2)
        if number < 3:
            net.add("relu", name=f"relu{number}")
    return net.design()


def espcn(*, factor: int = 3) -> Design:
    """Makes an image three times as large: all the work is done on the small one, the last layer shuffles pixels.

    On the brightness alone; the paper trains on pieces of 17×17 pixels.
    """
    net = NetworkBuilder("ESPCN").image((1, 17, 17))
    for number, (filters, kernel) in enumerate(((64, 5), (32, 3), (factor**2, 3)), start=1):
        net.add("conv2d", name=f"conv{number}", filters=filters, kernel=kernel, padding=kernel // 2)
        if number < 3:
            net.add("tanh", name=f"tanh{number}")
    net.add("pixel_shuffle2d", name="pixel_shuffle", block=factor)
    return net.design()
