"""What serving has to install: distributions with all that they require, and their bytes on this disk."""

from __future__ import annotations

from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def installed(roots: tuple[str, ...]) -> dict[str, Any]:
    """Add up the files of distributions and of what these require, as far as they are installed here."""
    present = {canonicalize_name(each.name): each for each in distributions() if each.name}
    pending, found, absent = [canonicalize_name(name) for name in roots], {}, set()
    while pending:
        name = pending.pop()
        if name in found or name in absent:
            continue
        if name not in present:
            absent.add(name)
            continue
        found[name] = present[name]
        required = [Requirement(line) for line in present[name].requires or []]
        pending += [
            canonicalize_name(each.name)
            for each in required
            if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
    return {
        "bytes": sum(map(_bytes, found.values())),
        "distributions": sorted(f"{name} {each.version}" for name, each in found.items()),
        "notHere": sorted(absent),
    }


def _bytes(distribution: Distribution) -> int:
    paths = [Path(path.locate()) for path in distribution.files or []]
    return sum(path.stat().st_size for path in paths if path.is_file())
