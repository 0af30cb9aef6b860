"""CPUs that this process may use: more threads of computation than these would only wait for each other."""

from __future__ import annotations

import math
import os
from pathlib import Path

QUOTAS = (
    ("/sys/fs/cgroup/cpu.max", None),
    ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
)
"""Files of version 2 of control groups, which has both numbers in one, and of version 1."""
MIB_OF_A_CPU = 1769
"""Memory of a function of AWS Lambda that comes with one CPU, in MiB."""


def quota() -> float | None:
    """CPUs by the quota of the control group; None without one."""
    for file, period in QUOTAS:
        try:
            words = Path(file).read_text().split()
            words += Path(period).read_text().split() if period is not None else []
        except OSError:
            continue
        if len(words) == 2 and words[0].isdigit() and int(words[1]) > 0:
            return int(words[0]) / int(words[1])
    return None


def computing_threads() -> int:
    """Threads of computation for each worker process."""
    memory = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    limit = quota() if memory is None else int(memory) / MIB_OF_A_CPU
    available = len(os.sched_getaffinity(0))
    cpus = available if limit is None else min(available, max(1, math.ceil(limit)))
    return max(1, cpus // max(1, int(os.environ.get("UNDERLAY_WORKERS", "1"))))
