"""An ImageNet-format data set: TFRecord shards of JPEG images, read, decoded and augmented while training."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from data import augment, distributed, pipeline_settings
from data_set import PREFETCHED_BATCHES, Batch
from options import Options
from protocol import SessionError
from shard_series import SHUFFLED_BATCHES, ShardSeries
from shards import FOOTER_BYTES, HEADER_BYTES, Span, damaged, masked_crc32c
from train import Devices
from zoo import CLASSES

MOST_BUFFERED_BYTES = 256 * 1024
"""What is read of a shard at a time, TensorFlow's own default; less where a block needs less of it."""
MAX_SEED = 2**63 - 1


class ImageNet(ShardSeries):
    """Shards of the 2012 layout, read side by side; everything random follows from the seed and an image's place.

    The way of tf_cnn_benchmarks, without its changes of colour: shards interleaved, records shuffled, images decoded,
    cropped, flipped and resized in parallel, batches prepared ahead within a block.
    """

    def __init__(self, options: Options, devices: Devices, name: str) -> None:
        """List the shards of a series. Raises `data-not-found` and `data-incomplete`."""
        super().__init__(options, devices.count, name)
        self._devices = devices
        self._load = tf.function(
            lambda place, record: _image(record, options.image_size, tf.stack([options.seed, place])),
            autograph=False,
            input_signature=[tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.string)],
        )

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`. Reading begins with the first batch and is over with the last."""
        first, lanes = self._first(block, steps), self._lanes(block, steps)
        records = _interleaved(lanes)
        dataset = tf.data.Dataset.zip((tf.data.Dataset.range(first, first + steps * self._total), records))
        seed = (self._options.seed * 1_000_003 + self._options.own_block(block)) % MAX_SEED
        dataset = dataset.shuffle(SHUFFLED_BATCHES * self._total, seed, reshuffle_each_iteration=False)
        dataset = dataset.map(self._load, num_parallel_calls=self._options.threads, deterministic=True)
        dataset = dataset.batch(self._total, drop_remainder=True).prefetch(PREFETCHED_BATCHES)
        dataset = dataset.with_options(pipeline_settings(self._options.threads))
        return self._checked(distributed(dataset, self._devices), lanes)

    def _checked(self, batches: Iterator[Batch], lanes: list[list[Span]]) -> Iterator[Batch]:
        try:
            yield from batches
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError, UnicodeDecodeError) as error:
            # TensorFlow quotes a record that is no example in its message, which then may be no text.
            raise _explain(lanes) or error from None


def _interleaved(lanes: list[list[Span]]) -> Any:
    """Return the records of all lanes, one of each in turn; lanes are read in parallel."""
    spans = [span for lane in lanes for span in lane]
    paths = tf.constant([str(span.path) for span in spans])
    begins = tf.constant([span.begin for span in spans], tf.int64)
    buffers = tf.constant([min(span.end - span.begin, MOST_BUFFERED_BYTES) for span in spans], tf.int64)
    counts = tf.constant([span.records for span in spans], tf.int64)
    ends = [sum(len(lane) for lane in lanes[: index + 1]) for index in range(len(lanes))]
    starts = [0, *ends[:-1]]

    def read(span: Any) -> Any:
        return _records(paths[span], begins[span], buffers[span]).take(counts[span])

    def read_lane(start: Any, end: Any) -> Any:
        return tf.data.Dataset.range(start, end).flat_map(read)

    ranges = tf.data.Dataset.from_tensor_slices((tf.constant(starts, tf.int64), tf.constant(ends, tf.int64)))
    return ranges.interleave(
        read_lane, cycle_length=len(lanes), block_length=1, num_parallel_calls=len(lanes), deterministic=True
    )


def _records(path: Any, begin: Any, buffer_size: Any) -> Any:
    """Return the records of a shard from a byte on; `tf.data.TFRecordDataset` cannot begin within a file."""
    variant = tf.raw_ops.TFRecordDatasetV2(
        filenames=tf.reshape(path, [1]),
        compression_type="",
        buffer_size=buffer_size,
        byte_offsets=tf.reshape(begin, [1]),
    )
    return tf.data.experimental.from_variant(variant, tf.TensorSpec([], tf.string))


def _image(record: Any, size: int, seed: Any) -> Batch:
    """Return the augmented image and the label, from 0, of a record."""
    features = {
        "image/encoded": tf.io.FixedLenFeature([], tf.string),
        "image/class/label": tf.io.FixedLenFeature([], tf.int64),
    }
    parsed = tf.io.parse_single_example(record, features)
    label = parsed["image/class/label"]
    allowed = tf.debugging.Assert((label >= 1) & (label <= CLASSES), [label])
    with tf.control_dependencies([allowed]):
        label = tf.cast(label - 1, tf.int32)
    return augment(parsed["image/encoded"], size, seed), label


def _explain(lanes: list[list[Span]]) -> SessionError | None:
    """Find the record that cannot be used, so that the error can name its file."""
    for span in (span for lane in lanes for span in lane):
        begin = span.begin
        with span.path.open("rb") as file:
            file.seek(begin)
            for number in range(span.first, span.first + span.records):
                header = file.read(HEADER_BYTES)
                record = file.read(int.from_bytes(header[:8], "little"))
                footer = file.read(FOOTER_BYTES)
                problem = _problem(record, int.from_bytes(footer, "little"))
                if problem is not None:
                    return damaged(span.path, number, begin, problem)
                begin = file.tell()
    return None


def _problem(record: bytes, checksum: int) -> str | None:
    """Say what keeps a record from being used."""
    if masked_crc32c(record) != checksum:
        return "the checksum of its data is wrong"
    try:
        features = tf.train.Example.FromString(record).features.feature
    except Exception:  # The error class of protobuf is a package of its own.
        return "it is no tf.train.Example"
    images, labels = features["image/encoded"].bytes_list.value, features["image/class/label"].int64_list.value
    if len(images) != 1 or len(labels) != 1:
        return "it has not one image/encoded and one image/class/label"
    if not 1 <= labels[0] <= CLASSES:
        return f"image/class/label is {labels[0]}; allowed: 1 to {CLASSES}"
    try:
        tf.io.decode_jpeg(images[0], channels=3)
    except tf.errors.InvalidArgumentError:
        return "image/encoded is no JPEG image that can be decoded"
    return None
