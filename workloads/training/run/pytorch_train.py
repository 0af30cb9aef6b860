"""Training by PyTorch: one eager step of plain stochastic gradient descent, on one device or on every GPU."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch.nn import functional

from backend import finite
from data_set import Batch
from options import Options, bad_option
from zoo.eager import EagerLayers, Parameters
from zoo.layers import Layers, Model

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Parameters of mallopt(3)."""


@dataclass(frozen=True)
class Devices:
    """Where the step runs: each device has a copy of all parameters and a batch of its own."""

    all: tuple[Any, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.all)

    def distribute(self, batches: list[Batch]) -> Batch:
        """Put one batch on each device: a list of images and one of labels."""
        placed = [
            (images.to(device, non_blocking=True), labels.to(device, non_blocking=True))
            for device, (images, labels) in zip(self.all, batches, strict=True)
        ]
        return [images for images, _ in placed], [labels for _, labels in placed]


def configure(options: Options) -> Devices:
    """Set the threads and choose the devices. Once per process, before PyTorch does anything else."""
    keep_memory()
    torch.set_num_threads(options.threads)
    torch.set_num_interop_threads(1)
    torch.manual_seed(options.seed)
    gpus = torch.cuda.device_count() if options.device != "cpu" and torch.cuda.is_available() else 0
    if options.device == "gpu" and gpus == 0:
        raise bad_option("device", "gpu", "cpu or auto, because PyTorch finds no GPU here")
    if gpus == 0:
        return Devices((torch.device("cpu"),))
    if options.cluster is not None:
        gpus = 1
    torch.backends.cuda.matmul.allow_tf32 = False  # float32 means float32 on every GPU.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True  # Shapes do not change: the fastest algorithm is looked for once.
    return Devices(tuple(torch.device("cuda", index) for index in range(gpus)))


def keep_memory() -> None:
    """Have the C library keep what is freed, for the next step.

    Every step frees its activations and asks for as much again. Large ones would go back to the kernel each time, and
    every page of them would be a fault anew: dear anywhere, and several times as dear in a guest.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, -1)


class Trainer:
    """A model in training."""

    def __init__(self, options: Options, devices: Devices) -> None:
        """Make the parameters."""
        self._model = options.model
        self._learning_rate = options.learning_rate
        self._copies = [make_parameters(options, device) for device in devices.all]

    def parameters(self) -> int:
        """Count the trained parameters."""
        return self._copies[0].count()

    def step(self, batch: Batch) -> float:
        """Train on one batch and wait for its loss. Raises `DivergedError`."""
        losses, gradients = [], []
        for copy, images, labels in zip(self._copies, *batch, strict=True):
            loss = loss_of(self._model, copy, images, labels)
            gradients.append(torch.autograd.grad(loss, copy.trained))
            losses.append(loss.detach())
        self._descend(gradients)
        return finite(sum(loss.item() for loss in losses) / len(losses), self._learning_rate)

    def _descend(self, gradients: list[Any]) -> None:
        """Subtract `rate · mean gradient` on every device. Each keeps its own moving averages, of its own batches."""
        first, *others = gradients
        with torch.no_grad():
            for other in others:
                torch._foreach_add_(first, _on(first[0].device, other))
            for copy in self._copies:
                direction = _on(copy.offsets[0].device, first)
                torch._foreach_add_(copy.trained, direction, alpha=-self._learning_rate / len(gradients))


def make_parameters(options: Options, device: Any) -> Parameters:
    """Make the tensors of a model on a device, which the seed decides."""
    weights = options.model.shapes(options.image_size).weights
    return Parameters(weights, options.model.batch_normalisation, options.seed, device)


def loss_of(model: Model, parameters: Parameters, images: Any, labels: Any) -> Any:
    """Pass a batch through a model; its averages of normalisation move."""
    logits = model.forward(cast(Layers[object], EagerLayers(parameters)), images)
    return functional.cross_entropy(cast(Any, logits), labels)


def _on(device: Any, tensors: Sequence[Any]) -> list[Any]:
    """Return the tensors on a device; those that are there already are not copied."""
    return [tensor.to(device, non_blocking=True) for tensor in tensors]
