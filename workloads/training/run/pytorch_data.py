"""What PyTorch trains on: images made once in memory, or photographs that are decoded and augmented while training."""

import itertools
import math
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, TypeVar

import torch
from PIL import Image

from data_set import PREFETCHED_BATCHES, Batch, Plain, Repeated, list_photographs
from options import Options
from protocol import SessionError
from pytorch_train import Devices
from zoo import CLASSES

SEED_STRIDE = 1_000_003
"""Keeps the seeds of the devices apart."""
AREA, ASPECT = (0.05, 1.0), (0.75, 1.33)
"""Part of a photograph that is cropped, and its width over its height."""
MOST_ATTEMPTS = 100
Decoded = tuple[bytes, int]
"""Pixels of an image, and its label from 0."""
Use = TypeVar("Use")
"""What a data set says of an image that is to be loaded."""


class Synthetic(Repeated):
    """The same seeded random images and labels at each step, as tf_cnn_benchmarks makes them."""

    def __init__(self, options: Options, devices: Devices) -> None:
        """Make one batch per device, of its own."""
        super().__init__(options, devices, _random_batch)


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
        count = steps * self._options.batch_size * self._devices.count
        first = self._options.own_block(block) * count
        return decoded(self._options, self._devices, steps, self._load, self._uses(first, count))

    def _uses(self, first: int, count: int) -> Iterator[tuple[int, int]]:
        """Yield places and the file at each: every pass over the files is a permutation of its own."""
        order: list[int] = []
        for place in range(first, first + count):
            turn, index = divmod(place, len(self._files))
            if index == 0 or not order:
                order = list(range(len(self._files)))
                random.Random(f"{self._options.seed} {turn}").shuffle(order)
            yield place, order[index]

    def _load(self, use: tuple[int, int]) -> Decoded:
        place, pick = use
        numbers = numbers_at(self._options.seed, place)
        try:
            return augment(self._files[pick], self._options.image_size, numbers), self._labels[pick]
        except OSError:
            message = f"{self._files[pick]} is no JPEG image that can be decoded; remove it"
            raise SessionError("data-not-found", message) from None


def numbers_at(seed: int, place: int) -> random.Random:
    """Return all that is random about the image at a place of the endless sequence."""
    return random.Random(f"{seed} image {place}")


def decoded(
    options: Options, devices: Devices, steps: int, load: Callable[[Use], Decoded], uses: Iterable[Use]
) -> Iterator[Batch]:
    """Yield batches of images that threads load, two batches ahead within a block."""
    size, total = options.batch_size, options.batch_size * devices.count
    with ThreadPoolExecutor(options.threads, "images") as threads:
        images = (threads.submit(load, use) for use in uses)
        ahead = deque(itertools.islice(images, PREFETCHED_BATCHES * total))
        for _ in range(steps):
            loaded = []
            for _ in range(total):
                loaded.append(ahead.popleft().result())
                ahead.extend(itertools.islice(images, 1))
            parts = [loaded[begin : begin + size] for begin in range(0, total, size)]
            yield devices.distribute([_batch(part, options.image_size) for part in parts])


def _batch(images: list[Decoded], size: int) -> Batch:
    """Put decoded images together: floats from -1 to 1, channels last in memory."""
    pixels = torch.frombuffer(bytearray().join(pixels for pixels, _ in images), dtype=torch.uint8)
    pixels = pixels.reshape(len(images), size, size, 3).permute(0, 3, 1, 2)
    return pixels / 127.5 - 1.0, torch.tensor([label for _, label in images])


def augment(jpeg: Path | BinaryIO, size: int, numbers: random.Random) -> bytes:
    """Decode a JPEG image, cut a random part out of it, flip it or not, and resize it to a square: bytes of RGB.

    Raises `OSError` for what cannot be decoded.
    """
    with Image.open(jpeg, formats=["JPEG"]) as image:
        left, top, right, bottom = random_window(image.width, image.height, numbers)
        if numbers.random() < 0.5:
            left, right = right, left
        # Between four pixels each, without smoothing, as `tf.image.resize` does it.
        square = image.convert("RGB").transform(
            (size, size), Image.Transform.EXTENT, (left, top, right, bottom), Image.Resampling.BILINEAR
        )
        return square.tobytes()


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
