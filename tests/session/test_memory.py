"""What is in memory for a design or a picture goes with it; all that is kept from run to run has one budget."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import attrs
import numpy as np
import pytest

import designer
from designer.analysis.analyse import analyse
from designer.engine.options import EngineOptions
from designer.graph.design import Design
from designer.graph.edits import SetParameters, SetWeights
from designer.kernels.arrays.memory import Array
from designer.pictures.images import picture_from_array
from designer.session.session import Session
from tests.helpers.networks import branchy, chain
from tests.helpers.sessions import compute, grey_ramp


def with_weights(design: Design) -> Design:
    tensors = {
        node: {name: np.ones(spec.shape) for name, spec in design.nodes[node].layer.weights(facts.input_shapes).items()}
        for node, facts in analyse(design).layers.items()
    }
    return SetWeights({node: given for node, given in tensors.items() if given}).apply(design)


def alive(references: list[weakref.ref[Array]]) -> int:
    gc.collect()
    return sum(reference() is not None for reference in references)


def watched(session: Session) -> list[weakref.ref[Array]]:
    """Weights, maps, the picture and what it was made into."""
    assert session.picture is not None
    arrays = [array for tensors in session.design.weights.values() for array in tensors.values()]
    arrays += [array for node in session.design.nodes for array in session.filters(node).values()]
    arrays += [result for node in session.design.nodes if (result := session.result(node)) is not None]
    arrays += [session.picture.pixels, *(image.tensor for image in session.prepared.values())]
    return [weakref.ref(array) for array in arrays]


@pytest.mark.parametrize("design", [branchy, lambda: with_weights(branchy())], ids=["drawn", "given"])
@pytest.mark.parametrize("other", [Design, lambda: chain((3, 9, 9), ("tanh", {}))], ids=["new", "another"])
def test_nothing_of_a_design_stays_in_memory_when_another_is_opened(
    design: Callable[[], Design], other: Callable[[], Design]
) -> None:
    session = Session(design())
    session.set_picture(grey_ramp())
    session.select(["mix"])
    compute(session)
    session.do(SetParameters("left", {"kernel": 1, "padding": 0}))
    compute(session)
    found = watched(session)
    assert alive(found) == len(found) >= 17
    session.adopt(other())
    # The picture is fed to the design that comes.
    assert alive(found) == 1
    assert session.workspace.use().total == 0
    session.set_picture(None)
    assert alive(found) == 0


def test_a_job_that_ends_late_leaves_nothing_behind_of_the_design_before() -> None:
    session = Session(branchy())
    session.set_picture(grey_ramp())
    job = session.start_job()
    assert job is not None
    session.adopt(chain((3, 9, 9), ("tanh", {})))
    job.run(lambda event: session.take(job, event))
    assert session.workspace.use().total == 0


@pytest.mark.parametrize("other", [None, grey_ramp(20, 20)], ids=["removed", "another"])
def test_nothing_of_a_picture_stays_in_memory_when_it_is_replaced(other: object) -> None:
    session = Session(branchy())
    session.set_picture(grey_ramp())
    compute(session)
    assert session.picture is not None
    arrays = [session.picture.pixels, session.prepared["image"].tensor, session.prepared["image"].shown]
    found = [weakref.ref(array) for array in (*arrays, *map(session.result, session.design.nodes)) if array is not None]
    del arrays
    assert alive(found) == len(found) == 3 + len(session.design.nodes)
    session.set_picture(other)  # type: ignore[arg-type]
    assert alive(found) == 0
    # Layers stay as they were made ready.
    use = session.workspace.use()
    assert use.maps == 0
    assert use.kernels > 0


def test_an_image_that_fits_the_next_design_too_stays() -> None:
    session = Session(branchy())
    session.set_picture(grey_ramp())
    compute(session)
    image = session.prepared["image"]
    session.adopt(branchy())
    assert session.prepared == {"image": image}
    session.adopt(chain((3, 9, 9), ("tanh", {})))
    assert session.prepared == {}


def test_given_weights_are_counted_with_the_design_and_not_as_the_engines() -> None:
    design = chain((3, 8, 8), ("flatten", {}), ("dense", {"units": 50}))
    uses = []
    for each in (design, with_weights(design)):
        session = Session(each)
        session.set_picture(grey_ramp(8, 8))
        compute(session)
        uses.append(session.workspace.use())
    # A dense layer reads its weights as they are: what was drawn is counted once, what was given not at all.
    drawn = (192 * 50 + 50) * 4
    assert (uses[0].weights, uses[0].kernels) == (drawn, 0)
    assert (uses[1].weights, uses[1].kernels) == (0, 0)
    assert uses[0].maps == uses[1].maps == (2 * 192 + 50) * 4
    assert uses[0].total == uses[0].maps + drawn + uses[0].buffers


def test_all_together_stays_within_the_budget() -> None:
    design = chain((3, 150, 150), *[("conv2d", {"filters": 8, "kernel": 3, "padding": 1})] * 6)
    session = Session(design)
    one_map = 8 * 150 * 150 * 4
    session.set_picture(grey_ramp(150, 150))
    compute(session)
    assert session.workspace.use().total > 6 * one_map
    options = EngineOptions(memory_bytes=4 * one_map)
    session.configure_engine(options)
    assert session.workspace.use().total <= session.workspace.use().budget == 4 * one_map
    for filters in (8, 9, 10):
        session.do(SetParameters("conv2", {"filters": filters}))
        compute(session)
        assert session.workspace.use().total <= 4 * one_map
    # Another design has the same budget.
    session.adopt(design)
    assert session.workspace.budget_bytes == options.memory_bytes
    session.configure_engine(attrs.evolve(options, memory_bytes=one_map))
    assert session.workspace.budget_bytes == one_map


def test_maps_computed_in_the_memory_of_others_are_the_same_and_leave_none_behind() -> None:
    """Each map needs less than the ones before it, so that it lies in a part of their memory."""
    widths, kept = (20, 16, 12, 10, 7, 4), 2_000_000
    session = Session(chain((3, 96, 96), *[("conv2d", {"filters": width, "kernel": 1}) for width in widths]))
    session.configure_engine(EngineOptions(memory_bytes=kept))
    for number in range(5):
        picture = picture_from_array(np.random.default_rng(number).random((96, 96, 3), np.float32), "noise")
        session.set_picture(picture)
        compute(session)
        assert session.result("conv3") is None
        image = session.prepared["image"].tensor
        # One after the other, each with all its memory to itself.
        wanted = designer.run(session.design, image)["conv6"]
        np.testing.assert_array_equal(session.result("conv6"), wanted)
        use = session.workspace.use()
        assert use.total <= kept
    session.configure_engine(EngineOptions(memory_bytes=0))
    assert session.workspace.use().buffers == 0


def test_a_run_that_was_stopped_leaves_no_more_buffers_than_one_that_was_not() -> None:
    design = chain((3, 300, 300), *[("conv2d", {"filters": 16, "kernel": 3, "padding": 1})] * 4)
    session = Session(design)
    session.configure_engine(EngineOptions(memory_bytes=1_000_000))
    session.set_picture(grey_ramp(300, 300))
    job = session.start_job()
    assert job is not None

    def stop_in_the_third_layer(event: object) -> None:
        if getattr(event, "id", "") == "conv3":
            job.cancel()

    job.run(stop_in_the_third_layer)
    gc.collect()
    assert session.workspace.use().total <= 1_000_000
