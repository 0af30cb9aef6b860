"""ResNet-50, version 1: He et al., Deep Residual Learning for Image Recognition, arXiv:1512.03385, 2015."""

from zoo.layers import BatchNormalisation, Layers, Model, Tensor

STAGES = ((3, 256), (4, 512), (6, 1024), (3, 2048))
"""Blocks and output channels of each stage; a block's inner layers have a quarter of the channels."""


def bottleneck(net: Layers[Tensor], x: Tensor, depth: int, stride: int, *, project: bool) -> Tensor:
    """One block. As in version 1, the stride is in the first 1 × 1 convolution."""
    inner = depth // 4
    shortcut = net.convolution(x, depth, (1, 1), stride=stride, relu=False) if project else x
    x = net.convolution(x, inner, (1, 1), stride=stride)
    x = net.convolution(x, inner, (3, 3))
    x = net.convolution(x, depth, (1, 1), relu=False)
    return net.add_relu(shortcut, x)


def forward(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From images to logits."""
    x = net.convolution(x, 64, (7, 7), stride=2, padding="fixed")
    x = net.max_pool(x, 3, 2, "same")
    for stage, (blocks, depth) in enumerate(STAGES):
        for block in range(blocks):
            first = block == 0
            x = bottleneck(net, x, depth, 2 if first and stage > 0 else 1, project=first)
    return net.dense(net.spatial_mean(x), 1000, relu=False)


RESNET50 = Model(
    name="resnet50",
    batch_size=32,
    image_size=224,
    batch_normalisation=BatchNormalisation(decay=0.9, epsilon=1e-5, scale=True),
    forward=forward,
)
