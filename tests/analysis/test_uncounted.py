from __future__ import annotations

from designer.analysis.analyse import analyse
from designer.analysis.uncounted import uncounted_lines
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network


def test_a_complete_report_misses_nothing() -> None:
    assert uncounted_lines(analyse(network("lenet5"))) == []


def test_every_problem_is_named_and_what_waits_is_counted() -> None:
    net = NetworkBuilder("wrong").image((1, 4, 4))
    for name in ("one", "two", "three"):
        net.add("conv2d", name=name, after="image", kernel=9)
    net.add("relu", name="behind", after="one")
    net.add("relu", name="further", after="behind")
    report = analyse(net.design())
    assert report.status == "partial"
    whole = uncounted_lines(report)
    assert [line.split(":")[0] for line in whole[:3]] == ["one", "two", "three"]
    assert "9" in whole[0]
    assert whole[3:] == ["2 layers that wait for a layer before them"]
    few = uncounted_lines(report, 2)
    assert few == [*whole[:2], "1 more layer with a problem", whole[3]]
