"""Receptive fields: the formula, joins, and what a region really sees, found out by poking pixels."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.analysis.receptive_field import join, seen_by
from designer.analysis.report import ReceptiveField
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array
from tests.helpers.networks import branchy, chain


def field_of(design: Design, node: str) -> ReceptiveField:
    field = analyse(design).layers[node].receptive_field
    assert field is not None
    return field


# -- the formula


@pytest.mark.parametrize(
    ("parameters", "size", "stride", "start"),
    [
        ({"kernel": 3}, 3, 1, 0),
        ({"kernel": 3, "padding": 1}, 3, 1, -1),
        ({"kernel": 3, "dilation": 4}, 9, 1, 0),
        ({"kernel": 5, "stride": 2, "padding": 2}, 5, 2, -2),
        ({"kernel": 3, "stride": 2, "padding": "same"}, 3, 2, 0),
    ],
)
def test_one_window(parameters: dict[str, object], size: int, stride: int, start: int) -> None:
    field = field_of(chain((1, 32, 32), ("conv2d", {"filters": 1, **parameters})), "conv1")
    assert field == ReceptiveField((size, size), (stride, stride), (start, start))


def test_axes_are_counted_apart() -> None:
    field = field_of(chain((1, 32, 32), ("conv2d", {"kernel": [1, 5], "stride": [1, 3], "padding": [0, 2]})), "conv1")
    assert field == ReceptiveField((1, 5), (1, 3), (0, -2))


def test_a_stem_of_resnet() -> None:
    # conv 7 s2 p3: R 7, j 2, −3; pool 3 s2 p1: R 7 + 2·2 = 11, j 4, −3 − 2 = −5; conv 3 p1: R 11 + 2·4 = 19, −9.
    design = network("resnet18")
    assert field_of(design, "conv1") == ReceptiveField((7, 7), (2, 2), (-3, -3))
    assert field_of(design, "maxpool") == ReceptiveField((11, 11), (4, 4), (-5, -5))
    assert field_of(design, "layer1.0.conv1") == ReceptiveField((19, 19), (4, 4), (-9, -9))


def test_zero_padding_moves_the_field() -> None:
    design = chain((1, 8, 8), ("zero_pad2d", {"padding": [[1, 0], [2, 0]]}), ("conv2d", {"kernel": 3}))
    assert field_of(design, "pad1") == ReceptiveField((1, 1), (1, 1), (-1, -2))
    assert field_of(design, "conv1") == ReceptiveField((3, 3), (1, 1), (-1, -2))


def test_where_maps_grow_strides_are_fractions() -> None:
    design = chain((1, 8, 8), ("upsample2d", {}), ("conv2d", {"kernel": 3}))
    # Cells 0, 1, 2 are made of cells 0–2, 1–3, 2–4 of the enlarged map: pixels 0–1, 0–1, 1–2.
    field = field_of(design, "conv1")
    assert (field.size, field.stride, field.start) == ((2, 2), (Fraction(1, 2),) * 2, (0, 0))
    assert field.seen == (((0, 1), (0, 1)),) * 2
    shown = analyse(design).to_json()["layers"][-1]["receptive_field"]
    assert shown == {"size": [2, 2], "stride": ["1/2", "1/2"], "start": [0, 0]}


def test_of_cells_that_see_differently_much_the_most_counts() -> None:
    # Kernel 3, stride 2, one cell cut off: cell 0 is the middle tap of pixel 0, cell 1 outer ones of pixels 0 and 1.
    field = field_of(chain((1, 8, 8), ("conv_transpose2d", {"kernel": 3, "stride": 2, "padding": 1})), "deconv1")
    assert field == ReceptiveField((2, 2), (Fraction(1, 2),) * 2, (0, 0), seen=(((0, 0), (0, 1)),) * 2)


def test_a_normalisation_of_whole_maps_sees_all_of_them_everywhere() -> None:
    field = field_of(
        chain((4, 8, 6), ("conv2d", {"kernel": 3}), ("group_norm", {}), ("conv2d", {"kernel": 3})), "conv2"
    )
    assert field == ReceptiveField((8, 6), (0, 0), (0, 0))


def test_maps_that_shrink_and_grow_again_stay_aligned_with_what_went_beside() -> None:
    net = NetworkBuilder("hourglass").image((1, 8, 8))
    net.add("conv2d", name="skip", filters=2, padding=1)
    net.add("avg_pool2d", name="down")
    net.add("upsample2d", name="up")
    net.add("concat", name="join", after=("up", "skip"))
    field = field_of(net.design(), "join")
    # Both cells of a block see -1 to 2 by the pooling; beside it cell 0 sees -1 to 1, cell 1 sees 0 to 2.
    assert (field.size, field.stride, field.start, field.aligned) == ((4, 4), (1, 1), (-1, -1), False)
    assert field.seen == (((-1, 2), (-1, 2)),) * 2


# -- joins


def test_at_a_join_the_largest_field_counts() -> None:
    # stem 3; left and right 5, start −2; skip with dilation 2: 3 + 2·2 = 7, start −3.
    design = branchy()
    assert field_of(design, "concat") == ReceptiveField((5, 5), (1, 1), (-2, -2))
    assert field_of(design, "add") == ReceptiveField((7, 7), (1, 1), (-3, -3))


def test_the_largest_field_is_the_largest_along_each_axis() -> None:
    # Inception's pair beside each other: 1×3 and 3×1 of one map are concatenated.
    net = NetworkBuilder("pair").image((1, 8, 8))
    net.add("conv2d", name="wide", after="image", kernel=[1, 3], padding=[0, 1])
    net.add("conv2d", name="high", after="image", kernel=[3, 1], padding=[1, 0])
    net.add("concat", name="join", after=("wide", "high"))
    assert field_of(net.design(), "join") == ReceptiveField((3, 3), (1, 1), (-1, -1))


def test_paths_of_different_stride_make_the_field_unaligned() -> None:
    net = NetworkBuilder("unaligned").image((1, 8, 8))
    net.add("max_pool2d", name="halved", kernel=2)
    net.add("conv2d", name="shrunk", after="image", kernel=5)
    net.add("concat", name="join", after=("halved", "shrunk"))
    net.add("conv2d", name="after", kernel=3)
    design = net.design()
    field = field_of(design, "join")
    assert field.size == (5, 5)
    assert not field.aligned
    # What comes after cannot be better than what it sees.
    assert not field_of(design, "after").aligned
    assert analyse(design).to_json()["layers"][-1]["receptive_field"]["aligned"] is False


def uneven_join() -> NetworkBuilder:
    """Two 3×3 convolutions, one padded before and one after, added up: together they see 5×5."""
    net = NetworkBuilder("uneven").image((1, 8, 8))
    net.add("conv2d", name="before", after="image", filters=2, padding=[[2, 0], [2, 0]])
    net.add("conv2d", name="after", after="image", filters=2, padding=[[0, 2], [0, 2]])
    net.add("add", name="join", after=("before", "after"))
    return net


def test_paths_of_equal_stride_and_other_centre_see_their_union() -> None:
    # Cell 0 sees −2 to 0 by one path and 0 to 2 by the other.
    design = uneven_join().design()
    assert field_of(design, "join") == ReceptiveField((5, 5), (1, 1), (-2, -2), aligned=False)


def test_a_path_and_one_that_is_centred_alike_are_aligned() -> None:
    # Same padding of a 2×2 kernel is one cell after, so its centre lies half a cell off; 3×3 and 5×5 are centred alike.
    net = NetworkBuilder("centres").image((1, 8, 8))
    net.add("conv2d", name="two", after="image", kernel=2, padding="same")
    net.add("conv2d", name="three", after="image", kernel=3, padding="same")
    net.add("conv2d", name="five", after="image", kernel=5, padding="same")
    net.add("concat", name="odd", after=("three", "five"))
    net.add("concat", name="even", after=("two", "five"))
    design = net.design()
    assert field_of(design, "odd") == ReceptiveField((5, 5), (1, 1), (-2, -2))
    assert field_of(design, "even") == ReceptiveField((5, 5), (1, 1), (-2, -2), aligned=False)


def test_paths_that_agree_stay_unaligned_where_what_they_see_is() -> None:
    net = uneven_join()
    net.add("conv2d", name="three", after="join", filters=2, padding=1)
    net.add("relu", name="same", after="join")
    net.add("add", name="again", after=("three", "same"))
    # Both are centred on the centre of the join's five cells; it is that join which is not one window.
    assert field_of(net.design(), "again") == ReceptiveField((7, 7), (1, 1), (-3, -3), aligned=False)


def test_an_unknown_field_makes_the_join_unknown() -> None:
    known = ReceptiveField((3, 3), (1, 1), (0, 0))
    assert join([known, None]) is None
    assert join([]) is None
    assert join([known, ReceptiveField((3,), (1,), (0,))]) is None
    assert join([known]) == known


# -- what is seen


def poked(design: Design, node: str) -> Array:
    """Which cells of a node's output change with each pixel of the image: (pixels, *output sizes), by trying."""
    report = analyse(design)
    random = np.random.default_rng(1)
    shape = report.layers["image"].output_shape or ()
    image = random.standard_normal((1, *shape)).astype(np.float32)
    pixels = list(np.ndindex(*shape[1:]))
    images = np.repeat(image, 1 + len(pixels), axis=0)
    for number, pixel in enumerate(pixels):
        images[(1 + number, slice(None), *pixel)] += random.uniform(50, 100, shape[0])
    outputs: dict[str, Array] = {"image": images}
    for key in design.order[1:]:
        layer, facts = design.nodes[key].layer, report.layers[key]
        # Positive weights: what a rectifier, or another path, would cancel stays visible.
        weights = {
            name: random.uniform(0.5, 1.5, spec.shape).astype(np.float32)
            for name, spec in layer.weights(facts.input_shapes).items()
        }
        outputs[key] = layer.forward([outputs[source] for source in facts.inputs if source], weights)
        if key == node:
            break
    # A poke of 50 or more; what is less than this is the order in which a sum was added up.
    changed: Array = (np.abs(outputs[node][1:] - outputs[node][:1]) > 1e-3).any(axis=1)
    return changed.reshape(*shape[1:], *changed.shape[1:])


def check_seen(design: Design, node: str, *, exactly: bool = True) -> None:
    """Every output cell sees what ``seen_by`` says: nothing outside it and, where ``exactly``, up to its borders."""
    report = analyse(design)
    changed = poked(design, node)
    sizes = (report.layers["image"].output_shape or ())[1:]
    for cell in np.ndindex(*changed.shape[len(sizes) :]):
        told = seen_by(design, report, node, tuple((at, at) for at in cell))["image"]
        seen = np.argwhere(changed[(..., *cell)])
        inside = [(max(first, 0), min(last, size - 1)) for (first, last), size in zip(told, sizes, strict=True)]
        borders = list(zip(seen.min(axis=0).tolist(), seen.max(axis=0).tolist(), strict=True))
        if exactly:
            assert borders == inside
        else:
            assert all(a <= b and c <= d for (a, d), (b, c) in zip(inside, borders, strict=True))


@pytest.mark.parametrize("node", ["stem", "left", "right", "concat", "mix", "skip", "add", "end"])
def test_a_cell_of_a_branched_network_sees_what_is_said(node: str) -> None:
    check_seen(branchy(), node)


LINE = chain(
    (2, 40),
    ("conv1d", {"filters": 3, "kernel": 4, "stride": 2, "dilation": 2}),
    ("max_pool1d", {"kernel": 3, "stride": 2}),
    ("avg_pool1d", {"kernel": 2, "stride": 1}),
    ("conv1d", {"filters": 2, "kernel": 2}),
)
"""Without padding, so that every cell sees its whole field. Fields along it: 7, 11, 15, 19; strides 2, 4, 4, 4."""

VOLUME = chain(
    (1, 7, 8, 5),
    ("conv3d", {"filters": 2, "kernel": (3, 2, 1), "stride": (2, 1, 1), "dilation": (1, 2, 1)}),
    ("max_pool3d", {"kernel": (1, 2, 3), "stride": (1, 2, 1)}),
    ("avg_pool3d", {"kernel": 2, "stride": 1}),
)
"""Fields along depth: 3, 3, 5 (stride 2); height: 3, 4, 6 (strides 1, 2, 2); width: 1, 3, 4 (stride 1)."""


@pytest.mark.parametrize(
    ("design", "node", "size", "stride"),
    [
        (LINE, "conv1", (7,), (2,)),
        (LINE, "pool1", (11,), (4,)),
        (LINE, "avgpool1", (15,), (4,)),
        (LINE, "conv2", (19,), (4,)),
        (VOLUME, "conv1", (3, 3, 1), (2, 1, 1)),
        (VOLUME, "pool1", (3, 4, 3), (2, 2, 1)),
        (VOLUME, "avgpool1", (5, 6, 4), (2, 2, 1)),
    ],
)
def test_sequences_and_volumes_are_seen_as_the_formula_and_poked_cells_say(
    design: Design, node: str, size: tuple[int, ...], stride: tuple[int, ...]
) -> None:
    assert field_of(design, node) == ReceptiveField(size, stride, (0,) * len(size))
    check_seen(design, node)
    changed = poked(design, node)
    for cell in np.ndindex(*changed.shape[len(size) :]):
        seen = np.argwhere(changed[(..., *cell)])
        assert tuple(seen.min(axis=0)) == tuple(at * step for at, step in zip(cell, stride, strict=True))
        assert tuple(seen.max(axis=0) - seen.min(axis=0) + 1) == size


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((2, 11), ("conv1d", {"filters": 2, "kernel": 3, "padding": [[2, 1]], "stride": 2})),
        ((2, 11), ("max_pool1d", {"kernel": 3, "padding": 1, "ceil_mode": True})),
        ((2, 11), ("avg_pool1d", {"kernel": 4, "padding": "same", "stride": 3})),
        ((1, 5, 4, 6), ("conv3d", {"filters": 2, "kernel": 3, "padding": "same", "stride": (1, 2, 2)})),
        ((1, 5, 4, 6), ("max_pool3d", {"kernel": (2, 3, 3), "padding": (0, 1, 1), "stride": 2})),
        ((1, 5, 4, 6), ("avg_pool3d", {"kernel": 3, "padding": [[1, 0], [0, 1], [1, 1]], "stride": (2, 1, 1)})),
    ],
    ids=lambda part: part[0] if isinstance(part[0], str) else "",
)
def test_padded_windows_over_sequences_and_volumes_see_what_is_said(
    shape: tuple[int, ...], layer: tuple[str, dict[str, object]]
) -> None:
    design = chain(shape, layer)
    check_seen(design, design.order[-1])


@pytest.mark.parametrize(
    ("shape", "kind"),
    [((2, 9), "conv_transpose1d"), ((1, 3, 4, 3), "conv_transpose3d")],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_transposed_convolution_over_other_ranks_sees_no_more_than_is_said(shape: tuple[int, ...], kind: str) -> None:
    design = chain(shape, (kind, {"filters": 1, "kernel": 3, "stride": 2, "padding": 1}))
    check_seen(design, design.order[-1], exactly=False)


def strided(padding: object) -> Design:
    return chain(
        (2, 19, 17),
        ("conv2d", {"filters": 3, "kernel": [3, 5], "stride": 2, "padding": [[1, 0], [2, 1]]}),
        ("max_pool2d", {"kernel": 3, "stride": 2}),
        ("conv2d", {"filters": 2, "kernel": 2, "padding": padding}),
    )


def test_a_strided_network_sees_what_is_said() -> None:
    check_seen(strided(0), "conv2")


def test_with_padding_in_between_it_sees_no_more_than_is_said() -> None:
    check_seen(strided("same"), "conv2", exactly=False)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_a_network_that_shrinks_and_grows_sees_what_is_said(mode: str) -> None:
    net = NetworkBuilder("hourglass").image((1, 8, 8))
    net.add("conv2d", name="skip", filters=2, padding=1)
    net.add("avg_pool2d", name="down")
    net.add("conv2d", name="low", filters=2, padding=1)
    net.add("upsample2d", name="up", mode=mode)
    net.add("concat", name="join", after=("up", "skip"))
    net.add("conv2d", name="end", filters=1, padding=1)
    check_seen(net.design(), "end")


def test_a_transposed_convolution_sees_no_more_than_is_said() -> None:
    design = chain(
        (1, 7, 7), ("conv2d", {"filters": 2}), ("conv_transpose2d", {"filters": 1, "kernel": 3, "stride": 2})
    )
    check_seen(design, "deconv1", exactly=False)


def test_a_score_sees_the_whole_image() -> None:
    design = chain((1, 6, 5), ("conv2d", {"filters": 2}), ("flatten", {}), ("dense", {"units": 3}))
    assert seen_by(design, analyse(design), "fc1", ()) == {"image": ((0, 5), (0, 4))}


def test_one_number_of_a_vector_sees_what_its_place_in_the_map_sees() -> None:
    design = chain(
        (3, 6, 5), ("conv2d", {"filters": 2, "kernel": 3, "padding": 1}), ("flatten", {}), ("relu", {}), ("softmax", {})
    )
    report = analyse(design)
    # Number 41 of 2 maps of 6 × 5: channel 1, row 2, column 1.
    for node in ("flatten1", "relu1"):
        assert seen_by(design, report, node, ((41, 41),)) == {"image": ((1, 3), (0, 2))}
    # A probability depends on every score.
    assert seen_by(design, report, "softmax1", ((41, 41),)) == {"image": ((-1, 6), (-1, 5))}


def test_each_of_two_images_is_seen_apart() -> None:
    net = NetworkBuilder("two images").image((1, 8, 8))
    net.add("image_input", name="other", shape=(1, 8, 8))
    net.add("conv2d", name="near", after="other", padding=1)
    net.add("conv2d", name="far", after="image", kernel=5, padding=2)
    net.add("add", name="join", after=("near", "far"))
    design = net.design()
    seen = seen_by(design, analyse(design), "join", ((4, 4), (0, 0)))
    assert seen == {"other": ((3, 5), (-1, 1)), "image": ((2, 6), (-2, 2))}


def test_the_image_sees_itself() -> None:
    design = network("ten_filters")
    assert seen_by(design, analyse(design), "image", ((3, 4), (5, 6))) == {"image": ((3, 4), (5, 6))}


def test_nothing_is_seen_where_a_shape_is_not_known() -> None:
    design = chain((1, 8, 8), ("conv2d", {"kernel": 9}), ("relu", {}))
    assert seen_by(design, analyse(design), "relu1", ((0, 0), (0, 0))) == {}


WINDOWS = st.one_of(
    st.tuples(
        st.just("conv2d"),
        st.fixed_dictionaries(
            {
                "kernel": st.integers(1, 4),
                "stride": st.integers(1, 3),
                "padding": st.integers(0, 2) | st.just("same"),
                "dilation": st.integers(1, 2),
            }
        ),
    ),
    st.tuples(
        st.just("max_pool2d"),
        st.fixed_dictionaries(
            {"kernel": st.integers(2, 4), "stride": st.integers(1, 3), "padding": st.integers(0, 1)},
            optional={"ceil_mode": st.booleans()},
        ),
    ),
    st.tuples(st.just("relu"), st.just({})),
)


@settings(max_examples=100)
@given(st.lists(WINDOWS, min_size=1, max_size=5))
def test_size_stride_and_start_agree_with_what_is_seen(layers: list[tuple[str, dict[str, object]]]) -> None:
    design = chain((1, 60, 50), *layers)
    report = analyse(design)
    last = design.order[-1]
    shape, field = report.layers[last].output_shape, report.layers[last].receptive_field
    assume(shape is not None and min(shape[1:]) >= 2)
    assert field is not None
    for cell in product((0, 1), repeat=2):
        seen = seen_by(design, report, last, tuple((at, at) for at in cell))["image"]
        for axis, (first, end) in enumerate(seen):
            assert end - first + 1 == field.size[axis]
            assert first == field.start[axis] + cell[axis] * field.stride[axis]


SIDES = st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(0, 6), st.booleans())


def size_keeping(side: tuple[int, int, int, bool]) -> dict[str, object]:
    """A convolution that keeps the size: kernel, dilation and how unevenly its padding is shared out, or "same"."""
    kernel, dilation, before, is_same = side
    total = dilation * (kernel - 1)
    first = min(before, total)
    padding: object = "same" if is_same else [[first, total - first], [total - first, first]]
    return {"filters": 1, "kernel": kernel, "dilation": dilation, "padding": padding}


@settings(max_examples=150)
@given(
    st.integers(1, 3),
    st.lists(st.lists(st.lists(SIDES, max_size=2), min_size=2, max_size=3), min_size=1, max_size=3),
)
def test_at_joins_size_stride_and_start_agree_with_what_is_seen(
    stride: int, blocks: list[list[list[tuple[int, int, int, bool]]]]
) -> None:
    """Blocks of branches that are added up, one after the other; every branch of the first has the stride."""
    net = NetworkBuilder("joins").image((1, 40, 40))
    net.add("conv2d", filters=1, kernel=stride, stride=stride)
    for block in blocks:
        entry, ends = net.last or "", []
        for branch in block:
            end = entry
            for side in branch:
                end = net.add("conv2d", after=end, **size_keeping(side))
            ends.append(net.add("relu", after=end))
        net.add("add", after=ends)
    design = net.design()
    report = analyse(design)
    last = design.order[-1]
    field = report.layers[last].receptive_field
    assert field is not None
    for cell in product((0, 3), repeat=2):
        seen = seen_by(design, report, last, tuple((at, at) for at in cell))["image"]
        for axis, (first, end) in enumerate(seen):
            assert (first, end - first + 1) == (
                field.start[axis] + cell[axis] * field.stride[axis],
                field.size[axis],
            )


def test_where_strides_differ_the_first_cell_is_told() -> None:
    net = NetworkBuilder("drifting").image((1, 8, 8))
    net.add("max_pool2d", name="halved", kernel=2)
    net.add("conv2d", name="shrunk", after="image", kernel=5)
    net.add("concat", name="join", after=("halved", "shrunk"))
    design = net.design()
    report = analyse(design)
    # Cell 3 sees 6 to 7 by the pooling and 3 to 7 by the convolution; cell 0 sees 0 to 1 and 0 to 4.
    assert seen_by(design, report, "join", ((0, 0), (3, 3)))["image"] == ((0, 4), (3, 7))
    assert field_of(design, "join") == ReceptiveField((5, 5), (2, 2), (0, 0), aligned=False)


def along_width(name: str, value: Any) -> Any:
    """A field's value for the width, and for the height what leaves one row as it is."""
    if name in ("filters", "mode", "coordinates"):
        return value
    return [0 if name == "padding" else 1, value]


GROWING = st.one_of(
    st.tuples(
        st.just("conv_transpose2d"),
        st.fixed_dictionaries(
            {
                "filters": st.just(1),
                "kernel": st.integers(1, 4),
                "stride": st.integers(1, 3),
                "dilation": st.integers(1, 2),
                "padding": st.integers(0, 1),
            }
        ),
    ),
    st.tuples(
        st.just("upsample2d"),
        st.fixed_dictionaries({"scale": st.integers(1, 4), "mode": st.sampled_from(["nearest", "bilinear"])}),
    ),
    st.tuples(
        st.just("resize2d"),
        st.fixed_dictionaries(
            {
                "size": st.integers(8, 40),
                "mode": st.sampled_from(["nearest", "bilinear"]),
                "coordinates": st.sampled_from(["half_pixel", "align_corners", "asymmetric"]),
            }
        ),
    ),
    st.tuples(st.just("adaptive_avg_pool2d"), st.fixed_dictionaries({"output": st.integers(5, 30)})),
)
SLIDING = st.tuples(
    st.just("conv2d"),
    st.fixed_dictionaries(
        {
            "filters": st.just(1),
            "kernel": st.integers(1, 4),
            "stride": st.integers(1, 3),
            "dilation": st.integers(1, 2),
            "padding": st.integers(0, 2),
        }
    ),
)
LENGTH = 30


@settings(max_examples=60)
@given(st.lists(SLIDING | GROWING, min_size=1, max_size=4).filter(lambda layers: any(k != "conv2d" for k, _ in layers)))
def test_no_pixel_outside_of_the_field_is_seen_and_all_but_gaps_inside(
    layers: list[tuple[str, dict[str, Any]]],
) -> None:
    """Along one axis, by trying every pixel; in the middle of the image nothing is cut off by its borders."""
    flat = [(kind, {name: along_width(name, value) for name, value in fields.items()}) for kind, fields in layers]
    design = chain((1, 1, LENGTH), *flat)
    report = analyse(design)
    last = design.order[-1]
    assume(report.layers[last].output_shape is not None and (report.layers[last].output_shape or (0,))[-1] <= 200)
    field = report.layers[last].receptive_field
    # What repeats after more than LONGEST cells is not told, nor where all cells fall between the stamps.
    assume(field is not None)
    assert field is not None
    changed = poked(design, last)[0, :, 0]
    period = len(field.seen[1]) if field.seen else 1
    for cell in range(changed.shape[1]):
        number, place = divmod(cell, period)
        first, end = field.seen[1][place] if field.seen else (field.start[1], field.start[1] + field.size[1] - 1)
        moved = number * period * field.stride[1]
        seen = changed[:, cell].nonzero()[0]
        inside = (first + moved, end + moved)
        if seen.size:
            assert max(inside[0], 0) <= seen.min()
            assert seen.max() <= min(inside[1], LENGTH - 1)
