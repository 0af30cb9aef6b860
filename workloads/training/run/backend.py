"""What a framework does for a timed training."""

import math
from typing import Any, Protocol

from data_set import Batch, Series
from options import Options


class Trainer(Protocol):
    """A model in training."""

    def parameters(self) -> int:
        """Count the trained parameters."""

    def step(self, batch: Batch) -> float:
        """Train on one batch and wait for its loss. Raises `DivergedError`."""


class Backend(Protocol):
    """A framework: the module `tensorflow_backend` or `pytorch_backend`, which imports it.

    What `configure` returns is the framework's own and goes back to it; `count` of it is how many devices there are.
    """

    def configure(self, options: Options) -> Any:
        """Set the threads and choose the devices, once per process. Raises `bad-option` for a device not there."""

    def prepare(self, options: Options, devices: Any) -> dict[str, Series]:
        """Prepare the data sets of the session. Raises `data-not-found`, `data-incomplete` and `bad-option`."""

    def trainer(self, options: Options, devices: Any) -> Trainer:
        """Make the parameters."""

    def devices(self, devices: Any) -> list[dict[str, object]]:
        """Describe each device that is used: `kind` is `CPU` or `GPU`."""

    def threads(self) -> int:
        """Return how many CPUs one operation may use."""

    def facts(self) -> dict[str, object]:
        """Describe the framework: its version and what decides how fast it is."""


class DivergedError(Exception):
    """The loss is not a finite number any more."""


def finite(loss: float, learning_rate: float) -> float:
    """Return the loss. Raises `DivergedError` when it is no finite number."""
    if not math.isfinite(loss):
        raise DivergedError(f"the loss is {loss}; a smaller learningRate than {learning_rate} may help")
    return loss
