"""What graphs of TensorFlow share, whichever way they were saved."""

from __future__ import annotations

import tensorflow

from .cpus import computing_threads

REFUSALS: tuple[type[Exception], ...] = (
    tensorflow.errors.InvalidArgumentError,
    tensorflow.errors.UnimplementedError,
)
"""What a graph raises for an input that it cannot take."""


def limit_threads() -> None:
    """Compute with as many threads as there are CPUs for it."""
    tensorflow.config.threading.set_intra_op_parallelism_threads(computing_threads())
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)


def reason(error: Exception) -> str:
    """Return what is wrong, without the places in the graph and in Keras that stand around it."""
    lines = [line.strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith(("[[", "File ", "Detected at", "<stack"))]
    return said[-1] if said else type(error).__name__
