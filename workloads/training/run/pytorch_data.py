"""What PyTorch trains on: images made once in memory, or photographs that are decoded and augmented while training."""

import itertools
import math
import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from PIL import Image

from data_set import PREFETCHED_BATCHES, Batch, Plain, list_photographs
from options import Options
from protocol import SessionError
from pytorch_train import Devices
from zoo import CLASSES

SEED_STRIDE = 1_000_003
"""Keeps the seeds of the devices apart."""
AREA, ASPECT = (0.05, 1.0), (0.75, 1.33)
"""Part of a photograph that is cropped, and its width over its height."""
MOST_ATTEMPTS = 100


class Synthetic(Plain):
    """The same seeded random images and labels at each step, as tf_cnn_benchmarks makes them."""

    def __init__(self, options: Options, devices: Devices) -> None:
        """Make one batch per device, of its own."""
        first = options.worker * devices.count
        self._batch = devices.distribute([_random_batch(options, first + index) for index in range(devices.count)])

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`."""
        del block
        for _ in range(steps):
            yield self._batch


def _random_batch(options: Options, index: int) -> Batch:
    generator = torch.Generator().manual_seed(options.seed * SEED_STRIDE + index)
    shape = (options.batch_size, 3, options.image_size, options.image_size)
    pixels = torch.empty(shape, memory_format=torch.channels_last)
    torch.nn.init.trunc_normal_(pixels, 127.0, 60.0, 7.0, 247.0, generator=generator)
    labels = torch.randint(0, CLASSES, shape[:1], generator=generator)
    return pixels / 127.5 - 1.0, labels


class Photographs(Plain):
    """JPEG files in random order; each is cropped, flipped and resized at random each time it is used.

    As the TensorFlow series does it, by Pillow on as many threads. All that is random depends on the seed and on the
    photograph's place in the endless sequence of photographs, so every session sees the same images; they are others
    than TensorFlow's.
    """

    def __init__(self, options: Options, devices: Devices) -> None:
        """List the files below the folder. Raises `data-not-found` when there are none."""
        assert options.photographs is not None
        self._files, self._labels = list_photographs(options.photographs)
        self._options = options
        self._devices = devices

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`. Reading begins with the first batch and is over with the last."""
        size = self._options.batch_size
        total = size * self._devices.count
        first = self._options.own_block(block) * steps * total
        with ThreadPoolExecutor(self._options.threads, "photographs") as threads:
            images = (threads.submit(self._load, *use) for use in self._uses(first, steps * total))
            ahead = deque(itertools.islice(images, PREFETCHED_BATCHES * total))
            for _ in range(steps):
                loaded = []
                for _ in range(total):
                    loaded.append(ahead.popleft().result())
                    ahead.extend(itertools.islice(images, 1))
                parts = [loaded[begin : begin + size] for begin in range(0, total, size)]
                yield self._devices.distribute([_batch(part, self._options.image_size) for part in parts])

    def _uses(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """Yield places and the file at each: every pass over the files is a permutation of its own."""
        order: list[int] = []
        for place in range(first, first + count):
            turn, index = divmod(place, len(self._files))
            if index == 0 or not order:
                order = list(range(len(self._files)))
                random.Random(f"{self._options.seed} {turn}").shuffle(order)
            yield place, order[index]

    def _load(self, place: int, pick: int) -> tuple[bytes, int]:
        random_numbers = random.Random(f"{self._options.seed} image {place}")
        return augment(self._files[pick], self._options.image_size, random_numbers), self._labels[pick]


def _batch(images: list[tuple[bytes, int]], size: int) -> Batch:
    """Put decoded images together: floats from -1 to 1, channels last in memory."""
    pixels = torch.frombuffer(bytearray().join(pixels for pixels, _ in images), dtype=torch.uint8)
    pixels = pixels.reshape(len(images), size, size, 3).permute(0, 3, 1, 2)
    return pixels / 127.5 - 1.0, torch.tensor([label for _, label in images])


def augment(file: Path, size: int, numbers: random.Random) -> bytes:
    """Decode a JPEG image, cut a random part out of it, flip it or not, and resize it to a square: bytes of RGB.

    Raises `data-not-found` for a file that cannot be decoded.
    """
    try:
        with Image.open(file, formats=["JPEG"]) as image:
            left, top, right, bottom = random_window(image.width, image.height, numbers)
            if numbers.random() < 0.5:
                left, right = right, left
            # Between four pixels each, without smoothing, as `tf.image.resize` does it.
            square = image.convert("RGB").transform(
                (size, size), Image.Transform.EXTENT, (left, top, right, bottom), Image.Resampling.BILINEAR
            )
            return square.tobytes()
    except OSError:
        message = f"{file} is no JPEG image that can be decoded; remove it"
        raise SessionError("data-not-found", message) from None


def random_window(width: int, height: int, numbers: random.Random) -> tuple[int, int, int, int]:
    """Choose what to crop, as TensorFlow's `sample_distorted_bounding_box` does: left, top, right, bottom."""
    for _ in range(MOST_ATTEMPTS):
        aspect = numbers.uniform(*ASPECT)
        least, most = (round(math.sqrt(part * width * height / aspect)) for part in AREA)
        most = min(most, height, math.floor((width + 0.5 - 1e-7) / aspect))
        high = numbers.randint(min(least, most), most)
        wide = round(high * aspect)
        if 0 < wide <= width and high > 0 and AREA[0] * width * height <= wide * high:
            left, top = numbers.randint(0, width - wide), numbers.randint(0, height - high)
            return left, top, left + wide, top + high
    return 0, 0, width, height
