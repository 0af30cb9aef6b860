"""The kernel's page cache: what of a file lies in it, filling it, emptying it. Linux, through the C library."""

import ctypes
import functools
import mmap
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PAGE = mmap.PAGESIZE
READ_BYTES = 1 << 20
CAP_FOWNER = 3
"""Bit of the capability to act as the owner of any file, see capabilities(7)."""
MAP_FAILED = ctypes.c_void_p(-1).value


@dataclass(frozen=True)
class ByteRange:
    """Bytes of a file: from `begin` up to, without, `end`."""

    path: Path
    begin: int
    end: int


def drop(path: Path) -> None:
    """Take a file's pages out of the cache, after writing back what has changed. Needs no privilege."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fdatasync(descriptor)  # A page that is not written back stays.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def fill(ranges: Iterable[ByteRange]) -> None:
    """Read bytes, so that their pages are in the cache as far as memory goes."""
    for part in ranges:
        descriptor = os.open(part.path, os.O_RDONLY)
        try:
            for offset in range(part.begin, part.end, READ_BYTES):
                os.pread(descriptor, min(READ_BYTES, part.end - offset), offset)
        finally:
            os.close(descriptor)


def residency(ranges: Iterable[ByteRange]) -> float | None:
    """Return the share of the pages of some bytes, 0 to 1, that lie in the cache; None where the kernel does not tell.

    Source: mincore(2). Since Linux 5.2 it says "in the cache" of every page of a file that the caller neither owns nor
    may write to; such an answer is worth nothing, and None is returned instead.
    """
    pages = resident = 0
    for part in ranges:
        if part.end <= part.begin:
            continue
        descriptor = os.open(part.path, os.O_RDONLY)
        try:
            if not _is_told(os.fstat(descriptor).st_uid):
                return None
            flags = _in_core(descriptor, part.begin - part.begin % PAGE, part.end)
        finally:
            os.close(descriptor)
        pages += len(flags)
        resident += sum(flag & 1 for flag in flags)
    return None if pages == 0 else resident / pages


@functools.cache
def _is_told(owner: int) -> bool:
    """Whether mincore(2) tells this process the truth about files of an owner."""
    if owner == os.geteuid():
        return True
    found = re.search(r"^CapEff:\s+([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found is not None and bool(int(found[1], 16) >> CAP_FOWNER & 1)


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        *(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int),
        ctypes.c_int64,
    ]
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return libc


def _in_core(descriptor: int, begin: int, end: int) -> bytes:
    """Return a byte per page of a mapping that is never touched; its lowest bit says whether the page is in memory."""
    libc = _libc()
    length = end - begin
    address = libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, begin)
    if address == MAP_FAILED:
        raise OSError(ctypes.get_errno(), "mmap failed")
    try:
        flags = ctypes.create_string_buffer(-(-length // PAGE))
        if libc.mincore(address, length, flags) != 0:
            raise OSError(ctypes.get_errno(), "mincore failed")
        return flags.raw
    finally:
        libc.munmap(address, length)
