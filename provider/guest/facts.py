"""Prints what can be seen from inside a host, as one JSON object. Needs the standard library only."""

import json
import os
import subprocess


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def field(text: str, name: str, separator: str) -> str:
    for line in text.splitlines():
        key, found, value = line.partition(separator)
        if found and key.strip() == name:
            return value.strip().strip('"')
    return ""


def cpu_quota() -> float | None:
    """CPUs that the control group may use in the mean; None without a limit."""
    quota, _, period = read("/sys/fs/cgroup/cpu.max").strip().partition(" ")
    if not quota:
        quota, period = (read(f"/sys/fs/cgroup/cpu/cpu.cfs_{name}_us").strip() for name in ("quota", "period"))
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def memory_limit_mib() -> int | None:
    """What the control group may use; None without a limit, for which version 1 has a number beyond all machines."""
    limit = read("/sys/fs/cgroup/memory.max").strip() or read("/sys/fs/cgroup/memory/memory.limit_in_bytes").strip()
    return int(limit) >> 20 if limit.isdigit() and int(limit) < 1 << 60 else None


def machine_virtualisation() -> str:
    """What virtualises the machine, as its CPUs and firmware report it."""
    if "hypervisor" not in field(read("/proc/cpuinfo"), "flags", ":").split():
        return "none"
    return read("/sys/class/dmi/id/sys_vendor").strip() or "a hypervisor"


def accelerators() -> list[str]:
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [line.strip() for line in result.stdout.splitlines() if line.strip()]


print(
    json.dumps(
        {
            "kernelRelease": os.uname().release,
            "operatingSystem": field(read("/etc/os-release"), "PRETTY_NAME", "="),
            "cpuModel": field(read("/proc/cpuinfo"), "model name", ":") or os.uname().machine,
            "affinity": sorted(os.sched_getaffinity(0)),
            "memoryMiB": int(field(read("/proc/meminfo"), "MemTotal", ":").split()[0]) // 1024,
            "accelerators": accelerators(),
            "cpuQuota": cpu_quota(),
            "memoryLimitMiB": memory_limit_mib(),
            "machineVirtualisation": machine_virtualisation(),
            "rootDigest": os.environ.get("UNDERLAY_ROOT"),
        }
    )
)
