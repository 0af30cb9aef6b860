"""The training on PyTorch, as `timing` uses it."""

from typing import TYPE_CHECKING

import torch

from data_set import Series, prepare_series
from options import Options
from pytorch_data import Photographs, Synthetic
from pytorch_imagenet import ImageNet
from pytorch_train import Devices, Trainer, configure

if TYPE_CHECKING:
    from pytorch_parallel import ParallelTrainer

__all__ = ["configure", "devices", "facts", "prepare", "threads", "trainer"]


def prepare(options: Options, devices: Devices) -> dict[str, Series]:
    """See `Backend`."""
    return prepare_series(options, devices, Synthetic, Photographs, ImageNet)


def trainer(options: Options, devices: Devices) -> "Trainer | ParallelTrainer":
    """See `Backend`."""
    if options.cluster is not None:
        from pytorch_parallel import ParallelTrainer  # Not imported by a training that is alone.

        return ParallelTrainer(options, devices, options.cluster)
    return Trainer(options, devices)


def devices(devices: Devices) -> list[dict[str, object]]:
    """See `Backend`: those that are trained on."""
    return [_device(device) for device in devices.all]


def threads() -> int:
    """See `Backend`."""
    return int(torch.get_num_threads())


def facts() -> dict[str, object]:
    """See `Backend`."""
    return {
        "pytorch": torch.__version__,
        "oneDnn": {"available": torch.backends.mkldnn.is_available()},
        "mkl": {"available": torch.backends.mkl.is_available()},
        "cpuCapability": torch.backends.cpu.get_cpu_capability(),
    }


def _device(device: torch.device) -> dict[str, object]:
    if device.type == "cpu":
        return {"name": "cpu", "kind": "CPU", "model": None, "computeCapability": None}
    properties = torch.cuda.get_device_properties(device)
    capability = f"{properties.major}.{properties.minor}"
    return {"name": str(device), "kind": "GPU", "model": properties.name, "computeCapability": capability}
