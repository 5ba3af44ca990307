"""Which networks are shown, and in which order."""

from __future__ import annotations

import pytest

from designer.ui.gallery.gallery_rows import ORDERS, GalleryChoice, all_rows, chosen_rows, families


def _names(**choice: str) -> list[str]:
    return [row.entry.name for row in chosen_rows(GalleryChoice(**choice))]


@pytest.mark.parametrize(
    ("search", "first"),
    [
        ("ResNet-50", "resnet50"),
        ("resnet 152", "resnet152"),
        ("squeezenet1_1", "squeezenet1_1"),
        ("zeiler", "zfnet"),
        ("lecun 1998", "lenet5"),
        ("1505.04597", "unet"),
    ],
)
def test_a_search_looks_into_names_years_authors_titles_and_numbers(search: str, first: str) -> None:
    assert _names(search=search)[0] == first


def test_every_word_must_be_found() -> None:
    assert _names(search="resnet zebra") == []
    assert _names(search="densenet201 huang") == ["densenet201"]


def test_a_family_shows_its_own() -> None:
    assert {row.entry.family for row in chosen_rows(GalleryChoice(family="Detection"))} == {"Detection"}
    assert "Detection" in families()


def test_the_orders() -> None:
    years = [row.entry.year for row in chosen_rows(GalleryChoice(order="year"))]
    dated = [year for year in years if year is not None]
    assert dated[0] == 1998  # LeCun et al.
    assert dated == sorted(dated)
    assert years[: len(dated)] == dated  # what has no year comes last
    # VGG-19 BN has 143,678,248 parameters and AlexNet 61,100,840, by torchvision.
    by_parameters = _names(order="parameters", family="ImageNet")
    assert by_parameters[-1] == "vgg19_bn"
    assert by_parameters.index("alexnet") < by_parameters.index("vgg11")
    # AlexNet's first layer has a stride of four: it computes less than ResNet-18.
    by_macs = _names(order="macs", family="ImageNet")
    assert by_macs.index("alexnet") < by_macs.index("resnet18")
    assert {len(_names(order=order)) for order in ORDERS} == {len(all_rows())}


def test_a_card_says_what_is_known() -> None:
    row = next(row for row in all_rows() if row.entry.name == "resnet50")
    plain = [line.replace("\N{NO-BREAK SPACE}", " ") for line in row.lines]
    assert plain == [
        "He et al. · ImageNet",
        "25.56 M parameters",
        "4.09 G multiply-adds",
        "3×224×224 · field 427×427",
    ]
    assert "25 557 032 parameters" in row.tooltip.replace("\N{NO-BREAK SPACE}", " ")
    assert "Deep residual learning" in row.tooltip
