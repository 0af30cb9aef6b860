"""The timed loop, and the record that it writes."""

import json
import math
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from epochs.backend import Backend
from epochs.idx import DataError
from epochs.settings import WARM_UP_STEPS, Settings
from epochs.tasks import TASKS

SCHEMA = "underlay/epochs/1"


class DivergedError(Exception):
    """The loss is not a finite number any more."""


class Clock:
    """The steps of all epochs: those after the warm-up are timed, from the end of one to the end of the next."""

    def __init__(self, wanted: int | None) -> None:
        """Count to the number of timed steps that is wanted; None for any number."""
        self._wanted = wanted
        self._passed = 0
        self._before = perf_counter()
        self.first: float | None = None
        """Seconds of the first step, data included; None before its end."""
        self.count = self.images = 0
        self.seconds = 0.0

    @property
    def over(self) -> bool:
        """Whether there were as many steps as wanted."""
        return self._wanted is not None and self.count >= self._wanted

    def begin(self) -> None:
        """Take up the time: what lies before is no step's."""
        self._before = perf_counter()

    def tick(self, images: int) -> None:
        """End a step of so many images."""
        now = perf_counter()
        seconds, self._before = now - self._before, now
        self._passed += 1
        if self.first is None:
            self.first = seconds
        if self._passed > WARM_UP_STEPS:
            self.count, self.images, self.seconds = self.count + 1, self.images + images, self.seconds + seconds


def train(settings: Settings, backend: Backend) -> dict[str, Any]:
    """Train, saying each epoch on standard error; return the record. Raises `DataError` and `DivergedError`."""
    steps = (settings.images or backend.images) // settings.batch
    if steps == 0 or steps * settings.batch > backend.images:
        wanted = settings.images or settings.batch
        raise DataError(f"an epoch of {wanted} images, {settings.batch} a step, cannot be had of {backend.images}")
    clock = Clock(settings.steps)
    epochs: list[dict[str, object]] = []
    turn = 0
    while (turn < settings.epochs) if settings.steps is None else not clock.over:
        epochs.append(_epoch(settings, backend, clock, turn, steps))
        turn += 1
        _say(f"epoch {turn}: {json.dumps(epochs[-1])}")
    return _record(settings, backend, clock, epochs)


def _epoch(settings: Settings, backend: Backend, clock: Clock, turn: int, steps: int) -> dict[str, object]:
    """Play one epoch, or as much of it as steps are wanted. Its time is that of a clock on the wall, data included."""
    losses, right, images = 0.0, 0, 0
    begin = perf_counter()
    clock.begin()
    for batch in backend.batches(turn, steps):
        loss, correct = backend.step(batch)
        if not math.isfinite(loss):
            raise DivergedError(f"the loss of epoch {turn + 1} is {loss}")
        clock.tick(settings.batch)
        losses, right, images = losses + loss * settings.batch, right + correct, images + settings.batch
        if clock.over:
            break
    return {
        "seconds": perf_counter() - begin,
        "images": images,
        "loss": losses / images,
        "accuracy": right / images,
    }


def _record(settings: Settings, backend: Backend, clock: Clock, epochs: list[dict[str, object]]) -> dict[str, Any]:
    task = TASKS[settings.model]
    return {
        "schema": SCHEMA,
        "model": settings.model,
        "framework": settings.framework,
        "version": backend.version,
        "compiler": settings.compiler,
        "batch": settings.batch,
        "images": settings.images or backend.images,
        "settings": settings.facts(),
        "epochs": epochs,
        "steps": {"count": clock.count, "seconds": clock.seconds, "images": clock.images},
        "first_step_seconds": clock.first,
        "parameters": task.parameters(),
        "flops_per_image": task.flops(),
        "finished": True,
    }


def write(path: Path, record: dict[str, Any]) -> None:
    """Write a record, whole or not at all."""
    aside = path.with_name(f".{path.name}.unfinished")
    aside.write_text(json.dumps(record, indent=2) + "\n")
    aside.replace(path)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
