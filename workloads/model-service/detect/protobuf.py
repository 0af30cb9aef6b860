"""Protocol buffers by their wire format, field by field; long fields are skipped, so that any size takes no memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MOST_FIELDS: Final = 200_000
"""Of one message; a model has some hundred, a bomb as many as fit."""
MOST_TEXT: Final = 64 * 1024
"""Bytes of a field that are read as text."""


class WireError(ValueError):
    """The bytes are no message."""


@dataclass(frozen=True)
class Field:
    """One field of a message, where it lies."""

    number: int
    value: int
    """A number's value."""
    start: int
    end: int
    """Of a field with a length."""
    long: bool
    """Whether it has a length."""


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise WireError("it ends within a number")
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    raise WireError("a number has more than ten bytes")


def fields(file: BinaryIO, start: int, end: int) -> Iterator[Field]:
    """Yield the fields of the message between two places of a file."""
    place = start
    for _ in range(MOST_FIELDS):
        if place >= end:
            return
        file.seek(place)
        key = _varint(file)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise WireError("a field has no number")
        value, begin, long = 0, 0, kind == 2
        if kind == 0:
            value = _varint(file)
            place = file.tell()
        elif kind == 2:
            length = _varint(file)
            begin = file.tell()
            place = begin + length
        elif kind in (1, 5):
            place = file.tell() + (8 if kind == 1 else 4)
        else:
            raise WireError(f"a field is of kind {kind}")
        if place > end:
            raise WireError("it ends within a field")
        yield Field(number, value, begin, place, long)
    raise WireError(f"it has more than {MOST_FIELDS} fields")


def text(file: BinaryIO, field: Field) -> str:
    """Return the text of a field."""
    file.seek(field.start)
    return file.read(min(MOST_TEXT, field.end - field.start)).decode("utf-8", "replace")
