"""Makes a data set in the ImageNet 2012 format: TFRecord shards of JPEG images that cost what photographs cost.

Usage: generate.py OUTPUT [--bytes 512000000] [--shards 8] [--seed 1] [--photographs FOLDER]

The same arguments and photographs give the same bytes: all arithmetic on pixels is in whole numbers. Each shard
depends on the seed, its number and the number of shards alone and is put in place whole, so a run that was cut off goes
on where it was. Progress goes to standard error; the only line on standard output is a JSON object with each shard's
bytes, images and SHA-256.
The README.md one folder up says where the distribution of sizes is from.
"""

import argparse
import fcntl
import hashlib
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # Not used, and announced on standard error.

import numpy as np
import tensorflow as tf

from pictures import Pixels, Random, load_photographs, picture

CLASSES = 1000
PARAMETERS = "data-set.json"
FORMAT = 1
MEAN_JPEG_BYTES = 114_000
"""Mean size of a JPEG file of ImageNet's training set."""
SHORTFALL = 1.12
"""Mean size that is asked for over mean size that comes out: smooth images stay small in the highest quality, too."""
SPREAD = 0.45
"""Standard deviation of the logarithm of the bytes per pixel."""
LOWEST_QUALITY, HIGHEST_QUALITY = 40, 100
LONG_SIDE = 500
"""Most images of ImageNet are 500 pixels wide, or high."""
SHORT_SIDES = (375, 375, 375, 375, 375, 333, 333, 333, 334, 400, 281, 500)
LANDSCAPES = 0.75


def draw_size(random: Random) -> tuple[int, int]:
    """Draw height and width in pixels: nine in ten with a long side of 500, some smaller, a few much larger."""
    kind = random.random()
    short = int(random.choice(SHORT_SIDES)) / LONG_SIDE
    long = LONG_SIDE
    if kind >= 0.97:
        long = int(random.integers(640, 1601))
    elif kind >= 0.9:
        long = int(random.integers(120, 500))
    sides = round(long * short), long
    return sides if random.random() < LANDSCAPES else (sides[1], sides[0])


def draw_bytes(random: Random, height: int, width: int) -> int:
    """Draw how large the JPEG file of a size shall be."""
    usual = SHORTFALL * MEAN_JPEG_BYTES / MEAN_PIXELS * np.exp(-SPREAD * SPREAD / 2)
    return int(height * width * usual * np.exp(SPREAD * random.standard_normal()))


MEAN_PIXELS = 199_000
"""Mean pixels of `draw_size`; a test holds it to 3 %."""


def encode(pixels: Pixels, wanted: int) -> bytes:
    """Encode a JPEG with full colour, in the highest quality whose size, going by the middle, is allowed."""
    height, width = pixels.shape[0], pixels.shape[1]
    middle = pixels[height // 4 : height - height // 4, width // 4 : width - width // 4]
    allowed = wanted * (middle.shape[0] * middle.shape[1]) // (height * width)
    low, high = LOWEST_QUALITY, HIGHEST_QUALITY
    while low < high:
        quality = (low + high + 1) // 2
        if len(_jpeg(middle, quality)) <= allowed:
            low = quality
        else:
            high = quality - 1
    return _jpeg(pixels, low)


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    return bytes(tf.io.encode_jpeg(pixels, quality=quality, chroma_downsampling=False).numpy())


def example(random: Random, photographs: list[Pixels], number: int) -> bytes:
    """Make one record: the features of the 2012 layout."""
    height, width = draw_size(random)
    wanted = draw_bytes(random, height, width)
    jpeg = encode(picture(random, photographs, height, width), wanted)
    label = int(random.integers(1, CLASSES + 1))
    synset = f"n{label:08d}"
    boxes = int(random.integers(0, 3))
    corners = np.sort(random.random((4, boxes)).reshape(2, 2, boxes), axis=1).astype(np.float32)
    features = {
        "image/encoded": _bytes(jpeg),
        "image/height": _integers([height]),
        "image/width": _integers([width]),
        "image/colorspace": _bytes(b"RGB"),
        "image/channels": _integers([3]),
        "image/format": _bytes(b"JPEG"),
        "image/filename": _bytes(f"{synset}_{number}.JPEG".encode()),
        "image/class/label": _integers([label]),
        "image/class/synset": _bytes(synset.encode()),
        "image/class/text": _bytes(f"class {label}".encode()),
        "image/object/bbox/xmin": _floats(corners[0][0]),
        "image/object/bbox/xmax": _floats(corners[0][1]),
        "image/object/bbox/ymin": _floats(corners[1][0]),
        "image/object/bbox/ymax": _floats(corners[1][1]),
        "image/object/bbox/label": _integers([label] * boxes),
    }
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return bytes(message.SerializeToString(deterministic=True))


def _bytes(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


def _integers(values: list[int]) -> Any:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _floats(values: Any) -> Any:
    return tf.train.Feature(float_list=tf.train.FloatList(value=[float(value) for value in values]))


class Progress:
    """Lines on standard error, at most one a second, and one when all is there."""

    def __init__(self, whole: int) -> None:
        """Begin at nothing of so many bytes."""
        self._whole = whole
        self._lock = threading.Lock()
        self._done = 0
        self._made = 0
        self._began = self._told = time.monotonic()

    def add(self, size: int, made: bool = True) -> None:
        """Count bytes that are there; those that were there before say nothing of the speed."""
        with self._lock:
            ended = self._done < self._whole <= self._done + size
            self._done += size
            self._made += size if made else 0
            now = time.monotonic()
            if self._made == 0 or (now - self._told < 1 and not ended):
                return
            self._told = now
            left = max(self._whole - self._done, 0) / (self._made / (now - self._began))
            print(
                f"{self._done / 1e6:.0f} of {self._whole / 1e6:.0f} MB, {left:.0f} s left", file=sys.stderr, flush=True
            )


def make_shard(path: Path, size: int, seed: list[int], photographs: list[Pixels], progress: Progress) -> None:
    """Write one shard of at least a size beside its place, then put it there."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    random = np.random.Generator(np.random.PCG64(seed))
    written = number = 0
    with tf.io.TFRecordWriter(str(unfinished)) as writer:
        while written < size:
            record = example(random, photographs, number)
            writer.write(record)
            written, number = written + len(record) + 16, number + 1
            progress.add(len(record) + 16)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)


def describe(path: Path) -> dict[str, object]:
    """Say how large a shard is and what is in it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    images = sum(1 for _ in tf.data.TFRecordDataset(str(path)))
    return {"name": path.name, "bytes": path.stat().st_size, "images": images, "sha256": digest}


def take_folder(folder: Path, parameters: dict[str, object]) -> int:
    """Make the folder and lock it for as long as this process lives; refuse one that holds another data set."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"{folder} is being filled by another run; wait for it, or end it") from None
    place = folder / PARAMETERS
    text = json.dumps(parameters, indent=2) + "\n"
    if not place.exists():
        if any(folder.glob("train-*")):
            raise SystemExit(f"{folder} holds shards of another make; name an empty folder")
        unfinished = place.with_name(f".{PARAMETERS}.unfinished")
        unfinished.write_text(text)
        unfinished.rename(place)
    elif place.read_text() != text:
        raise SystemExit(f"{folder} holds a data set with other parameters, see {place}; name an empty folder")
    return descriptor


def whole(text: str) -> int:
    """Read a whole number above 0."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def main() -> None:
    """Make what is missing of the data set."""
    parser = argparse.ArgumentParser(description="Makes a data set in the ImageNet 2012 format.")
    parser.add_argument("output", type=Path, help="folder of the shards")
    parser.add_argument("--bytes", type=whole, default=512_000_000, help="size of all shards together")
    parser.add_argument("--shards", type=whole, default=8, help="number of files, at most 99999")
    parser.add_argument("--seed", type=whole, default=1)
    parser.add_argument("--photographs", type=Path, help="JPEG files to make images from; painted ones without them")
    given = parser.parse_args()
    if given.shards > 99_999:
        parser.error("--shards is at most 99999")
    photographs, digest = load_photographs(given.photographs) if given.photographs else ([], None)
    numbers = {"bytes": given.bytes, "shards": given.shards, "seed": given.seed}
    lock = take_folder(given.output, {"format": FORMAT, **numbers, "photographs": digest})
    progress = Progress(given.bytes)
    paths = [given.output / f"train-{shard:05d}-of-{given.shards:05d}" for shard in range(given.shards)]

    def make(shard: int) -> None:
        if paths[shard].exists():
            progress.add(paths[shard].stat().st_size, made=False)
            return
        size = given.bytes * (shard + 1) // given.shards - given.bytes * shard // given.shards
        make_shard(paths[shard], size, [given.seed, shard, given.shards], photographs, progress)

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(make, range(given.shards)))
    print(json.dumps({"shards": [describe(path) for path in paths]}))
    os.close(lock)


if __name__ == "__main__":
    main()
