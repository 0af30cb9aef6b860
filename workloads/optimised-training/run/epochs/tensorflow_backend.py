"""Training by epochs on TensorFlow: one traced step, by XLA where that is asked for."""

from collections.abc import Iterator
from typing import Any, cast

import tensorflow as tf

from epochs.backend import Batch
from epochs.idx import SIZE, ImageSet, read_images
from epochs.image_shards import count_images, shard_options
from epochs.settings import Settings
from epochs.tasks import ADADELTA_EPSILON, ADADELTA_RHO, TASKS
from zoo.graph import GraphLayers, Parameters
from zoo.layers import Layers


class Training:
    """See `Backend`."""

    def __init__(self, settings: Settings) -> None:
        """Set the threads, open the data and make the parameters; the first step traces the computation."""
        tf.config.threading.set_intra_op_parallelism_threads(settings.intra_threads)
        tf.config.threading.set_inter_op_parallelism_threads(settings.inter_threads)
        tf.random.set_seed(settings.seed)
        self.version = str(tf.__version__)
        self._task = TASKS[settings.model]
        self._data = Mnist(settings) if settings.model == "mnist-cnn" else Shards(settings)
        self.images = self._data.images
        self._parameters = Parameters(self._task.weights(), self._task.normalisation, settings.seed)
        self._state = [
            (tf.Variable(tf.zeros(variable.shape)), tf.Variable(tf.zeros(variable.shape)))
            for variable in (self._parameters.trained if self._task.adadelta else [])
        ]
        compiled = settings.compiler == "xla"
        self._traced = tf.function(self._step, autograph=False, jit_compile=compiled)

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        return self._data.batches(epoch, steps)

    def step(self, batch: Batch) -> tuple[float, int]:
        """See `Backend`."""
        loss, right = self._traced(*batch)
        return float(loss.numpy()), int(right.numpy())

    def _step(self, images: Any, labels: Any) -> Any:
        parameters, task = self._parameters, self._task
        values = [variable.read_value() for variable in parameters.trained]
        layers = GraphLayers(parameters, values)
        logits: Any = task.forward(cast(Layers[object], layers), images)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        self._descend(tf.gradients(loss, values))
        if parameters.moving is not None and task.normalisation is not None:
            difference = parameters.moving.read_value() - layers.batch_statistics()
            parameters.moving.assign_sub((1.0 - task.normalisation.decay) * difference)
        right = tf.argmax(logits, 1, output_type=tf.int32) == tf.cast(labels, tf.int32)
        return loss, tf.reduce_sum(tf.cast(right, tf.int32))

    def _descend(self, gradients: list[Any]) -> None:
        rate = self._task.learning_rate
        if not self._task.adadelta:
            for variable, gradient in zip(self._parameters.trained, gradients, strict=True):
                variable.assign_sub(rate * gradient)
            return
        for variable, gradient, (squares, updates) in zip(
            self._parameters.trained, gradients, self._state, strict=True
        ):
            tf.raw_ops.ResourceApplyAdadelta(
                var=variable.handle,
                accum=squares.handle,
                accum_update=updates.handle,
                lr=rate,
                rho=ADADELTA_RHO,
                epsilon=ADADELTA_EPSILON,
                grad=gradient,
            )


class Mnist:
    """The images of MNIST, in memory as bytes; each epoch has an order of its own."""

    def __init__(self, settings: Settings) -> None:
        """Read them. Raises `DataError`."""
        loaded: ImageSet = read_images(settings.data)
        self.images = loaded.count
        pixels = tf.reshape(tf.io.decode_raw(loaded.pixels, tf.uint8), [loaded.count, SIZE, SIZE, 1])
        self._set = tf.data.Dataset.from_tensor_slices((pixels, tf.io.decode_raw(loaded.labels, tf.uint8)))
        self._settings = settings

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        settings = self._settings
        data = self._set.shuffle(self.images, seed=settings.seed * 1_000_003 + epoch, reshuffle_each_iteration=False)
        data = data.batch(settings.batch, drop_remainder=True).take(steps).map(_floats)
        if settings.prefetch > 0:
            data = data.prefetch(settings.prefetch)
        yield from data


def _floats(pixels: Any, labels: Any) -> Batch:
    return tf.cast(pixels, tf.float32) / 255.0, tf.cast(labels, tf.int32)


class Shards:
    """ImageNet's shards, as the workload `training` reads, decodes and augments them."""

    def __init__(self, settings: Settings) -> None:
        """List them. Raises `SessionError`."""
        from imagenet import ImageNet
        from train import OneDevice

        self.images = count_images(settings)
        self._series = ImageNet(shard_options(settings), OneDevice(), "imagenet")

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        with self._series.around(epoch, steps):
            yield from self._series.batches(epoch, steps)
