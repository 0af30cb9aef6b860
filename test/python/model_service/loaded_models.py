"""Saves models of one framework into a folder (`save FRAMEWORK FOLDER`), or serves one of them as a container does.

`serve LOADER FOLDER MODEL BODIES` prints for each of the bodies, which are a list of JSON, the answer, or the status
and code that it was refused with.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "workloads" / "model-service"))

from model_server.description import read
from model_server.errors import ServiceError
from model_server.service import Answerer, plain


def serve(loader: str, folder: Path, model: str, bodies: list[Any]) -> None:
    """Serve a model of which nothing is known but its file, and print what it answers."""
    described = {
        "schemaVersion": 1,
        "name": "tried",
        "version": "0123456789ab",
        "entry": {"kind": "model", "format": loader, "path": model},
        "inputs": [],
        "outputs": [],
        "limits": {"bodyBytes": 100_000, "predictSec": 30, "instances": 16, "waiting": 4},
        "batching": None,
        "image": {"scale": 1, "mean": [], "deviation": []},
    }
    (folder / "service.json").write_text(json.dumps(described))
    service = read(folder)
    answerer = Answerer(service, importlib.import_module(f"model_server.models.{loader}").load(service))
    answers: list[Any] = []
    for body in bodies:
        try:
            answers.append(plain(answerer.predict(answerer.read("application/json", json.dumps(body).encode()))))
        except ServiceError as error:
            answers.append([error.status, error.code])
    print(json.dumps(answers))


def save_pytorch(source: Path) -> None:
    """Save a module whose dropout is only for training, one with two outputs, and one that knows its width."""
    import torch

    class Doubled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.drop = torch.nn.Dropout(0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.drop(x) * 2

    class Split(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x[:, :1], x.sum(1)

    torch.jit.script(Doubled()).save(str(source / "doubled.pt"))
    torch.jit.script(Split()).save(str(source / "split.pt"))
    torch.jit.trace(torch.nn.Linear(3, 1), torch.zeros(1, 3)).save(str(source / "narrow.pt"))


def save_tensorflow(source: Path) -> None:
    """Save one network as an archive of Keras, as HDF5, and as a SavedModel."""
    import keras

    inputs = keras.Input((3,), name="numbers")
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_initializer="ones", name="sum")(inputs))
    model.save(source / "model.keras")
    model.save(source / "model.h5")
    model.export(source / "saved", verbose=False)


def save_scikit_learn(source: Path) -> None:
    """Save a classifier as joblib and as pickle, and a class of the source's own."""
    import pickle

    import joblib
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    rows = np.random.default_rng(1).uniform(-1, 1, (200, 3))
    model = LogisticRegression().fit(rows, np.where(rows.sum(1) > 0, "above", "below"))
    joblib.dump(model, source / "model.joblib")
    (source / "model.pkl").write_bytes(pickle.dumps(model))
    (source / "own_model.py").write_text("class Model:\n    def predict(self, rows):\n        return rows.sum(1)\n")
    sys.path.insert(0, str(source))
    joblib.dump(importlib.import_module("own_model").Model(), source / "own.joblib")


if __name__ == "__main__":
    folder = Path(sys.argv[3])
    if sys.argv[1] == "serve":
        serve(sys.argv[2], folder, sys.argv[4], json.loads(sys.argv[5]))
    else:
        (folder / "source").mkdir()
        globals()[f"save_{sys.argv[2]}"](folder / "source")
