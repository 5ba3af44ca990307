"""Make a picture into the tensor of a network input: size, channels, normalisation."""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs
import numpy as np
import numpy.typing as npt

from designer.i18n import N_, LabelledEnum, _, ngettext
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.runtime.threads import checkpoint, checkpoint_part
from designer.pictures.image_file import ImageError, Picture
from designer.pictures.placement import BAND_VALUES, Fit, Placement, Rect, place

# Channel statistics of the ImageNet training set, as torchvision and Keras use them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
# ITU-R BT.601, the weights Pillow and OpenCV use.
LUMA = (0.299, 0.587, 0.114)
# One float32 tensor of 1 GiB; a larger "image" is a slip of the keyboard.
MAX_VALUES = 2**28

Floats = npt.NDArray[np.float32]


class Normalisation(LabelledEnum):
    """What is done to values in [0, 1] before the network sees them."""

    UNIT = "unit", N_("0 to 1")
    IMAGENET = "imagenet", N_("ImageNet mean and deviation")
    CUSTOM = "custom", N_("Own mean and deviation")


def _numbers(given: float | Iterable[float]) -> tuple[float, ...]:
    return (float(given),) if isinstance(given, int | float) else tuple(map(float, given))


@attrs.frozen
class Preprocessing:
    """How pictures are made into tensors.

    Attributes
    ----------
    fit
        ``stretch`` ignores the picture's proportions; ``letterbox`` shows all of it between black bars;
        ``center_crop`` cuts the largest middle part that has the input's proportions.
    normalisation
        ``unit`` leaves values in [0, 1]; ``imagenet`` and ``custom`` subtract a mean and divide by a
        deviation.
    mean, std
        Used by ``custom``: one number for all channels, or one for each.

    Raises
    ------
    ImageError
        A mean that is not finite, or a deviation that is not positive.
    ValueError
        An unknown ``fit`` or ``normalisation``.
    """

    fit: Fit = attrs.field(default=Fit.CENTER_CROP, converter=Fit)
    normalisation: Normalisation = attrs.field(default=Normalisation.UNIT, converter=Normalisation)
    mean: tuple[float, ...] = attrs.field(default=(0.0,), converter=_numbers)
    std: tuple[float, ...] = attrs.field(default=(1.0,), converter=_numbers)

    def __attrs_post_init__(self) -> None:
        if not self.mean or not all(map(math.isfinite, self.mean)):
            message = _("mean: {values} came; wanted finite numbers")
            raise ImageError(message.format(values=_listed(self.mean)))
        if not self.std or not all(math.isfinite(value) and value > 0.0 for value in self.std):
            message = _("deviation: {values} came; wanted numbers above 0, since values are divided by them")
            raise ImageError(message.format(values=_listed(self.std)))

    def statistics(self, channels: int) -> tuple[Floats, Floats]:
        """Return mean and deviation for each of ``channels`` channels.

        ImageNet's three are averaged for a grey input, and repeated for more than three channels.

        Raises
        ------
        ImageError
            If ``custom`` has neither one number nor one a channel.
        """
        mean: tuple[float, ...]
        std: tuple[float, ...]
        match self.normalisation:
            case Normalisation.UNIT:
                mean, std = (0.0,), (1.0,)
            case Normalisation.IMAGENET if channels == 1:
                mean, std = (math.fsum(IMAGENET_MEAN) / 3.0,), (math.fsum(IMAGENET_STD) / 3.0,)
            case Normalisation.IMAGENET:
                mean, std = IMAGENET_MEAN, IMAGENET_STD
            case Normalisation.CUSTOM:
                mean = _suiting(self.mean, channels, _("mean"))
                std = _suiting(self.std, channels, _("deviation"))
        return _repeated(mean, channels), _repeated(std, channels)


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values) or _("nothing")


def _suiting(values: tuple[float, ...], channels: int, what: str) -> tuple[float, ...]:
    if len(values) not in (1, channels):
        message = ngettext(
            "{what}: {count} numbers came; wanted one, because the input has {channels} channel",
            "{what}: {count} numbers came; wanted one, or one for each of the input's {channels} channels",
            channels,
        )
        raise ImageError(message.format(what=what, count=len(values), channels=channels))
    return values


def _repeated(values: tuple[float, ...], channels: int) -> Floats:
    return np.resize(np.asarray(values, np.float32), channels)


@attrs.frozen(eq=False)
class Prepared:
    """A picture made ready for one network input.

    Attributes
    ----------
    tensor
        Read-only float32 of shape (1, C, H, W), or (1, C, L) or (1, C, D, H, W), normalised.
    shown
        Read-only uint8 of shape (H, W, 3): what the network sees before normalisation.
    placement
        The way from input pixels back to ``picture``.
    picture
        What it was made of.
    preprocessing
        How it was made.
    notes
        What was changed, one sentence each, for people.
    """

    tensor: Floats
    shown: npt.NDArray[np.uint8]
    placement: Placement
    picture: Picture
    preprocessing: Preprocessing
    notes: tuple[str, ...]

    def to_source(self, rect: Rect) -> Rect:
        """Return the part of the picture under a part of the input, see `Placement.to_source`."""
        return self.placement.to_source(rect)


_AS_IT_IS = Preprocessing()


def prepare(picture: Picture, shape: tuple[int, ...], preprocessing: Preprocessing = _AS_IT_IS) -> Prepared:
    """Make a picture into the tensor of a network input.

    Parameters
    ----------
    picture
        With 1 or 3 channels.
    shape
        Of the input without the batch: (C, H, W). Grey is repeated for more channels; RGB is mixed to grey
        (BT.601) for one, cut for two, and repeated for more than three. A sequence (C, L) is read as a picture one
        pixel high, and a volume or clip (C, D, H, W) has the picture in every slice.
    preprocessing
        How it is fitted and normalised.

    Raises
    ------
    ImageError
        If ``shape`` is not channels and one to three axes of a size that fits into memory, or a custom mean does not
        suit C.
    """
    channels, height, width = _image_shape(shape)
    mean, std = preprocessing.statistics(channels)
    notes: list[str] = []
    if picture.size != (width, height):
        notes.append(_resized_note(picture.size, (width, height), preprocessing.fit))
    with checkpoint_part(0, 2):
        source = _adapt_channels(picture.pixels, channels, notes)
        canvas, placement = place(source, width, height, preprocessing.fit)
    with checkpoint_part(1, 2):
        tensor, shown = _normalised(canvas, mean, std)
    if len(shape) == 2:
        notes.append(_("a row of the picture is the sequence"))
    if len(shape) == 4:
        notes.append(_("every slice of the input is the same picture"))
        tensor = np.repeat(tensor[:, :, np.newaxis], shape[1], axis=2)
    tensor = tensor.reshape(1, *shape)
    tensor.flags.writeable = False
    return Prepared(tensor, shown, placement, picture, preprocessing, tuple(notes))


def preparing_bytes(picture: Picture, shape: tuple[int, ...]) -> int:
    """What `prepare` takes beside the tensor, about: pixels before normalisation, and a channel half resampled."""
    channels, height, width = _image_shape(shape)
    have = int(picture.pixels.shape[2])
    mixed = int(picture.pixels.nbytes) // have if channels < have else 0
    if picture.size == (width, height):
        return mixed + height * width * 3
    return mixed + height * width * (4 * min(channels, have) + 3) + 4 * picture.size[1] * width


def _normalised(canvas: Floats, mean: Floats, std: Floats) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """The tensor of pixels (H, W, C) in [0, 1], and the pixels as they are shown; some rows at a time."""
    height, width, have = canvas.shape
    channels = np.arange(len(mean)) % have
    tensor = np.empty((1, len(mean), height, width), np.float32)
    shown = np.empty((height, width, 3), np.uint8)
    for rows in even_runs(height, BAND_VALUES // (width * len(mean))):
        planes = canvas[rows].transpose(2, 0, 1)[channels]
        tensor[0, :, rows] = (planes - mean[:, np.newaxis, np.newaxis]) / std[:, np.newaxis, np.newaxis]
        shown[rows] = _for_display(canvas[rows])
        checkpoint(rows.stop / height)
    tensor.flags.writeable = shown.flags.writeable = False
    return tensor, shown


def _image_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width of the picture that fills an input."""
    text = "×".join(map(str, shape)) or _("a single number")
    if not 2 <= len(shape) <= 4:
        message = _("the input is {shape}; an image fits only an input of channels and a length, a map or a volume")
        raise ImageError(message.format(shape=text))
    if min(shape) < 1:
        raise ImageError(_("the input is {shape}; wanted at least 1 along each axis").format(shape=text))
    if math.prod(shape) > MAX_VALUES:
        message = _("the input is {shape}, more than {limit} million values; make it smaller to use an image")
        raise ImageError(message.format(shape=text, limit=MAX_VALUES // 10**6))
    return shape[0], 1 if len(shape) == 2 else shape[-2], shape[-1]


def _resized_note(source: tuple[int, int], target: tuple[int, int], fit: Fit) -> str:
    (width, height), (to_width, to_height) = source, target
    sizes = {"width": width, "height": height, "to_width": to_width, "to_height": to_height}
    if width * to_height == height * to_width:  # same proportions: every fit does the same
        return _("resized from {width}×{height} to {to_width}×{to_height}").format(**sizes)
    message = _("resized from {width}×{height} to {to_width}×{to_height} ({fit})")
    return message.format(**sizes, fit=fit.label.lower())


def _adapt_channels(pixels: Floats, channels: int, notes: list[str]) -> Floats:
    """Return the channels to be resampled, at most three: what is repeated is repeated afterwards."""
    have = pixels.shape[2]
    if have == channels:
        return pixels
    if have == 1:
        notes.append(_("grey repeated to fill the input's {channels} channels").format(channels=channels))
        return pixels
    if channels == 1:
        notes.append(_("converted to grey because the input has 1 channel"))
        return _grey(pixels)
    if channels == 2:
        notes.append(_("only red and green are used because the input has 2 channels"))
        return pixels[:, :, :2]
    message = _("red, green and blue repeated to fill the input's {channels} channels")
    notes.append(message.format(channels=channels))
    return pixels


def _grey(pixels: Floats) -> Floats:
    grey = np.empty((*pixels.shape[:2], 1), np.float32)
    for rows in even_runs(len(pixels), BAND_VALUES // max(1, pixels.shape[1])):
        np.matmul(pixels[rows], np.asarray(LUMA, np.float32), out=grey[rows, :, 0])
        checkpoint(0.0)
    return grey


def _for_display(canvas: Floats) -> npt.NDArray[np.uint8]:
    levels = np.rint(canvas * np.float32(255.0)).astype(np.uint8)
    shown = np.zeros((*levels.shape[:2], 3), np.uint8)
    if levels.shape[2] == 1:
        shown[:] = levels
    else:
        shown[:, :, : levels.shape[2]] = levels
    return shown
