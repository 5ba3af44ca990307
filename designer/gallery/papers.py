"""Where the networks of the gallery were published."""

from __future__ import annotations

import attrs


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


LENET = Paper("LeCun et al.", "Gradient-based learning applied to document recognition", 1998)
ALEXNET = Paper("Krizhevsky et al.", "ImageNet classification with deep convolutional neural networks", 2012)
ONE_TOWER = Paper("Krizhevsky", "One weird trick for parallelizing convolutional neural networks", 2014, "1404.5997")
ZFNET = Paper("Zeiler and Fergus", "Visualizing and understanding convolutional networks", 2013, "1311.2901")
NIN = Paper("Lin et al.", "Network in network", 2013, "1312.4400")
VGG = Paper(
    "Simonyan and Zisserman",
    "Very deep convolutional networks for large-scale image recognition",
    2014,
    "1409.1556",
)
GOOGLENET = Paper("Szegedy et al.", "Going deeper with convolutions", 2014, "1409.4842")
INCEPTION = Paper("Szegedy et al.", "Rethinking the Inception architecture for computer vision", 2015, "1512.00567")
RESNET = Paper("He et al.", "Deep residual learning for image recognition", 2015, "1512.03385")
RESNEXT = Paper("Xie et al.", "Aggregated residual transformations for deep neural networks", 2016, "1611.05431")
WIDE = Paper("Zagoruyko and Komodakis", "Wide residual networks", 2016, "1605.07146")
PYCONV = Paper(
    "Duta et al.",
    "Pyramidal convolution: rethinking convolutional neural networks for visual recognition",
    2020,
    "2006.11538",
)
DENSENET = Paper("Huang et al.", "Densely connected convolutional networks", 2016, "1608.06993")
SQUEEZENET = Paper("Iandola et al.", "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016, "1602.07360")
MOBILENET_V1 = Paper(
    "Howard et al.",
    "MobileNets: efficient convolutional neural networks for mobile vision applications",
    2017,
    "1704.04861",
)
MOBILENET_V2 = Paper("Sandler et al.", "MobileNetV2: inverted residuals and linear bottlenecks", 2018, "1801.04381")
MNASNET = Paper("Tan et al.", "MnasNet: platform-aware neural architecture search for mobile", 2018, "1807.11626")
EFFICIENTNET = Paper(
    "Tan and Le", "EfficientNet: rethinking model scaling for convolutional neural networks", 2019, "1905.11946"
)
MOBILENET_V3 = Paper("Howard et al.", "Searching for MobileNetV3", 2019, "1905.02244")
C3D = Paper("Tran et al.", "Learning spatiotemporal features with 3D convolutional networks", 2015, "1412.0767")
M5 = Paper("Dai et al.", "Very deep convolutional neural networks for raw waveforms", 2016, "1610.00087")
VIT = Paper(
    "Dosovitskiy et al.",
    "An image is worth 16×16 words: transformers for image recognition at scale",
    2020,
    "2010.11929",
)
DEIT = Paper(
    "Touvron et al.",
    "Training data-efficient image transformers and distillation through attention",
    2020,
    "2012.12877",
)
REGNET = Paper("Radosavovic et al.", "Designing network design spaces", 2020, "2003.13678")
CONVNEXT = Paper("Liu et al.", "A ConvNet for the 2020s", 2022, "2201.03545")
SHUFFLENET_V2 = Paper(
    "Ma et al.", "ShuffleNet V2: practical guidelines for efficient CNN architecture design", 2018, "1807.11164"
)
IGCV1 = Paper("Zhang et al.", "Interleaved group convolutions for deep neural networks", 2017, "1707.02725")
FCN = Paper("Long et al.", "Fully convolutional networks for semantic segmentation", 2014, "1411.4038")
UNET = Paper(
    "Ronneberger et al.", "U-Net: convolutional networks for biomedical image segmentation", 2015, "1505.04597"
)
DEEPLAB = Paper("Chen et al.", "Rethinking atrous convolution for semantic image segmentation", 2017, "1706.05587")
YOLOV3 = Paper("Redmon and Farhadi", "YOLOv3: an incremental improvement", 2018, "1804.02767")
AUTOENCODER = Paper("Chollet", "Building autoencoders in Keras", 2016)
DCGAN = Paper(
    "Radford et al.",
    "Unsupervised representation learning with deep convolutional generative adversarial networks",
    2015,
    "1511.06434",
)
SRCNN = Paper("Dong et al.", "Image super-resolution using deep convolutional networks", 2014, "1501.00092")
ESPCN = Paper(
    "Shi et al.",
    "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network",
    2016,
    "1609.05158",
)
