"""What else happens during a block: what the process used, what it waited for, what went over network and storage.

All are counters of the kernel, read before the block and after it. What the kernel does not tell is left out.
"""

import contextlib
import ctypes
import os
import platform
import re
import resource
import struct
import time
from pathlib import Path
from types import TracebackType

PRESSURES = {"cpu": "cpuPressureFraction", "memory": "memoryPressureFraction", "io": "ioPressureFraction"}
"""Metrics by the file of /proc/pressure that tells them."""
STEAL, TICKS = "stealFraction", "ticks"
TICK_FIELDS = 8
"""Fields of /proc/stat that add up to all time: guests' time, which comes after them, is in the user's already."""
STEAL_FIELD = 7
MEMORY_TRAFFIC = "memoryTrafficBytes"
CACHE_LINE_BYTES = 64
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}
"""Numbers of the system call."""
HARDWARE, CACHE_MISSES = 0, 3
INHERIT, EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6
TIME_ENABLED_AND_RUNNING = 3


class Counters:
    """Reads the counters around blocks; `metrics` tells of the last one."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Begin to count cache misses, in this thread and in all that it starts from now on."""
        self._root = root
        self._misses = open_event(HARDWARE, CACHE_MISSES)
        self._before: dict[str, float] = {}
        self._began = 0.0
        self.metrics: dict[str, float] = {}

    def __enter__(self) -> "Counters":
        """Begin a block."""
        self._before = self._read()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; the metrics are there from now on."""
        seconds = time.perf_counter() - self._began
        self.metrics = during(self._before, self._read(), seconds)

    def _read(self) -> dict[str, float]:
        counters = read_counters(self._root)
        misses = None if self._misses is None else read_event(self._misses)
        if misses is not None:
            counters[MEMORY_TRAFFIC] = misses * CACHE_LINE_BYTES
        return counters


def during(before: dict[str, float], after: dict[str, float], seconds: float) -> dict[str, float]:
    """Return the metrics of a block that took so long, from the counters before and after it."""
    metrics = {name: after[name] - before[name] for name in before if name in after}
    ticks = metrics.pop(TICKS, 0)
    steal = metrics.pop(STEAL, 0)
    if ticks > 0:
        metrics[STEAL] = min(max(steal / ticks, 0.0), 1.0)
    for name in PRESSURES.values():
        if name in metrics:
            metrics[name] = min(metrics[name] / seconds, 1.0)
    return metrics


def read_counters(root: Path) -> dict[str, float]:
    """Read all counters but those of the hardware: seconds, bytes, numbers of events."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    counters: dict[str, float] = {
        "cpuSeconds": usage.ru_utime + usage.ru_stime,
        "involuntaryContextSwitches": usage.ru_nivcsw,
        "majorPageFaults": usage.ru_majflt,
    }
    for resource_name, name in PRESSURES.items():
        _add(counters, name, root / "proc/pressure" / resource_name, r"^some .*total=(\d+)$", 1e-6)
    # Fetched from storage for this process, reading ahead included, the page cache not; see proc_pid_io(5).
    _add(counters, "storageReadBytes", root / "proc/self/io", r"^read_bytes: (\d+)$")
    times = re.search(r"^cpu +(\d+(?: \d+)*)$", _text(root / "proc/stat"), re.MULTILINE)
    if times is not None and len(fields := [int(field) for field in times[1].split()]) >= TICK_FIELDS:
        counters[STEAL], counters[TICKS] = fields[STEAL_FIELD], sum(fields[:TICK_FIELDS])
    lines = re.findall(r"^ *([^\s:]+): *(\d+(?: +\d+)*) *$", _text(root / "proc/net/dev"), re.MULTILINE)
    devices = [[int(field) for field in fields.split()] for name, fields in lines if name != "lo"]
    if devices:
        counters["networkReceivedBytes"] = sum(fields[0] for fields in devices)
        counters["networkSentBytes"] = sum(fields[8] for fields in devices)
    return counters


def _add(counters: dict[str, float], name: str, path: Path, pattern: str, unit: float = 1) -> None:
    found = re.search(pattern, _text(path), re.MULTILINE)
    if found is not None:
        counters[name] = int(found[1]) * unit


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def open_event(kind: int, event: int) -> int | None:
    """Count an event in user space, see perf_event_open(2); None where the kernel or the processor does not."""
    number = PERF_EVENT_OPEN.get(platform.machine())
    if number is None:
        return None
    flags = INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR
    attributes = struct.pack("=IIQQQQQIIQ", kind, 64, event, 0, 0, TIME_ENABLED_AND_RUNNING, flags, 0, 0, 0)
    any_processor, no_group, close_on_exec = -1, -1, 8
    call = ctypes.CDLL(None).syscall
    descriptor = int(call(number, attributes, 0, any_processor, no_group, ctypes.c_ulong(close_on_exec)))
    return None if descriptor < 0 else descriptor


def read_event(descriptor: int) -> float | None:
    """Return how often the event came, scaled up where it shared its counter with others; None if it never had one."""
    with contextlib.suppress(OSError):
        count, enabled, running = struct.unpack("=QQQ", os.read(descriptor, 24))
        return float(count * enabled / running) if running > 0 else None
    return None
