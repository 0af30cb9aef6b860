"""Training with the parameters on a server: what tf_cnn_benchmarks calls `distributed_replicated`.

Every worker holds all parameters. In each step it takes its gradients, applies its part of their mean to the masters on
the parameter server's CPU, waits, variable by variable, until all workers have, and copies what came out.
"""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from backend import finite
from data_set import Batch
from options import PARAMETER_SERVER, Cluster, Options
from train import descend, differentiate, make_parameters

JOB, WORKER_JOB = "ps", "worker"


def serve(options: Options, cluster: Cluster) -> Any:
    """Start what answers the workers; it has threads of its own, and ends with the process."""
    return _server(options, cluster, JOB, 0)


def version() -> str:
    """Return TensorFlow's version."""
    return str(tf.__version__)


class ReplicatedTrainer:
    """A model in training, as one of several workers; the device is the first GPU, or else the CPU."""

    def __init__(self, options: Options, cluster: Cluster) -> None:
        """Build the step; the chief gives the masters their initial values, which are those of every replica."""
        self._learning_rate = options.learning_rate
        server = _server(options, cluster, WORKER_JOB, options.worker)
        task = f"/job:{WORKER_JOB}/task:{options.worker}"
        kind = "GPU" if tf.config.get_visible_devices("GPU") else "CPU"
        with tf.Graph().as_default() as graph, tf.device(f"{task}/device:{kind}:0"):
            tf.random.set_seed(options.seed)
            self._parameters = make_parameters(options)
            size = options.image_size
            self._images = tf.compat.v1.placeholder(tf.float32, [options.batch_size, size, size, 3])
            self._labels = tf.compat.v1.placeholder(tf.int32, [options.batch_size])
            loss, gradients, average = differentiate(options.model, self._parameters, self._images, self._labels)
            masters = [_master(index, variable) for index, variable in enumerate(self._parameters.trained)]
            copied = _Tokens(options, "copied")
            update = self._update(options, masters, gradients, copied)
            with tf.control_dependencies([*update, *average()]):
                done = copied.give()
            fill = [
                _assign(master, variable.read_value())
                for master, variable in zip(masters, self._parameters.trained, strict=True)
            ]
            first = copied.give()
            replicas = [variable.initializer for variable in tf.compat.v1.global_variables()]
        self._step = [loss, done]
        self._session = tf.compat.v1.Session(server.target, graph, _settings(options, task))
        self._session.run(replicas)
        if options.worker == 0:
            self._session.run(fill)
        self._session.run(first)

    def parameters(self) -> int:
        """Count the trained parameters."""
        return self._parameters.count()

    def step(self, batch: Batch) -> float:
        """Train on one batch, together with all other workers; return its loss. Raises `DivergedError`."""
        images, labels = batch
        feed = {self._images: images.numpy(), self._labels: labels.numpy()}
        return finite(float(self._session.run(self._step, feed)[0]), self._learning_rate)

    def _update(self, options: Options, masters: list[Any], gradients: list[Any], copied: "_Tokens") -> list[Any]:
        """Apply gradients to the masters, and copy each when all workers have."""
        operations = []
        ready = copied.take()  # Nobody changes a master that somebody has yet to copy.
        for index, (master, variable, gradient) in enumerate(
            zip(masters, self._parameters.trained, gradients, strict=True)
        ):
            with tf.device(_on_server()), tf.control_dependencies([ready]):
                applied = descend(master, options.learning_rate / options.workers, gradient)
            updated = _Tokens(options, f"updated-{index}")
            with tf.control_dependencies([applied]):
                given = updated.give()
            with tf.device(_on_server()), tf.control_dependencies([applied, updated.take()]):
                value = tf.raw_ops.ReadVariableOp(resource=master, dtype=tf.float32)
            operations += [_assign(variable.handle, value), given]
        return operations


class _Tokens:
    """A queue per worker on the parameter server, for workers to wait for each other; one alone waits for nobody."""

    def __init__(self, options: Options, name: str) -> None:
        self._others = options.workers - 1
        self._own = options.worker
        with tf.device(_on_server()):
            self._queues = [
                tf.queue.FIFOQueue(options.workers, [tf.bool], [[]], shared_name=f"{name}-{worker}")
                for worker in range(options.workers)
            ]

    def give(self) -> Any:
        """Give every other worker a token."""
        with tf.device(_on_server()):
            return tf.group(*(queue.enqueue(True) for index, queue in enumerate(self._queues) if index != self._own))

    def take(self) -> Any:
        """Wait for a token of every other worker."""
        with tf.device(_on_server()):
            return tf.group(self._queues[self._own].dequeue_many(self._others)) if self._others else tf.no_op()


def _master(index: int, variable: Any) -> Any:
    """Return the handle of a variable on the parameter server, which all workers know by its name."""
    with tf.device(_on_server()):
        return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=variable.shape, shared_name=f"master-{index}")


def _assign(handle: Any, value: Any) -> Any:
    return tf.raw_ops.AssignVariableOp(resource=handle, value=value)


def _on_server() -> str:
    return f"/job:{JOB}/task:0/device:CPU:0"


def _server(options: Options, cluster: Cluster, job: str, task: int) -> Any:
    workers = [str(cluster.peers[role]) for role in cluster.workers]
    addresses = tf.train.ClusterSpec({JOB: [str(cluster.peers[PARAMETER_SERVER])], WORKER_JOB: workers})
    return tf.distribute.Server(addresses, job, task, "grpc", _settings(options, f"/job:{job}/task:{task}"))


def _settings(options: Options, task: str) -> Any:
    """Return the settings of a session that sees its own task and the parameter server."""
    gpus: Sequence[Any] = tf.config.get_visible_devices("GPU") if WORKER_JOB in task else []
    settings = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=options.threads,
        inter_op_parallelism_threads=1,
        device_filters=[f"/job:{JOB}", task],
        device_count={} if gpus else {"GPU": 0},
    )
    settings.gpu_options.allow_growth = True
    settings.gpu_options.visible_device_list = "0" if gpus else ""
    return settings
