"""What the tests of the reading of sources share: the program as users start it, and sources written on the spot."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[3] / "workloads" / "model-service" / "detect"

Findings = dict[str, Any]


def write(source: Path, name: str, content: str | bytes) -> Path:
    """Write a file of a source, with its folders."""
    path = source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def source_in(folder: Path) -> Path:
    """Make the folder of a source, in one that has other things beside it."""
    source = folder / "source"
    source.mkdir()
    return source


def run(path: Path) -> Findings:
    """Run the program as it is run for users: isolated, without site packages."""
    argv = [sys.executable, "-I", "-S", "-B", str(PROGRAM), str(path)]
    done = subprocess.run(argv, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    findings = json.loads(done.stdout)
    assert isinstance(findings, dict)
    return findings


def needed(findings: Findings) -> list[str]:
    """Return the distributions that may be needed when the source runs."""
    wanted = ("always", "conditional", "lazy")
    return [each["name"] for each in findings["distributions"] if each["need"] in wanted]


def one(findings: Findings, kind: str, **what: str) -> dict[str, Any]:
    """Return the only entry of a list of findings that has these values."""
    found = [each for each in findings[kind] if all(each[key] == value for key, value in what.items())]
    assert len(found) == 1, f"{len(found)} of {what} in {findings[kind]}"
    entry = found[0]
    assert isinstance(entry, dict)
    return entry


def codes(findings: Findings) -> list[tuple[str, str]]:
    """Return the problems, by code and file."""
    return [(each["code"], each["file"]) for each in findings["problems"]]
