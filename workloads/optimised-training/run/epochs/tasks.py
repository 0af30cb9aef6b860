"""What is trained: the convolutional network of Keras's MNIST example, and ResNet-50, over the layers of the zoo."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from zoo import MODELS
from zoo.layers import BatchNormalisation, Layers, Padding, Pair, Shapes, Tensor, Weights

TRAINING_PASSES = 3
"""A training step costs about three passes: forward, and backward for activations and for parameters."""


def mnist_cnn(net: Layers[Tensor], x: Tensor) -> Tensor:
    """From images to logits, as `mnist_cnn.py` of Keras's examples, which the paper trained."""
    x = net.convolution(x, 32, (3, 3), padding="valid", normalise=False)
    x = net.convolution(x, 64, (3, 3), padding="valid", normalise=False)
    x = net.dropout(net.max_pool(x, 2, 2), 0.25)
    x = net.dropout(net.dense(net.flatten(x), 128, relu=True), 0.5)
    return net.dense(x, 10, relu=False)


@dataclass(frozen=True)
class Task:
    """A model, and how it is optimised."""

    forward: Callable[[Layers[object], object], object]
    shape: tuple[int, int, int]
    """Height, width and channels of an image."""
    normalisation: BatchNormalisation | None
    adadelta: bool
    """Adadelta as Keras's example has it (rate 1, rho 0.95), or plain gradient descent."""
    learning_rate: float

    def weights(self) -> list[Weights]:
        """List the parameters, in order of use."""
        return self._counted().weights

    def parameters(self) -> int:
        """Count the trained parameters."""
        scaled = self.normalisation is not None and self.normalisation.scale
        return sum(
            math.prod(layer.kernel) + layer.outputs * (2 if layer.normalised and scaled else 1)
            for layer in self.weights()
        )

    def flops(self) -> int:
        """Count the floating-point operations of a step per image: those of convolutions and dense layers."""
        return TRAINING_PASSES * self._counted().flops

    def _counted(self) -> "Counted":
        counted = Counted()
        self.forward(cast(Layers[object], counted), self.shape)
        return counted


class Counted(Shapes):
    """The layers as arithmetic on shapes, which counts two operations for each product."""

    def __init__(self) -> None:
        """Start from nothing."""
        super().__init__()
        self.flops = 0

    def convolution(
        self,
        x: tuple[int, ...],
        filters: int,
        kernel: Pair,
        *,
        stride: int = 1,
        padding: Padding = "same",
        normalise: bool = True,
        relu: bool = True,
    ) -> tuple[int, ...]:
        """See `Layers`."""
        made = super().convolution(x, filters, kernel, stride=stride, padding=padding, normalise=normalise, relu=relu)
        self.flops += 2 * math.prod(made) * math.prod(kernel) * x[2]
        return made

    def dense(self, x: tuple[int, ...], units: int, *, relu: bool) -> tuple[int, ...]:
        """See `Layers`."""
        self.flops += 2 * x[0] * units
        return super().dense(x, units, relu=relu)


RESNET50 = MODELS["resnet50"]
TASKS = {
    "mnist-cnn": Task(
        forward=cast(Callable[[Layers[object], object], object], mnist_cnn),
        shape=(28, 28, 1),
        normalisation=None,
        adadelta=True,
        learning_rate=1.0,
    ),
    "resnet-50": Task(
        forward=RESNET50.forward,
        shape=(224, 224, 3),
        normalisation=RESNET50.batch_normalisation,
        adadelta=False,
        learning_rate=0.005,
    ),
}
"""Every task, by the name of its model."""

ADADELTA_RHO, ADADELTA_EPSILON = 0.95, 1e-7
"""What Keras has when nothing else is said."""
