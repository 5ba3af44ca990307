"""The declaration of a layer: what is checked at import, what derives from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Elementwise, Weightless, Windowed, require_maps
from designer.layer_api.fields import integer, pair
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Layer, WeightSpec, layer
from designer.layer_api.onnx_operator import LayerRead, OnnxOperator
from designer.layer_api.problems import FieldError, InsertBefore, SetFields, ShapeProblem
from designer.layer_api.registry import catalogue, layer_class, make_layer


class Halves(Weightless, Elementwise):
    """Everything a layer has to declare, but for what a test leaves out."""

    kind = "halves"
    label = "Halves"
    category = Category.ACTIVATION
    prefix = "half"

    def forward(self, inputs: Sequence[Array], weights: Any) -> Array:
        return inputs[0] / 2

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((done.gradient / 2,))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Any) -> LayerRead:
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        return ()

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        return ()

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        return ()


def test_a_whole_declaration_is_a_frozen_value() -> None:
    @layer
    class Whole(Halves):
        """Halves every value."""

        times: int = integer(1, label="Times", help="How often.")

    assert Whole(times=2) == Whole(times=2.0)
    assert hash(Whole(times=2)) == hash(Whole(times=2))
    assert Whole().replace(times=3).times == 3
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Whole().times = 2  # type: ignore[misc]


def test_a_forgotten_fact_is_named_at_import() -> None:
    missing = "backward, forward, from_onnx, to_keras, to_onnx, to_torch, kind, label"
    with pytest.raises(TypeError, match=f"layer Silent does not declare: {missing}"):

        @layer
        class Silent(Weightless, Elementwise):
            """Says nothing."""


def test_a_field_without_words_is_named_at_import() -> None:
    with pytest.raises(TypeError, match="field bare"):

        @layer
        class Bare(Halves):
            """Has a field that nobody can show."""

            bare: int = 1


def test_a_layer_without_a_docstring_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="docstring"):

        @layer
        class Undocumented(Halves):
            pass


def test_parameters_are_refused_by_name() -> None:
    with pytest.raises(FieldError, match=r"^slop: leaky_relu has no such parameter; it has slope$"):
        make_layer("leaky_relu", slop=1)
    with pytest.raises(FieldError, match=r"^x: relu has no such parameter; it has none$"):
        make_layer("relu", x=1)


def test_values_are_normalised_when_a_layer_is_made_whatever_way() -> None:
    conv = layer_class("conv2d")
    assert conv(kernel=3) == conv.from_parameters({"kernel": [3, 3]}) == make_layer("conv2d").replace(kernel=(3, 3))


def test_only_what_differs_from_its_default_goes_to_json() -> None:
    assert make_layer("conv2d", filters=6, kernel=5, padding=[[0, 1], [2, 2]]).to_json() == {
        "filters": 6,
        "kernel": [5, 5],
        "padding": [[0, 1], [2, 2]],
    }
    assert make_layer("max_pool2d", stride=None).to_json() == {}


def test_the_description_is_the_first_paragraph_on_one_line() -> None:
    assert layer_class("dense").description() == (
        "Fully connected layer: each unit is a weighted sum of the whole input vector."
    )


def test_the_size_of_a_weight_is_the_product_of_its_shape() -> None:
    assert WeightSpec((4, 3, 5, 5)).size == 300
    assert WeightSpec(()).size == 1


# -- families


@pytest.mark.parametrize(
    ("shape", "rank", "message"),
    [
        ((10,), 2, "input is 10; channels × height × width is wanted"),
        ((3, 8), 2, "input is 3×8; channels × height × width is wanted"),
        ((3, 8, 8), 1, "input is 3×8×8; channels × length is wanted"),
        ((3, 8, 8), 3, "input is 3×8×8; channels × depth × height × width is wanted"),
        ((10,), 0, "input is 10; channels and a map is wanted"),
    ],
)
def test_a_wrong_number_of_axes_is_told(shape: Shape, rank: int, message: str) -> None:
    with pytest.raises(ShapeProblem) as caught:
        require_maps(shape, rank)
    assert caught.value.message == message


@pytest.mark.parametrize(("shape", "rank"), [((3, 8, 8), 2), ((3, 8, 8), 0), ((3, 8), 1), ((3, 8), 0)])
def test_the_right_number_of_axes_passes(shape: Shape, rank: int) -> None:
    require_maps(shape, rank)


def problem(kind: str, shape: Shape, **parameters: Any) -> ShapeProblem:
    with pytest.raises(ShapeProblem) as caught:
        make_layer(kind, **parameters).output_shape([shape])
    return caught.value


def test_a_kernel_too_large_says_how_much_and_what_would_mend_it() -> None:
    told = problem("conv2d", (3, 4, 6), kernel=7)
    assert told.message == "kernel 7×7 spans 7×7 but the padded input is 4×6; pad more or use a smaller kernel"
    # Three cells lack in height, one in width: two and one more on each side.
    assert told.remedies == (SetFields({"padding": ((2, 2), (1, 1))}), SetFields({"kernel": (4, 6)}))


def test_every_remedy_for_a_kernel_too_large_mends_it() -> None:
    for parameters in ({"kernel": 9}, {"kernel": 4, "dilation": 3}, {"kernel": [9, 1], "padding": [[2, 0], [0, 0]]}):
        for remedy in problem("conv2d", (3, 5, 5), **parameters).remedies:
            assert isinstance(remedy, SetFields)
            mended = make_layer("conv2d", **parameters).replace(**remedy.values)
            assert min(mended.output_shape([(3, 5, 5)])) >= 1


def test_a_remedy_beyond_what_a_field_takes_is_not_offered() -> None:
    told = problem("conv2d", (3, 8, 8), kernel=60_000, dilation=60_000)
    assert told.remedies == (SetFields({"kernel": (1, 1)}),)


def test_groups_that_do_not_divide_are_told_with_what_would() -> None:
    told = problem("conv2d", (6, 8, 8), filters=8, groups=4, kernel=1)
    assert told.message == "4 groups must divide the 6 input channels and the 8 filters"
    assert told.remedies == (SetFields({"groups": 2}),)
    told = problem("conv2d", (6, 8, 8), filters=8, groups=3, kernel=1)
    assert told.remedies == (SetFields({"filters": 9}), SetFields({"groups": 2}))


def test_padding_that_would_fill_a_pooling_window_is_told() -> None:
    told = problem("max_pool2d", (3, 8, 8), kernel=2, padding=2)
    assert told.message == "padding 2 is more than half the kernel 2×2: a window would see only padding"
    assert told.remedies == (SetFields({"padding": (1, 1)}),)


def test_adjustments_reach_a_wanted_size() -> None:
    conv = make_layer("conv2d", filters=8, kernel=3)
    inputs = [(4, 28, 28)]
    assert conv.output_shape(inputs) == (8, 26, 26)
    reached = [
        change
        for change in conv.adjustments(inputs, (16, 28, 28))
        if conv.replace(**change).output_shape(inputs) == (16, 28, 28)
    ]
    assert reached[0] == {"filters": 16, "padding": ((1, 1), (1, 1))}


def test_adjustments_of_a_transposed_convolution_reach_a_wanted_size() -> None:
    deconv = make_layer("conv_transpose2d", filters=8, kernel=3, stride=2)
    inputs = [(4, 7, 7)]
    assert deconv.output_shape(inputs) == (8, 15, 15)
    for change in list(deconv.adjustments(inputs, (8, 14, 14)))[1:]:
        assert deconv.replace(**change).output_shape(inputs) == (8, 14, 14)


def test_a_stride_left_out_is_the_kernel_for_poolings() -> None:
    pool: Any = make_layer("max_pool2d", kernel=[2, 3])
    assert isinstance(pool, Windowed)
    assert pool.steps() == (2, 3)
    assert pool.replace(stride=1).steps() == (1, 1)


@pytest.mark.parametrize(
    ("kind", "parameters", "caption"),
    [
        ("conv2d", {"filters": 6, "kernel": 5}, "6 @ 5×5, s1"),
        ("conv2d", {"filters": 6, "kernel": 5, "padding": 2}, "6 @ 5×5, s1, p2"),
        ("conv2d", {"filters": 6, "kernel": [1, 7], "stride": [1, 2], "padding": "same"}, "6 @ 1×7, s1×2, same"),
        ("conv2d", {"filters": 6, "padding": [[0, 1], [0, 1]]}, "6 @ 3×3, s1, p0,1,0,1"),
        ("conv2d", {"filters": 8, "dilation": 2, "groups": 4}, "8 @ 3×3, s1, d2, g4"),
        ("max_pool2d", {}, "2×2, s2"),
        ("max_pool2d", {"ceil_mode": True}, "2×2, s2, ceil"),
        ("image_input", {}, "3×224×224"),
        ("dense", {"units": 84}, "84 units"),
        ("zero_pad2d", {"padding": [[1, 0], [2, 0]]}, "p1,0,2,0"),
        ("upsample2d", {"mode": "bilinear"}, "×2 bilinear"),
        ("dropout", {}, "0.5"),
        ("relu", {}, ""),
    ],
)
def test_captions(kind: str, parameters: dict[str, Any], caption: str) -> None:
    assert make_layer(kind, **parameters).caption() == caption


@pytest.mark.parametrize(
    ("values", "read"),
    [
        # 2 maps of 3 × 4: value 0 is the first of all, 23 the last, 17 = 1·12 + 1·4 + 1.
        ((17, 17), ((1, 1), (1, 1), (1, 1))),
        ((16, 18), ((1, 1), (1, 1), (0, 2))),
        ((7, 8), ((0, 0), (1, 2), (0, 3))),
        ((0, 23), ((0, 1), (0, 2), (0, 3))),
        ((11, 12), ((0, 1), (0, 2), (0, 3))),
    ],
)
def test_a_value_of_a_flattened_map_has_its_place_in_the_map(values: tuple[int, int], read: Any) -> None:
    assert make_layer("flatten").reads_values((values,), [(2, 3, 4)], 0) == read


def test_a_dense_layer_works_on_the_last_axis_of_rows() -> None:
    dense, rows = make_layer("dense", units=7), [(5, 6)]
    assert dense.output_shape(rows) == (5, 7)
    assert {name: spec.shape for name, spec in dense.weights(rows).items()} == {"weight": (7, 6), "bias": (7,)}
    assert dense.macs(rows, (5, 7)) == 210
    assert [formula.text for formula in dense.explain(rows)] == ["5×6 → 5×7", "(6 + 1)·7 = 49", "5·6·7 = 210"]
    assert dense.window(rows) is None
    assert dense.reads_values(((2, 3), (4, 4)), rows, 0) == ((2, 3), (0, 5))


@pytest.mark.parametrize("maps", [(3, 8, 8), (3, 4, 8, 8)])
def test_maps_before_a_dense_layer_lack_a_flatten(maps: tuple[int, ...]) -> None:
    with pytest.raises(ShapeProblem, match="put a Flatten before it") as caught:
        make_layer("dense").output_shape([maps])
    assert caught.value.remedies == (InsertBefore("flatten"),)


def test_channels_of_a_concatenation_belong_to_one_input() -> None:
    concat, shapes = make_layer("concat"), [(2, 5, 5), (3, 5, 5)]
    region = ((3, 4), (1, 1), (2, 2))
    assert concat.reads_values(region, shapes, 1) == ((1, 2), (1, 1), (2, 2))
    first, last = concat.reads_values(region, shapes, 0)[0]
    assert first > last


# -- registry


def test_the_catalogue_holds_every_layer_that_was_promised_in_palette_order() -> None:
    # fmt: off
    promised = {
        "image_input", "conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "global_avg_pool", "global_max_pool",
        "batch_norm", "relu", "leaky_relu", "sigmoid", "tanh", "softmax", "dropout", "flatten", "dense", "add",
        "concat", "zero_pad2d", "upsample2d",
    }
    # fmt: on
    assert promised <= set(catalogue())
    categories = [cls.category for cls in catalogue().values()]
    order = list(Category)
    assert categories == sorted(categories, key=order.index)


def test_defaults_are_those_of_pytorch() -> None:
    conv, pool = make_layer("conv2d").parameters(), make_layer("avg_pool2d").parameters()
    assert (conv["stride"], conv["padding"], conv["dilation"], conv["groups"], conv["bias"]) == (
        (1, 1),
        ((0, 0), (0, 0)),
        (1, 1),
        1,
        True,
    )
    assert (pool["stride"], pool["ceil_mode"], pool["count_include_pad"]) == (None, False, True)
    assert make_layer("batch_norm").parameters() == {"epsilon": 1e-5}
    assert make_layer("leaky_relu").parameters() == {"slope": 0.01}
    assert make_layer("dropout").parameters() == {"rate": 0.5}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("conv2", "there is no layer kind 'conv2'; did you mean conv2d?"),
        ("", "there is no layer kind ''"),
        ("x" * 500, f"there is no layer kind '{'x' * 39}…'"),
    ],
)
def test_an_unknown_kind_is_refused(kind: str, message: str) -> None:
    with pytest.raises(FieldError) as caught:
        layer_class(kind)
    assert str(caught.value) == message


def test_a_kind_that_is_no_text_is_refused() -> None:
    with pytest.raises(FieldError):
        layer_class([])  # type: ignore[arg-type]


def test_pairs_take_the_rank_of_their_layer() -> None:
    @layer
    class Line(Halves):
        """Works on lines."""

        rank = 1
        length: tuple[int, ...] = pair(3, label="Length", help="How long.")

    made: Layer = Line(length=[4])  # type: ignore[arg-type]
    assert made.parameters() == {"length": (4,)}


def test_ports_are_numbered_unless_they_have_names() -> None:
    @layer
    class Attending(Halves):
        """Two parts and any number of others."""

        kind, label, category, prefix = "attending", "Attending", Category.MERGE, "attend"
        max_inputs = None
        input_names = ("query", "key")

    assert [Attending.port_name(index) for index in range(3)] == ["query", "key", "3"]
    assert make_layer("concat").port_name(1) == "2"
