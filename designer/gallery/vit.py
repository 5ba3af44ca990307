"""Vision transformers: Dosovitskiy et al., "An image is worth 16×16 words" (2020), figure 1 and table 1.

The smallest is that of Touvron et al., "Training data-efficient image transformers" (2020), table 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from designer.gallery.blocks import last
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

EPSILON = 1e-6
WIDENING = 4
"""Features between both dense layers of a block over those outside (table 1)."""


@attrs.frozen
class Names:
    """What a framework calls the layers; ``{}`` stands for the number of a block."""

    patches: str
    token: str
    positions: str
    block: str
    norms: tuple[str, str, str]
    """Before attention, before the dense layers, after the last block."""

    projections: tuple[str, str]
    """Into queries, keys and values, and out of the heads."""

    dense: tuple[str, str]
    head: str


TORCHVISION = Names(
    "conv_proj",
    "class_token",
    "encoder.pos_embedding",
    "encoder.layers.encoder_layer_{}",
    ("ln_1", "ln_2", "encoder.ln"),
    ("self_attention.in_proj", "self_attention.out_proj"),
    ("mlp.0", "mlp.3"),
    "heads.head",
)
TIMM = Names(
    "patch_embed.proj",
    "cls_token",
    "pos_embed",
    "blocks.{}",
    ("norm1", "norm2", "norm"),
    ("attn.qkv", "attn.proj"),
    ("mlp.fc1", "mlp.fc2"),
    "head",
)
"""pytorch-image-models."""


@attrs.frozen
class Plan:
    """What tells one network of the family from another."""

    title: str
    features: int
    heads: int
    blocks: int = 12
    patch: int = 16
    names: Names = TORCHVISION


PLANS: Mapping[str, Plan] = {
    "vit_tiny_patch16_224": Plan("ViT-Tiny/16", 192, 3, names=TIMM),
    "vit_b_16": Plan("ViT-B/16", 768, 12),
}
"""By the names of pytorch-image-models, and of torchvision."""


def vit(plan: Plan, *, size: int = 224, classes: int = 1000) -> Design:
    """A network of the family: patches of 16×16 pixels become tokens, and a learned one gathers what is scored."""
    net, names = NetworkBuilder(plan.title).image((3, size, size)), plan.names
    net.add("conv2d", name=names.patches, filters=plan.features, kernel=plan.patch, stride=plan.patch)
    net.add("flatten", name="flatten", axis=2)
    net.add("permute", name="tokens", axes=(2, 1))
    net.add("class_token", name=names.token)
    net.add("position_embedding", name=names.positions)
    for number in range(plan.blocks):
        _attending(net, names.block.format(number), plan)
        _thinking(net, names.block.format(number), plan)
    net.add("layer_norm", name=names.norms[2], axes=(2,), epsilon=EPSILON)
    net.add("slice", name="class_row", axis=1, end=1)
    net.add("flatten", name="features")
    net.add("dense", name=names.head, units=classes)
    return net.design()


def _attending(net: NetworkBuilder, block: str, plan: Plan) -> None:
    """Tokens look at each other: x + attention(norm(x))."""
    entry, (into, out) = last(net), plan.names.projections
    module = f"{block}.{into.partition('.')[0]}"
    net.add("layer_norm", name=f"{block}.{plan.names.norms[0]}", axes=(2,), epsilon=EPSILON)
    rows = net.add("dense", name=f"{block}.{into}", units=3 * plan.features)
    parts = [
        net.add(
            "slice",
            name=f"{module}.{name}",
            after=rows,
            axis=2,
            start=number * plan.features,
            end=(number + 1) * plan.features,
        )
        for number, name in enumerate(("query", "key", "value"))
    ]
    net.add("scaled_dot_product_attention", name=f"{module}.attention", after=parts, heads=plan.heads)
    branch = net.add("dense", name=f"{block}.{out}", units=plan.features)
    net.add("add", name=f"{block}.add1", after=(branch, entry))


def _thinking(net: NetworkBuilder, block: str, plan: Plan) -> None:
    """Every token by itself: x + dense(gelu(dense(norm(x))))."""
    entry, (first, second) = last(net), plan.names.dense
    net.add("layer_norm", name=f"{block}.{plan.names.norms[1]}", axes=(2,), epsilon=EPSILON)
    net.add("dense", name=f"{block}.{first}", units=WIDENING * plan.features)
    net.add("gelu", name=f"{block}.{first.partition('.')[0]}.act")
    branch = net.add("dense", name=f"{block}.{second}", units=plan.features)
    net.add("add", name=f"{block}.add2", after=(branch, entry))
