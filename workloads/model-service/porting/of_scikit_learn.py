"""Models of scikit-learn, exported by skl2onnx. They are pickles: whoever asks for one trusts it."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from pathlib import Path

import joblib
import numpy as np
import sklearn
from sklearn.base import is_classifier

from failure import PortError, shortened, unsupported
from original import Array, Tensor, given_tensors
from request import Request


class ScikitLearnModel:
    """An estimator that was fitted, or a pipeline of them."""

    framework = f"scikit-learn {sklearn.__version__}"
    converter = f"skl2onnx {version('skl2onnx')}"
    distributions = ("scikit-learn",)

    def __init__(self, request: Request) -> None:
        """Load the pickle."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", sklearn.exceptions.InconsistentVersionWarning)
                self.model = joblib.load(request.model)
        except Warning as error:
            said = shortened(str(error))
            raise PortError("model-version", f"Another scikit-learn wrote it than the one here: {said}") from error
        except Exception as error:
            raise PortError("model-unreadable", f"scikit-learn cannot load it: {shortened(str(error))}") from error
        features = getattr(self.model, "n_features_in_", None)
        known = request.shapes is None and isinstance(features, int)
        self.inputs = [Tensor("X", "float32", (None, features))] if known else given_tensors(request, ["X"])
        self.scores = is_classifier(self.model) and hasattr(self.model, "predict_proba")

    def predict(self, inputs: list[Array]) -> list[Array]:
        """Return the labels or values, and what a classifier says of each class."""
        labels = np.asarray(self.model.predict(inputs[0]))
        return [labels, np.asarray(self.model.predict_proba(inputs[0]))] if self.scores else [labels]

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file."""
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType
        from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator

        shape = [None, *self.inputs[0].shape[1:]]
        # Scores as a table, not as a dictionary for each row.
        options = {id(self.model): {"zipmap": False}} if self.scores else None
        types = [(self.inputs[0].name, FloatTensorType(shape))]
        try:
            made = to_onnx(self.model, initial_types=types, target_opset=opset, options=options)
        except (MissingConverter, MissingShapeCalculator) as error:
            raise unsupported([type(self.model).__name__], "scikit-learn") from error
        except Exception as error:
            raise PortError("conversion-failed", f"skl2onnx says: {shortened(str(error))}") from error
        target.write_bytes(made.SerializeToString())
