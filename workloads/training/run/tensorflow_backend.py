"""The training on TensorFlow, as `timing` uses it."""

import os

import tensorflow as tf

from data import Photographs, Synthetic
from data_set import Series, prepare_series
from imagenet import ImageNet
from options import PARAMETER_SERVER, Options
from parameter_server import ReplicatedTrainer
from train import Devices, Trainer, configure

__all__ = ["configure", "devices", "facts", "prepare", "threads", "trainer"]


def prepare(options: Options, devices: Devices) -> dict[str, Series]:
    """See `Backend`."""
    return prepare_series(options, devices, Synthetic, Photographs, ImageNet)


def trainer(options: Options, devices: Devices) -> Trainer | ReplicatedTrainer:
    """See `Backend`; the first step traces the computation."""
    cluster = options.cluster
    if cluster is not None and cluster.variable_update == PARAMETER_SERVER:
        return ReplicatedTrainer(options, cluster)
    return Trainer(options, devices)


def devices(devices: Devices) -> list[dict[str, object]]:
    """See `Backend`: those that TensorFlow sees."""
    del devices
    return [_device(device) for device in tf.config.get_visible_devices()]


def threads() -> int:
    """See `Backend`."""
    return int(tf.config.threading.get_intra_op_parallelism_threads())


def facts() -> dict[str, object]:
    """See `Backend`."""
    return {"tensorflow": tf.__version__, "oneDnn": _one_dnn()}


def _device(device: tf.config.PhysicalDevice) -> dict[str, object]:
    details = tf.config.experimental.get_device_details(device) if device.device_type == "GPU" else {}
    capability = details.get("compute_capability")
    return {
        "name": device.name,
        "kind": device.device_type,
        "model": details.get("device_name"),
        "computeCapability": None if capability is None else ".".join(str(part) for part in capability),
    }


def _one_dnn() -> dict[str, object]:
    variables = ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "ONEDNN_VERBOSE", "DNNL_MAX_CPU_ISA")
    return {"environment": {name: os.environ[name] for name in variables if name in os.environ}}
