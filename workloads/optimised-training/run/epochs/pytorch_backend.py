"""Training by epochs on PyTorch: one eager step, or one that inductor compiled."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import torch
from torch.nn import functional
from torch.optim.adadelta import adadelta

from epochs.backend import Batch
from epochs.idx import SIZE, read_images
from epochs.image_shards import count_images, shard_options
from epochs.settings import Settings
from epochs.tasks import ADADELTA_EPSILON, ADADELTA_RHO, TASKS
from zoo.eager import EagerLayers, Parameters
from zoo.layers import Layers

CPU = torch.device("cpu")


class Training:
    """See `Backend`."""

    def __init__(self, settings: Settings) -> None:
        """Set the threads, open the data and make the parameters; the first step compiles, where that is asked for."""
        torch.set_num_threads(settings.intra_threads)
        torch.set_num_interop_threads(settings.inter_threads)
        torch.manual_seed(settings.seed)
        torch.backends.mkldnn.set_flags(settings.onednn == "on")
        self.version = str(torch.__version__)
        self._task = TASKS[settings.model]
        self._data = Mnist(settings) if settings.model == "mnist-cnn" else Shards(settings)
        self.images = self._data.images
        self._parameters = Parameters(self._task.weights(), self._task.normalisation, settings.seed, CPU)
        adapted = self._parameters.trained if self._task.adadelta else []
        squares, updates = ([torch.zeros_like(tensor) for tensor in adapted] for _ in range(2))
        self._state = squares, updates, [torch.zeros(()) for _ in adapted]
        forward: Callable[..., Any] = self._forward
        self._loss: Callable[..., Any] = torch.compile(forward) if settings.compiler == "inductor" else forward

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        return self._data.batches(epoch, steps)

    def step(self, batch: Batch) -> tuple[float, int]:
        """See `Backend`."""
        loss, right = self._loss(*batch)
        self._descend(torch.autograd.grad(loss, self._parameters.trained))
        return float(loss.item()), int(right.item())

    def _descend(self, gradients: Sequence[Any]) -> None:
        """Do what PyTorch's optimisers do, whose classes wake the compiler: an import as long as that of PyTorch."""
        trained, rate = self._parameters.trained, self._task.learning_rate
        with torch.no_grad():
            if not self._task.adadelta:
                for tensor, gradient in zip(trained, gradients, strict=True):
                    tensor.add_(gradient, alpha=-rate)
                return
            settings = {"lr": rate, "rho": ADADELTA_RHO, "eps": ADADELTA_EPSILON, "weight_decay": 0.0}
            adadelta(trained, list(gradients), *self._state, foreach=False, maximize=False, **settings)

    def _forward(self, images: Any, labels: Any) -> tuple[Any, Any]:
        logits: Any = self._task.forward(cast(Layers[object], EagerLayers(self._parameters)), images)
        right = (logits.detach().argmax(1) == labels).sum()
        return functional.cross_entropy(logits, labels), right


class Mnist:
    """The images of MNIST, in memory as bytes; each epoch has an order of its own."""

    def __init__(self, settings: Settings) -> None:
        """Read them. Raises `DataError`."""
        loaded = read_images(settings.data)
        self.images = loaded.count
        pixels = torch.frombuffer(bytearray(loaded.pixels), dtype=torch.uint8)
        self._pixels = pixels.reshape(loaded.count, 1, SIZE, SIZE)
        self._labels = torch.frombuffer(bytearray(loaded.labels), dtype=torch.uint8).long()
        self._settings = settings

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        batch, seed = self._settings.batch, self._settings.seed * 1_000_003 + epoch
        order = torch.randperm(self.images, generator=torch.Generator().manual_seed(seed))
        yield from ahead(self._settings.prefetch, steps, lambda at: self._load(order[at * batch : (at + 1) * batch]))

    def _load(self, chosen: Any) -> Batch:
        return self._pixels[chosen].float() / 255.0, self._labels[chosen]


def ahead(count: int, steps: int, load: Callable[[int], Batch]) -> Iterator[Batch]:
    """Yield the batches of so many steps, with some prepared ahead by a thread of their own; none for 0."""
    if count == 0:
        yield from map(load, range(steps))
        return
    with ThreadPoolExecutor(1, "batches") as thread:
        waiting: deque[Future[Batch]] = deque(thread.submit(load, at) for at in range(min(count, steps)))
        for at in range(count, steps + count):
            batch = waiting.popleft().result()
            if at < steps:
                waiting.append(thread.submit(load, at))
            yield batch


class Shards:
    """ImageNet's shards, as the workload `training` reads, decodes and augments them."""

    def __init__(self, settings: Settings) -> None:
        """List them. Raises `SessionError`."""
        from pytorch_imagenet import ImageNet
        from pytorch_train import Devices

        self.images = count_images(settings)
        self._series = ImageNet(shard_options(settings), Devices((CPU,)), "imagenet")

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        with self._series.around(epoch, steps):
            for images, labels in self._series.batches(epoch, steps):
                yield images[0], labels[0]
