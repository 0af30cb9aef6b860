"""Zip archives of functions, whose bytes depend on nothing but what goes in."""

from __future__ import annotations

import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

EPOCH: Final = (2024, 1, 1, 0, 0, 0)
TASK: Final = "/var/task"
"""Where the package is unpacked: what compiled byte code says of its source."""

Entry = tuple[str, bytes]


@dataclass(frozen=True)
class Part:
    """What a part of the package takes."""

    name: str
    bytes: int
    """Unpacked."""
    zipped_bytes: int


def byte_code(name: str, source: bytes, scratch: Path) -> Entry | None:
    """Compile a source, for a place that cannot be written to; None when it is for another Python."""
    path = scratch / "source.py"
    path.write_bytes(source)
    target = scratch / "compiled.pyc"
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(str(path), str(target), f"{TASK}/{name}", doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        return None
    folder, _, file = name.rpartition("/")
    tag = sys.implementation.cache_tag
    return f"{folder}/__pycache__/{file[:-3]}.{tag}.pyc".lstrip("/"), target.read_bytes()


def with_byte_code(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Put its byte code beside every source."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in entries:
            yield name, content
            compiled = byte_code(name, content, Path(scratch)) if name.endswith(".py") else None
            if compiled is not None:
                yield compiled


def part_of(name: str) -> str:
    """Name the part of the package that a file belongs to."""
    top = name.split("/", 1)[0]
    return top.split("-")[0].split(".")[0] if "/" in name else top


def write(archive: Path, entries: list[Entry]) -> list[Part]:
    """Write the archive, and say what its parts take, the largest first."""
    sizes: dict[str, list[int]] = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in sorted(entries):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3
            info.external_attr = (0o755 if ".so" in name else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
            size = sizes.setdefault(part_of(name), [0, 0])
            size[0] += len(content)
            size[1] += target.getinfo(name).compress_size
    parts = [Part(name, *size) for name, size in sizes.items()]
    return sorted(parts, key=lambda part: part.bytes, reverse=True)
