"""Takes NVIDIA's libraries out of PyTorch, where a service computes on the processor alone.

PyTorch's own index has wheels without them. Where that could not be reached, the lock has those of the public index:
gigabytes that nothing calls without a driver. PyTorch's code stays as it is; what is left imports, finds no accelerator
and computes on the processor. Set-up does the same (`tools/pytorch`).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

RUNTIME = "nvidia-cuda-runtime"
"""The one distribution of the vendor's that is really loaded (2 MB)."""
STAND_IN = "libtorch_global_deps.so"
"""A library of the wheel with nothing in it, which stands in for each of the vendor's."""
VENDORS = re.compile(r"lib(?:cu|nv|nccl)[A-Za-z_]*\.so")
ACCELERATOR_CODE = ".nv_fatbin"
"""Machine code of accelerators, two thirds of the library that has it."""
ON_DEMAND = "libtorch_cuda_linalg.so"
"""A library that accelerators alone load."""
SYMBOLS, DYNAMIC, NEEDED = 11, 6, 1
GLOBAL, WEAK = 1, 2
KEEP_SIZE_AND_PUNCH_HOLE = 3


def unneeded(names: set[str]) -> set[str]:
    """Return the distributions of a lock that only accelerators take; none where PyTorch brings none."""
    if "torch" not in names or RUNTIME not in names:
        return set()
    return {name for name in names if re.match(r"(?:nvidia|cuda)-|triton$", name)} - {RUNTIME}


class Section(NamedTuple):
    """A section of a shared library."""

    name: str
    kind: int
    offset: int
    size: int
    link: int


class Library:
    """A shared library (ELF, 64 bits, little endian), which is changed in its place."""

    def __init__(self, path: Path) -> None:
        """Open it."""
        self.file = path.open("r+b")
        self.data = mmap.mmap(self.file.fileno(), 0)
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path} is no ELF file of 64 bits, little endian")
        self.sections = list(self._sections())

    def close(self) -> None:
        """Write what was changed."""
        self.data.close()
        self.file.close()

    def _text(self, at: int) -> str:
        return self.data[at : self.data.find(b"\0", at)].decode("latin-1")

    def _sections(self) -> Iterator[Section]:
        (table,) = struct.unpack_from("<Q", self.data, 40)
        count, names = struct.unpack_from("<HH", self.data, 60)
        entries = [struct.unpack_from("<IIQQQQII", self.data, table + 64 * index) for index in range(count)]
        texts = entries[names][4]
        for name, kind, _flags, _address, offset, size, link, _info in entries:
            yield Section(self._text(texts + name), kind, offset, size, link)

    def needed(self) -> list[str]:
        """Return the libraries that it names as those it needs."""
        found = []
        for section in self.sections:
            if section.kind != DYNAMIC:
                continue
            texts = self.sections[section.link].offset
            for at in range(section.offset, section.offset + section.size, 16):
                tag, value = struct.unpack_from("<qQ", self.data, at)
                if tag == NEEDED:
                    found.append(self._text(texts + value))
        return found

    def weaken_missing(self) -> None:
        """Let every symbol that it looks for in others be missing: it is zero then, and the library is not refused."""
        for section in self.sections:
            if section.kind != SYMBOLS:
                continue
            for at in range(section.offset, section.offset + section.size, 24):
                info = self.data[at + 4]
                (place,) = struct.unpack_from("<H", self.data, at + 6)
                if place == 0 and info >> 4 == GLOBAL:
                    self.data[at + 4] = (WEAK << 4) | (info & 15)

    def free_accelerator_code(self) -> None:
        """Give back the space of machine code for accelerators; where the file system cannot, it stays."""
        libc = ctypes.CDLL(None, use_errno=True)
        for section in self.sections:
            if section.name == ACCELERATOR_CODE:
                offset, size = ctypes.c_int64(section.offset), ctypes.c_int64(section.size)
                libc.fallocate(self.file.fileno(), KEEP_SIZE_AND_PUNCH_HOLE, offset, size)


def take_out(folder: Path) -> None:
    """Make an installed PyTorch load without the vendor's libraries."""
    place = folder / "torch" / "lib"
    (place / ON_DEMAND).unlink(missing_ok=True)
    there = {path.name for path in (folder / "nvidia").rglob("*.so*")}
    for path in sorted(each for each in place.glob("*.so*") if not each.is_symlink()):
        library = Library(path)
        vendors = [name for name in library.needed() if VENDORS.match(name)]
        for name in vendors:
            if name not in there and not os.path.lexists(place / name):
                (place / name).symlink_to(STAND_IN)
        if vendors:
            library.weaken_missing()
            library.free_accelerator_code()
        library.close()
