"""Networks over clips and sound: published figures, and the shapes of their papers."""

from __future__ import annotations

from designer.analysis.analyse import analyse
from designer.gallery.catalogue import network
from designer.gallery.sequences import KEYWORDS, c3d


def test_c3d_has_the_parameters_of_its_release() -> None:
    # MMAction2's model zoo, for the 101 classes of UCF101: 78.41 M parameters, 38.5 G multiply-adds.
    report = analyse(c3d(classes=101))
    assert report.status == "complete"
    assert report.totals.parameters == 78_409_573
    convolutions = (
        16 * 112**2 * 81 * 64
        + 16 * 56**2 * 27 * 64 * 128
        + 8 * 28**2 * 27 * (128 + 256) * 256
        + 4 * 14**2 * 27 * (256 + 512) * 512
        + 2 * 7**2 * 27 * 2 * 512 * 512
    )
    assert report.totals.macs == convolutions + 8192 * 4096 + 4096 * 4096 + 4096 * 101
    assert round(report.totals.macs / 1e9, 1) == 38.5


def test_the_maps_of_c3d_shrink_in_time_from_the_second_pooling_on() -> None:
    layers = analyse(network("c3d")).layers
    # Tran et al. (2015), section 3.3: pool1 is 1×2×2, all others 2×2×2.
    assert [layers[f"pool{number}"].output_shape for number in (1, 2, 3, 4, 5)] == [
        (64, 16, 56, 56),
        (128, 8, 28, 28),
        (256, 4, 14, 14),
        (512, 2, 7, 7),
        (512, 1, 4, 4),
    ]
    assert layers["prob"].output_shape == (487,)


def test_the_keyword_network_is_that_of_the_tutorial() -> None:
    design = network("m5")
    report = analyse(design)
    # Printed by PyTorch's "Speech Command Classification with torchaudio".
    assert report.totals.parameters == 26_915
    # (8000 − 80)/16 + 1 = 496 cells, a quarter each time, two fewer by every kernel of three.
    macs = 496 * 80 * 32 + 122 * 3 * 32 * 32 + 28 * 3 * 32 * 64 + 5 * 3 * 64 * 64 + 64 * 35
    assert report.totals.macs == macs
    assert report.layers["pool4"].output_shape == (64, 1)
    # Warden (2018): 35 words.
    assert len(set(KEYWORDS)) == 35
    assert list(KEYWORDS) == sorted(KEYWORDS)
    assert design.nodes["output"].layer.class_names() == KEYWORDS


def test_a_cell_of_the_keyword_network_hears_most_of_a_second() -> None:
    field = analyse(network("m5")).layers["pool4"].receptive_field
    assert field is not None
    # 80 + 16·(3 + 4·(2 + 3 + 4·(2 + 3 + 4·(2 + 3)))) samples.
    assert field.size == (80 + 16 * (3 + 4 * (2 + 3 + 4 * (2 + 3 + 4 * (2 + 3)))),)


def test_blocks_are_groups() -> None:
    assert [group.name for group in network("c3d").groups] == [f"block{number}" for number in (1, 2, 3, 4, 5)]
    assert [len(group.members) for group in network("c3d").groups] == [3, 3, 5, 5, 5]
    assert [len(group.members) for group in network("m5").groups] == [4] * 4
