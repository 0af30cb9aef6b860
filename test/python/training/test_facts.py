"""Facts, on trees of files as kernels lay them out."""

import hashlib
import os
import platform
from pathlib import Path

from facts import cgroup_limits, loaded_libc, operating_system, sha256, system_facts


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_cgroup_v2_takes_the_tightest_of_all_levels(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
            "sys/fs/cgroup/outer/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/outer/memory.max": "max\n",
            "sys/fs/cgroup/outer/inner/cpu.max": "max 100000\n",
            "sys/fs/cgroup/outer/inner/memory.max": "3221225472\n",
        },
    )
    assert cgroup_limits(root) == {"version": "v2", "cpus": 1.5, "memoryMiB": 3072.0}


def test_cgroup_v1(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/job\n",
            "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "2147483648\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert cgroup_limits(root) == {"version": "v1", "cpus": 1.0, "memoryMiB": 2048.0}


def test_cgroup_v1_in_a_container_that_sees_its_own_at_the_mount(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        {
            "proc/self/cgroup": "5:memory:/machine/out-of-sight\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
        },
    )
    assert cgroup_limits(root) == {"version": "v1", "cpus": None, "memoryMiB": 1024.0}


def test_without_cgroups_there_is_no_limit(tmp_path: Path) -> None:
    assert cgroup_limits(tmp_path) == {"version": None, "cpus": None, "memoryMiB": None}


def test_operating_system(tmp_path: Path) -> None:
    write(tmp_path, {"etc/os-release": 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'})
    assert operating_system(tmp_path) == "Debian GNU/Linux 12 (bookworm)"
    assert operating_system(tmp_path / "empty") is None


def test_this_machine() -> None:
    facts = system_facts()
    assert facts["kernelRelease"] == os.uname().release
    assert facts["python"] == platform.python_version()
    assert facts["affinity"] == sorted(os.sched_getaffinity(0))
    libc = loaded_libc()
    assert libc is not None
    digests = facts["sha256"]
    assert isinstance(digests, dict)
    assert digests["libc"] == hashlib.sha256(libc.read_bytes()).hexdigest()
    assert len(digests["interpreter"]) == 64


def test_the_digest_of_nothing_is_null(tmp_path: Path) -> None:
    assert sha256(None) is None
    assert sha256(tmp_path) is None
