"""The layers as TensorFlow operations, and the parameters that they use."""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from zoo.layers import BatchNormalisation, Layers, Padding, Pair, Weights


class Parameters:
    """All variables of a model.

    Kernels are one variable each. Offsets, scales and moving averages are one flat variable for the whole model each:
    a graph with one read and one update for all of them is traced and optimised faster than with hundreds.
    """

    def __init__(self, weights: Sequence[Weights], normalisation: BatchNormalisation | None, seed: int) -> None:
        """Make the variables. Initial kernels are uniform, with the variance that each layer asks for."""
        self.weights = weights
        self.normalisation = normalisation
        self.kernels = [tf.Variable(_initial(layer, seed, index)) for index, layer in enumerate(weights)]
        self.offset_sizes = [layer.outputs for layer in weights]
        self.scale_sizes = [layer.outputs for layer in weights if layer.normalised]
        self.offsets = tf.Variable(tf.zeros([sum(self.offset_sizes)]))
        normalised = sum(self.scale_sizes)
        scaled = normalisation is not None and normalisation.scale
        self.scales = tf.Variable(tf.ones([normalised])) if scaled else None
        self.moving = None
        if normalisation is not None:
            self.moving = tf.Variable(tf.concat([tf.zeros([normalised]), tf.ones([normalised])], 0))

    @property
    def trained(self) -> list[Any]:
        """Variables that gradients are taken of: kernels, offsets and, where there are any, scales."""
        return [*self.kernels, self.offsets, *([] if self.scales is None else [self.scales])]

    def count(self) -> int:
        """Trained numbers."""
        return sum(math.prod(variable.shape) for variable in self.trained)


def _initial(layer: Weights, seed: int, index: int) -> Any:
    limit = math.sqrt(3.0 * layer.gain / layer.inputs)
    return tf.random.stateless_uniform(layer.kernel, [seed, index], -limit, limit)


class GraphLayers(Layers[Any]):
    """The layers over tensors; consumes the parameters in the order in which `Shapes` listed them."""

    def __init__(self, parameters: Parameters, values: Sequence[Any]) -> None:
        """Take the parameters' values, in the order of `Parameters.trained`."""
        count = len(parameters.kernels)
        self._kernels = iter(values[:count])
        self._offsets = iter(tf.split(values[count], parameters.offset_sizes))
        self._normalisation = parameters.normalisation
        if parameters.scales is not None:
            self._scales = iter(tf.split(values[count + 1], parameters.scale_sizes))
        else:
            self._scales = iter([tf.ones([size]) for size in parameters.scale_sizes])
        self._unused = tf.zeros([0])
        self._means: list[Any] = []
        self._variances: list[Any] = []

    def batch_statistics(self) -> Any:
        """Means, then variances, of every normalised layer in this step, as one vector."""
        return tf.concat(self._means + self._variances, 0)

    def convolution(
        self,
        x: Any,
        filters: int,
        kernel: Pair,
        *,
        stride: int = 1,
        padding: Padding = "same",
        normalise: bool = True,
        relu: bool = True,
    ) -> Any:
        """See `Layers`."""
        del filters
        pads = "VALID" if padding == "valid" else "SAME"
        if padding == "fixed" and stride > 1:
            sides = [[(side - 1) // 2, side - 1 - (side - 1) // 2] for side in kernel]
            x, pads = tf.pad(x, [[0, 0], *sides, [0, 0]]), "VALID"
        x = tf.raw_ops.Conv2D(input=x, filter=next(self._kernels), strides=[1, stride, stride, 1], padding=pads)
        x = self._normalise(x) if normalise else tf.nn.bias_add(x, next(self._offsets))
        return tf.nn.relu(x) if relu else x

    def _normalise(self, x: Any) -> Any:
        if self._normalisation is None:
            raise ValueError("the model normalises but does not say how")
        x, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=next(self._scales),
            offset=next(self._offsets),
            mean=self._unused,
            variance=self._unused,
            epsilon=self._normalisation.epsilon,
            is_training=True,
        )
        self._means.append(mean)
        self._variances.append(variance)
        return x

    def max_pool(self, x: Any, size: int, stride: int, padding: Padding = "valid") -> Any:
        """See `Layers`."""
        return tf.nn.max_pool2d(x, size, stride, padding.upper())

    def average_pool(self, x: Any, size: int, stride: int, padding: Padding = "valid") -> Any:
        """See `Layers`."""
        return tf.nn.avg_pool2d(x, size, stride, padding.upper())

    def concatenate(self, xs: Sequence[Any]) -> Any:
        """See `Layers`."""
        return tf.concat(list(xs), 3)

    def add_relu(self, x: Any, y: Any) -> Any:
        """See `Layers`."""
        return tf.nn.relu(tf.raw_ops.AddV2(x=x, y=y))

    def spatial_mean(self, x: Any) -> Any:
        """See `Layers`."""
        return tf.reduce_mean(x, [1, 2])

    def flatten(self, x: Any) -> Any:
        """See `Layers`."""
        return tf.reshape(x, [x.shape[0], math.prod(x.shape[1:])])

    def dense(self, x: Any, units: int, *, relu: bool) -> Any:
        """See `Layers`."""
        del units
        x = tf.nn.bias_add(tf.linalg.matmul(x, next(self._kernels)), next(self._offsets))
        return tf.nn.relu(x) if relu else x

    def dropout(self, x: Any, rate: float) -> Any:
        """See `Layers`."""
        return tf.nn.dropout(x, rate)
