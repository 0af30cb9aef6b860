"""Inception-v3 without its auxiliary head, as tf_cnn_benchmarks trains it.

Szegedy et al., Rethinking the Inception Architecture for Computer Vision, arXiv:1512.00567, 2015.
"""

from zoo.layers import BatchNormalisation, Layers, Model, Tensor


def module_a(net: Layers[Tensor], x: Tensor, pooled: int) -> Tensor:
    """35 × 35: one 5 × 5 and two 3 × 3 convolutions beside each other."""
    one = net.convolution(x, 64, (1, 1))
    five = net.convolution(net.convolution(x, 48, (1, 1)), 64, (5, 5))
    three = net.convolution(net.convolution(x, 64, (1, 1)), 96, (3, 3))
    three = net.convolution(three, 96, (3, 3))
    pool = net.convolution(net.average_pool(x, 3, 1, "same"), pooled, (1, 1))
    return net.concatenate([one, five, three, pool])


def reduction_b(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From 35 × 35 to 17 × 17."""
    three = net.convolution(x, 384, (3, 3), stride=2, padding="valid")
    double = net.convolution(net.convolution(x, 64, (1, 1)), 96, (3, 3))
    double = net.convolution(double, 96, (3, 3), stride=2, padding="valid")
    return net.concatenate([three, double, net.max_pool(x, 3, 2)])


def module_c(net: Layers[Tensor], x: Tensor, inner: int) -> Tensor:
    """17 × 17: 7 × 7 convolutions, factorised."""
    one = net.convolution(x, 192, (1, 1))
    seven = net.convolution(net.convolution(x, inner, (1, 1)), inner, (1, 7))
    seven = net.convolution(seven, 192, (7, 1))
    double = net.convolution(net.convolution(x, inner, (1, 1)), inner, (7, 1))
    double = net.convolution(net.convolution(double, inner, (1, 7)), inner, (7, 1))
    double = net.convolution(double, 192, (1, 7))
    pool = net.convolution(net.average_pool(x, 3, 1, "same"), 192, (1, 1))
    return net.concatenate([one, seven, double, pool])


def reduction_d(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From 17 × 17 to 8 × 8."""
    three = net.convolution(net.convolution(x, 192, (1, 1)), 320, (3, 3), stride=2, padding="valid")
    seven = net.convolution(net.convolution(x, 192, (1, 1)), 192, (1, 7))
    seven = net.convolution(net.convolution(seven, 192, (7, 1)), 192, (3, 3), stride=2, padding="valid")
    return net.concatenate([three, seven, net.max_pool(x, 3, 2)])


def module_e(net: Layers[Tensor], x: Tensor, pooled: Tensor) -> Tensor:
    """8 × 8: 3 × 3 convolutions whose factors are beside each other rather than in a row."""
    one = net.convolution(x, 320, (1, 1))
    three = net.convolution(x, 384, (1, 1))
    three_wide, three_high = net.convolution(three, 384, (1, 3)), net.convolution(three, 384, (3, 1))
    double = net.convolution(net.convolution(x, 448, (1, 1)), 384, (3, 3))
    double_wide, double_high = net.convolution(double, 384, (1, 3)), net.convolution(double, 384, (3, 1))
    pool = net.convolution(pooled, 192, (1, 1))
    return net.concatenate([one, three_wide, three_high, double_wide, double_high, pool])


def forward(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From images to logits."""
    x = net.convolution(x, 32, (3, 3), stride=2, padding="valid")
    x = net.convolution(x, 32, (3, 3), padding="valid")
    x = net.convolution(x, 64, (3, 3))
    x = net.max_pool(x, 3, 2)
    x = net.convolution(x, 80, (1, 1), padding="valid")
    x = net.convolution(x, 192, (3, 3), padding="valid")
    x = net.max_pool(x, 3, 2)
    for pooled in (32, 64, 64):
        x = module_a(net, x, pooled)
    x = reduction_b(net, x)
    for inner in (128, 160, 160, 192):
        x = module_c(net, x, inner)
    x = reduction_d(net, x)
    x = module_e(net, x, net.average_pool(x, 3, 1, "same"))
    x = module_e(net, x, net.max_pool(x, 3, 1, "same"))
    return net.dense(net.spatial_mean(x), 1000, relu=False)


INCEPTION_V3 = Model(
    name="inception-v3",
    batch_size=32,
    image_size=299,
    batch_normalisation=BatchNormalisation(decay=0.999, epsilon=1e-3, scale=False),
    forward=forward,
)
