"""A training that is timed: how long it takes to get ready, and blocks of timed steps."""

import os
import time
from collections.abc import Callable

import tensorflow as tf

from accelerator import Sampler
from counters import Counters
from data import Series
from options import PARAMETER_SERVER, Options
from parameter_server import ReplicatedTrainer
from series import BY_WORK, prepare
from train import Devices, Trainer, configure

Meet = Callable[[str], float]
"""Waits for the other workers, who come for the same purpose; returns the seconds waited."""


class TimedTraining:
    """A model in training, ready for blocks."""

    def __init__(self, options: Options, meet: Meet) -> None:
        """Build the model and the data sets, take the first step, warm up; `parts` says how long each took."""
        self._options = options
        self._meet = meet
        self._counters = Counters()
        began = time.perf_counter()
        self._devices = configure(options)
        self.series: dict[str, Series] = prepare(options, self._devices)
        self._trainer = _trainer(options, self._devices)
        warm, *others = (self.series[name] for name in BY_WORK if name in self.series)
        batches = warm.batches(0, 1 + options.warm_up_steps)
        waited = meet("the first step")
        self._first_loss = self._trainer.step(next(batches))
        for other in others:
            list(other.batches(0, 1))  # Its computation is traced, too.
        built = time.perf_counter()
        for batch in batches:
            self._trainer.step(batch)
        self.parts = {"build": built - began - waited, "warmUp": time.perf_counter() - built}
        meet("the end of warming up")

    def block(self, series: str, block: int, steps: int) -> dict[str, object]:
        """Take timed steps. A step begins with asking for its images and ends with its loss in the program's hands."""
        times: list[float] = []
        waited = 0.0
        loss = self._first_loss
        with self.series[series].around(block, steps) as own:
            self._meet(f"a block of {steps} steps")
            with self._counters as counters, Sampler(used=bool(self._gpus())) as sampler:
                batches = self.series[series].batches(block, steps)
                for _ in range(steps):
                    began = time.perf_counter()
                    batch = next(batches)
                    waited += time.perf_counter() - began
                    loss = self._trainer.step(batch)
                    times.append(time.perf_counter() - began)
                next(batches, None)  # Runs into the end, where the readers of files are closed.
            self._meet("the end of a block")
        return {
            "series": series,
            "block": block,
            "items": steps * self._options.batch_size * self._devices.count,
            "unit": "images",
            "seconds": sum(times),
            "steps": times,
            "metrics": {
                "loss": loss,
                "inputBoundFraction": waited / sum(times),
                **own,
                **counters.metrics,
                **sampler.metrics,
            },
        }

    def facts(self) -> dict[str, object]:
        """Describe what TensorFlow found, and what is being trained."""
        options = self._options
        return {
            "tensorflow": tf.__version__,
            "oneDnn": _one_dnn(),
            "devices": [_device(device) for device in tf.config.get_visible_devices()],
            "training": {
                "model": options.model.name,
                "parameters": self._trainer.parameters(),
                "batchSizePerDevice": options.batch_size,
                "devices": self._devices.count,
                "imageSize": options.image_size,
                "threads": tf.config.threading.get_intra_op_parallelism_threads(),
                "seed": options.seed,
                "learningRate": options.learning_rate,
                # The same seed gives the same number wherever the same bits compute on the same kind of CPU.
                "firstLoss": self._first_loss,
                "series": {name: series.facts() for name, series in self.series.items()},
                **self._cluster(),
            },
        }

    def _cluster(self) -> dict[str, object]:
        cluster = self._options.cluster
        if cluster is None:
            return {}
        return {
            "cluster": {
                "role": cluster.role,
                "variableUpdate": cluster.variable_update,
                "workers": len(cluster.workers),
                "peers": {role: str(address) for role, address in cluster.peers.items()},
            }
        }

    def _gpus(self) -> list[object]:
        return [device for device in tf.config.get_visible_devices() if device.device_type == "GPU"]


def _trainer(options: Options, devices: Devices) -> Trainer | ReplicatedTrainer:
    cluster = options.cluster
    if cluster is not None and cluster.variable_update == PARAMETER_SERVER:
        return ReplicatedTrainer(options, cluster)
    return Trainer(options, devices)


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
