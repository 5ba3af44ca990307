"""Facts of every layer, in whatever state the design is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.analysis import receptive_field
from designer.analysis.analyse import Previous, Settings, analyse
from designer.analysis.report import LayerReport, ReceptiveField, Totals
from designer.analysis.uncounted import uncounted_lines
from designer.gallery.catalogue import network
from designer.graph import edits
from designer.graph.design import Design, DesignError, Edge, Node
from designer.layer_api.geometry import Shape, Window
from designer.layer_api.layer import Layer, WeightSpec
from designer.layer_api.problems import DropWeights, InsertBefore, UserError
from designer.layer_api.registry import make_layer
from tests.helpers.counting import calls
from tests.helpers.designs import any_edit, designs
from tests.helpers.networks import branchy, chain

# -- facts


def test_the_first_layer_of_lenet5_as_the_public_json_prints_it() -> None:
    report = analyse(network("lenet5")).to_json()
    assert report["name"] == "LeNet-5"
    assert report["status"] == "complete"
    assert report["layers"][1] == {
        "id": "conv1",
        "kind": "conv2d",
        "inputs": ["image"],
        "output_shape": [6, 28, 28],
        "parameters": 156,
        "buffers": 0,
        "macs": 117_600,
        "operations": 117_600,
        "activation_bytes": 18_816,
        "weight_bytes": 624,
        "receptive_field": {"size": [5, 5], "stride": [1, 1], "start": [0, 0]},
        "problem": None,
    }
    assert report["totals"]["layers"] == 12
    assert report["totals"]["parameters"] == report["totals"]["trainable_parameters"] == 61_706
    assert json.loads(json.dumps(report)) == report


def test_layers_stand_in_execution_order() -> None:
    design = branchy()
    shuffled = design.evolve(nodes=dict(reversed(design.nodes.items())))
    assert next(iter(analyse(shuffled).layers)) == "image"
    assert list(analyse(design).layers) == list(design.order)


def test_totals_of_a_small_network_by_hand() -> None:
    # image 2×6×6 = 72; conv 3×3: 4×4×4 = 64 values, (3·3·2 + 1)·4 = 76 weights, 16·18·4 = 1152 multiply-adds;
    # batch norm: 64 values, 2·4 = 8 learned and 8 kept; pool 4×2×2 = 16; flatten 16; dense 3: 16·3 + 3 = 51, 48.
    design = chain(
        (2, 6, 6),
        ("conv2d", {"filters": 4}),
        ("batch_norm", {}),
        ("max_pool2d", {}),
        ("flatten", {}),
        ("dense", {"units": 3}),
    )
    assert analyse(design).totals == Totals(
        layers=5,
        parameters=76 + 8 + 51,
        buffers=8,
        macs=1152 + 48,
        operations=1152 + 48,
        activation_bytes=4 * (72 + 64 + 64 + 16 + 16 + 3),
        peak_activation_bytes=4 * (72 + 64),
        weight_bytes=4 * (76 + 8 + 8 + 51),
    )


def test_the_batch_multiplies_work_and_maps_but_not_weights() -> None:
    design = network("lenet5")
    one, eight = analyse(design).totals, analyse(design, settings=Settings(batch=8)).totals
    assert (eight.macs, eight.activation_bytes) == (8 * one.macs, 8 * one.activation_bytes)
    assert eight.peak_activation_bytes == 8 * one.peak_activation_bytes
    assert (eight.parameters, eight.weight_bytes) == (one.parameters, one.weight_bytes)


@pytest.mark.parametrize(("dtype", "size"), [("float32", 4), ("float16", 2), ("int8", 1)])
def test_the_data_type_sizes_maps_and_weights(dtype: str, size: int) -> None:
    totals = analyse(network("lenet5"), settings=Settings(dtype=dtype)).totals
    assert totals.weight_bytes == 61_706 * size
    # 1024 + 2·4704 + 1176 + 2·1600 + 2·400 + 2·120 + 2·84 + 10 values.
    assert totals.activation_bytes == 16_026 * size


def test_a_vector_has_no_place_on_the_image() -> None:
    layers = analyse(network("lenet5")).layers
    assert layers["pool2"].receptive_field is not None
    assert layers["flatten1"].receptive_field is None
    assert layers["fc1"].receptive_field is None


def test_an_image_that_is_a_vector_has_no_field_either() -> None:
    report = analyse(chain((10,), ("relu", {}), ("dense", {"units": 2})))
    assert report.status == "complete"
    assert [layer.receptive_field for layer in report.layers.values()] == [None, None, None]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"batch": 0}, "batch: 0 came"),
        ({"dtype": "float64"}, "data type: float64 came, one of float32, float16, int8 is wanted"),
        ({"convention": "guess"}, "convention: guess came"),
    ],
)
def test_senseless_settings_are_refused(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        Settings(**arguments)  # type: ignore[arg-type]


# -- other images


def test_another_image_size_changes_the_report_and_not_the_design() -> None:
    design = network("ten_filters")
    report = analyse(design, input_shape=(3, 64, 48))
    assert report.layers["conv1"].output_shape == (10, 64, 48)
    assert analyse(design).layers["conv1"].output_shape == (10, 32, 32)


@pytest.mark.parametrize("shape", [(), (0, 32, 32), (3, 1e18, 1e18), (3.5, 32, 32)])
def test_a_senseless_image_size_is_refused(shape: tuple[float, ...]) -> None:
    with pytest.raises(DesignError, match="shape"):
        analyse(network("ten_filters"), input_shape=shape)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", ["3x32x32", 32, 3.5])
def test_what_is_no_size_at_all_is_refused_in_words(shape: object) -> None:
    with pytest.raises(DesignError, match=rf"shape: {shape!r} came, a list of 1 to 4 whole numbers"):
        analyse(network("ten_filters"), input_shape=shape)  # type: ignore[arg-type]


@pytest.mark.parametrize("batch", [0, -3, 10**23, 10_000_001, 1.5, float("nan"), True, "3", None])
def test_a_senseless_batch_is_refused_in_one_line(batch: object) -> None:
    with pytest.raises(UserError, match=r"^batch: .* came, a whole number from 1 to 10,000,000 is wanted$") as caught:
        Settings(batch=batch)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("word", ["float64", "x" * 1000, 5, ["float32"], None])
def test_a_senseless_data_type_or_convention_is_refused_in_one_line(word: object) -> None:
    with pytest.raises(UserError, match=r"^data type: .* came, one of float32, float16, int8 is wanted$") as caught:
        Settings(dtype=word)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 150
    with pytest.raises(UserError, match=r"^convention: .* came, one of torchvision, flops, tf-slim is wanted$"):
        Settings(convention=word)  # type: ignore[arg-type]


def test_an_image_too_small_is_a_problem_of_the_layer_that_notices() -> None:
    report = analyse(network("vgg16"), input_shape=(3, 16, 16))
    assert [layer.id for layer in report.problems] == ["features.30"]
    assert report.status == "partial"
    # Halved four times: what reaches it is known, and what it gives is not.
    assert (report.layers["features.30"].input_shapes, report.layers["features.30"].output_shape) == (
        ((512, 1, 1),),
        None,
    )


def test_more_values_than_any_machine_could_hold_are_a_problem_in_words() -> None:
    # 60 000 along each axis: three times are (2.16·10¹⁴)² = 4.7·10²⁸ values, four times 1.7·10³⁸; 10³⁰ is the most.
    report = analyse(chain((1, 1, 1), *[("upsample2d", {"scale": 60_000})] * 4))
    [first] = report.problems
    assert first.id == "up4"
    assert first.problem is not None
    assert "more values than any machine could hold" in first.problem.message


# -- half-built


def test_what_is_not_connected_says_so_and_the_rest_waits() -> None:
    design = Design(
        nodes={name: Node(name, make_layer(kind)) for name, kind in (("a", "relu"), ("b", "add"), ("c", "relu"))},
        edges=(Edge("b", "c"),),
    )
    report = analyse(design)
    problems = {key: layer.problem.message if layer.problem else None for key, layer in report.layers.items()}
    assert problems == {"a": "input is not connected", "b": "inputs 1, 2 are not connected", "c": None}
    assert report.layers["c"].waiting
    assert report.status == "partial"
    assert [layer.id for layer in report.problems] == ["a", "b"]


def test_one_free_input_of_several_is_named() -> None:
    joined = edits.AddNode(Node("join", make_layer("add")), after="relu1").apply(chain((3, 8, 8), ("relu", {})))
    problem = analyse(joined).layers["join"].problem
    assert problem is not None
    assert problem.message == "input 2 is not connected"


def test_totals_of_a_partial_report_count_what_can_be_counted() -> None:
    design = chain((3, 8, 8), ("conv2d", {"filters": 2}), ("dense", {"units": 5}), ("relu", {}))
    report = analyse(design)
    problem = report.layers["fc1"].problem
    assert problem is not None
    assert problem.message == "input is 2×6×6; a vector is wanted: put a Flatten before it"
    assert problem.remedies == (InsertBefore("flatten"),)
    assert report.totals.parameters == (3 * 3 * 3 + 1) * 2
    assert report.totals.layers == 3
    assert report.to_json()["layers"][2]["output_shape"] is None
    assert report.to_json()["layers"][2]["problem"] == problem.message


def test_nothing_is_a_complete_report() -> None:
    report = analyse(Design())
    assert report.status == "complete"
    assert report.totals == Totals()


def test_given_weights_that_no_longer_fit_are_a_problem_with_a_remedy() -> None:
    design = chain((3, 8, 8), ("conv2d", {"filters": 2, "bias": False}))
    fits = edits.SetWeights({"conv1": {"weight": np.zeros((2, 3, 3, 3))}}).apply(design)
    assert analyse(fits).status == "complete"
    wider = edits.SetParameters("conv1", {"filters": 4}).apply(fits)
    problem = analyse(wider).layers["conv1"].problem
    assert problem is not None
    assert problem.message == "the given weight is 2×3×3×3 but 4×3×3×3 is wanted; drop the given weights"
    assert problem.remedies == (DropWeights(),)
    lacking = edits.SetWeights({"conv1": {"bias": np.zeros(2)}}).apply(design)
    problem = analyse(lacking).layers["conv1"].problem
    assert problem is not None
    assert problem.message == "the given weights lack weight"


# -- again after an edit


def test_what_an_edit_does_not_reach_is_taken_over() -> None:
    design = network("vgg16")
    before = analyse(design)
    changed = edits.SetParameters("features.24", {"filters": 100}).apply(design)
    after = analyse(changed, previous=Previous(design, before))
    assert after == analyse(changed)
    same = [key for key in design.nodes if after.layers[key] is before.layers[key]]
    assert same == [key for key in design.nodes if key not in ("features.24", "features.25", "features.26")]


def test_images_of_another_size_ask_for_hardly_a_receptive_field_again(monkeypatch: pytest.MonkeyPatch) -> None:
    design = network("resnet18")
    before = analyse(design)
    changed = edits.SetParameters("image", {"shape": (3, 256, 256)}).apply(design)
    asked: list[tuple[int, ...]] = []

    def through(window: Window | None, fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
        if window is not None:
            asked.append(window.kernel)
        return receptive_field.through(window, fields)

    monkeypatch.setattr("designer.analysis.analyse.through", through)
    after = analyse(changed, previous=Previous(design, before))
    # The last pooling is over the whole map: 256 / 32 = 8 cells, which see 435 + 7·32 pixels. What follows is a vector.
    assert asked == [(8, 8)]
    assert after.layers["avgpool"].receptive_field == ReceptiveField((659, 659), (32, 32), (-217, -217))
    assert after == analyse(changed)


def test_a_layer_of_the_same_shape_behind_a_larger_kernel_sees_more() -> None:
    # 3×3 with padding 1 and 5×5 with padding 2 give the same shape; what the ReLU sees grows from 3 to 5 pixels.
    design = chain((1, 8, 8), ("conv2d", {"kernel": 3, "padding": 1}), ("relu", {}))
    before = analyse(design)
    changed = edits.SetParameters("conv1", {"kernel": 5, "padding": 2}).apply(design)
    field = analyse(changed, previous=Previous(design, before)).layers["relu1"].receptive_field
    assert field is not None
    assert field.size == (5, 5)


def test_another_setting_takes_nothing_over() -> None:
    design = network("lenet5")
    before = analyse(design)
    after = analyse(design, settings=Settings(dtype="int8"), previous=Previous(design, before))
    assert after == analyse(design, settings=Settings(dtype="int8"))


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_a_layer_added_anywhere_changes_the_totals_as_if_all_were_counted(name: str) -> None:
    design = network(name)
    before = analyse(design)
    for after in (*design.nodes, None):
        # An upsampling is the largest output of all where it comes last.
        for kind in ("relu", "image_input", "upsample2d"):
            node = Node("new", make_layer(kind, **({"scale": 8} if kind == "upsample2d" else {})))
            grown = edits.AddNode(node, after).apply(design)
            assert analyse(grown, previous=Previous(design, before)) == analyse(grown)


@given(st.data())
def test_analysed_step_by_step_or_from_scratch_is_the_same(data: st.DataObject) -> None:
    design = data.draw(designs(max_nodes=5, with_extras=False))
    report = analyse(design)
    for _turn in range(data.draw(st.integers(1, 8))):
        try:
            edited = data.draw(any_edit(design)).apply(design)
        except DesignError:
            continue
        report = analyse(edited, previous=Previous(design, report))
        design = edited
        assert report == analyse(design)


@given(designs(max_nodes=9, with_extras=False))
def test_any_design_has_a_report(design: Design) -> None:
    report = analyse(design)
    assert list(report.layers) == list(design.order)
    counted = [layer for layer in report.layers.values() if layer.output_shape is not None]
    assert report.totals.parameters == sum(layer.parameters for layer in counted)
    assert report.totals.macs == sum(layer.macs for layer in counted)
    assert report.complete == (len(counted) == len(design.nodes))
    for layer in report.layers.values():
        assert (layer.output_shape is None) == (layer.problem is not None or layer.waiting)
        if layer.output_shape is None:
            bare = LayerReport(
                layer.id, layer.kind, layer.inputs, input_shapes=layer.input_shapes, problem=layer.problem
            )
            assert layer == bare
        if layer.problem is not None:
            assert layer.problem.message.isprintable()
    assert json.loads(json.dumps(report.to_json())) == report.to_json()


def test_the_order_of_creation_does_not_matter() -> None:
    design = branchy()
    reversed_nodes = dict(reversed(design.nodes.items()))
    one, other = analyse(design), analyse(design.evolve(nodes=reversed_nodes))
    assert dict(one.layers) == dict(other.layers)
    assert attrs.evolve(one.totals, peak_activation_bytes=0) == attrs.evolve(other.totals, peak_activation_bytes=0)


def test_a_layer_that_stands_a_hundred_times_on_the_same_shapes_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    cls = type(make_layer("conv2d"))
    weights = cls.weights

    def listening(layer: Layer, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        asked.append(inputs)
        return weights(layer, inputs)

    monkeypatch.setattr(cls, "weights", listening)
    steps = [("conv2d", {"filters": 4, "padding": 1})] * 100
    report = analyse(chain((4, 8, 8), *steps))
    # (3·3·4 + 1)·4 for each.
    assert report.totals.parameters == 100 * 148
    assert len(asked) == 1


def test_a_layer_that_has_come_last_is_all_that_is_looked_at() -> None:
    """Counted in calls: a few more or less for the sums of the totals."""
    spent = []
    for length in (200, 400):
        design = chain((1, 8, 8), *[("relu", {})] * length)
        known = Previous(design, analyse(design))
        grown = edits.AddNode(Node("new", make_layer("relu")), f"relu{length}").apply(design)
        assert grown.order[-1] == "new"
        spent.append(calls(lambda grown=grown, known=known: analyse(grown, previous=known)))  # type: ignore[misc]
    assert spent[1] - spent[0] < 20


def test_views_of_a_complete_report_do_not_look_at_every_layer_for_what_it_lacks() -> None:
    report = analyse(network("vgg16"))
    assert report.complete
    assert calls(lambda: uncounted_lines(report)) < 10
