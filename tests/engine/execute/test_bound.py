"""A plan that is run again gives what its first run gave, bit for bit, and its results stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.engine.execute import bound
from designer.engine.execute.bound import BoundProgram
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.cache import ResultCache
from designer.engine.remember.workspace import Workspace
from designer.gallery.catalogue import names
from designer.graph.design import Array, Design
from designer.kernels import pool_rows
from designer.kernels.arrays import rectangles
from designer.kernels.convolution import depthwise, im2row
from tests.engine.compile.test_compiler import designs, image_of, maps_of, small


@pytest.fixture(params=["whole", "bands"])
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tiny layers run as one tile, and as bands of rows on two threads."""
    if request.param == "bands":
        for module in (rectangles, im2row, bound):
            monkeypatch.setattr(module, "core_count", lambda: 2)
        monkeypatch.setattr(im2row, "INLINE_MACS", 0)
        for kernels in (depthwise, pool_rows):
            monkeypatch.setattr(kernels, "INLINE_VALUES", 0)


def again(
    design: Design, batches: Collection[Mapping[str, Array]], keep: Collection[str], workspace: Workspace
) -> list[dict[str, Array]]:
    """The kept maps of several batches, one plan run again and again."""
    report = analyse(design)
    return [
        run_to_end(plan_run(design, report, images, keep=keep, workspace=workspace), images, workspace=workspace)
        for images in batches
    ]


def assert_same(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    assert set(found) == set(wanted)
    for name, array in wanted.items():
        assert found[name].tobytes() == array.tobytes(), name


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", [name for name in names() if not name.startswith(("vgg", "resnet1", "alexnet"))])
def test_every_run_of_a_plan_is_like_the_first(name: str) -> None:
    design, workspace = small(name), Workspace()
    keep = [design.order[-1], *[name for name in design.order if name.endswith(("relu", "conv2", "pool1"))][:1]]
    batches = [image_of(design, seed=seed) for seed in (0, 1, 2, 0)]
    results = again(design, batches, keep, workspace)
    assert isinstance(workspace.last_run[1], BoundProgram)
    for images, found in zip(batches, results, strict=True):
        assert_same(found, maps_of(design, images, keep, Workspace()))


@pytest.mark.usefixtures("cut")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_run_of_any_plan_is_like_the_first(data: st.DataObject) -> None:
    design = data.draw(designs())
    keep = data.draw(st.sets(st.sampled_from(design.order), min_size=1, max_size=4))
    batches = [image_of(design, batch=data.draw(st.integers(1, 2)), seed=0)] * 2
    batches += [image_of(design, batch=len(next(iter(batches[0].values()))), seed=seed) for seed in (1, 2)]
    results = again(design, batches, keep, Workspace())
    for images, found in zip(batches, results, strict=True):
        assert_same(found, maps_of(design, images, keep, Workspace()))


def test_images_of_any_layout_and_type_are_taken() -> None:
    design, workspace = small("lenet5"), Workspace()
    image = image_of(design)["image"]
    wanted = again(design, [{"image": image}] * 3, [design.order[-1]], workspace)[-1]
    turned = np.asfortranarray(image.astype(np.float64))
    assert_same(again(design, [{"image": turned}], [design.order[-1]], workspace)[0], wanted)


def test_two_threads_may_run_one_plan_at_once() -> None:
    design, workspace = small("mobilenet_v2"), Workspace()
    keep = [design.order[-1]]
    again(design, [image_of(design)] * 2, keep, workspace)
    wanted = [maps_of(design, image_of(design, seed=seed), keep, Workspace()) for seed in range(2)]
    found: list[list[dict[str, Array]]] = [[], []]

    def work(seed: int) -> None:
        found[seed] = again(design, [image_of(design, seed=seed)] * 5, keep, workspace)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results, expected in zip(found, wanted, strict=True):
        assert len(results) == 5
        for result in results:
            assert_same(result, expected)


def test_what_is_remembered_or_large_is_not_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    design, workspace = small("lenet5"), Workspace()
    images, report = image_of(design), analyse(design)
    for _run in range(3):
        plan = plan_run(design, report, images, keep=["fc3"], cache=ResultCache(), workspace=workspace)
        run_to_end(plan, images, workspace=workspace)
    assert not isinstance(workspace.last_run[1], BoundProgram)
    monkeypatch.setattr(bound, "LARGEST_PLAN", 1000)
    again(design, [images] * 3, ["fc3"], workspace)
    assert not isinstance(workspace.last_run[1], BoundProgram)
