"""Makes a data set in the format of Fashion-MNIST: outlines of ten pieces of clothing, in one of two domains.

`python3 draw_clothes.py FOLDER --domain shop|street --seed N` writes the four IDX files, and `GENERATED`, which says
that they are no Fashion-MNIST. `shop` is as the real set is: one piece, upright and bright on black. `street` is what
a model of the other has not seen: turned, smaller, dimmer, before stripes and blots, and with a bar across. The same
seed gives the same bytes. NumPy is all that it needs.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).resolve().parents[2] / "optimised-training" / "run"))

from epochs.idx import CLASSES, IMAGES, LABELS, SIZE, idx

Floats = NDArray[np.float64]
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
DOMAINS = ("shop", "street")
FINE = 2
"""Points of a side of a pixel that are looked at: edges are grey."""

HALVES: tuple[list[tuple[float, float]], ...] = (
    [(0.10, 0.14), (0.30, 0.10), (0.46, 0.34), (0.33, 0.44), (0.27, 0.36), (0.27, 0.90)],  # t-shirt
    [(0.22, 0.08), (0.26, 0.92), (0.09, 0.92), (0.02, 0.30)],  # trouser
    [(0.10, 0.12), (0.28, 0.12), (0.48, 0.80), (0.36, 0.86), (0.26, 0.50), (0.26, 0.88)],  # pullover
    [(0.07, 0.06), (0.12, 0.08), (0.10, 0.36), (0.32, 0.94)],  # dress
    [
        (0.04, 0.20),
        (0.12, 0.08),
        (0.28, 0.10),
        (0.46, 0.86),
        (0.36, 0.90),
        (0.26, 0.48),
        (0.30, 0.96),
        (0.03, 0.96),
    ],  # coat
    [],  # sandal
    [(0.03, 0.22), (0.14, 0.08), (0.30, 0.16), (0.40, 0.34), (0.31, 0.42), (0.26, 0.34), (0.26, 0.92)],  # shirt
    [],  # sneaker
    [(0.10, 0.16), (0.15, 0.16), (0.15, 0.36), (0.40, 0.38), (0.42, 0.86)],  # bag
    [],  # ankle boot
)
"""Right halves of what is alike on both sides, as far from the middle and from the top."""

WHOLES: dict[int, list[tuple[float, float]]] = {
    5: [(0.04, 0.62), (0.34, 0.40), (0.46, 0.56), (0.70, 0.44), (0.96, 0.62), (0.96, 0.76), (0.04, 0.76)],
    7: [(0.04, 0.52), (0.30, 0.50), (0.50, 0.34), (0.66, 0.50), (0.96, 0.62), (0.96, 0.78), (0.04, 0.78)],
    9: [(0.26, 0.12), (0.58, 0.12), (0.60, 0.52), (0.94, 0.64), (0.94, 0.84), (0.26, 0.84)],
}
"""Outlines of shoes, from the side."""


def _outline(kind: int) -> Floats:
    """Return the corners of a piece about the middle of a square of side 1."""
    if kind in WHOLES:
        return np.array(WHOLES[kind], dtype=np.float64) - 0.5
    right = np.array(HALVES[kind], dtype=np.float64) - [0, 0.5]
    return np.concatenate([right, right[::-1] * [-1, 1]])


OUTLINES = [_outline(kind) for kind in range(CLASSES)]


def _cover(corners: Floats, points: Floats) -> NDArray[np.bool_]:
    """Say which points lie within a polygon: an odd number of its sides is to their right."""
    x, y = points[:, 0, None], points[:, 1, None]
    begin, end = corners, np.roll(corners, -1, axis=0)
    crosses = (begin[:, 1] > y) != (end[:, 1] > y)
    height = np.where(end[:, 1] == begin[:, 1], 1, end[:, 1] - begin[:, 1])
    where = begin[:, 0] + (y - begin[:, 1]) / height * (end[:, 0] - begin[:, 0])
    inside: NDArray[np.bool_] = (crosses & (x < where)).sum(1) % 2 == 1
    return inside


def _grid() -> Floats:
    side = (np.arange(SIZE * FINE) + 0.5) / (SIZE * FINE) - 0.5
    y, x = np.meshgrid(side, side, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


GRID = _grid()


def _shrunk(fine: Floats) -> Floats:
    """Return the mean of the points of each pixel."""
    means: Floats = fine.reshape(SIZE, FINE, SIZE, FINE).mean((1, 3))
    return means


def _street(numbers: np.random.Generator) -> Floats:
    """Return what is behind: stripes in some direction, and blots."""
    angle, wide = numbers.uniform(0, np.pi), numbers.uniform(0.08, 0.25)
    along = GRID @ np.array([np.cos(angle), np.sin(angle)])
    ground = numbers.uniform(30, 90) + numbers.uniform(5, 25) * np.sin(2 * np.pi * along / wide)
    for _ in range(numbers.integers(1, 3)):
        apart = np.hypot(*(GRID - numbers.uniform(-0.5, 0.5, 2)).T)
        ground = np.where(apart < numbers.uniform(0.06, 0.12), numbers.uniform(0, 160), ground)
    return _shrunk(ground)


def draw(kind: int, domain: str, numbers: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one piece: 28 × 28, 0 for black."""
    street = domain == "street"
    turn = numbers.normal(0, 0.3 if street else 0.06)
    size = numbers.uniform(0.6, 0.95, 2) if street else numbers.uniform(0.8, 1.0, 2)
    shaken = OUTLINES[kind] * size + numbers.normal(0, 0.015, OUTLINES[kind].shape)
    cos, sin = np.cos(turn), np.sin(turn)
    corners = shaken @ np.array([[cos, sin], [-sin, cos]]) + numbers.uniform(-0.06, 0.06, 2)
    part = _shrunk(_cover(corners, GRID).astype(np.float64))
    if not street:
        shade = numbers.uniform(110, 255) + _shrunk(GRID @ numbers.normal(0, 40, 2))
        return _bytes(part * np.clip(shade, 0, 255), 6, numbers)
    ground = _street(numbers)
    # Brighter than what is behind it, by enough to be seen.
    shade = np.clip(ground.mean() + numbers.uniform(60, 140), 0, 255)
    drawn = part * shade + (1 - part) * ground
    at = numbers.integers(0, SIZE - 3)
    drawn[:, at : at + numbers.integers(1, 3)] = numbers.uniform(0, 200)
    return _bytes(drawn, 12, numbers)


def _bytes(drawn: Floats, noise: float, numbers: np.random.Generator) -> NDArray[np.uint8]:
    # Black stays black in a shop, as in the real set.
    noisy = np.where(drawn > 0, drawn + numbers.normal(0, noise, drawn.shape), 0)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def clothes(count: int, domain: str, numbers: np.random.Generator) -> tuple[bytes, bytes]:
    """Return the pixels and labels of so many pieces, in random order, every label as often as any other."""
    labels = (np.arange(count) % CLASSES).astype(np.uint8)
    numbers.shuffle(labels)
    return b"".join(draw(int(label), domain, numbers).tobytes() for label in labels), labels.tobytes()


def main() -> None:
    """Write the data set."""
    parser = argparse.ArgumentParser("draw_clothes.py")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domain", choices=DOMAINS, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--test-images", type=int, default=2000)
    given = parser.parse_args()
    halves = ((IMAGES, LABELS, given.images), (TEST_IMAGES, TEST_LABELS, given.test_images))
    for half, (images, labels, count) in enumerate(halves):
        numbers = np.random.default_rng([given.seed, DOMAINS.index(given.domain), half])
        pixels, kinds = clothes(count, given.domain, numbers)
        (given.folder / images).write_bytes(idx((count, SIZE, SIZE), pixels))
        (given.folder / labels).write_bytes(idx((count,), kinds))
    said = {
        "generated": True,
        "notFashionMnist": True,
        "domain": given.domain,
        "seed": given.seed,
        "images": given.images,
        "test": given.test_images,
    }
    (given.folder / "GENERATED").write_text(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
