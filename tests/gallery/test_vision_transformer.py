"""Vision transformers: figures of torchvision and pytorch-image-models, their names, and arithmetic written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf, softmax

from designer.analysis.analyse import analyse
from designer.files.weight_names import by_node
from designer.gallery.catalogue import network
from designer.gallery.vit import TORCHVISION, Plan, vit
from designer.graph.edits import SetWeights
from designer.kernels.arrays.memory import Array
from designer.library.models import Runner

SMALL = Plan("Small", 12, 3, blocks=2, patch=4)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        # pytorch-image-models: 5,717,416 parameters. Patches, twelve blocks (12 of features², both products of
        # attention), the classifier.
        (
            "vit_tiny_patch16_224",
            5_717_416,
            196 * 768 * 192 + 12 * (197 * 12 * 192**2 + 2 * 197**2 * 192) + 192 * 1000,
        ),
        # torchvision: 86,567,656 parameters, 17.564 GFLOPS.
        ("vit_b_16", 86_567_656, 17_563_828_224),
    ],
)
def test_published_figures(name: str, parameters: int, macs: int) -> None:
    report = analyse(network(name))
    assert report.status == "complete"
    assert (report.totals.parameters, report.totals.macs) == (parameters, macs)
    assert list(report.layers.values())[-1].output_shape == (1000,)


def test_every_block_is_a_group_of_attention_and_dense_layers() -> None:
    blocks = network("vit_tiny_patch16_224").group("blocks").groups
    assert [group.name for group in blocks] == [str(number) for number in range(12)]
    assert [group.name for group in blocks[0].groups] == ["attn", "mlp"]


def torchvision_file(plan: Plan, tokens: int, seed: int = 0) -> dict[str, Array]:
    """Tensors under the names and with the shapes of torchvision's ``VisionTransformer``."""
    wide, block = plan.features, "encoder.layers.encoder_layer_{}."
    shapes: dict[str, tuple[int, ...]] = {
        "class_token": (1, 1, wide),
        "conv_proj.weight": (wide, 3, plan.patch, plan.patch),
        "conv_proj.bias": (wide,),
        "encoder.pos_embedding": (1, tokens, wide),
    }
    for number in range(plan.blocks):
        each = {
            "ln_1.weight": (wide,),
            "ln_1.bias": (wide,),
            "self_attention.in_proj_weight": (3 * wide, wide),
            "self_attention.in_proj_bias": (3 * wide,),
            "self_attention.out_proj.weight": (wide, wide),
            "self_attention.out_proj.bias": (wide,),
            "ln_2.weight": (wide,),
            "ln_2.bias": (wide,),
            "mlp.0.weight": (4 * wide, wide),
            "mlp.0.bias": (4 * wide,),
            "mlp.3.weight": (wide, 4 * wide),
            "mlp.3.bias": (wide,),
        }
        shapes |= {block.format(number) + name: shape for name, shape in each.items()}
    shapes |= {
        "encoder.ln.weight": (wide,),
        "encoder.ln.bias": (wide,),
        "heads.head.weight": (5, wide),
        "heads.head.bias": (5,),
    }
    random = np.random.default_rng(seed)
    return {name: random.standard_normal(shape).astype(np.float32) / 3 for name, shape in shapes.items()}


def by_hand(plan: Plan, tensors: dict[str, Array], image: Array) -> Array:
    """Equations 1 to 4 of the paper, in float64."""
    given = {name: array.astype(np.float64) for name, array in tensors.items()}
    size, patch = image.shape[-1] // plan.patch, plan.patch

    def dense(x: Array, name: str) -> Array:
        dot = "_" if name.endswith("in_proj") else "."
        return x @ given[f"{name}{dot}weight"].T + given[f"{name}{dot}bias"]

    def norm(x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-6)
        return scaled * given[f"{name}.weight"] + given[f"{name}.bias"]

    patches = image.astype(np.float64).reshape(3, size, patch, size, patch).transpose(1, 3, 0, 2, 4)
    kernel = given["conv_proj.weight"].reshape(plan.features, -1)
    x = patches.reshape(size * size, -1) @ kernel.T + given["conv_proj.bias"]
    x = np.vstack([given["class_token"][0], x]) + given["encoder.pos_embedding"][0]
    for number in range(plan.blocks):
        name = f"encoder.layers.encoder_layer_{number}"
        q, k, v = np.split(dense(norm(x, f"{name}.ln_1"), f"{name}.self_attention.in_proj"), 3, axis=-1)
        wide = plan.features // plan.heads
        heads = [slice(head * wide, (head + 1) * wide) for head in range(plan.heads)]
        parts = [softmax(q[:, at] @ k[:, at].T / np.sqrt(wide), axis=-1) @ v[:, at] for at in heads]
        x = x + dense(np.hstack(parts), f"{name}.self_attention.out_proj")
        inner = dense(norm(x, f"{name}.ln_2"), f"{name}.mlp.0")
        x = x + dense(inner * (1 + erf(inner / np.sqrt(2))) / 2, f"{name}.mlp.3")
    return dense(norm(x, "encoder.ln")[0], "heads.head")


def test_a_file_of_torchvision_fits_by_name_and_computes_the_equations_of_the_paper() -> None:
    assert SMALL.names is TORCHVISION
    design = vit(SMALL, size=12, classes=5)
    tensors = torchvision_file(SMALL, tokens=10)
    given, strangers = by_node(design, tensors)
    assert strangers == ()
    layers = analyse(design).layers
    wanted = {
        (key, tensor): spec.shape
        for key, node in design.nodes.items()
        for tensor, spec in node.layer.weights(layers[key].input_shapes).items()
    }
    assert {(key, name): array.shape for key, own in given.items() for name, array in own.items()} == wanted
    image = np.random.default_rng(1).standard_normal((3, 12, 12)).astype(np.float32)
    runner = Runner(SetWeights(given).apply(design))
    found = runner.run({"image": image[np.newaxis]})["heads.head"]
    np.testing.assert_allclose(found[0], by_hand(SMALL, tensors, image), rtol=1e-3, atol=1e-3)


def test_names_without_a_module_in_files_of_other_programs() -> None:
    design = network("vit_tiny_patch16_224")
    token, places = np.ones((1, 1, 192), np.float32), np.ones((1, 197, 192), np.float32)
    given, strangers = by_node(design, {"cls_token": token, "pos_embed": places, "no_such_weight": token})
    assert {key: own["weight"].shape for key, own in given.items()} == {
        "cls_token": (1, 192),
        "pos_embed": (197, 192),
    }
    assert strangers == ("no_such_weight",)
    scale = np.ones((96, 1, 1), np.float32)
    given, strangers = by_node(network("convnext_tiny"), {"features.1.0.layer_scale": scale})
    assert given["features.1.0.layer_scale"]["weight"].shape == (96,)
    assert strangers == ()
