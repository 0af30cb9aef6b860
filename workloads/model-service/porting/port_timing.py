"""How long the original and the ported model take: for a request, and from nothing to the first answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

WARM_UP = 20
"""Requests to each that are not timed."""
SIDES = ("original", "ported")
Predict = Callable[[list[Any]], list[Any]]


def latencies(
    predicts: dict[str, Predict], inputs: list[Any], blocks: int, requests: int, seed: int
) -> dict[str, list[list[float]]]:
    """Time requests of one sample each: seconds by side, block by block, the sides in a new random order each time."""
    numbers = np.random.default_rng([seed, 1])
    found: dict[str, list[list[float]]] = {side: [] for side in SIDES}
    count = len(inputs[0])
    for side in SIDES:
        for turn in range(WARM_UP):
            predicts[side]([each[turn % count : turn % count + 1] for each in inputs])
    for _ in range(blocks):
        for index in numbers.permutation(len(SIDES)):
            side = SIDES[index]
            block: list[float] = []
            for turn in range(requests):
                sample = [each[turn % count : turn % count + 1] for each in inputs]
                begin = time.perf_counter()
                predicts[side](sample)
                block.append(time.perf_counter() - begin)
            found[side].append(block)
    return found


def starts(program: Path, request: Path, count: int) -> dict[str, list[dict[str, float]]]:
    """Start a process of each side in turn: seconds until its first answer, and the most memory it took."""
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(count):
        for side in SIDES:
            begin = time.monotonic()  # Since boot: the same in every process.
            argv = [sys.executable, "-B", str(program), "--start", side, str(request)]
            done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=300)
            end = json.loads(done.stdout.splitlines()[-1])
            found[side].append({"seconds": end["at"] - begin, "peakMemoryMiB": end["peakMemoryMiB"]})
    return found


def started() -> dict[str, float]:
    """Return when the first answer was there, and the most memory that it took."""
    at = time.monotonic()
    # Not by getrusage: its peak is that of the process that forked this one, too.
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return {"at": at, "peakMemoryMiB": round(peak / 1024, 1)}
