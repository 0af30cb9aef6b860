"""Classifies an image: the function that serves a model, the same on AWS Lambda and on this machine.

`GET` classifies the image of the package, as Ishakian 2018 did it; `POST` the one in the body. Beside this file are
`model.onnx`, `model.json` (its description) and `image.jpg`. A package without a model has it in S3: `MODEL_BUCKET` and
`MODEL_KEY` say where.
"""

import time

_FIRST_LINE = time.clock_gettime(time.CLOCK_BOOTTIME)
_IMPORTS_FROM = time.perf_counter()

import base64
import binascii
import io
import json
import math
import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from PIL import Image, UnidentifiedImageError

_IMPORTS_SECONDS: Final = time.perf_counter() - _IMPORTS_FROM

Reply = dict[str, Any]
Floats = np.ndarray[Any, np.dtype[np.float32]]

PLACE: Final = Path(__file__).parent
CONTENT_TYPES: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}
LARGEST_PIXELS: Final = 40_000_000
MIB_OF_A_CPU: Final = 1769

MEAN: Final = np.array([0.485, 0.456, 0.406], dtype=np.float32)
DEVIATION: Final = np.array([0.229, 0.224, 0.225], dtype=np.float32)


class RequestError(Exception):
    """A request that cannot be answered, with the status that says so."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Take the HTTP status, a stable code and a message."""
        super().__init__(message)
        self.status = status
        self.code = code


def runtime_start_seconds() -> float:
    """Seconds from the start of this process to the first line of this file; the kernel keeps the start to 10 ms."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return max(0.0, _FIRST_LINE - int(fields[19]) / os.sysconf("SC_CLK_TCK"))


def threads() -> int:
    """CPUs that an instance of this memory has, as whole ones: more threads would only wait for each other."""
    memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(MIB_OF_A_CPU)))
    return max(1, min(math.ceil(memory / MIB_OF_A_CPU), len(os.sched_getaffinity(0))))


def model_path() -> Path:
    """Find the model's file: that of the package, or one that is fetched from S3."""
    baked_in = PLACE / "model.onnx"
    if baked_in.exists():
        return baked_in
    import boto3  # AWS Lambda has it; a package with its model needs none.

    fetched = Path("/tmp/model.onnx")
    boto3.client("s3").download_file(os.environ["MODEL_BUCKET"], os.environ["MODEL_KEY"], str(fetched))
    return fetched


def load() -> onnxruntime.InferenceSession:
    """Load the model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])


DESCRIPTION: Final[dict[str, Any]] = json.loads((PLACE / "model.json").read_text())
_LOAD_FROM = time.perf_counter()
SESSION: Final = load()
_LOAD_SECONDS: Final = time.perf_counter() - _LOAD_FROM
_RUNTIME_START_SECONDS: Final = runtime_start_seconds()
_first_prediction_seconds: float | None = None


def image_of(event: dict[str, Any]) -> bytes:
    """Read the image that a request is about."""
    method = event.get("requestContext", {}).get("http", {}).get("method", "GET")
    if method == "GET":
        return (PLACE / "image.jpg").read_bytes()
    kind = event.get("headers", {}).get("content-type", "").split(";")[0].strip().lower()
    if kind not in CONTENT_TYPES:
        allowed = ", ".join(CONTENT_TYPES)
        raise RequestError(415, "content-type-unsupported", f"The content type is {kind!r}; allowed: {allowed}.")
    body = event.get("body") or ""
    if body == "":
        raise RequestError(400, "image-missing", "The body is empty; it must be an image.")
    try:
        return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except binascii.Error as error:
        raise RequestError(400, "image-unreadable", f"The body is not what its event says: {error}.") from error


def decode(content: bytes) -> Image.Image:
    """Decode a JPEG or PNG image."""
    try:
        image = Image.open(io.BytesIO(content), formats=tuple(CONTENT_TYPES.values()))
        if image.width * image.height > LARGEST_PIXELS:
            message = f"The image has {image.width}×{image.height} pixels; {LARGEST_PIXELS} are allowed."
            raise RequestError(413, "image-too-large", message)
        return image.convert("RGB")
    except Image.DecompressionBombError as error:
        raise RequestError(413, "image-too-large", f"The image is too large: {error}.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise RequestError(400, "image-unreadable", "The body is no JPEG or PNG image, or a damaged one.") from error


def prepare(image: Image.Image) -> Floats:
    """Make the network's input: the shorter side scaled to 256, the middle 224×224, normalised as in training."""
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    left, top = (image.width - 224) // 2, (image.height - 224) // 2
    pixels = np.asarray(image.crop((left, top, left + 224, top + 224)), dtype=np.float32) / np.float32(255)
    normalised: Floats = ((pixels - MEAN) / DEVIATION).astype(np.float32, copy=False)
    return np.ascontiguousarray(normalised.transpose(2, 0, 1)[np.newaxis])


def predict(pixels: Floats) -> tuple[int, float, float]:
    """Pass an image through the network: number of the likeliest class, its probability, and seconds of the pass."""
    start = time.perf_counter()
    (logits,) = SESSION.run(None, {SESSION.get_inputs()[0].name: pixels})
    seconds = time.perf_counter() - start
    powers = np.exp(logits[0] - logits[0].max())
    likeliest = int(powers.argmax())
    return likeliest, float(powers[likeliest] / powers.sum()), seconds


def answer(event: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Classify the image of a request."""
    global _first_prediction_seconds
    likeliest, probability, seconds = predict(prepare(decode(image_of(event))))
    cold = _first_prediction_seconds is None
    if _first_prediction_seconds is None:
        _first_prediction_seconds = seconds
    return {
        "prediction": {
            "class": likeliest,
            "probability": min(1.0, probability),
            "meaningful": DESCRIPTION["weights"] == "trained",
        },
        "model": DESCRIPTION["name"],
        "coldStart": cold,
        "requestId": request_id,
        "timings": {
            "runtimeStart": _RUNTIME_START_SECONDS,
            "imports": _IMPORTS_SECONDS,
            "modelLoad": _LOAD_SECONDS,
            "firstPrediction": _first_prediction_seconds,
            "prediction": seconds,
        },
    }


def handler(event: dict[str, Any], context: Any) -> Reply:
    """Answer an event of an HTTP API, payload format 2.0."""
    try:
        status, body = 200, answer(event, context.aws_request_id)
    except RequestError as refusal:
        status, body = refusal.status, {"error": {"code": refusal.code, "message": str(refusal)}}
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
