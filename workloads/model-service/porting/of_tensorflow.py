"""Models of Keras and TensorFlow, exported by tf2onnx."""

from __future__ import annotations

import logging
import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from failure import PortError, shortened, unsupported
from original import Array, Tensor
from request import Request

DISTRIBUTIONS = ("tensorflow-cpu", "keras")


class Heard(logging.Handler):
    """Keeps what tf2onnx says of operators: it logs them, and raises something else later."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.ERROR)
        self.operators: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the names of operators."""
        text = record.getMessage()
        self.operators += re.findall(r"Tensorflow op \[[^\]]*?: (\w+)\] is not supported", text)
        self.operators += re.findall(r"Unsupported ops: Counter\(\{'(\w+)'", text)


def _exported(export: Any, target: Path) -> None:
    """Run an export, and turn what it says of operators into an error."""
    heard = Heard()
    logger = logging.getLogger("tf2onnx")
    logger.addHandler(heard)
    try:
        export()
    except Exception as error:
        if heard.operators:
            raise unsupported(heard.operators, "TensorFlow") from error
        raise PortError("conversion-failed", f"tf2onnx says: {shortened(str(error))}") from error
    finally:
        logger.removeHandler(heard)
    if heard.operators:
        target.unlink(missing_ok=True)
        raise unsupported(heard.operators, "TensorFlow")


def _limit(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


class KerasModel:
    """A file of Keras."""

    framework = f"keras {keras.__version__}, tensorflow {tf.__version__}"
    converter = f"keras {keras.__version__} by tf2onnx {version('tf2onnx')}"
    distributions = DISTRIBUTIONS

    def __init__(self, request: Request) -> None:
        """Load it; what would run code of the file (a Lambda layer) is refused by Keras."""
        _limit(request.threads)
        # A name in the cache has no ending that Keras knows.
        try:
            self.model = keras.saving.load_model(request.model, compile=False, safe_mode=True)
        except Exception as error:
            raise PortError("model-unreadable", f"Keras cannot load it: {shortened(str(error))}") from error
        self.inputs = [Tensor(each.name, str(each.dtype), tuple(each.shape)) for each in self.model.inputs]

    def predict(self, inputs: list[Array]) -> list[Array]:
        """Ask it as a server does: one batch, through its compiled function."""
        answer = self.model.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
        found: list[Array] = keras.tree.flatten(answer)
        return found

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file, for batches of any size."""
        _exported(
            lambda: self.model.export(str(target), format="onnx", verbose=False, opset_version=opset),
            target,
        )


class SavedModel:
    """A folder of TensorFlow: its default signature."""

    framework = f"tensorflow {tf.__version__}"
    converter = f"tf2onnx {version('tf2onnx')}"
    distributions = DISTRIBUTIONS

    def __init__(self, request: Request) -> None:
        """Load it, and find what serving asks."""
        _limit(request.threads)
        self.loaded = tf.saved_model.load(str(request.model))
        try:
            self.signature = self.loaded.signatures["serving_default"]
        except KeyError as error:
            names = ", ".join(self.loaded.signatures) or "none"
            raise PortError("model-unreadable", f"It has no signature serving_default; it has: {names}.") from error
        specs = self.signature.structured_input_signature[1]
        self.names = list(specs)
        self.inputs = [
            Tensor(name, spec.dtype.as_numpy_dtype().dtype.name, tuple(spec.shape.as_list()))
            for name, spec in specs.items()
        ]

    def predict(self, inputs: list[Array]) -> list[Array]:
        """Ask the signature."""
        answer = self.signature(**dict(zip(self.names, map(tf.constant, inputs), strict=True)))
        return [value.numpy() for _, value in sorted(answer.items())]

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file."""
        import tf2onnx
        from keras.src.export.tf2onnx_lib import patch_tf2onnx

        specs = [tf.TensorSpec(each.shape, each.type, name=each.name) for each in self.inputs]

        def asked(*tensors: Any) -> list[Any]:
            answer = self.signature(**dict(zip(self.names, tensors, strict=True)))
            return [value for _, value in sorted(answer.items())]

        function = tf.function(asked, input_signature=specs)
        patch_tf2onnx()  # What Keras does for its own export: tf2onnx is older than NumPy 2.
        _exported(
            lambda: tf2onnx.convert.from_function(function, specs, opset=opset, output_path=str(target)),
            target,
        )
