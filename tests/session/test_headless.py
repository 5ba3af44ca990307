"""What the commands do besides what they print: how often, in which order, and what they refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from designer.analysis.analyse import analyse
from designer.engine.compile.plan import RunRefused
from designer.graph.design import Design
from designer.library import models
from designer.session import headless
from designer.session.headless import run_image
from tests.helpers.networks import branchy, chain


@pytest.fixture
def image(tmp_path: Path) -> Path:
    Image.new("RGB", (40, 30), (200, 100, 50)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def counting(function: Callable[..., Any], calls: list[object]) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments[0])
        return function(*arguments, **options)

    return counted


@pytest.mark.parametrize("profile", [False, True])
def test_a_design_is_analysed_once_and_the_picture_prepared_once(
    image: Path, tmp_path: Path, profile: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed: list[object] = []
    prepared: list[object] = []
    monkeypatch.setattr(headless, "analyse", counting(analyse, analysed))
    monkeypatch.setattr(models, "analyse_design", counting(analyse, analysed))
    monkeypatch.setattr(headless, "prepare", counting(headless.prepare, prepared))
    lines = list(run_image(branchy(), image, tmp_path / "out", profile=profile))
    assert f"wrote {tmp_path / 'out' / 'end.png'}" in lines
    assert len(analysed) == len(prepared) == 1


# 60,016² values of four bytes are 14.4 GB for each channel; 4 million filters draw 432 MB of weights, which are read
# in another form as well, and make 4.1 GB of maps.
TOO_LARGE = {
    "padding": (chain((3, 16, 16), ("zero_pad2d", {"padding": 30_000})), 43_000_000_000),
    "filters": (chain((3, 16, 16), ("conv2d", {"filters": 4_000_000, "kernel": 3, "padding": 1})), 4_900_000_000),
}


@pytest.mark.parametrize(("design", "available"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_does_not_fit_is_refused_before_anything_is_made(
    design: Design, available: int, image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: available)
    monkeypatch.setattr(headless, "prepare", lambda *_arguments: pytest.fail("prepared all the same"))
    with pytest.raises(RunRefused, match=r"needs about [\d.]+.GB of memory and [\d.]+.GB are free"):
        list(run_image(design, image, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_progress_is_told_of_the_picture_every_layer_and_every_file(image: Path, tmp_path: Path) -> None:
    told: list[str] = []
    design = chain((3, 600, 600), ("conv2d", {"filters": 8, "kernel": 3}), ("relu", {}))
    list(run_image(design, image, tmp_path, progress=lambda what, _fraction: told.append(what)))
    made = ["image", "conv1", "relu1", "image.png", "conv1.png", "relu1.png", "activations.npz"]
    assert list(dict.fromkeys(told)) == made


def test_progress_is_told_of_both_runs_of_a_profile(image: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    design = chain((3, 600, 600), ("conv2d", {"filters": 8, "kernel": 3}))
    list(run_image(design, image, tmp_path, profile=True, progress=lambda *what: told.append(what)))
    fractions = [fraction for what, fraction in told if what == "conv1"]
    assert [now < before for before, now in itertools.pairwise(fractions)].count(True) == 1


def test_whoever_is_told_of_progress_may_stop_it(image: Path, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop(what: str, _fraction: float) -> None:
        if what == "left":
            raise Stopped

    with pytest.raises(Stopped):
        list(run_image(branchy(), image, tmp_path / "out", progress=stop))
    assert not (tmp_path / "out").exists()
