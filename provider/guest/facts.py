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
        }
    )
)
