"""The IDX files of MNIST: https://yann.lecun.com/exdb/mnist, plain or compressed by gzip, as they are published."""

import gzip
from dataclasses import dataclass
from pathlib import Path

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
SIZE = 28
"""Height and width of an image, in pixels."""
CLASSES = 10
UNSIGNED_BYTE = 0x08


class DataError(Exception):
    """The data cannot be trained on."""


@dataclass(frozen=True)
class ImageSet:
    """Images and labels, one byte a pixel and a label."""

    count: int
    pixels: bytes
    labels: bytes


def read_images(folder: Path) -> ImageSet:
    """Read the training set below a folder. Raises `DataError` for what is missing or damaged."""
    pixels, shape = read_values(folder, IMAGES)
    labels, lengths = read_values(folder, LABELS)
    if len(shape) != 3 or shape[1:] != (SIZE, SIZE) or lengths != shape[:1]:
        raise DataError(
            f"{folder} has images of the shape {shape} and labels of {lengths}; allowed: n × 28 × 28, and n"
        )
    if max(labels, default=0) >= CLASSES:
        raise DataError(f"{folder / LABELS} has a label {max(labels)}; allowed: 0 to {CLASSES - 1}")
    return ImageSet(shape[0], pixels, labels)


def read_values(folder: Path, name: str) -> tuple[bytes, tuple[int, ...]]:
    """Return the bytes behind the header, and the lengths that the header says. Raises `DataError`."""
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        path, content = plain, plain.read_bytes()
    elif packed.is_file():
        path, content = packed, gzip.decompress(packed.read_bytes())
    else:
        raise DataError(f"{folder} has neither {name} nor {name}.gz")
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise DataError(f"{path} is no IDX file of bytes")
    begin = 4 + 4 * content[3]
    lengths = tuple(int.from_bytes(content[at : at + 4]) for at in range(4, begin, 4))
    expected = 1
    for length in lengths:
        expected *= length
    if len(content) != begin + expected:
        raise DataError(f"{path} has {len(content) - begin} bytes behind its header, which says {expected}")
    return content[begin:], lengths


def idx(lengths: tuple[int, ...], values: bytes) -> bytes:
    """Return values as the content of an IDX file."""
    header = bytes([0, 0, UNSIGNED_BYTE, len(lengths)])
    return header + b"".join(length.to_bytes(4) for length in lengths) + values
