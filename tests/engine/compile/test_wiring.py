"""Who reads whose array, and what is asked of layers for it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from designer.analysis.analyse import analyse, with_input_shape
from designer.engine.compile.wiring import Declared, wiring
from designer.graph.edits import SetParameters
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.operation import Operation
from designer.layer_api.registry import catalogue
from tests.helpers.networks import chain

CONV = {"filters": 4, "kernel": 3, "padding": 1}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Shape, ...]]]:
    """Every question to a convolution or a norm for its operation."""
    found: list[tuple[str, tuple[Shape, ...]]] = []
    for kind in ("conv2d", "batch_norm"):
        cls = catalogue()[kind]
        operation = cls.operation

        def counted(self: Layer, inputs: Sequence[Shape], operation: object = operation) -> Operation:
            found.append((self.kind, tuple(inputs)))
            result: Operation = operation(self, inputs)  # type: ignore[operator]
            return result

        monkeypatch.setattr(cls, "operation", counted)
    return found


def test_a_layer_that_an_edit_leaves_alone_is_asked_once(asked: list[tuple[str, tuple[Shape, ...]]]) -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("batch_norm", {}), ("conv2d", CONV))
    declared = Declared()
    for _time in range(2):
        wiring(design, analyse(design), ["image"], declared)
    assert [kind for kind, _shapes in asked] == ["conv2d", "batch_norm", "conv2d"]
    asked.clear()
    edited = SetParameters("conv2", {"dilation": 2}).apply(design)
    wiring(edited, analyse(edited), ["image"], declared)
    assert asked == [("conv2d", ((4, 8, 8),))]
    asked.clear()
    # The same layers on another shape may be something else.
    larger = with_input_shape(edited, (3, 9, 9))
    found = wiring(larger, analyse(larger), ["image"], declared)
    assert [shapes for _kind, shapes in asked] == [((3, 9, 9),), ((4, 9, 9),), ((4, 9, 9),)]
    assert set(found.treatments) == {"image", "conv1", "bn1", "conv2"}


def test_a_norm_goes_into_the_layer_before_it_only_where_nobody_else_reads_that() -> None:
    design = chain((3, 8, 8), ("conv2d", CONV), ("dropout", {}), ("batch_norm", {}), ("relu", {}), ("batch_norm", {}))
    # Dropout is not in the way; a ReLU has no weights that a norm could go into.
    folds = wiring(design, analyse(design), ["image"]).folds
    assert {norm: fold.layer for norm, fold in folds.items()} == {"bn1": "conv1"}
    assert wiring(design, analyse(design), []).order == ()
