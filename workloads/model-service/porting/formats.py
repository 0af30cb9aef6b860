"""Which framework loads a model, by its format."""

from __future__ import annotations

from failure import PortError
from original import Original
from request import Request


def load(request: Request) -> Original:
    """Load a model by its format, with one framework's import alone."""
    if request.format in ("keras", "keras-hdf5", "saved-model"):
        from of_tensorflow import KerasModel, SavedModel

        return SavedModel(request) if request.format == "saved-model" else KerasModel(request)
    if request.format in ("torchscript", "torch-state", "torch-export"):
        from of_pytorch import load_pytorch

        return load_pytorch(request)
    if request.format == "pickle":
        from of_scikit_learn import ScikitLearnModel

        return ScikitLearnModel(request)
    raise PortError("format-unported", f"Models of the format {request.format} are not ported.")
