"""What a framework does for a training by epochs."""

from collections.abc import Iterator
from typing import Any, Protocol

Batch = tuple[Any, Any]
"""Images and labels, as the framework has them."""


class Backend(Protocol):
    """A training made ready: `tensorflow_backend.Training` or `pytorch_backend.Training`."""

    version: str
    """Of the framework."""
    images: int
    """Images of the whole set."""

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """Yield the batches of an epoch, from 0; each epoch has an order of its own, which the seed decides."""

    def step(self, batch: Batch) -> tuple[float, int]:
        """Train on one batch; return the mean loss and how many images were classified rightly."""
