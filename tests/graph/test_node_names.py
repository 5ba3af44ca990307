from __future__ import annotations

import pytest

from designer.graph.node_names import is_path, without_first, without_shared


@pytest.mark.parametrize("name", ["layer1.0.conv2", "stem/conv"])
def test_a_path_has_parts(name: str) -> None:
    assert is_path(name)
    assert without_first(name) in ("0.conv2", "conv")


def test_any_other_name_stays_whole() -> None:
    assert not is_path("conv2_1")
    assert without_first("conv2_1") == "conv2_1"


@pytest.mark.parametrize(
    ("names", "short"),
    [
        ((), []),
        (("layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu"), ["layer1.0.conv1", "bn1", "relu"]),
        (("layer1.0.conv2", "layer1.1.conv2"), ["layer1.0.conv2", "1.conv2"]),
        (("conv1", "bn1"), ["conv1", "bn1"]),
        (("features.0", "features"), ["features.0", "features"]),
        (("features.0", "features.0.1"), ["features.0", "0.1"]),
        (("stem/conv", "stem.conv"), ["stem/conv", "stem.conv"]),
    ],
)
def test_names_computed_as_one_say_once_what_they_share(names: tuple[str, ...], short: list[str]) -> None:
    assert without_shared(names) == short
