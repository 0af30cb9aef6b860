"""The shards of an ImageNet-format data set: which there are, and where in them each record begins.

A shard is a TFRecord file, named as `build_imagenet_data.py` of tensorflow/models names it: `train-00000-of-01024`. A
record is the length of its data (8 bytes, little endian), a checksum of the length (4), the data, a checksum of it (4).
"""

import functools
import os
import random
import re
import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

from page_cache import ByteRange
from protocol import SessionError

NAME = re.compile(r"train-(\d{5})-of-(\d{5})")
MOST_LANES = 10
"""Shards that are read at a time, as tf_cnn_benchmarks' `cycle_length`."""
HEADER_BYTES, FOOTER_BYTES = 12, 4
CASTAGNOLI = 0x82F63B78
MASK_DELTA = 0xA282EAD8


@dataclass(frozen=True)
class Span(ByteRange):
    """Consecutive records of a shard."""

    first: int
    """Number of the first of them in the shard."""
    records: int


class Shard:
    """One file; its records are found when they are first asked for, by reading headers alone."""

    def __init__(self, path: Path) -> None:
        """Take a file that is there."""
        self.path = path

    @functools.cached_property
    def offsets(self) -> "array[int]":
        """Where each record begins, then the end of the file. Raises `data-corrupt`; `data-incomplete` without any."""
        offsets = array("q", [0])
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            size = os.fstat(descriptor).st_size
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)  # The data between the headers is not wanted.
            while offsets[-1] < size:
                offsets.append(self._end(descriptor, len(offsets) - 1, offsets[-1], size))
        finally:
            os.close(descriptor)
        if len(offsets) == 1:
            raise SessionError("data-incomplete", f"{self.path} holds no record; copy it, or make the data set, again")
        return offsets

    def __len__(self) -> int:
        """Count the records."""
        return len(self.offsets) - 1

    def span(self, first: int, records: int) -> Span:
        """Name records of this shard."""
        return Span(self.path, self.offsets[first], self.offsets[first + records], first, records)

    def _end(self, descriptor: int, record: int, begin: int, size: int) -> int:
        header = os.pread(descriptor, HEADER_BYTES, begin)
        if len(header) < HEADER_BYTES:
            raise damaged(self.path, record, begin, "the file ends within it")
        length, checksum = struct.unpack("<QI", header)
        if masked_crc32c(header[:8]) != checksum:
            raise damaged(self.path, record, begin, "the checksum of its length is wrong")
        end = begin + HEADER_BYTES + int(length) + FOOTER_BYTES
        if end > size:
            raise damaged(self.path, record, begin, "the file ends within it")
        return end


class ShardSet:
    """All shards in a seeded order, dealt out to lanes: endless sequences of records that are read side by side.

    Place p in the endless sequence of all images is record p ÷ lanes of lane p mod lanes. A lane goes through its
    shards from begin to end, again and again.
    """

    def __init__(self, directory: Path, seed: int) -> None:
        """List the shards. Raises `data-not-found` and `data-incomplete`."""
        paths = list_shards(directory)
        random.Random(seed).shuffle(paths)
        self.shards = [Shard(path) for path in paths]
        self.lanes = min(len(paths), MOST_LANES)

    def spans(self, first: int, count: int) -> list[list[Span]]:
        """Return what to read for some places: spans by lane, the lane of the first place first, none of them empty."""
        places = range(first, first + min(count, self.lanes))
        return [self._in_lane(place, -(-(first + count - place) // self.lanes)) for place in places]

    def _in_lane(self, place: int, count: int) -> list[Span]:
        lane, begin = place % self.lanes, place // self.lanes
        shards = self.shards[lane :: self.lanes]
        spans: list[Span] = []
        index = 0
        while begin >= len(shards[index % len(shards)]):
            begin -= len(shards[index % len(shards)])
            index += 1
        while count > 0:
            shard = shards[index % len(shards)]
            taken = min(count, len(shard) - begin)
            spans.append(shard.span(begin, taken))
            count, begin, index = count - taken, 0, index + 1
        return spans


def list_shards(directory: Path) -> list[Path]:
    """List the shards of a folder in their order.

    Raises `data-not-found` when there are none and `data-incomplete` when some of the set that their names tell of, or
    shards of more than one set, are there.
    """
    found = {
        name: match for name in sorted(path.name for path in directory.iterdir()) if (match := NAME.fullmatch(name))
    }
    if not found:
        raise SessionError("data-not-found", f"{directory} holds no shard, which is named such as train-00000-of-01024")
    totals = sorted({match[2] for match in found.values()})
    if len(totals) > 1:
        raise SessionError(
            "data-incomplete", f"{directory} holds shards of {len(totals)} sets: of {', of '.join(totals)}; keep one"
        )
    names = [f"train-{number:05d}-of-{totals[0]}" for number in range(int(totals[0]))]
    missing = [name for name in names if name not in found]
    if missing or len(found) > len(names):
        name = missing[0] if missing else next(name for name in found if name not in names)
        problem = f"{directory / name} is missing" if missing else f"{directory / name} cannot be of this set"
        raise SessionError(
            "data-incomplete", f"{problem}: {len(found) - (not missing)} of {len(names)} shards are there"
        )
    return [directory / name for name in names]


def damaged(path: Path, record: int, begin: int, problem: str) -> SessionError:
    """Build the error for a record that cannot be used."""
    return SessionError(
        "data-corrupt",
        f"{path}: record {record}, at byte {begin}, is damaged: {problem}; copy the file, or make the data set, again",
    )


def masked_crc32c(data: bytes) -> int:
    """Return the checksum of a TFRecord: CRC-32C, rotated right by 15 bits, plus a constant."""
    crc, table = 0xFFFFFFFF, _crc_table()
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF


@functools.cache
def _crc_table() -> list[int]:
    table = []
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (CASTAGNOLI if crc & 1 else 0)
        table.append(crc)
    return table
