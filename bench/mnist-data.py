"""Writes a training set in the format of MNIST: `python mnist-data.py FOLDER`.

Its images are random, from a fixed seed: how long a step takes does not depend on what they show.
"""

import sys
from pathlib import Path

import numpy as np

IMAGES, SIZE, CLASSES = 60_000, 28, 10


def main() -> None:
    """Write images and labels as IDX files."""
    folder = Path(sys.argv[1])
    random = np.random.default_rng(1)
    for name, shape, most in (
        ("train-images-idx3-ubyte", (IMAGES, SIZE, SIZE), 256),
        ("train-labels-idx1-ubyte", (IMAGES,), CLASSES),
    ):
        header = bytes([0, 0, 8, len(shape)]) + b"".join(length.to_bytes(4) for length in shape)
        (folder / name).write_bytes(header + random.integers(0, most, shape, np.uint8).tobytes())


if __name__ == "__main__":
    main()
