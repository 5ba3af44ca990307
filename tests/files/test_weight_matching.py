"""Which tensor of a file is which of a design."""

from __future__ import annotations

from designer.files.weight_matching import Differing, Match, WeightsReport, match

WANTED = {
    "layer1.0.conv1.weight": (8, 3, 3, 3),
    "layer1.0.bn1.weight": (8,),
    "layer1.0.bn1.bias": (8,),
    "layer1.0.bn1.running_mean": (8,),
    "layer1.0.bn1.running_var": (8,),
    "fc.weight": (10, 8),
    "fc.bias": (10,),
}


def pairs(report: WeightsReport) -> dict[str, str]:
    return {found.wanted: found.came for found in report.matched}


def ways(report: WeightsReport) -> set[str]:
    return {found.way for found in report.matched}


def test_by_name_and_what_pytorch_counts_for_itself_is_passed_over() -> None:
    report = match(WANTED, {**WANTED, "layer1.0.bn1.num_batches_tracked": ()})
    assert pairs(report) == {name: name for name in WANTED}
    assert ways(report) == {"name"}
    assert report.complete
    assert report.transposed == ()


def test_by_the_end_of_the_name() -> None:
    for prefix in ("module.", "state_dict.module."):
        came = {prefix + name: shape for name, shape in WANTED.items()}
        report = match(WANTED, {**came, "optimizer.step": ()})
        assert pairs(report) == {name: prefix + name for name in WANTED}
        assert ways(report) == {"suffix"}
        assert report.unexpected == ("optimizer.step",)


def test_a_file_may_have_the_shorter_names() -> None:
    wanted = {f"backbone.{name}": shape for name, shape in WANTED.items()}
    assert pairs(match(wanted, WANTED)) == {name: name.removeprefix("backbone.") for name in wanted}


def test_of_two_copies_the_fuller_is_taken() -> None:
    copy = {"ema.fc.weight": (10, 8), "ema.fc.bias": (10,)}
    report = match(WANTED, copy | {f"model.{name}": shape for name, shape in WANTED.items()})
    assert all(found.came.startswith("model.") for found in report.matched)
    assert report.unexpected == tuple(copy)


def test_a_classifier_of_other_classes_is_told_and_the_rest_is_taken() -> None:
    report = match(WANTED, {**WANTED, "fc.weight": (1000, 8), "fc.bias": (1000,)})
    assert report.differing == (
        Differing("fc.weight", "fc.weight", (10, 8), (1000, 8)),
        Differing("fc.bias", "fc.bias", (10,), (1000,)),
    )
    assert len(report.matched) == 5
    assert not report.complete


def test_missing_and_unexpected() -> None:
    report = match(WANTED, {"fc.weight": (10, 8), "head.scale": (3,)})
    assert report.missing == tuple(name for name in WANTED if name != "fc.weight")
    assert report.unexpected == ("head.scale",)


KERAS = {
    "conv2d/kernel": (3, 3, 3, 8),
    "bn/gamma": (8,),
    "bn/beta": (8,),
    "bn/moving_mean": (8,),
    "bn/moving_variance": (8,),
    "dense/bias": (10,),
    "dense/kernel": (8, 10),
}


def test_by_order_and_shape_with_the_channels_last() -> None:
    """Keras: kernels are (height, width, in, out) and (in, out)."""
    report = match(WANTED, KERAS)
    assert pairs(report) == dict(zip(WANTED, [*list(KERAS)[:5], "dense/kernel", "dense/bias"], strict=True))
    assert ways(report) == {"order"}
    assert report.transposed == (
        Match("layer1.0.conv1.weight", "conv2d/kernel", "order", (3, 2, 0, 1)),
        Match("fc.weight", "dense/kernel", "order", (1, 0)),
    )


def test_layers_in_the_order_of_letters_are_found_in_that_of_numbers() -> None:
    wanted = {f"conv{i}.weight": (i + 1, i, 3, 3) for i in range(1, 13)}
    came = {f"block{i}.weight": shape for i, shape in enumerate(wanted.values())}
    report = match(wanted, dict(sorted(came.items())))
    assert pairs(report)["conv11.weight"] == "block10.weight"


def test_nothing_is_guessed() -> None:
    one_more = {**KERAS, "dense_1/kernel": (8, 10), "dense_1/bias": (10,)}
    other_shape = {**KERAS, "dense/kernel": (9, 10)}
    no_bias = {name: shape for name, shape in KERAS.items() if name != "dense/bias"}
    for came in (one_more, other_shape, no_bias):
        assert match(WANTED, came).matched == ()


def test_a_square_kernel_stands_as_the_others_do() -> None:
    wanted = {"a.weight": (4, 4), "b.weight": (10, 4)}
    turned = match(wanted, {"a.weight": (4, 4), "b.weight": (4, 10)})
    assert [found.permutation for found in turned.matched] == [(1, 0), (1, 0)]
    straight = match(wanted, wanted)
    assert straight.transposed == ()


def test_a_dense_layer_for_a_convolution_that_says_the_same() -> None:
    """Long et al. (2014): VGG's first dense layer is a convolution of 7×7."""
    report = match({"fc6.weight": (4096, 512, 7, 7)}, {"fc6.weight": (4096, 25088)})
    assert report.matched[0].reshaped
    assert match({"c.weight": (64, 3, 7, 7)}, {"c.weight": (64, 7, 7, 3)}).matched == ()


def test_a_name_without_end_is_cut() -> None:
    name = "a." * 100_000 + "fc.weight"
    assert match(WANTED, {name: (10, 8)}).unexpected == (name,)
