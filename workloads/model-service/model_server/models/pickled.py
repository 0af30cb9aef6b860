"""Predicts by a pickle of scikit-learn. Loading one runs what is in it: it was asked for with `--trust`."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np

from model_server.description import Service
from model_server.inputs import Array


class Pickled:
    """An estimator: `predict_proba` where it has that, and `predict`."""

    def __init__(self, path: Path, folder: Path) -> None:
        """Load the model; classes of the source's own modules are found."""
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        try:
            import joblib

            self.model: Any = joblib.load(path)
        except ImportError:
            self.model = pickle.loads(path.read_bytes())
        self.columns = list(getattr(self.model, "feature_names_in_", []))

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Predict a batch of rows; columns by their names where the model was trained on such."""
        if len(tensors) == 1:
            rows: Any = next(iter(tensors.values()))
        else:
            names = self.columns or sorted(tensors)
            rows = np.column_stack([tensors[name] for name in names])
        if self.columns:
            import pandas

            rows = pandas.DataFrame(rows, columns=self.columns)
        answers = {"prediction": np.asarray(self.model.predict(rows))}
        if hasattr(self.model, "predict_proba"):
            answers["probabilities"] = np.asarray(self.model.predict_proba(rows))
        return answers


def load(service: Service) -> Pickled:
    """Load what predicts."""
    return Pickled(service.folder / service.entry["path"], service.folder)
