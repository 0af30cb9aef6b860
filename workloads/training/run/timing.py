"""A training that is timed: how long it takes to get ready, and blocks of timed steps."""

import os
import time

import tensorflow as tf

from accelerator import Sampler
from data import Series
from options import Options
from series import BY_WORK, prepare
from train import Trainer, configure


class TimedTraining:
    """A model in training, ready for blocks."""

    def __init__(self, options: Options) -> None:
        """Build the model and the data sets, take the first step, warm up; `parts` says how long each took."""
        self._options = options
        began = time.perf_counter()
        self._devices = configure(options)
        self.series: dict[str, Series] = prepare(options, self._devices)
        self._trainer = Trainer(options, self._devices)
        warm, *others = (self.series[name] for name in BY_WORK if name in self.series)
        batches = warm.batches(0, 1 + options.warm_up_steps)
        self._first_loss = self._trainer.step(next(batches))
        for other in others:
            list(other.batches(0, 1))  # Its computation is traced, too.
        built = time.perf_counter()
        for batch in batches:
            self._trainer.step(batch)
        self.parts = {"build": built - began, "warmUp": time.perf_counter() - built}

    def block(self, series: str, block: int, steps: int) -> dict[str, object]:
        """Take timed steps. A step begins with asking for its images and ends with its loss in the program's hands."""
        times: list[float] = []
        waited = 0.0
        loss = self._first_loss
        with self.series[series].around(block, steps) as own, Sampler(used=bool(self._gpus())) as sampler:
            batches = self.series[series].batches(block, steps)
            for _ in range(steps):
                began = time.perf_counter()
                batch = next(batches)
                waited += time.perf_counter() - began
                loss = self._trainer.step(batch)
                times.append(time.perf_counter() - began)
            next(batches, None)  # Runs into the end, where the readers of files are closed.
        return {
            "series": series,
            "block": block,
            "items": steps * self._options.batch_size * self._devices.count,
            "unit": "images",
            "seconds": sum(times),
            "steps": times,
            "metrics": {"loss": loss, "inputBoundFraction": waited / sum(times), **own, **sampler.metrics},
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
            },
        }

    def _gpus(self) -> list[object]:
        return [device for device in tf.config.get_visible_devices() if device.device_type == "GPU"]


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
