"""The small networks with which an article on convolution explains itself: each makes one idea visible."""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.gallery.vgg import features as vgg_features
from designer.graph.design import Design


def receptive_field_example() -> Design:
    """14×14×3 through two 3×3 convolutions, a 2×2 pooling and a third convolution: fields 3, 5, 6, 10.

    Output sizes are 12, 10, 5 and 3.
    """
    net = NetworkBuilder("Receptive field").image((3, 14, 14))
    net.add("conv2d", filters=8, kernel=3)
    net.add("conv2d", filters=8, kernel=3)
    net.add("max_pool2d", kernel=2)
    net.add("conv2d", filters=16, kernel=3)
    return net.design()


def ten_filters() -> Design:
    """32×32×3 through ten 5×5 filters, stride 1, padding 2: 32×32×10, 760 parameters."""
    net = NetworkBuilder("Ten filters").image((3, 32, 32))
    net.add("conv2d", filters=10, kernel=5, padding=2)
    return net.design()


def block_stack(*, classes: int = 10) -> Design:
    """The usual pattern, [CONV → ReLU → CONV → ReLU → POOL] × 3 → FC → softmax, for images of 64×64 pixels."""
    net = NetworkBuilder("VGG-style block stack").image((3, 64, 64))
    for block, filters in enumerate((16, 32, 64), start=1):
        with net.group(f"block{block}"):
            for index in (1, 2):
                net.add("conv2d", name=f"conv{block}_{index}", filters=filters, kernel=3, padding=1)
                net.add("relu", name=f"relu{block}_{index}")
            net.add("max_pool2d", name=f"pool{block}", kernel=2)
    net.add("flatten")
    net.add("dense", units=128)
    net.add("relu", name="relu4")
    net.add("dropout")
    net.add("dense", units=classes)
    net.add("softmax", name="softmax")
    return net.design()


def residual_block() -> Design:
    """A stem, then one basic block, out = F(x) + x (He et al., 2015, figure 2), whose sides agree in shape."""
    net = NetworkBuilder("Residual block").image((3, 64, 64))
    net.add("conv2d", name="stem", filters=16, kernel=3, padding=1, bias=False)
    net.add("batch_norm", name="stem_bn")
    entry = net.add("relu", name="stem_relu")
    with net.group("block"):
        net.add("conv2d", filters=16, kernel=3, padding=1, bias=False)
        net.add("batch_norm")
        net.add("relu")
        net.add("conv2d", filters=16, kernel=3, padding=1, bias=False)
        branch = net.add("batch_norm")
        net.add("add", name="add", after=(branch, entry))
        net.add("relu")
    return net.design()


def stacked_kernels() -> Design:
    """Three 3×3 convolutions see 7×7 pixels as one 7×7 does: 27·64² = 110 592 weights against 49·64² = 200 704."""
    net = NetworkBuilder("Stacked kernels").image((64, 28, 28))
    net.add("conv2d", name="one_7x7", filters=64, kernel=7, padding=3, bias=False)
    end = "image"
    for number in (1, 2, 3):
        net.add("conv2d", name=f"stacked_3x3_{number}", after=end, filters=64, kernel=3, padding=1, bias=False)
        end = net.add("relu", name=f"stacked_relu_{number}")
    return net.design()


def first_layers() -> Design:
    """Why the first kernel is large: 3×3 at stride 1 gives 4 194 304 values, 7×7 at stride 2 a quarter of them."""
    net = NetworkBuilder("First layers").image((3, 256, 256))
    net.add("conv2d", name="small_kernel", filters=64, kernel=3, padding=1)
    net.add("conv2d", name="large_kernel", after="image", filters=64, kernel=7, stride=2, padding=3)
    return net.design()


def bottleneck() -> Design:
    """1×1, 3×3 and 1×1 through half of the channels: 3.25·256² = 212 992 weights; a 3×3 has 9·256² = 589 824."""
    net = NetworkBuilder("Bottleneck").image((256, 14, 14))
    net.add("conv2d", name="plain", filters=256, kernel=3, padding=1, bias=False)
    net.add("conv2d", name="narrow", after="image", filters=128, kernel=1, bias=False)
    net.add("conv2d", name="inner", filters=128, kernel=3, padding=1, bias=False)
    net.add("conv2d", name="wide", filters=256, kernel=1, bias=False)
    return net.design()


def asymmetric_pair() -> Design:
    """A 1×3 and a 3×1 see what a 3×3 sees: 6·64² = 24 576 weights against 9·64² = 36 864."""
    net = NetworkBuilder("Asymmetric pair").image((64, 28, 28))
    net.add("conv2d", name="square", filters=64, kernel=3, padding=1, bias=False)
    net.add("conv2d", name="row", after="image", filters=64, kernel=(1, 3), padding=(0, 1), bias=False)
    net.add("conv2d", name="column", filters=64, kernel=(3, 1), padding=(1, 0), bias=False)
    return net.design()


def dense_as_convolution() -> Design:
    """A dense layer over 7×7×512 values is a 7×7 convolution: both 102 764 544 parameters."""
    net = NetworkBuilder("Dense as convolution").image((512, 7, 7))
    net.add("flatten", name="flatten")
    net.add("dense", name="dense", units=4096)
    net.add("conv2d", name="convolution", after="image", filters=4096, kernel=7)
    return net.design()


def vgg16_convolutional(*, classes: int = 1000) -> Design:
    """VGG-16 whose dense layers are convolutions: an image of 384×384 pixels gets a map of 6×6 answers.

    Weights are those of VGG-16, those of the dense layers in another form.
    """
    net = NetworkBuilder("VGG-16, convolutional").image((3, 384, 384))
    vgg_features(net, 16)
    for number, (filters, kernel) in enumerate(((4096, 7), (4096, 1), (classes, 1))):
        net.add("conv2d", name=f"classifier.{3 * number}", filters=filters, kernel=kernel)
        if number < 2:
            net.add("relu", name=f"classifier.{3 * number + 1}")
            net.add("dropout", name=f"classifier.{3 * number + 2}")
    return net.design()
