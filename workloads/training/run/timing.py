"""A training that is timed: how long it takes to get ready, and blocks of timed steps."""

import time
from collections.abc import Callable

from accelerator import Sampler
from backend import Backend
from counters import Counters
from data_set import BY_WORK, Series
from options import Options

Meet = Callable[[str], float]
"""Waits for the other workers, who come for the same purpose; returns the seconds waited."""


class TimedTraining:
    """A model in training, ready for blocks."""

    def __init__(self, options: Options, backend: Backend, meet: Meet) -> None:
        """Build the model and the data sets, take the first step, warm up; `parts` says how long each took."""
        self._options = options
        self._backend = backend
        self._meet = meet
        self._counters = Counters()
        began = time.perf_counter()
        self._devices = backend.configure(options)
        self.series: dict[str, Series] = backend.prepare(options, self._devices)
        self._trainer = backend.trainer(options, self._devices)
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
        self._described = backend.devices(self._devices)
        self._on_gpus = any(device["kind"] == "GPU" for device in self._described)
        meet("the end of warming up")

    def block(self, series: str, block: int, steps: int) -> dict[str, object]:
        """Take timed steps. A step begins with asking for its images and ends with its loss in the program's hands."""
        times: list[float] = []
        waited = 0.0
        loss = self._first_loss
        with self.series[series].around(block, steps) as own:
            self._meet(f"a block of {steps} steps")
            with self._counters as counters, Sampler(used=self._on_gpus) as sampler:
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
        """Describe the framework, what it found, and what is being trained."""
        options = self._options
        return {
            **self._backend.facts(),
            "devices": self._described,
            "training": {
                "model": options.model.name,
                "parameters": self._trainer.parameters(),
                "batchSizePerDevice": options.batch_size,
                "devices": self._devices.count,
                "imageSize": options.image_size,
                "threads": self._backend.threads(),
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
