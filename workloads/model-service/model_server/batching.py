"""Requests of the same moment, predicted together; and a limit on how long one may take."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .description import Batching, Limits
from .errors import ServiceError
from .inputs import Request

Predict = Callable[[Request], "list[Any]"]


@dataclass
class Job:
    """One request on its way."""

    request: Request
    begun: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    answer: list[Any] | None = None
    error: BaseException | None = None
    given_up: bool = False

    def finish(self, answer: list[Any] | None, error: BaseException | None = None) -> None:
        """Wake up who waits for it."""
        self.answer, self.error = answer, error
        self.done.set()


def together(requests: list[Request]) -> Request | None:
    """Several requests as one; None where their inputs do not fit together."""
    instances: list[Any] = []
    tensors: dict[str, list[Any]] = {}
    for each in requests:
        if each.tensors is None:
            instances += each.instances or []
        for name, value in (each.tensors or {}).items():
            tensors.setdefault(name, []).append(value)
    if not tensors:
        return Request(instances, None)
    if (
        len(
            {tuple((name, value.shape[1:], value.dtype) for name, value in (r.tensors or {}).items()) for r in requests}
        )
        > 1
    ):
        return None
    return Request(None, {name: np.concatenate(values) for name, values in tensors.items()})


class Worker:
    """Threads that predict. A request waits at most as long as the limits say, and then gets 504."""

    def __init__(self, predict: Predict, limits: Limits, batching: Batching | None, threads: int) -> None:
        """Start the threads; `threads` predictions run at the same time, one where requests are batched."""
        self.predict, self.limits, self.batching = predict, limits, batching
        self.queue: deque[Job] = deque()
        self.under_way: dict[int, float] = {}
        self.changed = threading.Condition()
        self.crowded = False
        self.on_batch: Callable[[int, float], None] = lambda _size, _seconds: None
        for _ in range(1 if batching is not None else threads):
            threading.Thread(target=self._work, daemon=True).start()

    def submit(self, request: Request) -> list[Any]:
        """Have a request predicted."""
        job = Job(request)
        with self.changed:
            if len(self.queue) + len(self.under_way) >= self.limits.waiting:
                message = f"{self.limits.waiting} requests are under way."
                raise ServiceError(503, "overloaded", message, retry_after_sec=1)
            self.queue.append(job)
            self.changed.notify()
        if not job.done.wait(self.limits.predict_sec):
            job.given_up = True
            message = f"The prediction took longer than {self.limits.predict_sec:g} s."
            raise ServiceError(504, "prediction-timeout", message)
        if job.error is not None:
            raise job.error
        return job.answer if job.answer is not None else []

    def stuck_sec(self) -> float:
        """Seconds that the oldest prediction has been running; 0 when none is."""
        with self.changed:
            return max((time.monotonic() - begun for begun in self.under_way.values()), default=0.0)

    def _take(self) -> list[Job]:
        """Wait for jobs; with batching, for others that come soon after the first."""
        with self.changed:
            while not self.queue:
                self.changed.wait()
            jobs = [self.queue.popleft()]
            size = jobs[0].request.count()
            # Who is alone waits for nobody: only where others came together before, or are here, more are expected.
            if self.batching is not None and (self.queue or self.crowded):
                end = jobs[0].begun + self.batching.wait_ms / 1000
                while size < self.batching.most:
                    if not self.queue and not self.changed.wait(max(0.0, end - time.monotonic())):
                        break
                    if self.queue:
                        if size + self.queue[0].request.count() > self.batching.most:
                            break
                        jobs.append(self.queue.popleft())
                        size += jobs[-1].request.count()
            self.crowded = len(jobs) > 1
            for job in jobs:
                self.under_way[id(job)] = time.monotonic()
            return jobs

    def _work(self) -> None:
        while True:
            jobs = self._take()
            try:
                self._run([job for job in jobs if not job.given_up])
            finally:
                with self.changed:
                    for job in jobs:
                        self.under_way.pop(id(job), None)

    def _run(self, jobs: list[Job]) -> None:
        whole = together([job.request for job in jobs]) if len(jobs) > 1 else None
        if whole is None:
            for job in jobs:
                self._single(job)
            return
        try:
            answers = self._timed(whole)
        except BaseException:  # One bad input must not fail the others: each is tried alone.
            for job in jobs:
                self._single(job)
            return
        at = 0
        for job in jobs:
            count = job.request.count()
            job.finish(answers[at : at + count])
            at += count

    def _single(self, job: Job) -> None:
        try:
            job.finish(self._timed(job.request))
        except BaseException as error:
            job.finish(None, error)

    def _timed(self, request: Request) -> list[Any]:
        started = time.perf_counter()
        answers = self.predict(request)
        self.on_batch(request.count(), time.perf_counter() - started)
        return answers
