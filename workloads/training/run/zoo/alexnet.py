"""AlexNet in the layout of tf_cnn_benchmarks: one column, no local response normalisation, 64 filters first.

Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, 2012. Images are 227 pixels wide
rather than 224, so that the first convolution needs no padding and the last feature map is 6 × 6.
"""

from zoo.layers import Layers, Model, Tensor


def forward(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From images to logits."""
    x = net.convolution(x, 64, (11, 11), stride=4, padding="valid", normalise=False)
    x = net.max_pool(x, 3, 2)
    x = net.convolution(x, 192, (5, 5), normalise=False)
    x = net.max_pool(x, 3, 2)
    x = net.convolution(x, 384, (3, 3), normalise=False)
    x = net.convolution(x, 384, (3, 3), normalise=False)
    x = net.convolution(x, 256, (3, 3), normalise=False)
    x = net.max_pool(x, 3, 2)
    x = net.flatten(x)
    x = net.dropout(net.dense(x, 4096, relu=True), 0.5)
    x = net.dropout(net.dense(x, 4096, relu=True), 0.5)
    return net.dense(x, 1000, relu=False)


ALEXNET = Model(name="alexnet", batch_size=512, image_size=227, batch_normalisation=None, forward=forward)
