"""What the program finds around itself: versions, limits, devices, and digests that prove equal bits."""

import hashlib
import os
import platform
import sys
from pathlib import Path

UNLIMITED_BYTES = 1 << 62
"""cgroup v1 writes a number near 2⁶³ where there is no limit on memory."""

INTERESTING_FLAGS = ("avx", "avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "fma")


def system_facts(root: Path = Path("/")) -> dict[str, object]:
    """Collect what needs no TensorFlow. What cannot be found is null."""
    return {
        "python": platform.python_version(),
        "kernelRelease": platform.release(),
        "operatingSystem": operating_system(root),
        "affinity": sorted(os.sched_getaffinity(0)),
        "cpuModel": _cpu_field(root, "model name"),
        "cpuFlags": [flag for flag in INTERESTING_FLAGS if flag in (_cpu_field(root, "flags") or "").split()],
        "cgroup": cgroup_limits(root),
        "sha256": {"interpreter": sha256(Path(sys.executable).resolve()), "libc": sha256(loaded_libc())},
    }


def operating_system(root: Path) -> str | None:
    """`PRETTY_NAME` of os-release."""
    text = _read(root / "etc/os-release") or ""
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if key == "PRETTY_NAME":
            return value.strip("\"'")
    return None


def cgroup_limits(root: Path) -> dict[str, object]:
    """Return the tightest limits of this process's cgroups: version, CPUs and MiB; null where there is no limit."""
    cpus: list[float] = []
    memory: list[float] = []
    version: str | None = None
    mount = root / "sys/fs/cgroup"
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        names = controllers.split(",")
        if controllers == "" and (mount / "cgroup.controllers").exists():
            version = "v2"
            for folder in _upwards(mount, path):
                cpus += _quota((_read(folder / "cpu.max") or "").split())
                memory += _bytes(_read(folder / "memory.max"))
        elif "cpu" in names:
            version = version or "v1"
            for folder in _upwards(_first_folder(mount, controllers, "cpu"), path):
                quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
                cpus += _quota([(quota or "").strip(), (period or "").strip()])
        elif "memory" in names:
            version = version or "v1"
            for folder in _upwards(_first_folder(mount, controllers, "memory"), path):
                memory += _bytes(_read(folder / "memory.limit_in_bytes"))
    return {"version": version, "cpus": min(cpus, default=None), "memoryMiB": min(memory, default=None)}


def _first_folder(mount: Path, *names: str) -> Path:
    return next((mount / name for name in names if (mount / name).is_dir()), mount / names[-1])


def _upwards(mount: Path, path: str) -> list[Path]:
    """Return the cgroup and all above it; where a container cannot see its own, the mount is what is left."""
    folder = mount / path.strip("/")
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(mount))]


def _quota(words: list[str]) -> list[float]:
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]) > 0:
        return [int(words[0]) / int(words[1])]
    return []


def _bytes(text: str | None) -> list[float]:
    word = (text or "").strip()
    return [int(word) / 2**20] if word.isdigit() and int(word) < UNLIMITED_BYTES else []


def _cpu_field(root: Path, field: str) -> str | None:
    for line in (_read(root / "proc/cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == field:
            return value.strip()
    return None


def loaded_libc() -> Path | None:
    """Return the C library that this process runs on."""
    for line in (_read(Path("/proc/self/maps")) or "").splitlines():
        path = line.split(maxsplit=5)[-1]
        if Path(path).name.startswith(("libc.so", "libc-2", "ld-musl")):
            return Path(path)
    return None


def sha256(path: Path | None) -> str | None:
    """Digest a file; null where there is none."""
    if path is None or not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return None
