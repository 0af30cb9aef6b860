"""Images of both domains, from IDX files: what is trained on, and what is only tested on."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from settings import AdaptError

sys.path.append(str(Path(__file__).resolve().parents[2] / "optimised-training" / "run"))

from epochs.idx import CLASSES, IMAGES, LABELS, SIZE, DataError, read_values

Pixels = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """Pixels from 0 to 255, [images, 28, 28, 1], and labels."""

    pixels: Pixels
    labels: Labels

    def some(self, count: int, numbers: np.random.Generator) -> Images:
        """Draw so many, every class as often as any other as far as it goes."""
        order = numbers.permutation(len(self.labels))
        turn = np.empty(len(order), dtype=np.int64)
        for kind in range(CLASSES):
            own = order[self.labels[order] == kind]
            turn[own] = np.arange(len(own))
        # The first of each class, then the second of each, and so on.
        chosen = order[np.argsort(turn[order], kind="stable")][:count]
        return Images(self.pixels[chosen], self.labels[chosen])


def _half(folder: Path, images: str, labels: str) -> Images:
    try:
        pixels, shape = read_values(folder, images)
        kinds, count = read_values(folder, labels)
    except DataError as error:
        raise AdaptError("data-invalid", f"{error}.") from error
    if len(shape) != 3 or shape[1:] != (SIZE, SIZE) or count != shape[:1] or max(kinds, default=CLASSES) >= CLASSES:
        raise AdaptError(
            "data-invalid",
            f"{folder.name} has images of the shape {shape} and labels of {count}.",
            f"Allowed are n × {SIZE} × {SIZE}, and n labels below {CLASSES}.",
        )
    values = np.frombuffer(pixels, np.uint8).reshape(*shape, 1).astype(np.float32)
    return Images(values, np.frombuffer(kinds, np.uint8).astype(np.int64))


def read_halves(folder: Path) -> tuple[Images, Images]:
    """Return the images to train on, and those to test on."""
    test = (IMAGES.replace("train", "t10k"), LABELS.replace("train", "t10k"))
    return _half(folder, IMAGES, LABELS), _half(folder, *test)
