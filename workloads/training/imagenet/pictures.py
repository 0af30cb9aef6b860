"""Images that look like photographs to a decoder: crops of photographs blended into each other, or painted textures.

Every operation is on whole numbers, so that the same seed gives the same pixels on every CPU.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
"""Height × width × 3, red, green and blue."""
Random = np.random.Generator
BITS = 8
ONE = 1 << BITS
"""What stands for 1 in weights: fixed-point numbers with 8 bits behind the point."""


def load_photographs(folder: Path) -> tuple[list[Pixels], str]:
    """Decode all JPEG files of a folder; return them with a digest over their content. Ends the program without any."""
    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        raise SystemExit(f"{folder} holds no JPEG file; name a folder that does, or leave --photographs out")
    contents = [path.read_bytes() for path in files]
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    return [
        tf.io.decode_jpeg(content, channels=3, dct_method="INTEGER_ACCURATE").numpy() for content in contents
    ], digest


def picture(random: Random, photographs: list[Pixels], height: int, width: int) -> Pixels:
    """Make an image: two views of photographs, or two textures, blended along soft edges, with a sensor's grain."""
    one, other = (_view(random, photographs, height, width) for _ in range(2))
    weight = np.clip((_texture(random, height, width, 1, octaves=2) - 128) * 6 + 128, 0, ONE)
    one -= other
    one *= weight
    one >>= BITS
    one += other
    strength = int(random.integers(3, 25))
    grain = np.frombuffer(random.bytes(height * width * 3), np.int8).reshape(height, width, 3).astype(np.int32)
    grain *= strength
    grain >>= BITS
    one += grain
    pixels: Pixels = one.clip(0, 255, out=one).astype(np.uint8)
    return pixels


def _view(random: Random, photographs: list[Pixels], height: int, width: int) -> Any:
    """Return a random part of a random photograph, mirrored or not, in another light; or a texture without any."""
    if not photographs:
        return _texture(random, height, width, 3, octaves=7)
    source = photographs[int(random.integers(len(photographs)))]
    scale = int(random.integers(128, ONE + 1))
    tall = min(source.shape[0], source.shape[1] * height // width) * scale // ONE
    wide = min(source.shape[1], source.shape[0] * width // height) * scale // ONE
    tall, wide = max(tall, 2), max(wide, 2)
    top = int(random.integers(source.shape[0] - tall + 1))
    left = int(random.integers(source.shape[1] - wide + 1))
    part = resize(source[top : top + tall, left : left + wide], height, width)
    light = random.integers(ONE * 7 // 10, ONE * 13 // 10, 3, dtype=np.int32)
    part = part[:, ::-1] if random.random() < 0.5 else part
    part *= light
    part >>= BITS
    return part


def _texture(random: Random, height: int, width: int, channels: int, octaves: int) -> Any:
    """Paint a texture from 0 to 255: noise on finer and finer grids, each half as strong as the one before."""
    total = np.zeros((height, width, channels), np.int32)
    for octave in range(octaves):
        cells = 2 << octave
        grid = random.integers(0, 256, (min(cells + 1, height), min(cells + 1, width), channels), dtype=np.int32)
        total += resize(grid, height, width) >> (octave + 1)
    return np.minimum(total, 255)


def resize(pixels: Any, height: int, width: int) -> Any:
    """Resize height × width × channels by linear interpolation in fixed point; corners stay corners."""
    rows, below = _positions(pixels.shape[0], height)
    below = below[:, None, None]
    above, under = pixels[rows].astype(np.int32), pixels[np.minimum(rows + 1, pixels.shape[0] - 1)].astype(np.int32)
    pixels = (above << BITS) + (under - above) * below
    columns, right = _positions(pixels.shape[1], width)
    left = np.take(pixels, columns, axis=1)
    gap = np.take(pixels, np.minimum(columns + 1, pixels.shape[1] - 1), axis=1)
    gap -= left
    gap *= right[None, :, None]
    left <<= BITS
    left += gap
    left >>= 2 * BITS
    return left


def _positions(source: int, target: int) -> tuple[Any, Any]:
    """Return, for each place of a resized side, the place in the source before it and how far behind that it is."""
    scaled = np.arange(target, dtype=np.int64) * (source - 1) * ONE // max(target - 1, 1)
    return scaled >> BITS, (scaled % ONE).astype(np.int32)
