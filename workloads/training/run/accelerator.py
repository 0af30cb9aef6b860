"""What the GPUs do during a block, as `nvidia-smi` samples it."""

import math
import os
import shutil
import subprocess
from collections import defaultdict
from statistics import fmean
from types import TracebackType

FIELDS = ("index", "utilization.gpu", "memory.used", "power.draw")
PERIOD_MS = 200


def parse_samples(text: str) -> dict[str, float]:
    """Reduce the samples of a block to metrics.

    `acceleratorUtilisation`: per cent, mean over time and GPUs; `acceleratorMemoryMiB`: largest sum over GPUs of each
    one's peak; `acceleratorPowerWatts`: mean over time, summed over GPUs. What a GPU does not report (`[N/A]`) is left
    out, and a metric that no GPU reports is absent. Lines that are not samples are skipped.
    """
    utilisation: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, list[float]] = defaultdict(list)
    power: dict[str, list[float]] = defaultdict(list)
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(FIELDS) or not cells[0].isdigit():
            continue
        for series, cell in zip((utilisation, memory, power), cells[1:], strict=True):
            number = _number(cell)
            if number is not None:
                series[cells[0]].append(number)
    metrics: dict[str, float] = {}
    if utilisation:
        metrics["acceleratorUtilisation"] = fmean(fmean(values) for values in utilisation.values())
    if memory:
        metrics["acceleratorMemoryMiB"] = sum(max(values) for values in memory.values())
    if power:
        metrics["acceleratorPowerWatts"] = sum(fmean(values) for values in power.values())
    return metrics


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Sampler:
    """Runs `nvidia-smi` for as long as a block takes; does nothing where there is none or no GPU is used."""

    def __init__(self, used: bool) -> None:
        """Sample only if the session uses a GPU."""
        self._command = shutil.which("nvidia-smi") if used else None
        self._process: subprocess.Popen[str] | None = None
        self.metrics: dict[str, float] = {}

    def __enter__(self) -> "Sampler":
        """Start sampling."""
        if self._command is not None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            arguments = [f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits", f"--loop-ms={PERIOD_MS}"]
            arguments += [f"--id={visible}"] if visible else []
            self._process = subprocess.Popen(
                [self._command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop sampling; the metrics are there from now on."""
        if self._process is not None:
            self._process.terminate()
            output, _ = self._process.communicate()
            self.metrics = parse_samples(output)
            self._process = None
