"""The ImageNet-format data set on PyTorch: the records that TensorFlow reads, decoded and augmented by Pillow."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass

from data_set import Batch
from example import image_and_label
from options import Options
from pytorch_data import Decoded, augment, decoded, numbers_at
from pytorch_train import Devices
from shard_series import SHUFFLED_BATCHES, ShardSeries
from shards import FOOTER_BYTES, HEADER_BYTES, Shard, damaged, masked_crc32c
from zoo import CLASSES

NO_IMAGE = "image/encoded is no JPEG image that can be decoded"


@dataclass(frozen=True)
class Record:
    """A record and its place in the endless sequence of images."""

    place: int
    shard: Shard
    number: int


class ImageNet(ShardSeries):
    """Shards of the 2012 layout: the same records as TensorFlow's, at the same places, in another shuffled order."""

    def __init__(self, options: Options, devices: Devices, name: str) -> None:
        """List the shards of a series. Raises `data-not-found` and `data-incomplete`."""
        super().__init__(options, devices.count, name)
        self._devices = devices
        self._by_path = {shard.path: shard for shard in self._shards.shards}

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`. Reading begins with the first batch and is over with the last."""
        numbers = random.Random(f"{self._options.seed} block {self._options.own_block(block)}")
        records = _shuffled(self._records(block, steps), SHUFFLED_BATCHES * self._total, numbers)
        return decoded(self._options, self._devices, steps, self._load, records)

    def _records(self, block: int, steps: int) -> Iterator[Record]:
        """Yield the records of a block: one of each lane in turn."""
        lanes = [
            iter([(span.path, number) for span in lane for number in range(span.first, span.first + span.records)])
            for lane in self._lanes(block, steps)
        ]
        first = self._first(block, steps)
        for index in range(steps * self._total):
            path, number = next(lanes[index % len(lanes)])
            yield Record(first + index, self._by_path[path], number)

    def _load(self, record: Record) -> Decoded:
        """Read, decode and augment. The checksum of data is computed only where these make no image."""
        path, begin = record.shard.path, record.shard.offsets[record.number]
        with path.open("rb", buffering=0) as file:
            file.seek(begin)
            stored = file.read(record.shard.offsets[record.number + 1] - begin)
        data = stored[HEADER_BYTES:-FOOTER_BYTES]
        try:
            image, label = image_and_label(data)
            if not 1 <= label <= CLASSES:
                raise ValueError(f"image/class/label is {label}; allowed: 1 to {CLASSES}")
            pixels = augment(io.BytesIO(image), self._options.image_size, numbers_at(self._options.seed, record.place))
        except (ValueError, OSError) as error:
            problem = str(error) if isinstance(error, ValueError) else NO_IMAGE
            if masked_crc32c(data) != int.from_bytes(stored[-FOOTER_BYTES:], "little"):
                problem = "the checksum of its data is wrong"
            raise damaged(path, record.number, begin, problem) from None
        return pixels, label - 1


def _shuffled(records: Iterator[Record], size: int, numbers: random.Random) -> Iterator[Record]:
    """Yield records in random order through a buffer of a size, as `tf.data.Dataset.shuffle` does."""
    buffer: list[Record] = []
    for record in records:
        if len(buffer) < size:
            buffer.append(record)
            continue
        index = numbers.randrange(size)
        chosen, buffer[index] = buffer[index], record
        yield chosen
    numbers.shuffle(buffer)
    yield from buffer
