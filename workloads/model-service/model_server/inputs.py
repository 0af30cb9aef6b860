"""From the body of a request to what goes into the model: JSON, pictures, tensors in NumPy's format."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .description import Image, Service, Tensor
from .errors import ServiceError

JSON: Final = "application/json"
NPY: Final = "application/x-npy"
PICTURES: Final = {"image/jpeg": "JPEG", "image/png": "PNG"}
CONTENT_TYPES: Final = (JSON, *PICTURES, NPY)
MOST_PIXELS: Final = 40_000_000
MOST_VALUES: Final = 100_000_000
"""Numbers of one tensor: what its header says is believed no further."""

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Request:
    """What a request asks for: `instances` one by one, as JSON has them, or `tensors` by the names of the inputs."""

    instances: list[Any] | None
    tensors: dict[str, Array] | None

    def count(self) -> int:
        """Return the number of its inputs."""
        if self.instances is not None:
            return len(self.instances)
        first = next(iter((self.tensors or {}).values()), None)
        return 0 if first is None or first.ndim == 0 else int(first.shape[0])


def _json(body: bytes) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no number of JSON")

    try:
        return json.loads(body, parse_constant=refuse)
    except RecursionError as error:
        raise ServiceError(400, "json-invalid", "The body is nested too deeply.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise ServiceError(400, "json-invalid", f"The body is no JSON: {error}.") from error


def _of_json(body: bytes) -> Request:
    value = _json(body)
    if isinstance(value, dict) and set(value) == {"instances"}:
        value = value["instances"]
    elif isinstance(value, dict) and set(value) == {"inputs"} and isinstance(value["inputs"], dict):
        return Request(None, {name: _array(each, None, name) for name, each in value["inputs"].items()})
    if not isinstance(value, list):
        message = 'The body must be {"instances": [one input, …]}, {"inputs": {"name": [one input, …]}}, or an array.'
        raise ServiceError(400, "json-unexpected", message)
    return Request(value, None)


def _array(value: Any, type_name: str | None, name: str) -> Array:
    try:
        array = np.asarray(value, dtype=type_name)
    except (ValueError, TypeError, OverflowError) as error:
        raise ServiceError(
            400, "input-invalid", f"The input {name or 'of the model'} is no tensor: {error}."
        ) from error
    if array.dtype == object:
        raise ServiceError(400, "input-invalid", f"The input {name or 'of the model'} has rows of different lengths.")
    return array


def _of_npy(body: bytes) -> Array:
    try:
        file = io.BytesIO(body)
        version = np.lib.format.read_magic(file)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = reader(file)
        size = int(np.prod(shape, dtype=np.float64)) if shape else 1
        if kind.hasobject or size > MOST_VALUES or size * kind.itemsize > len(body):
            raise ValueError("its header says more than the body holds")
        array: Array = np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, OSError, EOFError, SyntaxError, TypeError) as error:
        raise ServiceError(
            400, "tensor-unreadable", f"The body is no tensor in NumPy's format (.npy): {error}."
        ) from error
    return array


def picture(body: bytes, kind: str, shape: tuple[int | None, ...] | None, image: Image) -> Array:
    """Decode a picture, and bring it into the shape of an input without its batch: H×W×C or C×H×W."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    height, width, channels, first = _layout(shape)
    try:
        opened = Pillow.open(io.BytesIO(body), formats=(PICTURES[kind],))
        if opened.width * opened.height > MOST_PIXELS:
            size = f"{opened.width}×{opened.height}"
            raise ServiceError(413, "image-too-large", f"The image has {size} pixels; {MOST_PIXELS} are allowed.")
        mode = {1: "L", 3: "RGB", 4: "RGBA"}.get(channels or 0, "L" if opened.mode in ("1", "L", "I;16") else "RGB")
        decoded = opened.convert(mode)
    except Pillow.DecompressionBombError as error:
        raise ServiceError(413, "image-too-large", f"The image is too large: {error}.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ServiceError(
            400, "image-unreadable", f"The body is no {PICTURES[kind]} image, or a damaged one."
        ) from error
    if height is not None and width is not None:
        decoded = decoded.resize((width, height), Pillow.Resampling.BILINEAR)
    array: Array = np.asarray(decoded, dtype=np.float32) * np.float32(image.scale)
    if image.mean:
        array = array - np.asarray(image.mean, dtype=np.float32)
    if image.deviation:
        array = array / np.asarray(image.deviation, dtype=np.float32)
    if channels is not None and array.ndim == 2:
        array = array[..., np.newaxis]
    return np.ascontiguousarray(array.transpose(2, 0, 1)) if first else array


def _layout(shape: tuple[int | None, ...] | None) -> tuple[int | None, int | None, int | None, bool]:
    """Return height, width, channels and whether these come first; channels are 1, 3 or 4."""
    if shape is None or len(shape) not in (2, 3):
        return None, None, None, False
    if len(shape) == 2:
        return shape[0], shape[1], None, False
    if shape[2] in (1, 3, 4):
        return shape[0], shape[1], shape[2], False
    if shape[0] in (1, 3, 4):
        return shape[1], shape[2], shape[0], True
    message = f"The model's input of shape {list(shape)} is no picture."
    raise ServiceError(415, "content-type-unsupported", message)


def request_of(service: Service, content_type: str, body: bytes) -> Request:
    """Read a request."""
    kind = content_type.split(";", 1)[0].strip().lower()
    if len(body) > service.limits.body_bytes:
        message = f"The body has {len(body)} bytes; {service.limits.body_bytes} are allowed."
        raise ServiceError(413, "body-too-large", message)
    if not body:
        raise ServiceError(400, "body-missing", f"The body is empty. Send one as {', '.join(CONTENT_TYPES)}.")
    if kind == "application/octet-stream" and body.startswith(b"\x93NUMPY"):
        kind = NPY
    if kind == JSON:
        request = _of_json(body)
    elif kind == NPY:
        array = _of_npy(body)
        name = service.inputs[0].name if service.inputs else ""
        request = Request(None, {name: _batched(array, service.inputs[0] if service.inputs else None)})
    elif kind in PICTURES:
        shape = service.inputs[0].shape if len(service.inputs) == 1 else None
        request = Request([picture(body, kind, None if shape is None else shape[1:], service.image)], None)
    else:
        message = f"The content type is {kind!r}; allowed: {', '.join(CONTENT_TYPES)}."
        raise ServiceError(415, "content-type-unsupported", message)
    count = request.count()
    if not 1 <= count <= service.limits.instances:
        message = f"The request has {count} inputs; 1 to {service.limits.instances} are allowed."
        raise ServiceError(400 if count == 0 else 413, "inputs-too-many" if count else "inputs-missing", message)
    return request


def _batched(array: Array, spec: Tensor | None) -> Array:
    """Take a tensor that is one input without its batch for a batch of one."""
    single = array.ndim == 0 or (spec is not None and spec.shape is not None and array.ndim == len(spec.shape) - 1)
    return array[np.newaxis] if single else array


def tensors_of(service: Service, request: Request) -> dict[str, Array]:
    """Return the tensors that go into a model, by name, with the type and shape that it asks for."""
    specs = service.inputs
    given = request.tensors
    if given is None:
        given = _columns(specs, request.instances or [])
    if len(given) == 1 and len(specs) == 1 and next(iter(given)) in ("", specs[0].name):
        given = {specs[0].name: next(iter(given.values()))}
    names = {spec.name for spec in specs}
    if specs and set(given) != names:
        message = f"The inputs are {sorted(given)}; the model has {sorted(names)}."
        raise ServiceError(400, "inputs-unexpected", message)
    for spec in specs:
        given[spec.name] = _fitting(_array(given[spec.name], spec.type, spec.name), spec)
    if len({int(each.shape[0]) for each in given.values() if each.ndim > 0}) > 1:
        raise ServiceError(400, "inputs-uneven", "The inputs have batches of different sizes.")
    return given


def _columns(specs: tuple[Tensor, ...], instances: list[Any]) -> dict[str, Array]:
    if len(specs) > 1 or (instances and isinstance(instances[0], dict)):
        names = [spec.name for spec in specs] or sorted(instances[0])
        for index, each in enumerate(instances):
            if not isinstance(each, dict) or set(each) != set(names):
                message = f"Input {index} must be an object with {', '.join(names)}."
                raise ServiceError(400, "inputs-unexpected", message)
        types = {spec.name: spec.type for spec in specs}
        return {name: _array([each[name] for each in instances], types.get(name), name) for name in names}
    spec = specs[0] if specs else None
    return {spec.name if spec else "": _array(instances, spec.type if spec else None, spec.name if spec else "")}


def _fitting(array: Array, spec: Tensor) -> Array:
    if spec.shape is None:
        return array
    if len(spec.shape) == array.ndim + 1 and spec.shape[-1] == 1:
        array = array[..., np.newaxis]  # Grey pictures as rows of values.
    fits = len(spec.shape) == array.ndim and all(
        want is None or want == have for want, have in zip(spec.shape[1:], array.shape[1:], strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in spec.shape[1:])
        message = f"An input {spec.name} has the shape [{', '.join(map(str, array.shape[1:]))}]; it must be [{wanted}]."
        raise ServiceError(400, "input-shape", message)
    return array
