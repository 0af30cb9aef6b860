"""What a model is made of: the layers that all models share, before any framework comes in.

A model is one function over `Layers`. It runs twice: over `Shapes`, which does the arithmetic and lists the parameters,
and over the layers of a framework, which compute from parameters made to that list: TensorFlow's in `graph.py`,
PyTorch's in `eager.py`.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, cast

Tensor = TypeVar("Tensor")
Pair = tuple[int, int]

Padding = Literal["same", "valid", "fixed"]
"""`fixed` pads by the kernel alone, `(k - 1) / 2` on each side, as ResNet's strided convolutions do."""


@dataclass(frozen=True)
class BatchNormalisation:
    """Settings of a model's batch normalisation."""

    decay: float
    """How much of the moving average a step keeps."""
    epsilon: float
    scale: bool
    """Whether there is a trained scale (gamma) next to the trained offset (beta)."""


class Layers(ABC, Generic[Tensor]):
    """The layers; activations are `[batch, height, width, channels]`.

    A convolution and a dense layer have an offset per output: that of the normalisation, or else a bias.
    """

    @abstractmethod
    def convolution(
        self,
        x: Tensor,
        filters: int,
        kernel: Pair,
        *,
        stride: int = 1,
        padding: Padding = "same",
        normalise: bool = True,
        relu: bool = True,
    ) -> Tensor:
        """Convolve, then normalise over the batch or add a bias, then rectify."""

    @abstractmethod
    def max_pool(self, x: Tensor, size: int, stride: int, padding: Padding = "valid") -> Tensor:
        """Take the largest value of each window."""

    @abstractmethod
    def average_pool(self, x: Tensor, size: int, stride: int, padding: Padding = "valid") -> Tensor:
        """Take the mean of each window; padding does not count."""

    @abstractmethod
    def concatenate(self, xs: Sequence[Tensor]) -> Tensor:
        """Put feature maps of equal height and width behind each other, along the channels."""

    @abstractmethod
    def add_relu(self, x: Tensor, y: Tensor) -> Tensor:
        """Add two feature maps and rectify."""

    @abstractmethod
    def spatial_mean(self, x: Tensor) -> Tensor:
        """Reduce each feature map to its mean."""

    @abstractmethod
    def flatten(self, x: Tensor) -> Tensor:
        """Lay out an image's features as one vector."""

    @abstractmethod
    def dense(self, x: Tensor, units: int, *, relu: bool) -> Tensor:
        """Connect every feature with every unit."""

    @abstractmethod
    def dropout(self, x: Tensor, rate: float) -> Tensor:
        """Set a random share of the features to zero and scale up the others."""


@dataclass(frozen=True)
class Weights:
    """The trained parameters of one convolution or dense layer."""

    kernel: tuple[int, ...]
    """`(height, width, inputs, outputs)`, or `(inputs, outputs)`."""
    normalised: bool
    gain: float
    """Variance of the initial kernel times the number of inputs to a unit."""

    @property
    def outputs(self) -> int:
        """Filters or units."""
        return self.kernel[-1]

    @property
    def inputs(self) -> int:
        """Values that one output is computed from."""
        return math.prod(self.kernel[:-1])


class Shapes(Layers[tuple[int, ...]]):
    """The layers as arithmetic on shapes without the batch; lists the parameters in order of use."""

    def __init__(self) -> None:
        """Start with an empty list."""
        self.weights: list[Weights] = []

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
        del relu
        self.weights.append(Weights((*kernel, x[2], filters), normalised=normalise, gain=1.0))
        return (*_window(x, kernel, stride, padding), filters)

    def max_pool(self, x: tuple[int, ...], size: int, stride: int, padding: Padding = "valid") -> tuple[int, ...]:
        """See `Layers`."""
        return (*_window(x, (size, size), stride, padding), x[2])

    def average_pool(self, x: tuple[int, ...], size: int, stride: int, padding: Padding = "valid") -> tuple[int, ...]:
        """See `Layers`."""
        return (*_window(x, (size, size), stride, padding), x[2])

    def concatenate(self, xs: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """See `Layers`."""
        if len({x[:2] for x in xs}) != 1:
            raise ValueError(f"feature maps of unequal size: {xs}")
        return (*xs[0][:2], sum(x[2] for x in xs))

    def add_relu(self, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...]:
        """See `Layers`."""
        if x != y:
            raise ValueError(f"feature maps of unequal shape: {x} and {y}")
        return x

    def spatial_mean(self, x: tuple[int, ...]) -> tuple[int, ...]:
        """See `Layers`."""
        return (x[2],)

    def flatten(self, x: tuple[int, ...]) -> tuple[int, ...]:
        """See `Layers`."""
        return (math.prod(x),)

    def dense(self, x: tuple[int, ...], units: int, *, relu: bool) -> tuple[int, ...]:
        """See `Layers`."""
        self.weights.append(Weights((x[0], units), normalised=False, gain=2.0 if relu else 1.0))
        return (units,)

    def dropout(self, x: tuple[int, ...], rate: float) -> tuple[int, ...]:
        """See `Layers`."""
        del rate
        return x


def padding_of(length: int, window: int, stride: int, padding: Padding) -> Pair:
    """Return how many pixels are added before and after a side of a feature map, as TensorFlow adds them."""
    if padding == "valid":
        return 0, 0
    if padding == "fixed" and stride > 1:
        total = window - 1
    else:
        total = max((math.ceil(length / stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


class TooSmallError(ValueError):
    """A window does not fit into the feature map it slides over."""


def _window(x: tuple[int, ...], size: Pair, stride: int, padding: Padding) -> Pair:
    def side(length: int, window: int) -> int:
        if padding == "same" or (padding == "fixed" and stride == 1):
            return math.ceil(length / stride)
        padded = length + window - 1 if padding == "fixed" else length
        if padded < window:
            raise TooSmallError(f"a window of {window} pixels does not fit into {padded}")
        return (padded - window) // stride + 1

    return side(x[0], size[0]), side(x[1], size[1])


@dataclass(frozen=True)
class Model:
    """A model of the zoo."""

    name: str
    batch_size: int
    """Images per step and device unless told otherwise: what the paper used."""
    image_size: int
    """Height and width of its images in pixels unless told otherwise."""
    batch_normalisation: BatchNormalisation | None
    forward: Callable[[Layers[object], object], object]
    """From images to one number per class."""

    def shapes(self, image_size: int) -> Shapes:
        """Run the model over shapes, for images of this size. Raises `TooSmallError`."""
        shapes = Shapes()
        self.forward(cast(Layers[object], shapes), (image_size, image_size, 3))
        return shapes

    def parameters(self, image_size: int) -> int:
        """Count the trained parameters; moving averages are not trained and do not count."""
        weights = self.shapes(image_size).weights
        scaled = self.batch_normalisation is not None and self.batch_normalisation.scale
        return sum(
            math.prod(layer.kernel) + layer.outputs * (2 if layer.normalised and scaled else 1) for layer in weights
        )


def too_small(model: Model, image_size: int) -> bool:
    """Whether images of this size vanish before the model's last layer."""
    try:
        model.shapes(image_size)
    except TooSmallError:
        return True
    return False
