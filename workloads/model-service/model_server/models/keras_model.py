"""Predicts by a model of Keras: an archive (.keras) or HDF5. Layers that hold a program are refused by Keras itself."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np

from model_server.description import Service
from model_server.inputs import Array


class Keras:
    """A model of Keras, called without the loop that `predict` makes of a batch."""

    def __init__(self, path: str) -> None:
        """Load the model, and trace it once."""
        self.refusals: tuple[type[Exception], ...] = ()
        self.reason: Callable[[Exception], str] = str
        if keras.backend.backend() == "tensorflow":
            from model_server import graphs

            graphs.limit_threads()
            self.refusals, self.reason = graphs.REFUSALS, graphs.reason
        self.model = keras.saving.load_model(path, compile=False, safe_mode=True)
        self.names = [each.name for each in self.model.inputs]
        self.outputs = [each.name for each in self.model.outputs]

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Pass a batch through the network."""
        values = [tensors[name] for name in self.names] if len(self.names) > 1 else next(iter(tensors.values()))
        try:
            answers = self.model.predict_on_batch(values)
        except self.refusals as error:
            raise ValueError(self.reason(error)) from error
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        return {name: np.asarray(each) for name, each in zip(self.outputs, answers, strict=True)}


def load(service: Service) -> Keras:
    """Load what predicts."""
    return Keras(str(service.folder / service.entry["path"]))
