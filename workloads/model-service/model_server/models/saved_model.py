"""Predicts by a SavedModel of TensorFlow, by its signature `serving_default`."""

from __future__ import annotations

import tensorflow

from model_server.description import Service
from model_server.graphs import REFUSALS, limit_threads, reason
from model_server.inputs import Array


class SavedModel:
    """The signature of a SavedModel."""

    def __init__(self, path: str) -> None:
        """Load the model."""
        limit_threads()
        self.model = tensorflow.saved_model.load(path)
        self.signature = self.model.signatures["serving_default"]
        self.specs = self.signature.structured_input_signature[1]

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Pass a batch through the network."""
        if len(tensors) == 1 and len(self.specs) == 1:
            tensors = {next(iter(self.specs)): next(iter(tensors.values()))}
        values = {name: tensorflow.cast(each, self.specs[name].dtype) for name, each in tensors.items()}
        try:
            answers = self.signature(**values)
        except REFUSALS as error:
            raise ValueError(reason(error)) from error
        return {name: each.numpy() for name, each in answers.items()}


def load(service: Service) -> SavedModel:
    """Load what predicts."""
    return SavedModel(str(service.folder / service.entry["path"]))
