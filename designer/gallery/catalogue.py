"""Every network of the gallery by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import attrs

from designer.gallery import detection, efficientnet, generative, segmentation
from designer.gallery.alexnet import alexnet, alexnet_2012, zfnet
from designer.gallery.article import (
    asymmetric_pair,
    block_stack,
    bottleneck,
    dense_as_convolution,
    first_layers,
    receptive_field_example,
    residual_block,
    stacked_kernels,
    ten_filters,
    vgg16_convolutional,
)
from designer.gallery.densenet import LAYERS, densenet
from designer.gallery.googlenet import googlenet
from designer.gallery.inception import inception_v3
from designer.gallery.lenet import lenet5
from designer.gallery.mobilenet import mobilenet_v1, mobilenet_v2
from designer.gallery.nin import nin, nin_cifar10
from designer.gallery.pyconv import pyconvresnet50
from designer.gallery.resnet import PLANS, resnet
from designer.gallery.squeezenet import Version, squeezenet
from designer.gallery.vgg import CONVOLUTIONS, vgg
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.layer_api.problems import UserError


class UnknownNetwork(UserError):
    """The gallery has no network of this name; the message is one line and names the nearest."""


@attrs.frozen
class Paper:
    """Where a network was published: ``arxiv`` is its number there, empty where it is older or elsewhere."""

    authors: str
    title: str
    year: int
    arxiv: str = ""

    @property
    def url(self) -> str:
        """Where it can be read; empty where only its title is known."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else ""


@attrs.frozen
class Entry:
    """One network of the gallery; ``family`` is translated when shown, ``build`` makes the design."""

    name: str
    title: str
    family: str
    paper: Paper | None
    """None for what was made to explain something."""

    build: Callable[[], Design] = attrs.field(repr=False)

    @property
    def year(self) -> int | None:
        """The year of the paper."""
        return None if self.paper is None else self.paper.year


_SMALL, _IMAGENET = N_("Small and instructive"), N_("ImageNet")
_MOBILE, _SEGMENTATION = N_("ImageNet, for phones"), N_("Segmentation")
_DETECTION, _GENERATIVE = N_("Detection"), N_("Image to image")

_LENET = Paper("LeCun et al.", "Gradient-based learning applied to document recognition", 1998)
_ALEXNET = Paper("Krizhevsky et al.", "ImageNet classification with deep convolutional neural networks", 2012)
_ONE_TOWER = Paper("Krizhevsky", "One weird trick for parallelizing convolutional neural networks", 2014, "1404.5997")
_ZFNET = Paper("Zeiler and Fergus", "Visualizing and understanding convolutional networks", 2013, "1311.2901")
_NIN = Paper("Lin et al.", "Network in network", 2013, "1312.4400")
_VGG = Paper(
    "Simonyan and Zisserman",
    "Very deep convolutional networks for large-scale image recognition",
    2014,
    "1409.1556",
)
_GOOGLENET = Paper("Szegedy et al.", "Going deeper with convolutions", 2014, "1409.4842")
_INCEPTION = Paper("Szegedy et al.", "Rethinking the Inception architecture for computer vision", 2015, "1512.00567")
_RESNET = Paper("He et al.", "Deep residual learning for image recognition", 2015, "1512.03385")
_RESNEXT = Paper("Xie et al.", "Aggregated residual transformations for deep neural networks", 2016, "1611.05431")
_WIDE = Paper("Zagoruyko and Komodakis", "Wide residual networks", 2016, "1605.07146")
_PYCONV = Paper(
    "Duta et al.",
    "Pyramidal convolution: rethinking convolutional neural networks for visual recognition",
    2020,
    "2006.11538",
)
_DENSENET = Paper("Huang et al.", "Densely connected convolutional networks", 2016, "1608.06993")
_SQUEEZENET = Paper(
    "Iandola et al.", "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, "1602.07360"
)
_MOBILENET_V1 = Paper(
    "Howard et al.",
    "MobileNets: efficient convolutional neural networks for mobile vision applications",
    2017,
    "1704.04861",
)
_MOBILENET_V2 = Paper("Sandler et al.", "MobileNetV2: inverted residuals and linear bottlenecks", 2018, "1801.04381")
_MNASNET = Paper("Tan et al.", "MnasNet: platform-aware neural architecture search for mobile", 2018, "1807.11626")
_EFFICIENTNET = Paper(
    "Tan and Le", "EfficientNet: rethinking model scaling for convolutional neural networks", 2019, "1905.11946"
)
_FCN = Paper("Long et al.", "Fully convolutional networks for semantic segmentation", 2014, "1411.4038")
_UNET = Paper(
    "Ronneberger et al.", "U-Net: convolutional networks for biomedical image segmentation", 2015, "1505.04597"
)
_DEEPLAB = Paper("Chen et al.", "Rethinking atrous convolution for semantic image segmentation", 2017, "1706.05587")
_YOLOV3 = Paper("Redmon and Farhadi", "YOLOv3: an incremental improvement", 2018, "1804.02767")
_AUTOENCODER = Paper("Chollet", "Building autoencoders in Keras", 2016)
_DCGAN = Paper(
    "Radford et al.",
    "Unsupervised representation learning with deep convolutional generative adversarial networks",
    2015,
    "1511.06434",
)
_SRCNN = Paper("Dong et al.", "Image super-resolution using deep convolutional networks", 2014, "1501.00092")

_RESNET_PAPERS: Mapping[str, Paper] = {"resnext50_32x4d": _RESNEXT, "wide_resnet50_2": _WIDE}
_SQUEEZENETS: Mapping[str, Version] = {"squeezenet1_0": "1.0", "squeezenet1_1": "1.1"}


def _vggs() -> Iterator[Entry]:
    for depth in CONVOLUTIONS:
        yield Entry(f"vgg{depth}", f"VGG-{depth}", _IMAGENET, _VGG, partial(vgg, depth))
        yield Entry(f"vgg{depth}_bn", f"VGG-{depth} BN", _IMAGENET, _VGG, partial(vgg, depth, norm=True))


_ENTRIES: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("lenet5", "LeNet-5", _SMALL, _LENET, lenet5),
        Entry("block_stack", "VGG-style block stack", _SMALL, None, block_stack),
        Entry("residual_block", "Residual block", _SMALL, _RESNET, residual_block),
        Entry("receptive_field", "Receptive field", _SMALL, None, receptive_field_example),
        Entry("ten_filters", "Ten filters", _SMALL, None, ten_filters),
        Entry("stacked_kernels", "Stacked kernels", _SMALL, _VGG, stacked_kernels),
        Entry("first_layers", "First layers", _SMALL, None, first_layers),
        Entry("bottleneck", "Bottleneck", _SMALL, _RESNET, bottleneck),
        Entry("asymmetric_pair", "Asymmetric pair", _SMALL, _INCEPTION, asymmetric_pair),
        Entry("dense_as_convolution", "Dense as convolution", _SMALL, _FCN, dense_as_convolution),
        Entry("nin_cifar10", "Network in Network (CIFAR-10)", _SMALL, _NIN, nin_cifar10),
        Entry("alexnet", "AlexNet", _IMAGENET, _ONE_TOWER, alexnet),
        Entry("alexnet_2012", "AlexNet (2012)", _IMAGENET, _ALEXNET, alexnet_2012),
        Entry("zfnet", "ZFNet", _IMAGENET, _ZFNET, zfnet),
        Entry("nin", "Network in Network", _IMAGENET, _NIN, nin),
        *_vggs(),
        Entry("googlenet", "GoogLeNet", _IMAGENET, _GOOGLENET, googlenet),
        Entry("inception_v3", "Inception v3", _IMAGENET, _INCEPTION, inception_v3),
        *(
            Entry(name, plan.title, _IMAGENET, _RESNET_PAPERS.get(name, _RESNET), partial(resnet, name))
            for name, plan in PLANS.items()
        ),
        Entry("pyconvresnet50", "PyConvResNet-50", _IMAGENET, _PYCONV, pyconvresnet50),
        *(
            Entry(f"densenet{depth}", f"DenseNet-{depth}", _IMAGENET, _DENSENET, partial(densenet, depth))
            for depth in LAYERS
        ),
        *(
            Entry(name, f"SqueezeNet {version}", _MOBILE, _SQUEEZENET, partial(squeezenet, version))
            for name, version in _SQUEEZENETS.items()
        ),
        Entry("mobilenet_v1", "MobileNet V1", _MOBILE, _MOBILENET_V1, mobilenet_v1),
        Entry("mobilenet_v2", "MobileNet V2", _MOBILE, _MOBILENET_V2, mobilenet_v2),
        Entry("mnasnet1_0", "MNASNet 1.0", _MOBILE, _MNASNET, efficientnet.mnasnet1_0),
        Entry("efficientnet_lite0", "EfficientNet-Lite0", _MOBILE, _EFFICIENTNET, efficientnet.efficientnet_lite0),
        Entry("vgg16_convolutional", "VGG-16, convolutional", _SEGMENTATION, _FCN, vgg16_convolutional),
        Entry("fcn32s", "FCN-32s", _SEGMENTATION, _FCN, segmentation.fcn32s),
        Entry("fcn8s", "FCN-8s", _SEGMENTATION, _FCN, segmentation.fcn8s),
        Entry("unet", "U-Net", _SEGMENTATION, _UNET, segmentation.unet),
        Entry(
            "deeplabv3_resnet50",
            "DeepLab v3 (ResNet-50)",
            _SEGMENTATION,
            _DEEPLAB,
            segmentation.deeplabv3_resnet50,
        ),
        Entry("yolov3_tiny", "YOLOv3-tiny", _DETECTION, _YOLOV3, detection.yolov3_tiny),
        Entry("autoencoder", "Convolutional autoencoder", _GENERATIVE, _AUTOENCODER, generative.autoencoder),
        Entry("dcgan_generator", "DCGAN generator", _GENERATIVE, _DCGAN, generative.dcgan_generator),
        Entry("dcgan_discriminator", "DCGAN discriminator", _GENERATIVE, _DCGAN, generative.dcgan_discriminator),
        Entry("srcnn", "SRCNN", _GENERATIVE, _SRCNN, generative.srcnn),
    )
}


def entries() -> tuple[Entry, ...]:
    """All networks, none of them built yet."""
    return tuple(_ENTRIES.values())


def names() -> tuple[str, ...]:
    """Names of all networks, as torchvision writes them where it has them."""
    return tuple(_ENTRIES)


def network(name: str) -> Design:
    """Build the network of this name; raises UnknownNetwork.

    Capitals, hyphens and spaces do not matter: ``"ResNet-18"`` is ``resnet18``.
    """
    entry = _ENTRIES.get(_plain(name))
    if entry is not None:
        return entry.build()
    near = difflib.get_close_matches(_plain(name), _ENTRIES, 1, 0.5)
    text = (
        _("the gallery has no network {name!r}; did you mean {near}?")
        if near
        else _('the gallery has no network {name!r}; "netdraft gallery" lists all {count}')
    )
    shown = name if len(name) <= 40 else name[:39] + "…"
    raise UnknownNetwork(text.format(name=shown, near="".join(near), count=len(_ENTRIES)))


def _plain(name: str) -> str:
    """The name as the gallery writes it."""
    lowered = name.strip().lower()
    if lowered in _ENTRIES:
        return lowered
    squeezed = lowered.replace("-", "").replace(" ", "").replace(".", "_")
    return squeezed if squeezed in _ENTRIES else lowered
