"""What is trained on: images made once in memory, or photographs that are decoded and augmented while training."""

from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from data_set import PREFETCHED_BATCHES, Batch, Plain, Repeated, list_photographs
from options import Options
from protocol import SessionError
from train import Devices
from zoo import CLASSES


class Synthetic(Repeated):
    """The same seeded random images and labels at each step, as tf_cnn_benchmarks makes them."""

    def __init__(self, options: Options, devices: Devices) -> None:
        """Make one batch per device, of its own."""
        super().__init__(options, devices, _random_batch)


def _random_batch(options: Options, index: int) -> Batch:
    shape = [options.batch_size, options.image_size, options.image_size, 3]
    pixels = tf.random.stateless_truncated_normal(shape, [options.seed, 2 * index], 127.0, 60.0)
    labels = tf.random.stateless_uniform(shape[:1], [options.seed, 2 * index + 1], 0, CLASSES, tf.int32)
    return pixels / 127.5 - 1.0, labels


class Photographs(Plain):
    """JPEG files in random order; each is cropped, flipped and resized at random each time it is used.

    The way of tf_cnn_benchmarks without its changes of colour. All that is random depends on the seed and on the
    photograph's place in the endless sequence of photographs, so every session sees the same images.
    """

    def __init__(self, options: Options, devices: Devices) -> None:
        """List the files below the folder. Raises `data-not-found` when there are none."""
        assert options.photographs is not None
        self.files, self.labels = list_photographs(options.photographs)
        self._options = options
        self._devices = devices
        paths, labels = tf.constant([str(file) for file in self.files]), tf.constant(self.labels)
        size, seed, count = options.image_size, options.seed, len(self.files)

        def load(place: Any) -> Batch:
            pick = _pick(place, count, seed)
            return augment(tf.io.read_file(paths[pick]), size, tf.stack([tf.cast(seed, tf.int64), place])), labels[pick]

        self._load = tf.function(load, autograph=False, input_signature=[tf.TensorSpec([], tf.int64)])

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`. Reading begins with the first batch and is over with the last."""
        size = self._options.batch_size * self._devices.count
        first = self._options.own_block(block) * steps * size
        dataset = tf.data.Dataset.range(first, first + steps * size)
        dataset = dataset.map(self._load, num_parallel_calls=self._options.threads, deterministic=True)
        dataset = dataset.batch(size, drop_remainder=True).prefetch(PREFETCHED_BATCHES)
        dataset = dataset.with_options(pipeline_settings(self._options.threads))
        try:
            yield from distributed(dataset, self._devices)
        except tf.errors.InvalidArgumentError as error:
            raise self._explain(first, steps * size) or error from None

    def _explain(self, first: int, count: int) -> SessionError | None:
        """Find the file that cannot be decoded, so that the error can name it."""
        for place in range(first, first + count):
            file = self.files[int(_pick(tf.constant(place, tf.int64), len(self.files), self._options.seed))]
            try:
                tf.io.decode_jpeg(file.read_bytes(), channels=3)
            except tf.errors.InvalidArgumentError:
                return SessionError("data-not-found", f"{file} is no JPEG image that can be decoded; remove it")
        return None


def pipeline_settings(threads: int) -> Any:
    """Return the settings of an input pipeline: so many threads of its own, and nothing that TensorFlow tunes."""
    settings = tf.data.Options()
    settings.threading.private_threadpool_size = threads
    settings.threading.max_intra_op_parallelism = 1
    settings.autotune.enabled = False
    return settings


def distributed(dataset: Any, devices: Devices) -> Iterator[Batch]:
    """Yield batches that are as large as all devices need, cut into one for each. Its threads end with it."""
    for images, labels in iter(dataset):
        parts = tf.split(images, devices.count), tf.split(labels, devices.count)
        yield devices.distribute(list(zip(*parts, strict=True)))


def _pick(place: Any, count: int, seed: int) -> Any:
    """Return which file is at a place: each pass over the files is a permutation of its own."""
    if count == 1:
        return tf.zeros([], tf.int64)
    total = tf.constant(count, tf.int64)
    key = tf.stack([tf.cast(seed, tf.int64), place // total])
    return tf.random.experimental.index_shuffle(place % total, key, total - 1)


def augment(jpeg: Any, size: int, seed: Any) -> Any:
    """Decode a random part of a JPEG image, flip it or not, and resize it to a square of floats from -1 to 1."""
    begin, extent, _ = tf.image.stateless_sample_distorted_bounding_box(
        tf.io.extract_jpeg_shape(jpeg),
        bounding_boxes=tf.zeros([1, 0, 4]),
        seed=seed,
        min_object_covered=0.1,
        aspect_ratio_range=[0.75, 1.33],
        area_range=[0.05, 1.0],
        max_attempts=100,
        use_image_if_no_bounding_boxes=True,
    )
    window = tf.stack([begin[0], begin[1], extent[0], extent[1]])
    image = tf.io.decode_and_crop_jpeg(jpeg, window, channels=3)
    image = tf.image.stateless_random_flip_left_right(image, seed)
    image = tf.image.resize(image, [size, size])
    return tf.ensure_shape(image, [size, size, 3]) / 127.5 - 1.0
