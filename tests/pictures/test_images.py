"""The images that ship with the program."""

from __future__ import annotations

import re

import pytest

from designer.pictures.images import ExampleImage, Preprocessing, example_images, open_image, prepare
from designer.resources import resource

EXAMPLES = example_images()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example_opens_as_it_is_and_fits_a_network(example: ExampleImage) -> None:
    picture = open_image(example.path)
    assert picture.notes == ()
    assert max(picture.size) <= 640
    assert picture.pixels.max() - picture.pixels.min() > 0.8  # uses its range from dark to light
    prepared = prepare(picture, (3, 224, 224), Preprocessing(normalisation="imagenet"))
    assert prepared.tensor.shape == (1, 3, 224, 224)
    assert prepared.tensor.std() > 0.5


def test_first_example_is_a_color_photograph_large_enough_for_imagenet_networks() -> None:
    picture = open_image(EXAMPLES[0].path)
    assert picture.channels == 3
    assert min(picture.size) >= 224


def test_there_is_a_grey_photograph_and_a_digit_for_lenet() -> None:
    pictures = {example.name: open_image(example.path) for example in EXAMPLES}
    assert pictures["photographer"].channels == 1
    digit = pictures["digit"]
    assert (digit.channels, digit.size) == (1, (32, 32))
    # As in MNIST: white on black, the ink inside of the middle 20×20 (a pixel of antialiasing around it).
    assert digit.pixels[:5].max() == 0.0
    assert digit.pixels[5:27, 5:27].sum() == pytest.approx(digit.pixels.sum())
    assert 0.05 < digit.pixels.mean() < 0.2


def test_every_file_is_small_credited_and_offered() -> None:
    readme = resource("images/README.md").read_text(encoding="utf-8")
    credited = set(re.findall(r"^\| `([^`]+)` \|", readme, re.MULTILINE))
    shipped = {path.name for path in resource("images").iterdir()} - {"README.md", "draw.py", "__pycache__"}
    assert credited == shipped == {example.path.name for example in EXAMPLES}
    assert all(example.path.stat().st_size <= 150_000 for example in EXAMPLES)


def test_names_and_titles_are_distinct_words() -> None:
    assert len({example.name for example in EXAMPLES}) == len({example.title for example in EXAMPLES}) == len(EXAMPLES)
    assert all(example.name.isidentifier() for example in EXAMPLES)
