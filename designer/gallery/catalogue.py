"""Every network of the gallery by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import attrs

from designer.gallery import detection, efficientnet, generative, papers, segmentation, sequences
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
from designer.gallery.builder import answering, in_modules
from designer.gallery.convnext import convnext_tiny
from designer.gallery.densenet import LAYERS, densenet
from designer.gallery.googlenet import googlenet
from designer.gallery.igcv import igcv1
from designer.gallery.inception import inception_v3
from designer.gallery.lenet import lenet5
from designer.gallery.mobilenet import mobilenet_v1, mobilenet_v2
from designer.gallery.mobilenet_v3 import mobilenet_v3
from designer.gallery.nin import nin, nin_cifar10
from designer.gallery.pyconv import pyconvresnet50
from designer.gallery.regnet import regnet_y_400mf
from designer.gallery.resnet import PLANS, resnet
from designer.gallery.shufflenet import shufflenet_v2_x1_0
from designer.gallery.squeezenet import Version, squeezenet
from designer.gallery.vgg import CONVOLUTIONS, vgg
from designer.gallery.vit import PLANS as VITS
from designer.gallery.vit import vit
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.layer_api.problems import UserError


class UnknownNetwork(UserError):
    """The gallery has no network of this name; the message is one line and names the nearest."""


@attrs.frozen
class Entry:
    """One network of the gallery; ``family`` is translated when shown, ``build`` makes the design."""

    name: str
    title: str
    family: str
    paper: papers.Paper | None
    """None for what was made to explain something."""

    build: Callable[[], Design] = attrs.field(repr=False)

    @property
    def year(self) -> int | None:
        """The year of the paper."""
        return None if self.paper is None else self.paper.year


_SMALL, _IMAGENET = N_("Small and instructive"), N_("ImageNet")
_MOBILE, _SEGMENTATION = N_("ImageNet, for phones"), N_("Segmentation")
_DETECTION, _GENERATIVE = N_("Detection"), N_("Image to image")
_SEQUENCES = N_("Video and sound")

_OF_THOUSAND_CLASSES = {_IMAGENET, _MOBILE}
"""Families whose networks score the classes of ImageNet: an output with their names is behind each."""

_RESNET_PAPERS: Mapping[str, papers.Paper] = {"resnext50_32x4d": papers.RESNEXT, "wide_resnet50_2": papers.WIDE}
_SQUEEZENETS: Mapping[str, Version] = {"squeezenet1_0": "1.0", "squeezenet1_1": "1.1"}


def _vggs() -> Iterator[Entry]:
    for depth in CONVOLUTIONS:
        yield Entry(f"vgg{depth}", f"VGG-{depth}", _IMAGENET, papers.VGG, partial(vgg, depth))
        yield Entry(f"vgg{depth}_bn", f"VGG-{depth} BN", _IMAGENET, papers.VGG, partial(vgg, depth, norm=True))


_ENTRIES: Mapping[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry("lenet5", "LeNet-5", _SMALL, papers.LENET, lenet5),
        Entry("block_stack", "VGG-style block stack", _SMALL, None, block_stack),
        Entry("residual_block", "Residual block", _SMALL, papers.RESNET, residual_block),
        Entry("receptive_field", "Receptive field", _SMALL, None, receptive_field_example),
        Entry("ten_filters", "Ten filters", _SMALL, None, ten_filters),
        Entry("stacked_kernels", "Stacked kernels", _SMALL, papers.VGG, stacked_kernels),
        Entry("first_layers", "First layers", _SMALL, None, first_layers),
        Entry("bottleneck", "Bottleneck", _SMALL, papers.RESNET, bottleneck),
        Entry("asymmetric_pair", "Asymmetric pair", _SMALL, papers.INCEPTION, asymmetric_pair),
        Entry("dense_as_convolution", "Dense as convolution", _SMALL, papers.FCN, dense_as_convolution),
        Entry("nin_cifar10", "Network in Network (CIFAR-10)", _SMALL, papers.NIN, nin_cifar10),
        Entry("igcv1", "IGCV1 (L24M2)", _SMALL, papers.IGCV1, igcv1),
        Entry("alexnet", "AlexNet", _IMAGENET, papers.ONE_TOWER, alexnet),
        Entry("alexnet_2012", "AlexNet (2012)", _IMAGENET, papers.ALEXNET, alexnet_2012),
        Entry("zfnet", "ZFNet", _IMAGENET, papers.ZFNET, zfnet),
        Entry("nin", "Network in Network", _IMAGENET, papers.NIN, nin),
        *_vggs(),
        Entry("googlenet", "GoogLeNet", _IMAGENET, papers.GOOGLENET, googlenet),
        Entry("inception_v3", "Inception v3", _IMAGENET, papers.INCEPTION, inception_v3),
        *(
            Entry(name, plan.title, _IMAGENET, _RESNET_PAPERS.get(name, papers.RESNET), partial(resnet, name))
            for name, plan in PLANS.items()
        ),
        Entry("pyconvresnet50", "PyConvResNet-50", _IMAGENET, papers.PYCONV, pyconvresnet50),
        *(
            Entry(f"densenet{depth}", f"DenseNet-{depth}", _IMAGENET, papers.DENSENET, partial(densenet, depth))
            for depth in LAYERS
        ),
        Entry(
            "vit_tiny_patch16_224", "ViT-Tiny/16", _IMAGENET, papers.DEIT, partial(vit, VITS["vit_tiny_patch16_224"])
        ),
        Entry("vit_b_16", "ViT-B/16", _IMAGENET, papers.VIT, partial(vit, VITS["vit_b_16"])),
        Entry("convnext_tiny", "ConvNeXt-T", _IMAGENET, papers.CONVNEXT, convnext_tiny),
        *(
            Entry(name, f"SqueezeNet {version}", _MOBILE, papers.SQUEEZENET, partial(squeezenet, version))
            for name, version in _SQUEEZENETS.items()
        ),
        Entry("mobilenet_v1", "MobileNet V1", _MOBILE, papers.MOBILENET_V1, mobilenet_v1),
        Entry("mobilenet_v2", "MobileNet V2", _MOBILE, papers.MOBILENET_V2, mobilenet_v2),
        *(
            Entry(
                f"mobilenet_v3_{size}",
                f"MobileNet V3 {size}",
                _MOBILE,
                papers.MOBILENET_V3,
                partial(mobilenet_v3, size),
            )
            for size in ("large", "small")
        ),
        Entry("shufflenet_v2_x1_0", "ShuffleNet V2 ×1.0", _MOBILE, papers.SHUFFLENET_V2, shufflenet_v2_x1_0),
        Entry("mnasnet1_0", "MNASNet 1.0", _MOBILE, papers.MNASNET, efficientnet.mnasnet1_0),
        Entry(
            "efficientnet_lite0", "EfficientNet-Lite0", _MOBILE, papers.EFFICIENTNET, efficientnet.efficientnet_lite0
        ),
        Entry("efficientnet_b0", "EfficientNet-B0", _MOBILE, papers.EFFICIENTNET, efficientnet.efficientnet_b0),
        Entry("regnet_y_400mf", "RegNetY-400MF", _MOBILE, papers.REGNET, regnet_y_400mf),
        Entry("vgg16_convolutional", "VGG-16, convolutional", _SEGMENTATION, papers.FCN, vgg16_convolutional),
        Entry("fcn32s", "FCN-32s", _SEGMENTATION, papers.FCN, segmentation.fcn32s),
        Entry("fcn8s", "FCN-8s", _SEGMENTATION, papers.FCN, segmentation.fcn8s),
        Entry("unet", "U-Net", _SEGMENTATION, papers.UNET, segmentation.unet),
        Entry(
            "deeplabv3_resnet50",
            "DeepLab v3 (ResNet-50)",
            _SEGMENTATION,
            papers.DEEPLAB,
            segmentation.deeplabv3_resnet50,
        ),
        Entry(
            "ssdlite320_mobilenet_v3_large",
            "SSDlite (MobileNet V3)",
            _DETECTION,
            papers.MOBILENET_V3,
            detection.ssdlite320_mobilenet_v3_large,
        ),
        Entry(
            "ssdlite_mobilenet_v2",
            "SSDlite (MobileNet V2)",
            _DETECTION,
            papers.MOBILENET_V2,
            detection.ssdlite_mobilenet_v2,
        ),
        Entry("yolov3_tiny", "YOLOv3-tiny", _DETECTION, papers.YOLOV3, detection.yolov3_tiny),
        Entry("autoencoder", "Convolutional autoencoder", _GENERATIVE, papers.AUTOENCODER, generative.autoencoder),
        Entry("dcgan_generator", "DCGAN generator", _GENERATIVE, papers.DCGAN, generative.dcgan_generator),
        Entry("dcgan_discriminator", "DCGAN discriminator", _GENERATIVE, papers.DCGAN, generative.dcgan_discriminator),
        Entry("srcnn", "SRCNN", _GENERATIVE, papers.SRCNN, generative.srcnn),
        Entry("espcn", "ESPCN", _GENERATIVE, papers.ESPCN, generative.espcn),
        Entry("c3d", "C3D", _SEQUENCES, papers.C3D, sequences.c3d),
        Entry("m5", "M5", _SEQUENCES, papers.M5, sequences.m5),
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
        design = entry.build()
        return in_modules(answering(design, "imagenet") if entry.family in _OF_THOUSAND_CLASSES else design)
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
