from __future__ import annotations

from designer.graph.edits import Disconnect
from designer.session.maps.state import Standing, kernel_values, maps_state
from designer.session.session import Session
from tests.helpers.networks import chain
from tests.helpers.sessions import compute, grey_ramp

NETWORK = (("conv2d", {"filters": 4, "kernel": 3}), ("relu", {}))


def session() -> Session:
    return Session(chain((1, 8, 8), *NETWORK))


def test_nothing_is_selected() -> None:
    state = maps_state(session())
    assert state.standing is Standing.NOTHING_SELECTED
    assert state.message == "Select a layer to see its maps"


def test_an_empty_design_asks_for_a_layer() -> None:
    assert "Add a layer" in maps_state(Session()).message


def test_without_an_image() -> None:
    opened = session()
    opened.select(["conv1"])
    assert maps_state(opened).standing is Standing.NO_IMAGE


def test_pending_until_it_is_computed() -> None:
    opened = session()
    opened.select(["conv1"])
    opened.set_picture(grey_ramp())
    state = maps_state(opened)
    assert (state.standing, state.node) == (Standing.PENDING, "conv1")
    compute(opened)
    state = maps_state(opened)
    assert state.standing is Standing.READY
    assert state.result is not None
    assert state.result.shape == (1, 4, 6, 6)  # 8 − 3 + 1


def test_a_problem_is_told_and_what_waits_says_for_whom() -> None:
    opened = Session(chain((1, 2, 2), *NETWORK))
    opened.select(["conv1"])
    state = maps_state(opened)
    assert state.standing is Standing.BLOCKED
    assert state.message.startswith("conv1 cannot be computed: ")
    opened.select(["relu1"])
    assert maps_state(opened).message.startswith("relu1 waits for conv1: ")


def test_an_open_input_blocks() -> None:
    opened = session()
    opened.do(Disconnect(opened.design.incoming["conv1"]))
    opened.select(["relu1"])
    assert maps_state(opened).standing is Standing.BLOCKED


def test_only_what_slides_has_filters() -> None:
    opened = session()
    assert kernel_values(opened, "conv1") == 4 * 1 * 3 * 3
    assert kernel_values(opened, "relu1") == 0
    assert kernel_values(opened, "nobody") == 0
