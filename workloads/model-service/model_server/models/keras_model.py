"""Predicts by a model of Keras: an archive (.keras) or HDF5. Layers that hold a program are refused by Keras itself."""

from __future__ import annotations

import keras
import numpy as np

from model_server.cpus import computing_threads
from model_server.description import Service
from model_server.inputs import Array


class Keras:
    """A model of Keras, called without the loop that `predict` makes of a batch."""

    def __init__(self, path: str) -> None:
        """Load the model, and trace it once."""
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            tensorflow.config.threading.set_intra_op_parallelism_threads(computing_threads())
            tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        self.model = keras.saving.load_model(path, compile=False, safe_mode=True)
        self.names = [each.name for each in self.model.inputs]
        self.outputs = [each.name for each in self.model.outputs]

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Pass a batch through the network."""
        values = [tensors[name] for name in self.names] if len(self.names) > 1 else next(iter(tensors.values()))
        answers = self.model.predict_on_batch(values)
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        return {name: np.asarray(each) for name, each in zip(self.outputs, answers, strict=True)}


def load(service: Service) -> Keras:
    """Load what predicts."""
    return Keras(str(service.folder / service.entry["path"]))
