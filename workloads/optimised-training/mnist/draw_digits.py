"""Makes a data set in the format of MNIST: digits of strokes, each turned, scaled, slanted and moved at random.

`python3 draw_digits.py FOLDER --seed N` writes the four IDX files, and `GENERATED`, which says that they are no MNIST.
The same seed gives the same bytes. NumPy is all that it needs.
"""

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).resolve().parents[1] / "run"))

from epochs.idx import CLASSES, IMAGES, LABELS, SIZE, idx

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
TRAINING, TEST = 60_000, 10_000
"""Images of the two halves, as MNIST has them."""
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
CHUNK = 100
"""Images that are drawn at a time: what fits into a cache."""
ARC = 9
"""Pieces of a circle."""


def _arc(x: float, y: float, width: float, height: float, begin: float, end: float) -> list[tuple[float, float]]:
    """Return points of an ellipse around a point; angles are parts of a turn, from the right, downwards."""
    turns = np.linspace(begin, end, ARC) * 2 * np.pi
    return [(x + width * float(np.cos(turn)), y + height * float(np.sin(turn))) for turn in turns]


STROKES: tuple[list[list[tuple[float, float]]], ...] = (
    [_arc(0.5, 0.5, 0.27, 0.4, 0, 1)],
    [[(0.35, 0.25), (0.52, 0.1), (0.52, 0.9)]],
    [[*_arc(0.5, 0.32, 0.25, 0.22, -0.5, 0.1), (0.25, 0.9), (0.77, 0.9)]],
    [_arc(0.48, 0.3, 0.23, 0.2, -0.42, 0.25), _arc(0.48, 0.7, 0.27, 0.2, -0.25, 0.42)],
    [[(0.62, 0.9), (0.62, 0.1), (0.22, 0.62), (0.8, 0.62)]],
    [[(0.74, 0.1), (0.32, 0.1), (0.29, 0.46)], _arc(0.48, 0.65, 0.26, 0.24, -0.36, 0.4)],
    [[(0.66, 0.1), (0.38, 0.4), (0.27, 0.66)], _arc(0.5, 0.68, 0.23, 0.21, 0, 1)],
    [[(0.24, 0.1), (0.76, 0.1), (0.42, 0.9)], [(0.38, 0.5), (0.7, 0.5)]],
    [_arc(0.5, 0.3, 0.2, 0.19, 0, 1), _arc(0.5, 0.69, 0.24, 0.21, 0, 1)],
    [_arc(0.5, 0.32, 0.23, 0.21, 0, 1), [(0.73, 0.34), (0.69, 0.62), (0.56, 0.9)]],
)
"""The lines of each digit in a square of side 1, from its upper left corner."""


def _segments(digit: int) -> Floats:
    """Return the pieces of a digit's lines: `[pieces, 2 ends, 2 coordinates]`."""
    return np.array([pair for line in STROKES[digit] for pair in pairwise(line)], dtype=np.float64)


SEGMENTS = [_segments(digit) for digit in range(CLASSES)]
MOST = max(len(pieces) for pieces in SEGMENTS)
# Every digit has as many pieces: what it lacks is its first one again, which draws nothing more.
PIECES = np.stack([np.concatenate([each, np.repeat(each[:1], MOST - len(each), 0)]) for each in SEGMENTS])


def draw(labels: NDArray[np.uint8], numbers: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a digit for each label: `[labels, 28, 28]`, 0 for paper and 255 for ink."""
    count = len(labels)
    turn, slant = numbers.normal(0, 0.16, count), numbers.normal(0, 0.18, count)
    wide, high = numbers.uniform(0.62, 0.86, count), numbers.uniform(0.66, 0.86, count)
    cos, sin = np.cos(turn), np.sin(turn)
    # Slant first, then scale, then turn, all about the middle of the square.
    matrix = np.array(
        [[cos * wide, (cos * slant * wide) - sin * high], [sin * wide, (sin * slant * wide) + cos * high]]
    )
    shaken = PIECES[labels] - 0.5 + numbers.normal(0, 0.012, (count, MOST, 2, 2))
    ends = np.einsum("ijn,nkej->nkei", matrix, shaken) + 0.5
    ends = ends + numbers.normal(0, 0.03, (count, 1, 1, 2))
    thickness = numbers.uniform(0.030, 0.055, count)[:, None]
    ink = 1.0 - (_distance(ends) - thickness) * SIZE
    noise = numbers.normal(0, 6.0, ink.shape)
    drawn = np.where(ink > 0, np.clip(ink, 0, 1) * 255.0 + noise, 0.0)
    return np.clip(np.rint(drawn), 0, 255).astype(np.uint8).reshape(count, SIZE, SIZE)


def _distance(ends: Floats) -> Singles:
    """Return how far each pixel's middle is from the nearest line: `[images, pixels]`."""
    middles = ((np.arange(SIZE) + 0.5) / SIZE).astype(np.float32)
    y, x = (each.ravel()[None] for each in np.meshgrid(middles, middles, indexing="ij"))
    begins, alongs = ends[:, :, 0].astype(np.float32), (ends[:, :, 1] - ends[:, :, 0]).astype(np.float32)
    lengths = np.maximum((alongs**2).sum(2), np.float32(1e-12))
    nearest = np.full((len(ends), SIZE * SIZE), np.inf, np.float32)
    for piece in range(ends.shape[1]):
        along_x, along_y = (alongs[:, piece, axis, None] for axis in range(2))
        from_x, from_y = x - begins[:, piece, 0, None], y - begins[:, piece, 1, None]
        part = np.clip((from_x * along_x + from_y * along_y) / lengths[:, piece, None], 0, 1)
        from_x -= part * along_x
        from_y -= part * along_y
        np.minimum(nearest, from_x**2 + from_y**2, out=nearest)
    return np.sqrt(nearest)


def digits(count: int, numbers: np.random.Generator) -> tuple[bytes, bytes]:
    """Return the pixels and labels of so many digits, in random order, every label as often as any other."""
    labels = (np.arange(count) % CLASSES).astype(np.uint8)
    numbers.shuffle(labels)
    drawn = [draw(labels[at : at + CHUNK], numbers).tobytes() for at in range(0, count, CHUNK)]
    return b"".join(drawn), labels.tobytes()


def main() -> None:
    """Write the data set."""
    parser = argparse.ArgumentParser("draw_digits.py")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=int, default=TRAINING)
    parser.add_argument("--test-images", type=int, default=TEST)
    given = parser.parse_args()
    halves = ((IMAGES, LABELS, given.images), (TEST_IMAGES, TEST_LABELS, given.test_images))
    for half, (images, labels, count) in enumerate(halves):
        pixels, classes = digits(count, np.random.default_rng([given.seed, half]))
        (given.folder / images).write_bytes(idx((count, SIZE, SIZE), pixels))
        (given.folder / labels).write_bytes(idx((count,), classes))
    said = {"generated": True, "notMnist": True, "seed": given.seed, "images": given.images, "test": given.test_images}
    (given.folder / "GENERATED").write_text(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
