"""Every way a file stores a pixel, with values worked out by hand."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from designer.pictures.image_file import Picture, open_image
from tests.pictures.raw_images import png, tiff

LEVEL = 1 / 255


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """Write an image (Pillow's, or the bytes of a file), and open it."""

    def opened(image: Image.Image | bytes, suffix: str, **options: Any) -> Picture:
        path = tmp_path / f"picture{suffix}"
        if isinstance(image, bytes):
            path.write_bytes(image)
        else:
            image.save(path, **options)
        picture = open_image(path)
        assert picture.pixels.dtype == np.float32
        assert not picture.pixels.flags.writeable
        assert picture.pixels.min() >= 0.0
        assert picture.pixels.max() <= 1.0
        return picture

    return opened


def grey(picture: Picture) -> list[list[float]]:
    assert picture.channels == 1
    return picture.pixels[:, :, 0].tolist()


LOSSLESS = [(".png", {}), (".bmp", {}), (".tif", {}), (".tif", {"compression": "tiff_lzw"}), (".gif", {})]


@pytest.mark.parametrize(("suffix", "options"), LOSSLESS)
def test_one_bit_is_black_and_white(opened: Any, suffix: str, options: dict[str, Any]) -> None:
    image = Image.fromarray(np.array([[0, 255, 255], [255, 0, 0]], np.uint8)).convert("1")
    assert opened(image, suffix, **options).pixels[:, :, 0].tolist() == [[0, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize(("suffix", "options"), LOSSLESS)
def test_grey_is_divided_by_255(opened: Any, suffix: str, options: dict[str, Any]) -> None:
    image = Image.fromarray(np.array([[0, 51, 102], [153, 204, 255]], np.uint8))
    picture = opened(image, suffix, **options)
    assert picture.pixels[:, :, 0] == pytest.approx(np.array([[0, 0.2, 0.4], [0.6, 0.8, 1]]), abs=1e-7)
    assert picture.notes == ()


RGB = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[51, 102, 153], [0, 0, 0], [255, 255, 255]]], np.uint8)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [*LOSSLESS[:-1], (".webp", {"lossless": True}), (".tif", {"compression": "tiff_deflate"})],
)
def test_rgb_keeps_its_channels(opened: Any, suffix: str, options: dict[str, Any]) -> None:
    picture = opened(Image.fromarray(RGB), suffix, **options)
    assert picture.size == picture.original_size == (3, 2)
    assert picture.channels == 3
    assert picture.pixels == pytest.approx(RGB / 255.0, abs=1e-7)
    assert (picture.to_uint8() == RGB).all()
    assert picture.notes == ()


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_formats_are_close(opened: Any, suffix: str) -> None:
    image = Image.new("RGB", (16, 16), (200, 100, 50))
    picture = opened(image, suffix, quality=95)
    assert picture.pixels == pytest.approx(np.broadcast_to([200 / 255, 100 / 255, 50 / 255], (16, 16, 3)), abs=0.02)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".bmp", ".tif"])
def test_palette_becomes_rgb(opened: Any, suffix: str) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([10, 20, 30, 255, 0, 0, 40, 50, 60])
    picture = opened(image, suffix)
    assert picture.to_uint8().tolist() == [[[10, 20, 30], [255, 0, 0], [40, 50, 60]]]


# ------------------------------------------------------------------------------------------- transparency

ON_WHITE = ("its transparent parts were laid on white",)


@pytest.mark.parametrize(
    ("suffix", "options"), [(".png", {}), (".tif", {}), (".webp", {"lossless": True, "exact": True})]
)
def test_rgba_is_laid_on_white(opened: Any, suffix: str, options: dict[str, Any]) -> None:
    # 0.4·51 + 0.6·255 = 173.4; 0.4·0 + 0.6·255 = 153; 0.4·255 + 0.6·255 = 255
    rgba = np.array([[[51, 0, 255, 102], [51, 0, 255, 255], [51, 0, 255, 0]]], np.uint8)
    picture = opened(Image.fromarray(rgba), suffix, **options)
    wanted = [[[173.4, 153, 255], [51, 0, 255], [255, 255, 255]]]
    assert picture.pixels * 255 == pytest.approx(np.array(wanted), abs=0.51)
    assert picture.notes == ON_WHITE


def test_grey_with_alpha_stays_grey(opened: Any) -> None:
    la = np.array([[[51, 102], [51, 255], [51, 0]]], np.uint8)
    picture = opened(Image.fromarray(la), ".png")
    assert picture.channels == 1
    assert picture.pixels[:, :, 0] * 255 == pytest.approx(np.array([[173.4, 51, 255]]), abs=0.51)
    assert picture.notes == ON_WHITE


def test_opaque_alpha_changes_nothing_and_is_not_mentioned(opened: Any) -> None:
    rgba = np.dstack([RGB, np.full((2, 3), 255, np.uint8)])
    picture = opened(Image.fromarray(rgba), ".png")
    assert (picture.to_uint8() == RGB).all()
    assert picture.notes == ()


@pytest.mark.parametrize("suffix", [".png", ".gif"])
def test_transparent_palette_entry_is_white(opened: Any, suffix: str) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([10, 20, 30, 255, 0, 0, 40, 50, 60])
    picture = opened(image, suffix, transparency=1)
    assert picture.to_uint8().tolist() == [[[10, 20, 30], [255, 255, 255], [40, 50, 60]]]
    assert picture.notes == ON_WHITE


def test_transparent_color_of_an_rgb_png_is_white(opened: Any) -> None:
    picture = opened(Image.fromarray(RGB), ".png", transparency=(255, 0, 0))
    assert picture.to_uint8()[0].tolist() == [[255, 255, 255], [0, 255, 0], [0, 0, 255]]


# --------------------------------------------------------------------------------------- more than 8 bits

DEEP = [0, 257, 32768, 65535]
DEEP_UNIT = [0.0, 257 / 65535, 32768 / 65535, 1.0]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_keeps_its_depth(opened: Any, suffix: str) -> None:
    picture = opened(Image.fromarray(np.array([DEEP], np.uint16)), suffix)
    assert grey(picture)[0] == pytest.approx(DEEP_UNIT, abs=1e-7)
    assert picture.notes == ()


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_grey_in_either_byte_order(opened: Any, order: str) -> None:
    picture = opened(tiff(4, 1, 16, struct.pack(order + "4H", *DEEP), order=order), ".tif")
    assert grey(picture)[0] == pytest.approx(DEEP_UNIT, abs=1e-7)


def test_16_bit_grey_where_white_is_zero(opened: Any) -> None:
    picture = opened(tiff(4, 1, 16, struct.pack("<4H", *DEEP), white_is_zero=True), ".tif")
    assert grey(picture)[0] == pytest.approx([1.0 - value for value in DEEP_UNIT], abs=1e-7)


def test_8_bit_grey_where_white_is_zero(opened: Any) -> None:
    picture = opened(tiff(3, 1, 8, bytes([0, 51, 255]), white_is_zero=True), ".tif")
    assert grey(picture)[0] == pytest.approx([1.0, 0.8, 0.0], abs=1e-7)


def test_12_bit_grey_is_full_at_4095(opened: Any) -> None:
    # two samples in three bytes: 0x000 0xFFF, 0x800 0x001
    picture = opened(tiff(4, 1, 12, bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x01])), ".tif")
    assert grey(picture)[0] == pytest.approx([0.0, 1.0, 2048 / 4095, 1 / 4095], abs=1e-7)


def test_16_bit_rgb_png_is_read_to_within_a_level_and_says_so(opened: Any) -> None:
    row = struct.pack(">9H", 65535, 0, 32768, 257, 65535, 65535, 4096, 20000, 50000)
    picture = opened(png(3, 1, 16, 2, [row]), ".png")
    wanted = np.array([[[65535, 0, 32768], [257, 65535, 65535], [4096, 20000, 50000]]]) / 65535
    assert picture.pixels == pytest.approx(wanted, abs=LEVEL)
    assert picture.pixels[0, 0, 0] == 1.0
    assert picture.notes == ("16 bits per channel were read as 8",)


def test_16_bit_grey_with_alpha_stays_grey(opened: Any) -> None:
    row = struct.pack(">6H", 65535, 65535, 13107, 65535, 13107, 0)
    picture = opened(png(3, 1, 16, 4, [row]), ".png")
    assert grey(picture)[0] == pytest.approx([1.0, 0.2, 1.0], abs=LEVEL)
    assert picture.notes == ("16 bits per channel were read as 8", *ON_WHITE)


def test_float_is_spread_from_darkest_to_brightest(opened: Any) -> None:
    picture = opened(Image.fromarray(np.array([[-2.0, 0.0, 6.0]], np.float32)), ".tif")
    assert grey(picture) == [[0.0, 0.25, 1.0]]
    assert picture.notes == ("levels from -2 to 6 were spread over black to white",)


def test_float_range_beyond_float32_is_spread(opened: Any) -> None:
    picture = opened(Image.fromarray(np.array([[-3e38, 0.0, 3e38]], np.float32)), ".tif")
    assert grey(picture)[0] == pytest.approx([0.0, 0.5, 1.0])


def test_float_that_is_no_number_is_black(opened: Any) -> None:
    picture = opened(Image.fromarray(np.array([[1.0, np.nan, np.inf, 3.0]], np.float32)), ".tif")
    assert grey(picture) == [[0.0, 0.0, 0.0, 1.0]]
    assert picture.notes == (
        "levels from 1 to 3 were spread over black to white",
        "levels that are no numbers were made black",
    )


@pytest.mark.parametrize("level", [7.5, np.nan])
def test_flat_float_is_black(opened: Any, level: float) -> None:
    assert grey(opened(Image.fromarray(np.full((1, 2), level, np.float32)), ".tif")) == [[0.0, 0.0]]


def test_32_bit_integers_are_spread(opened: Any) -> None:
    picture = opened(Image.fromarray(np.array([[-1000, 1000, 3000]], np.int32)), ".tif")
    assert grey(picture) == [[0.0, 0.5, 1.0]]


def test_signed_16_bit_is_spread(opened: Any) -> None:
    picture = opened(tiff(3, 1, 16, struct.pack("<3h", -300, 0, 300), sample_format=2), ".tif")
    assert grey(picture) == [[0.0, 0.5, 1.0]]


# ------------------------------------------------------------------------------------------- other colours


def test_cmyk_tiff_is_mixed_to_rgb(opened: Any) -> None:
    # R = (1 − C)(1 − K)
    inks = np.array([[[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255], [0, 0, 0, 0], [51, 0, 0, 102]]])
    picture = opened(Image.fromarray(inks.astype(np.uint8), "CMYK"), ".tif")
    wanted = [[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1], [0.8 * 0.6, 0.6, 0.6]]
    assert picture.pixels[0] == pytest.approx(np.array(wanted), abs=LEVEL)


def test_cmyk_jpeg_with_inks_stored_the_adobe_way_is_not_a_negative(opened: Any) -> None:
    encoded = io.BytesIO()
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(encoded, "JPEG", quality=95)
    assert b"Adobe" in encoded.getvalue()  # whose convention is to store 255 − ink
    picture = opened(encoded.getvalue(), ".jpg")
    assert picture.pixels == pytest.approx(np.broadcast_to([1.0, 0.0, 0.0], (16, 16, 3)), abs=0.02)


def test_lab_is_refused_by_name(tmp_path: Path) -> None:
    Image.new("LAB", (2, 2)).save(tmp_path / "lab.tif")
    with pytest.raises(
        ValueError, match=r"lab\.tif: pixels of the kind LAB are not understood; save it as RGB or grey"
    ):
        open_image(tmp_path / "lab.tif")


# ---------------------------------------------------------------------------------- more than one image


@pytest.mark.parametrize("suffix", [".gif", ".tif", ".png", ".webp"])
def test_first_of_several_images_is_taken(opened: Any, suffix: str) -> None:
    first, second = Image.new("RGB", (4, 3), "red"), Image.new("RGB", (4, 3), "blue")
    options = {"lossless": True} if suffix == ".webp" else {}
    picture = opened(first, suffix, save_all=True, append_images=[second], **options)
    assert (picture.to_uint8() == [255, 0, 0]).all()
    assert picture.notes == ("the file holds several images; this is the first",)


# -------------------------------------------------------------------------------------------- orientation


def upright(stored: np.ndarray[Any, Any], orientation: int) -> np.ndarray[Any, Any]:
    """Place each stored pixel where TIFF 6.0 (p. 36) says row 0 and column 0 are seen."""
    row_0_is_seen = {1: "top", 2: "top", 3: "bottom", 4: "bottom", 5: "left", 6: "right", 7: "right", 8: "left"}
    column_0_is_seen = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top", 7: "bottom", 8: "bottom"}
    rows, columns = stored.shape[:2]
    turned = orientation >= 5
    seen = np.zeros((columns, rows, 3) if turned else stored.shape, stored.dtype)
    for row in range(rows):
        for column in range(columns):
            across, down = (row, column) if turned else (column, row)
            side = (row_0_is_seen if turned else column_0_is_seen)[orientation]
            edge = (column_0_is_seen if turned else row_0_is_seen)[orientation]
            x = across if side == "left" else seen.shape[1] - 1 - across
            y = down if edge == "top" else seen.shape[0] - 1 - down
            seen[y, x] = stored[row, column]
    return seen


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("suffix", "options"), [(".png", {}), (".tif", {}), (".webp", {"lossless": True})])
def test_exif_orientation_is_applied(opened: Any, suffix: str, options: dict[str, Any], orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = opened(Image.fromarray(RGB), suffix, exif=exif, **options)
    wanted = upright(RGB, orientation)
    assert (picture.to_uint8() == wanted).all()
    assert picture.original_size == (wanted.shape[1], wanted.shape[0])
    assert picture.notes == (() if orientation == 1 else ("turned upright as its EXIF orientation asks",))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_of_a_jpeg(opened: Any, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    blocks = RGB.repeat(16, axis=0).repeat(16, axis=1)
    picture = opened(Image.fromarray(blocks), ".jpg", exif=exif, quality=100, subsampling=0)
    seen = picture.to_uint8()[8::16, 8::16].astype(int)
    assert np.abs(seen - upright(RGB, orientation)).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_16_bit_grey(opened: Any, orientation: int) -> None:
    levels = np.arange(6, dtype=np.uint16).reshape(2, 3) * 1000
    picture = opened(tiff(3, 2, 16, levels.tobytes(), orientation=orientation), ".tif")
    wanted = upright(np.repeat(levels[:, :, np.newaxis], 3, axis=2), orientation)[:, :, 0]
    assert picture.pixels[:, :, 0] == pytest.approx(wanted / 65535, abs=1e-7)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"]
)
def test_broken_exif_does_not_lose_the_pixels(opened: Any, exif: bytes) -> None:
    picture = opened(Image.new("RGB", (8, 8), "white"), ".jpg", exif=exif)
    assert (picture.to_uint8() == 255).all()


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_means_nothing_is_ignored(opened: Any, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert (opened(Image.fromarray(RGB), ".png", exif=exif).to_uint8() == RGB).all()
