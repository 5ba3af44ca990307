"""From a picture to a network's input, and back from input pixels to the picture."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from designer.kernels.runtime.threads import checkpoint_scope
from designer.pictures import placement, preprocess
from designer.pictures.image_file import ImageError, Picture, picture_from_array
from designer.pictures.placement import Fit
from designer.pictures.preprocess import Normalisation, Preprocessing, prepare, preparing_bytes


def picture(pixels: Any) -> Picture:
    return picture_from_array(np.asarray(pixels, np.float32), "picture")


def plain(width: int, height: int, *color: float) -> Picture:
    return picture(np.broadcast_to(np.float32(color), (height, width, len(color))))


RANDOM = picture(np.random.default_rng(3).random((6, 8, 3)))

# ----------------------------------------------------------------------------------------------------- size


@pytest.mark.parametrize("fit", Fit)
def test_picture_of_the_right_size_is_not_touched(fit: Fit) -> None:
    prepared = prepare(RANDOM, (3, 6, 8), Preprocessing(fit=fit))
    assert prepared.tensor.shape == (1, 3, 6, 8)
    assert (prepared.tensor[0] == RANDOM.pixels.transpose(2, 0, 1)).all()
    assert prepared.notes == ()
    assert prepared.to_source((1, 2, 3, 4)) == (1, 2, 3, 4)
    assert prepared.picture is RANDOM


@pytest.mark.parametrize("fit", ["stretch", "center_crop"])
@pytest.mark.parametrize("size", [(3, 3), (224, 224), (50, 7), (1, 1)])
def test_plain_picture_stays_plain(fit: str, size: tuple[int, int]) -> None:
    prepared = prepare(plain(40, 30, 0.25, 0.5, 0.75), (3, *size), Preprocessing(fit=fit))
    for channel, level in enumerate((0.25, 0.5, 0.75)):
        assert prepared.tensor[0, channel] == pytest.approx(np.full(size, level), abs=1e-6)


def test_center_crop_takes_the_middle() -> None:
    blocks = np.zeros((10, 30, 3), np.float32)
    for index in range(3):  # red, green, blue from left to right
        blocks[:, index * 10 : index * 10 + 10, index] = 1.0
    prepared = prepare(picture(blocks), (3, 10, 10), Preprocessing(fit="center_crop"))
    assert (prepared.shown == [0, 255, 0]).all()
    assert prepared.notes == ("resized from 30×10 to 10×10 (centre crop)",)


def test_stretch_shows_all() -> None:
    halves = np.zeros((4, 40, 1), np.float32)
    halves[:, 20:] = 1.0
    prepared = prepare(picture(halves), (1, 4, 4), Preprocessing(fit="stretch"))
    # The bicubic filter reaches into the neighbour cells: a step is a little soft.
    assert prepared.tensor[0, 0, 0] == pytest.approx([0, 0, 1, 1], abs=0.1)
    assert prepared.notes == ("resized from 40×4 to 4×4 (stretch)",)


def test_letterbox_puts_all_of_it_between_black_bars() -> None:
    prepared = prepare(plain(640, 480, 1.0, 1.0, 1.0), (3, 224, 224), Preprocessing(fit="letterbox"))
    # 480 · 224 / 640 = 168 rows, 28 above and below
    assert (prepared.tensor[0, :, :28] == 0.0).all()
    assert prepared.tensor[0, :, 28:196] == pytest.approx(np.ones((3, 168, 224)), abs=1e-6)
    assert (prepared.tensor[0, :, 196:] == 0.0).all()
    assert prepared.notes == ("resized from 640×480 to 224×224 (letterbox)",)


def test_letterbox_of_a_picture_a_hundred_times_as_wide_as_high_is_one_line() -> None:
    tensor = prepare(plain(100, 1, 1.0), (1, 10, 10), Preprocessing(fit="letterbox")).tensor[0, 0]
    assert (tensor == 1).all(axis=1).tolist() == [False] * 4 + [True] + [False] * 5
    assert tensor.sum() == 10


def test_same_proportions_need_no_word_about_the_fit() -> None:
    assert prepare(plain(64, 48, 0.0), (1, 24, 32)).notes == ("resized from 64×48 to 32×24",)


def test_small_structure_is_averaged_and_not_picked() -> None:
    stripes = np.zeros((64, 64, 1), np.float32)
    stripes[:, ::2] = 1.0  # every other column: a sampler without antialiasing sees only one of the two
    prepared = prepare(picture(stripes), (1, 8, 8))
    assert prepared.tensor == pytest.approx(np.full((1, 1, 8, 8), 0.5), abs=0.05)


def test_enlarged_edge_does_not_overshoot() -> None:
    edge = np.zeros((4, 4, 1), np.float32)
    edge[:, 2:] = 1.0
    prepared = prepare(picture(edge), (1, 64, 64))
    assert prepared.tensor.min() == 0.0
    assert prepared.tensor.max() == 1.0


def test_large_picture_is_reduced_without_moving() -> None:
    ramp = np.broadcast_to(np.linspace(0.0, 1.0, 1000, dtype=np.float32)[None, :, None], (1000, 1000, 1))
    prepared = prepare(picture(ramp), (1, 10, 10))
    # the mean of a ramp over each tenth of it, away from the ends, where the filter is cut off
    assert prepared.tensor[0, 0, 0, 2:8] == pytest.approx(np.arange(0.25, 0.8, 0.1), abs=1e-3)


# ---------------------------------------------------------------------------------------------- the way back


@pytest.mark.parametrize(
    ("fit", "rect", "source"),
    [
        # 640×480 to 224×224: the crop is 480 wide and starts at (640 − 480) / 2 = 80
        ("center_crop", (0, 0, 224, 224), (80, 0, 560, 480)),
        ("center_crop", (112, 112, 112, 112), (320, 240, 320, 240)),
        ("stretch", (0, 0, 224, 224), (0, 0, 640, 480)),
        ("stretch", (112, 56, 224, 224), (320, 120, 640, 480)),
        ("letterbox", (0, 28, 224, 196), (0, 0, 640, 480)),
        ("letterbox", (0, 0, 224, 28), (0, -80, 640, 0)),
        # a receptive field that reaches into the padding of the network
        ("stretch", (-7, -7, 7, 7), (-20, -15, 20, 15)),
    ],
)
def test_part_of_the_input_is_found_in_the_picture(
    fit: str, rect: tuple[float, ...], source: tuple[float, ...]
) -> None:
    prepared = prepare(plain(640, 480, 0.5), (1, 224, 224), Preprocessing(fit=fit))
    assert prepared.to_source(rect) == pytest.approx(source)


sizes = st.integers(8, 60)


@given(
    fit=st.sampled_from(Fit),
    width=sizes,
    height=sizes,
    to_width=sizes,
    to_height=sizes,
    x=st.floats(0.2, 0.8),
    y=st.floats(0.2, 0.8),
)
def test_what_lies_in_the_picture_is_found_where_the_placement_says(
    fit: Fit, width: int, height: int, to_width: int, to_height: int, x: float, y: float
) -> None:
    """A soft spot: its centre of gravity in the input, led back, is its centre in the picture."""
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    reach = min(width, height) / 16
    spot = np.exp(-((columns - x * width) ** 2 + (rows - y * height) ** 2) / (2 * reach**2))
    prepared = prepare(picture(spot[:, :, None]), (1, to_height, to_width), Preprocessing(fit=fit))
    seen = prepared.tensor[0, 0].astype(float)
    cx = (seen.sum(axis=0) * (np.arange(to_width) + 0.5)).sum() / max(seen.sum(), 1e-9)
    cy = (seen.sum(axis=1) * (np.arange(to_height) + 0.5)).sum() / max(seen.sum(), 1e-9)
    sx, sy = prepared.placement.scale
    left, top, right, bottom = prepared.to_source((0, 0, to_width, to_height))
    margin_x, margin_y = 4 * reach + 2 * sx, 4 * reach + 2 * sy
    if not (left + margin_x < x * width < right - margin_x and top + margin_y < y * height < bottom - margin_y):
        reject()  # cut by the crop, or too near to an edge for its whole weight to be seen
    found = prepared.to_source((cx, cy, cx, cy))
    assert found[0] == pytest.approx(x * width, abs=0.6 + 0.3 * sx)
    assert found[1] == pytest.approx(y * height, abs=0.6 + 0.3 * sy)


@given(fit=st.sampled_from(Fit), width=st.integers(1, 300), height=st.integers(1, 300), to=st.tuples(sizes, sizes))
def test_any_size_fits_any_input(fit: Fit, width: int, height: int, to: tuple[int, int]) -> None:
    prepared = prepare(plain(width, height, 1.0), (1, *to), Preprocessing(fit=fit))
    assert prepared.tensor.shape == (1, 1, *to)
    left, top, right, bottom = prepared.to_source((0, 0, to[1], to[0]))
    inside = (left >= -1e-6, top >= -1e-6, right <= width + 1e-6, bottom <= height + 1e-6)
    around = (left <= 1e-6, top <= 1e-6, right >= width - 1e-6, bottom >= height - 1e-6)
    assert all(around if fit is Fit.LETTERBOX else inside)


# ------------------------------------------------------------------------------------------------- channels

COLORS = picture([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]])


def test_color_becomes_grey_for_one_channel() -> None:
    prepared = prepare(COLORS, (1, 1, 4))
    # ITU-R BT.601
    assert prepared.tensor[0, 0, 0] == pytest.approx([0.299, 0.587, 0.114, 1.0], abs=1e-6)
    assert prepared.shown.tolist() == [[[76] * 3, [150] * 3, [29] * 3, [255] * 3]]
    assert prepared.notes == ("converted to grey because the input has 1 channel",)


def test_grey_is_repeated_for_three_channels() -> None:
    prepared = prepare(picture([[0.0, 0.2, 1.0]]), (3, 1, 3))
    assert prepared.tensor[0].tolist() == [[[0.0, pytest.approx(0.2), 1.0]]] * 3
    assert prepared.shown.tolist() == [[[0] * 3, [51] * 3, [255] * 3]]
    assert prepared.notes == ("grey repeated to fill the input's 3 channels",)


def test_two_channels_take_red_and_green() -> None:
    prepared = prepare(COLORS, (2, 1, 4))
    assert prepared.tensor[0].tolist() == [[[1, 0, 0, 1]], [[0, 1, 0, 1]]]
    assert prepared.shown.tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 0], [255, 255, 0]]]
    assert prepared.notes == ("only red and green are used because the input has 2 channels",)


def test_five_channels_repeat_red_and_green() -> None:
    prepared = prepare(COLORS, (5, 1, 4))
    assert prepared.tensor[0, :, 0, :3].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert prepared.notes == ("red, green and blue repeated to fill the input's 5 channels",)


def test_size_is_noted_before_channels() -> None:
    notes = prepare(plain(30, 20, 0.0), (3, 8, 8)).notes
    assert notes == (
        "resized from 30×20 to 8×8 (centre crop)",
        "grey repeated to fill the input's 3 channels",
    )


# --------------------------------------------------------------------------------------------- normalisation


def test_imagenet_statistics() -> None:
    # torchvision: mean 0.485 0.456 0.406, deviation 0.229 0.224 0.225
    prepared = prepare(
        picture([[[0.485, 0.456, 0.406], [1.0, 1.0, 0.0]]]), (3, 1, 2), Preprocessing(normalisation="imagenet")
    )
    assert prepared.tensor[0, :, 0, 0] == pytest.approx([0, 0, 0], abs=1e-6)
    assert prepared.tensor[0, :, 0, 1] == pytest.approx([0.515 / 0.229, 0.544 / 0.224, -0.406 / 0.225], abs=1e-5)
    assert prepared.shown[0, 1].tolist() == [255, 255, 0]  # before normalisation


def test_imagenet_statistics_of_grey_are_the_means_of_the_three() -> None:
    prepared = prepare(picture([[0.0, 1.0]]), (1, 1, 2), Preprocessing(normalisation=Normalisation.IMAGENET))
    assert prepared.tensor[0, 0, 0] == pytest.approx([-0.449 / 0.226, 0.551 / 0.226], abs=1e-5)


def test_imagenet_statistics_repeat_with_the_channels() -> None:
    mean, std = Preprocessing(normalisation="imagenet").statistics(4)
    assert mean == pytest.approx([0.485, 0.456, 0.406, 0.485])
    assert std == pytest.approx([0.229, 0.224, 0.225, 0.229])


def test_own_statistics_for_all_or_for_each() -> None:
    white = picture([[[1.0, 1.0, 1.0]]])
    for_all = Preprocessing(normalisation="custom", mean=0.5, std=(0.25,))
    assert prepare(white, (3, 1, 1), for_all).tensor.ravel().tolist() == [2.0, 2.0, 2.0]
    for_each = Preprocessing(normalisation="custom", mean=[0.0, 0.5, 1.0], std=(1, 0.5, 2))
    assert prepare(white, (3, 1, 1), for_each).tensor.ravel().tolist() == [1.0, 1.0, 0.0]


def test_letterbox_bars_are_normalised_with_the_rest() -> None:
    bars = Preprocessing(fit="letterbox", normalisation="custom", mean=0.5, std=0.5)
    assert prepare(plain(4, 2, 1.0), (1, 4, 4), bars).tensor[0, 0, :, 0].tolist() == [-1, 1, 1, -1]


def test_a_sequence_is_a_row_of_the_picture_and_says_so() -> None:
    ramp = picture(np.linspace(0, 1, 5, dtype=np.float32)[np.newaxis, :, np.newaxis])
    prepared = prepare(ramp, (1, 5))
    np.testing.assert_allclose(prepared.tensor, [[[0, 0.25, 0.5, 0.75, 1]]])
    assert prepared.shown.shape == (1, 5, 3)
    assert prepared.notes == ("a row of the picture is the sequence",)
    assert prepare(RANDOM, (2, 187)).tensor.shape == (1, 2, 187)


def test_every_slice_of_a_volume_is_the_picture_and_that_is_said() -> None:
    prepared = prepare(RANDOM, (3, 4, 6, 8), Preprocessing(normalisation="custom", mean=0.5, std=0.5))
    assert prepared.tensor.shape == (1, 3, 4, 6, 8)
    assert not prepared.tensor.flags.writeable
    for depth in range(4):
        np.testing.assert_allclose(prepared.tensor[0, :, depth], RANDOM.pixels.transpose(2, 0, 1) * 2 - 1, atol=1e-6)
    assert prepared.notes == ("every slice of the input is the same picture",)


# -------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((784,), "the input is 784; an image fits only an input of channels and a length, a map or a volume"),
        (
            (3, 8, 8, 8, 8),
            "the input is 3×8×8×8×8; an image fits only an input of channels and a length, a map or a volume",
        ),
        ((), "the input is a single number; an image fits only an input of channels and a length, a map or a volume"),
        ((3, 0, 8), "the input is 3×0×8; wanted at least 1 along each axis"),
        ((3, 10**18, 10**18), "more than 268 million values; make it smaller to use an image"),
    ],
)
def test_shape_that_is_no_image_is_refused(shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ImageError) as caught:
        prepare(RANDOM, shape)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"std": 0.0}, "deviation: 0 came; wanted numbers above 0, since values are divided by them"),
        ({"std": (1.0, -1.0)}, "deviation: 1, -1 came; wanted numbers above 0"),
        ({"std": float("nan")}, "deviation: nan came"),
        ({"std": ()}, "deviation: nothing came"),
        ({"mean": (0.0, float("inf"))}, "mean: 0, inf came; wanted finite numbers"),
        ({"mean": ()}, "mean: nothing came"),
    ],
)
def test_statistics_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError) as caught:
        Preprocessing(normalisation="custom", **options)
    assert message in str(caught.value)


def test_number_of_statistics_has_to_suit_the_input() -> None:
    with pytest.raises(ImageError, match="mean: 3 numbers came; wanted one, because the input has 1 channel"):
        prepare(RANDOM, (1, 6, 8), Preprocessing(normalisation="custom", mean=(0.1, 0.2, 0.3)))
    with pytest.raises(
        ImageError, match="deviation: 2 numbers came; wanted one, or one for each of the input's 3 channels"
    ):
        prepare(RANDOM, (3, 6, 8), Preprocessing(normalisation="custom", std=(0.1, 0.2)))


@pytest.mark.parametrize("options", [{"fit": "squeeze"}, {"normalisation": "whiten"}])
def test_unknown_choice_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"squeeze|whiten"):
        Preprocessing(**options)


# ------------------------------------------------------------------------------------------------ as a value


def test_preprocessing_is_a_value_that_can_be_a_key() -> None:
    assert Preprocessing("stretch") == Preprocessing(Fit.STRETCH)
    assert hash(Preprocessing(mean=0.5)) == hash(Preprocessing(mean=[0.5]))
    assert Preprocessing(Fit.STRETCH) != Preprocessing(Fit.LETTERBOX)


def test_every_choice_has_words_of_its_own() -> None:
    assert [fit.label for fit in Fit] == ["Stretch", "Letterbox", "Centre crop"]
    assert len({normalisation.label for normalisation in Normalisation}) == len(Normalisation) == 3


def test_nobody_can_change_what_was_prepared() -> None:
    prepared = prepare(RANDOM, (3, 4, 4))
    for array in (prepared.tensor, prepared.shown):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    assert prepared.tensor.dtype == np.float32
    assert prepared.tensor.flags.c_contiguous
    assert prepared.shown.dtype == np.uint8
    assert prepared.shown.shape == (4, 4, 3)


# ------------------------------------------------------------------------------------------------ in steps


class Stopped(Exception):
    pass


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("width", "height"), [(1200, 900), (40, 30)])
def test_it_may_be_stopped_every_half_million_values(fit: Fit, channels: int, width: int, height: int) -> None:
    """From a large picture or to a large input: no step in between handles more."""
    given = picture(np.random.default_rng(1).random((height, width, 3), np.float32))
    shape = (channels, 900, 1200) if width < 1000 else (channels, 90, 120)
    told: list[float] = []
    with checkpoint_scope(told.append):
        prepare(given, shape, Preprocessing(fit=fit))
    values = channels * max(width * height, shape[1] * shape[2])
    assert len(told) >= values / 2**19
    assert max(np.diff([0.0, *told, 1.0])) <= 0.5

    for count in (1, len(told)):
        passed = []

        def stop(fraction: float, passed: list[float] = passed, count: int = count) -> None:
            passed.append(fraction)
            if len(passed) == count:
                raise Stopped

        with checkpoint_scope(stop), pytest.raises(Stopped):
            prepare(given, shape, Preprocessing(fit=fit))
        assert len(passed) == count


@pytest.mark.parametrize(("width", "height"), [(500, 100), (100, 500), (90, 60)])
def test_in_bands_or_at_once_is_the_same(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = picture(np.random.default_rng(2).random((height, width, 3), np.float32))
    at_once = [prepare(given, (3, 41, 39), Preprocessing(fit=fit)) for fit in Fit]
    for module in (placement, preprocess):
        monkeypatch.setattr(module, "BAND_VALUES", 1)
    for fit, whole in zip(Fit, at_once, strict=True):
        bands = prepare(given, (3, 41, 39), Preprocessing(fit=fit))
        np.testing.assert_array_equal(bands.tensor, whole.tensor)
        np.testing.assert_array_equal(bands.shown, whole.shown)


@pytest.mark.parametrize("shape", [(3, 400, 500), (1, 400, 500), (3, 300, 200)])
def test_what_it_takes_is_known_before(shape: tuple[int, ...]) -> None:
    given = picture(np.random.default_rng(2).random((300, 200, 3), np.float32))
    reckoned = preparing_bytes(given, shape)
    tracemalloc.start()
    prepared = prepare(given, shape)
    peak = tracemalloc.get_traced_memory()[1] - prepared.tensor.nbytes
    tracemalloc.stop()
    # Pillow's own memory is not seen; a band is some megabytes, here smaller than the picture.
    assert reckoned / 2 <= peak <= reckoned + 6 * 4 * 400 * 500 * 3
