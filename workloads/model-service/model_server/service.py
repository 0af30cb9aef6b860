"""Answers requests, whoever asks: the web server and AWS Lambda come here alike."""

from __future__ import annotations

import io
import json
import math
import time
from typing import Any, Protocol

import numpy as np

from .description import Service
from .errors import ServiceError
from .inputs import NPY, Array, Request, request_of, tensors_of


class Model(Protocol):
    """What predicts. `model.py` beside this file has it; its `load` makes one."""

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Take a batch by the names of the inputs; give one by the names of the outputs."""


class Function(Protocol):
    """A function of the model's own source."""

    def call(self, instance: Any) -> Any:
        """Take one input; give what JSON can hold, NumPy's values among it."""


class Answerer:
    """Predicts what requests ask for."""

    def __init__(self, service: Service, model: Any) -> None:
        """Take what is served, and the model or function that predicts."""
        self.service = service
        self.model = model
        self.is_function = service.entry["kind"] == "function"

    def read(self, content_type: str, body: bytes) -> Request:
        """Read a request, and refuse what the model cannot take."""
        request = request_of(self.service, content_type, body)
        if not self.is_function:
            return Request(None, tensors_of(self.service, request))
        if request.instances is None:
            return Request(list(next(iter((request.tensors or {}).values()))), None)
        return request

    def predict(self, request: Request) -> list[Any]:
        """Predict, one answer for each input."""
        if self.is_function:
            return [self._called(each) for each in request.instances or []]
        try:
            outputs = self.model.predict(request.tensors or {})
        except ServiceError:
            raise
        except (ValueError, TypeError, KeyError) as error:
            raise ServiceError(400, "input-refused", f"The model refuses the input: {_short(error)}.") from error
        return rows_of(outputs, request.count())

    def _called(self, instance: Any) -> Any:
        try:
            return self.model.call(instance)
        except ServiceError:
            raise
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ServiceError(400, "input-refused", f"The function refuses the input: {_short(error)}.") from error


def _short(error: Exception) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= 300 else f"{text[:299]}…"


def rows_of(outputs: dict[str, Array], count: int) -> list[Any]:
    """One answer for each input: a tensor where there is one output, else an object by name."""
    for name, value in outputs.items():
        if value.ndim == 0 or value.shape[0] != count:
            message = f"The output {name} has the shape {list(value.shape)} for {count} inputs."
            raise ServiceError(500, "output-unexpected", message)
    if len(outputs) == 1:
        return list(next(iter(outputs.values())))
    return [{name: value[index] for name, value in outputs.items()} for index in range(count)]


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; infinity and what is no number are null."""
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    if value is None or isinstance(value, (str, int)):
        return value
    if hasattr(value, "numpy"):  # Tensors of TensorFlow and PyTorch.
        return plain(value.numpy())
    raise ServiceError(500, "output-unexpected", f"A prediction is a {type(value).__name__}, which JSON cannot hold.")


def written(service: Service, predictions: list[Any], accept: str, started: float) -> tuple[str, bytes]:
    """Write an answer: JSON, or NumPy's format where the client asks for it. Returns its type and its bytes."""
    if NPY in accept:
        file = io.BytesIO()
        try:
            np.save(file, np.asarray(predictions), allow_pickle=False)
        except ValueError as error:
            raise ServiceError(406, "not-acceptable", "These predictions are no tensor; ask for JSON.") from error
        return NPY, file.getvalue()
    seconds = time.perf_counter() - started
    body = {"predictions": plain(predictions), "model": service.name, "version": service.version, "seconds": seconds}
    return "application/json", json.dumps(body, allow_nan=False).encode()
