"""Training: a step of plain stochastic gradient descent, on one device, on every GPU of the host, or over hosts."""

import contextlib
from collections.abc import Callable
from typing import Any, Protocol, cast

import tensorflow as tf

from backend import finite
from data_set import Batch
from options import ALL_REDUCE, Cluster, Options, bad_option
from zoo.graph import GraphLayers, Parameters
from zoo.layers import Layers, Model


class Devices(Protocol):
    """Where the step runs, and how a batch gets there."""

    count: int

    def scope(self) -> Any:
        """Return the context in which variables are made."""

    def run(self, step: Callable[..., Any], batch: Batch) -> Any:
        """Run a step, inside a trace; return its loss."""

    def distribute(self, batches: list[Batch]) -> Batch:
        """Put one batch on each device."""

    def average(self, gradients: list[Any]) -> list[Any]:
        """Average gradients over the devices, inside a step."""


class OneDevice:
    """The CPU or one GPU: TensorFlow's own placement."""

    count = 1

    def scope(self) -> Any:
        """See `Devices`."""
        return contextlib.nullcontext()

    def run(self, step: Callable[..., Any], batch: Batch) -> Any:
        """See `Devices`."""
        return step(*batch)

    def distribute(self, batches: list[Batch]) -> Batch:
        """See `Devices`."""
        return batches[0]

    def average(self, gradients: list[Any]) -> list[Any]:
        """See `Devices`."""
        return gradients


class MirroredDevices:
    """Several devices of one host: each holds all parameters, gradients are averaged at each step."""

    def __init__(self, devices: list[str]) -> None:
        """Use the devices with these names, such as `GPU:0`."""
        self._strategy = tf.distribute.MirroredStrategy(devices)
        self.count = len(devices)

    def scope(self) -> Any:
        """See `Devices`."""
        return self._strategy.scope()

    def run(self, step: Callable[..., Any], batch: Batch) -> Any:
        """See `Devices`."""
        losses = self._strategy.run(step, args=batch)
        return self._strategy.reduce(tf.distribute.ReduceOp.MEAN, losses, axis=None)

    def distribute(self, batches: list[Batch]) -> Batch:
        """See `Devices`."""

        def place(part: int) -> Any:
            return self._strategy.experimental_distribute_values_from_function(
                lambda context: batches[context.replica_id_in_sync_group % self.count][part]
            )

        return place(0), place(1)

    def average(self, gradients: list[Any]) -> list[Any]:
        """See `Devices`."""
        context = tf.distribute.get_replica_context()
        return cast(list[Any], context.all_reduce(tf.distribute.ReduceOp.MEAN, gradients))


class RingDevices(MirroredDevices):
    """The devices of several hosts: as on one, with gradients that go round all of them in a ring over gRPC."""

    def __init__(self, cluster: Cluster) -> None:
        """Join the other workers. Waits for all of them."""
        workers = [str(cluster.peers[role]) for role in cluster.workers]
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            tf.train.ClusterSpec({"worker": workers}),
            task_type="worker",
            task_id=cluster.workers.index(cluster.role),
            rpc_layer="grpc",
        )
        ring = tf.distribute.experimental.CommunicationImplementation.RING
        settings = tf.distribute.experimental.CommunicationOptions(implementation=ring)
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver, settings)
        self.count = len(self._strategy.extended.worker_devices)

    def run(self, step: Callable[..., Any], batch: Batch) -> Any:
        """See `Devices`. The loss is that of this host: nothing but gradients crosses the network."""
        return tf.reduce_mean(self._strategy.experimental_local_results(self._strategy.run(step, args=batch)))


def configure(options: Options) -> Devices:
    """Set the threads and choose the devices. Once per process, before TensorFlow does anything else."""
    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 means float32 on every GPU.
    tf.random.set_seed(options.seed)
    gpus = tf.config.list_physical_devices("GPU")
    if options.device == "cpu" and gpus:
        tf.config.set_visible_devices([], "GPU")
    if options.device == "gpu" and not gpus:
        raise bad_option("device", "gpu", "cpu or auto, because TensorFlow finds no GPU here")
    if options.device == "cpu":
        gpus = []
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    if options.cluster is not None and options.cluster.variable_update == ALL_REDUCE:
        return RingDevices(options.cluster)
    if options.cluster is not None and gpus:
        gpus = gpus[:1]
        tf.config.set_visible_devices(gpus, "GPU")
    return OneDevice() if len(gpus) < 2 else MirroredDevices([f"GPU:{index}" for index in range(len(gpus))])


class Trainer:
    """A model in training."""

    def __init__(self, options: Options, devices: Devices) -> None:
        """Make the parameters; the first step traces the computation."""
        self._model = options.model
        self._learning_rate = options.learning_rate
        self._devices = devices
        with devices.scope():
            self._parameters = make_parameters(options)
        self._traced = tf.function(lambda *batch: devices.run(self._step, batch), autograph=False)

    def parameters(self) -> int:
        """Count the trained parameters."""
        return self._parameters.count()

    def step(self, batch: Batch) -> float:
        """Train on one batch and wait for its loss. Raises `DivergedError`."""
        return finite(float(self._traced(*batch).numpy()), self._learning_rate)

    def _step(self, images: Any, labels: Any) -> Any:
        loss, gradients, average = differentiate(self._model, self._parameters, images, labels)
        for variable, gradient in zip(self._parameters.trained, self._devices.average(gradients), strict=True):
            descend(variable.handle, self._learning_rate, gradient)
        average()
        return loss


def make_parameters(options: Options) -> Parameters:
    """Make the variables of a model, which the seed decides."""
    weights = options.model.shapes(options.image_size).weights
    return Parameters(weights, options.model.batch_normalisation, options.seed)


def differentiate(
    model: Model, parameters: Parameters, images: Any, labels: Any
) -> tuple[Any, list[Any], Callable[[], list[Any]]]:
    """Build a step up to its gradients: the loss, the gradient of each trained variable, and what updates averages.

    The last is called where the step may change variables; it returns the operations that do.
    """
    values = [variable.read_value() for variable in parameters.trained]
    layers = GraphLayers(parameters, values)
    logits = model.forward(cast(Layers[object], layers), images)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))

    def average() -> list[Any]:
        moving, normalisation = parameters.moving, model.batch_normalisation
        if moving is None or normalisation is None:
            return []
        # Each device keeps its own averages, of its own batches, as tf_cnn_benchmarks does.
        difference = moving.read_value() - layers.batch_statistics()
        return [descend(moving.handle, 1.0 - normalisation.decay, difference)]

    return loss, tf.gradients(loss, values), average


def descend(handle: Any, rate: float, direction: Any) -> Any:
    """Subtract `rate · direction` in one operation; in a mirrored step the handle is that of the device at hand.

    Under the variable's lock, as several workers may update a master at a time; where nobody else does, it is free.
    """
    return tf.raw_ops.ResourceApplyGradientDescent(var=handle, alpha=rate, delta=direction, use_locking=True)
