"""A `tf.train.Example` without TensorFlow: what an image's record needs of Protocol Buffers' wire format.

An Example is a message of features by name: field 1 holds `Features`, whose field 1 is repeated entries of a map from a
name (1) to a `Feature` (2); that one is a list of bytes (1) or of integers (3), in whose field 1 the values are.
Source: example.proto and feature.proto of TensorFlow, and the encoding guide of Protocol Buffers.
"""

from collections.abc import Iterator

VARINT, BYTES = 0, 2
"""Wire types: a number, and a length with as many bytes."""
FIXED = {1: 8, 5: 4}
"""Wire types of a fixed number of bytes."""


def image_and_label(record: bytes) -> tuple[bytes, int]:
    """Return the encoded image and its label. Raises `ValueError` that says what is wrong with the record."""
    try:
        features = dict(_features(record))
    except (LookupError, UnicodeDecodeError):
        raise ValueError("it is no tf.train.Example") from None
    images, labels = features.get("image/encoded", []), features.get("image/class/label", [])
    match images, labels:
        case [bytes(image)], [int(label)]:
            return image, label
    raise ValueError("it has not one image/encoded and one image/class/label")


def _features(record: bytes) -> Iterator[tuple[str, list[bytes | int]]]:
    for features in _messages(record, 1):
        for entry in _messages(features, 1):
            names, values = list(_messages(entry, 1)), list(_messages(entry, 2))
            if names and values:
                yield names[-1].decode(), _values(values[-1])


def _values(feature: bytes) -> list[bytes | int]:
    """Return what a feature lists: bytes or integers; nothing of another kind."""
    values: list[bytes | int] = [value for content in _messages(feature, 1) for value in _messages(content, 1)]
    for content in _messages(feature, 3):
        for number, value in _fields(content):
            if number == 1:
                values += [value] if isinstance(value, int) else _packed(value)
    return values


def _packed(content: bytes) -> list[int]:
    numbers, at = [], 0
    while at < len(content):
        number, at = _varint(content, at)
        numbers.append(number)
    return numbers


def _messages(message: bytes, wanted: int) -> Iterator[bytes]:
    """Yield the contents of a field that is a message, bytes or text."""
    return (content for number, content in _fields(message) if number == wanted and isinstance(content, bytes))


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Yield number and content of each field. Raises `LookupError` where it is no message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if wire == BYTES:
            length, at = _varint(message, at)
        else:
            length = FIXED[wire]
        if at + length > len(message):
            raise IndexError("the message ends within a field")
        yield number, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and where it ends."""
    number = shift = 0
    while True:
        byte = message[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
