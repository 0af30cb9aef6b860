"""The layers as PyTorch operations, and the parameters that they use.

Activations are `[batch, channels, height, width]` to PyTorch and lie in memory as `[batch, height, width, channels]`
(`channels_last`): the layout of the TensorFlow layers, and the one that oneDNN and cuDNN train fastest.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from zoo.layers import BatchNormalisation, Layers, Padding, Pair, Weights, padding_of

SEED_STRIDE = 1_000_003
"""Keeps the seeds of the layers apart: each draws from a generator of its own."""


class Parameters:
    """All tensors of a model on one device: kernels, offsets, scales, and the moving averages, which are not trained.

    Kernels are `[outputs, inputs, height, width]`, or `[inputs, outputs]`.
    """

    def __init__(
        self, weights: Sequence[Weights], normalisation: BatchNormalisation | None, seed: int, device: Any
    ) -> None:
        """Make the tensors, with the initial distribution of the TensorFlow layers and equal values on every device."""
        self.normalisation = normalisation
        normalised = [layer.outputs for layer in weights if layer.normalised]
        trained = torch.nn.Parameter
        self.kernels = [trained(_initial(layer, seed, index).to(device)) for index, layer in enumerate(weights)]
        self.offsets = [trained(torch.zeros(layer.outputs, device=device)) for layer in weights]
        scaled = normalisation is not None and normalisation.scale
        self.scales = [trained(torch.ones(size, device=device)) for size in normalised] if scaled else []
        self.means = [torch.zeros(size, device=device) for size in normalised]
        self.variances = [torch.ones(size, device=device) for size in normalised]
        self.trained = [*self.kernels, *self.offsets, *self.scales]

    def count(self) -> int:
        """Trained numbers."""
        return sum(tensor.numel() for tensor in self.trained)


def _initial(layer: Weights, seed: int, index: int) -> Any:
    limit = math.sqrt(3.0 * layer.gain / layer.inputs)
    generator = torch.Generator().manual_seed(seed * SEED_STRIDE + index)
    if len(layer.kernel) == 2:
        return torch.empty(layer.kernel).uniform_(-limit, limit, generator=generator)
    height, width, inputs, outputs = layer.kernel
    kernel = torch.empty((outputs, inputs, height, width), memory_format=torch.channels_last)
    return kernel.uniform_(-limit, limit, generator=generator)


class EagerLayers(Layers[Any]):
    """The layers over tensors; consumes the parameters in the order in which `Shapes` listed them."""

    def __init__(self, parameters: Parameters) -> None:
        """Begin at the first layer; the moving averages move as the layers are passed."""
        self._normalisation = parameters.normalisation
        self._kernels = iter(parameters.kernels)
        self._offsets = iter(parameters.offsets)
        self._scales = iter(parameters.scales)
        self._moving = iter(zip(parameters.means, parameters.variances, strict=True))

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
        high, wide = (
            padding_of(length, side, stride, padding) for length, side in zip(x.shape[2:], kernel, strict=True)
        )
        if high[0] != high[1] or wide[0] != wide[1]:
            x, high, wide = functional.pad(x, (*wide, *high)), (0, 0), (0, 0)
        bias = None if normalise else next(self._offsets)
        x = functional.conv2d(x, next(self._kernels), bias, stride, (high[0], wide[0]))
        x = self._normalise(x) if normalise else x
        return torch.relu_(x) if relu else x

    def _normalise(self, x: Any) -> Any:
        if self._normalisation is None:
            raise ValueError("the model normalises but does not say how")
        mean, variance = next(self._moving)
        return torch.batch_norm(
            x,
            next(self._scales) if self._normalisation.scale else None,
            next(self._offsets),
            mean,
            variance,
            training=True,
            momentum=1.0 - self._normalisation.decay,
            eps=self._normalisation.epsilon,
            cudnn_enabled=True,
        )

    def max_pool(self, x: Any, size: int, stride: int, padding: Padding = "valid") -> Any:
        """See `Layers`."""
        return functional.max_pool2d(x, size, stride, **_pooling(x, size, stride, padding))

    def average_pool(self, x: Any, size: int, stride: int, padding: Padding = "valid") -> Any:
        """See `Layers`."""
        return functional.avg_pool2d(x, size, stride, count_include_pad=False, **_pooling(x, size, stride, padding))

    def concatenate(self, xs: Sequence[Any]) -> Any:
        """See `Layers`."""
        return torch.cat(list(xs), 1)

    def add_relu(self, x: Any, y: Any) -> Any:
        """See `Layers`."""
        return torch.relu_(x + y)

    def spatial_mean(self, x: Any) -> Any:
        """See `Layers`."""
        return x.mean((2, 3))

    def flatten(self, x: Any) -> Any:
        """See `Layers`: in the order of the memory, which costs nothing."""
        return x.permute(0, 2, 3, 1).flatten(1)

    def dense(self, x: Any, units: int, *, relu: bool) -> Any:
        """See `Layers`."""
        del units
        x = torch.addmm(next(self._offsets), x, next(self._kernels))
        return torch.relu_(x) if relu else x

    def dropout(self, x: Any, rate: float) -> Any:
        """See `Layers`."""
        return functional.dropout(x, rate)


def _pooling(x: Any, size: int, stride: int, padding: Padding) -> dict[str, Any]:
    """Return how to pad: where one pixel more is to be added after than before, the last window may reach over."""
    high, wide = (padding_of(length, size, stride, padding)[0] for length in x.shape[2:])
    return {"padding": (high, wide), "ceil_mode": padding != "valid"}
