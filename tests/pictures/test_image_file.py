"""Files that are no image, or a hostile one: one clear line each. Pixels from memory."""

from __future__ import annotations

import io
import os
import random
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from designer.pictures import image_file
from designer.pictures.image_file import ImageError, open_image, picture_from_array
from tests.helpers.no_files import every_no_file
from tests.pictures.raw_images import png, png_chunk


def refusal(path: Path) -> str:
    """Open in a thread, so that a read that waits for ever fails the test instead of stopping it."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(ImageError) as caught:
        pool.submit(open_image, path).result(timeout=20)
    message = str(caught.value)
    assert message.isprintable()  # one line
    assert message.startswith(str(path.parent))
    return message.removeprefix(f"{path}: ")


# ------------------------------------------------------------------------------------------ not an image


@every_no_file
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    path = tmp_path / "photo.png"
    make(path)
    assert refusal(path) == f"{message}; choose an image file"


@pytest.mark.parametrize(
    "contents",
    [
        b"\0",
        b"just text that calls itself an image",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"P6 1 1 255\n\xff\xff\xff",  # formats that Pillow reads, but nobody has asked us to
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_other_contents_are_refused_whatever_the_suffix(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(contents)
    wanted = "no image in a format this program reads, or its start is damaged; wanted PNG, JPEG, BMP, TIFF, WEBP, GIF"
    assert refusal(path) == wanted


def test_contents_count_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", (3, 2), "red").save(path, "BMP")
    assert open_image(path).size == (3, 2)


def test_name_with_line_breaks_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "two\nlines.png"
    path.write_bytes(b"x")
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert str(caught.value).isprintable()


def test_large_file_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "photo.bmp"
    Image.new("RGB", (2000, 1000)).save(path)
    monkeypatch.setattr(image_file, "MAX_FILE_BYTES", 5_000_000)
    assert refusal(path) == "the file has 6 MB; at most 5 MB are read; choose an image file"


# ----------------------------------------------------------------------------------------- too many pixels


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(bytes(1000)))


def gif_header(width: int, height: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame + b"\x3b"


def bmp_header(width: int, height: int) -> bytes:
    return (
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 1000, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(900)
    )


@pytest.mark.parametrize("header", [png_header, gif_header, bmp_header])
def test_bomb_is_refused_by_its_header(tmp_path: Path, header: Callable[[int, int], bytes]) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(header(50_000, 50_000))
    assert refusal(path) == "the image claims far more than the 100 megapixels that are read; scale it down"


@pytest.mark.parametrize("header", [png_header, gif_header, bmp_header])
def test_a_little_too_large_is_refused_with_its_size(tmp_path: Path, header: Callable[[int, int], bytes]) -> None:
    path = tmp_path / "large"
    path.write_bytes(header(10_001, 10_000))
    assert refusal(path) == "the image is 10001×10000 pixels; at most 100 megapixels are read; scale it down"


def test_text_chunk_that_unpacks_to_a_flood_is_refused(tmp_path: Path) -> None:
    flood = b"Comment\0\0" + zlib.compress(bytes(20_000_000), 9)
    whole = png(1, 1, 8, 0, [b"\0"])
    path = tmp_path / "flood.png"
    path.write_bytes(whole[:33] + png_chunk(b"zTXt", flood) + whole[33:])
    with pytest.raises(ImageError, match="the image is damaged or incomplete"):
        open_image(path)


def test_picture_larger_than_needed_is_averaged_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "KEPT_PIXELS", 24)
    levels = np.arange(8 * 12, dtype=np.uint8).reshape(8, 12) * 2
    Image.fromarray(levels).save(tmp_path / "large.png")
    picture = open_image(tmp_path / "large.png")
    averages = [[levels[y : y + 2, x : x + 2].mean() for x in range(0, 12, 2)] for y in range(0, 8, 2)]
    assert picture.size == (6, 4)
    assert picture.original_size == (12, 8)
    assert picture.pixels[:, :, 0] * 255 == pytest.approx(np.array(averages), abs=0.51)
    assert picture.notes == ("scaled down from 12×8 to 6×4 to save memory",)


# ------------------------------------------------------------------------------------------------ damaged

NOISE = np.random.default_rng(7).integers(0, 256, (40, 50, 4), dtype=np.uint8)


def encoded(file_format: str, channels: int = 3, **options: Any) -> bytes:
    stream = io.BytesIO()
    image = Image.fromarray(NOISE[:, :, :channels])
    (image.convert("P") if file_format == "GIF" else image).save(stream, file_format, **options)
    return stream.getvalue()


WHOLE = {
    "png": encoded("PNG"),
    "rgba.png": encoded("PNG", 4),
    "jpg": encoded("JPEG"),
    "progressive.jpg": encoded("JPEG", progressive=True),
    "bmp": encoded("BMP"),
    "gif": encoded("GIF"),
    "webp": encoded("WEBP"),
    "tif": encoded("TIFF"),
    "lzw.tif": encoded("TIFF", compression="tiff_lzw"),
    "deflate.tif": encoded("TIFF", compression="tiff_deflate"),
}


@pytest.mark.parametrize("kept", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("name", WHOLE)
def test_truncated_image_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, kept: float) -> None:
    path = tmp_path / name
    path.write_bytes(WHOLE[name][: int(len(WHOLE[name]) * kept)])
    message = refusal(path)
    assert message.startswith(("the image is damaged or incomplete (", "no image in a format this program reads"))
    assert capfd.readouterr() == ("", "")  # libtiff would say more


@pytest.mark.parametrize("name", WHOLE)
def test_random_damage_is_survived_quietly(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    damage = random.Random(name)
    path = tmp_path / name
    refusals = []
    for _attempt in range(60):
        contents = bytearray(WHOLE[name])
        for _byte in range(damage.choice([1, 3, 10])):
            contents[damage.randrange(min(len(contents), damage.choice([64, 400, 100_000])))] = damage.randrange(256)
        path.write_bytes(contents)
        try:
            picture = open_image(path)
        except ImageError as error:
            refusals.append(str(error))
        else:
            assert picture.pixels.dtype == np.float32
            assert picture.channels in (1, 3)
            assert (picture.pixels >= 0.0).all()
            assert (picture.pixels <= 1.0).all()
    assert refusals
    assert all(map(str.isprintable, refusals))
    assert capfd.readouterr() == ("", "")


def test_warning_filters_are_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(WHOLE["png"])
    (tmp_path / "broken.tif").write_bytes(WHOLE["lzw.tif"][:5000])
    before = list(warnings.filters)

    def open_many() -> None:
        for _attempt in range(10):
            open_image(tmp_path / "photo.png")
            with pytest.raises(ImageError):
                open_image(tmp_path / "broken.tif")

    readers = [threading.Thread(target=open_many) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=20)
    assert warnings.filters == before


def test_standard_error_works_again_after_a_broken_tiff(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.tif").write_bytes(WHOLE["lzw.tif"][:5000])
    with pytest.raises(ImageError):
        open_image(tmp_path / "broken.tif")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


# ---------------------------------------------------------------------------------------------- a picture


def test_picture_knows_its_file_and_size(tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "photo.png")
    picture = open_image(str(tmp_path / "photo.png"))
    assert picture.name == "photo.png"
    assert picture.size == picture.original_size == (30, 20)
    assert picture.pixels.shape == (20, 30, 3)
    assert picture != open_image(tmp_path / "photo.png")
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0, 0] = 1.0


def test_grey_picture_is_shown_in_three_channels(tmp_path: Path) -> None:
    Image.fromarray(np.array([[7, 200]], np.uint8)).save(tmp_path / "grey.png")
    shown = open_image(tmp_path / "grey.png").to_uint8()
    assert shown.tolist() == [[[7, 7, 7], [200, 200, 200]]]
    assert shown.flags.c_contiguous
    assert shown.flags.writeable


# -------------------------------------------------------------------------------------- pixels from memory


@pytest.mark.parametrize(
    ("array", "pixels"),
    [
        (np.array([[0, 51]], np.uint8), [[[0.0], [0.2]]]),
        (np.array([[[0], [51]]], np.uint8), [[[0.0], [0.2]]]),
        (np.array([[[255, 51, 0]]], np.uint8), [[[1.0, 0.2, 0.0]]]),
        (np.array([[[255, 51, 0, 255]]], np.uint8), [[[1.0, 0.2, 0.0]]]),
        (np.array([[[0, 102]]], np.uint8), [[[0.6]]]),
        (np.array([[[255, 51, 0, 102]]], np.uint8), [[[1.0, 0.2 * 0.4 + 0.6, 0.6]]]),
        (np.array([[65535, 13107]], np.uint16), [[[1.0], [0.2]]]),
        (np.array([[True, False]]), [[[1.0], [0.0]]]),
        (np.array([[0.0, 0.25, 1.0]]), [[[0.0], [0.25], [1.0]]]),
        (np.array([[0.0, 0.25, 1.0]], np.float16), [[[0.0], [0.25], [1.0]]]),
    ],
)
def test_pixels_from_memory(array: np.ndarray[Any, Any], pixels: list[Any]) -> None:
    before = array.copy()
    picture = picture_from_array(array, "clipboard")
    assert picture.pixels == pytest.approx(np.array(pixels), abs=1e-6)
    assert picture.pixels.dtype == np.float32
    assert picture.name == "clipboard"
    assert (array == before).all()
    array[...] = 0
    assert picture.pixels == pytest.approx(np.array(pixels), abs=1e-6)  # a copy


def test_transparent_pixels_from_memory_are_mentioned() -> None:
    assert picture_from_array(np.zeros((1, 1, 4), np.uint8), "x").notes == ("its transparent parts were laid on white",)
    assert picture_from_array(np.full((1, 1, 4), 255, np.uint8), "x").notes == ()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5, np.uint8), "paste: the pixels have the shape 5; wanted H×W or H×W×C with 1 to 4 channels"),
        (np.zeros((2, 3, 5), np.uint8), "paste: the pixels have the shape 2×3×5; wanted"),
        (np.zeros((1, 2, 3, 3), np.uint8), "paste: the pixels have the shape 1×2×3×3; wanted"),
        (np.zeros((0, 3), np.uint8), "paste: the pixels have the shape 0×3; wanted"),
        (np.zeros((3, 3, 0), np.uint8), "paste: the pixels have the shape 3×3×0; wanted"),
        (np.array(1, np.uint8), "paste: the pixels have the shape a single number; wanted"),
        (np.zeros((2, 2), np.int32), "paste: the pixels are int32; wanted uint8, uint16, or floats"),
        (np.zeros((2, 2), np.complex64), "paste: the pixels are complex64; wanted"),
        (np.array([[0.0, 255.0]]), "paste: the pixels run from 0 to 255; wanted floats in [0, 1], so scale them"),
        (np.array([[-0.5, 1.0]]), "paste: the pixels run from -0.5 to 1; wanted"),
        (np.array([[np.nan, 1.0]]), "paste: the pixels run from nan to nan; wanted"),
        (np.broadcast_to(np.uint8(0), (20_000, 10_000)), "paste: the image is 10000×20000 pixels; at most 100"),
    ],
)
def test_pixels_that_make_no_picture_are_refused(array: np.ndarray[Any, Any], message: str) -> None:
    with pytest.raises(ImageError) as caught:
        picture_from_array(array, "paste")
    assert str(caught.value).startswith(message)


def test_lack_of_memory_is_not_called_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_arguments: object) -> None:
        raise MemoryError

    path = tmp_path / "photo.png"
    path.write_bytes(WHOLE["png"])
    monkeypatch.setattr(image_file.image_modes, "decode", exhausted)
    assert refusal(path) == "not enough memory for 50×40 pixels; scale it down"


def test_tiff_opens_where_there_is_no_standard_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_descriptor: int) -> int:
        raise OSError(9, "Bad file descriptor")

    path = tmp_path / "photo.tif"
    path.write_bytes(WHOLE["tif"])
    monkeypatch.setattr(os, "dup", closed)
    assert (open_image(path).to_uint8() == NOISE[:, :, :3]).all()
