"""What Keras writes beside its weights: its version, and the configuration with the shapes of inputs."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from onnx_files import TensorSpec

WINDOW: Final = 4 * 1024 * 1024
"""Bytes at either end of an HDF5 file that are looked at: attributes of its root lie there."""
MOST_NODES: Final = 100_000
"""Of a configuration."""


def _places(window: bytes, name: str) -> Iterator[int]:
    """Yield where the value of an attribute may begin: behind its name come its type and its size."""
    for found in re.finditer(re.escape(name.encode()) + rb"\x00", window):
        yield found.end()


def _on_heap(file: BinaryIO, head: bytes) -> bytes | None:
    """Read a text of variable length: its length, the place of a global heap, and its number there."""
    size = file.seek(0, 2)
    for start in range(64):
        reference = head[start : start + 16]
        if len(reference) < 16:
            return None
        length, place, number = struct.unpack("<IQI", reference)
        if not 0 < length <= WINDOW or not 0 < number < 2**16 or place > size - 16:
            continue
        file.seek(place)
        if file.read(5) == b"GCOL\x01":
            file.seek(place)
            return _object(file.read(WINDOW + 64), number, length)
    return None


def _object(heap: bytes, number: int, length: int) -> bytes | None:
    """Return an object of a global heap, by its number."""
    place = 16
    while place + 16 <= len(heap):
        index, _, _, size = struct.unpack_from("<HHIQ", heap, place)
        if index == number:
            return heap[place + 16 : place + 16 + min(length, size)]
        if index == 0:
            return None
        place += 16 + (size + 7) // 8 * 8
    return None


def attribute(file: BinaryIO, window: bytes, name: str, value: str) -> bytes | None:
    """Find an attribute's value in HDF5's object headers: beside its name, or on a heap."""
    for place in _places(window, name):
        direct = re.match(rb".{0,64}?(" + value.encode() + rb")", window[place : place + 64 + WINDOW // 2], re.DOTALL)
        if direct is not None and direct.start(1) <= 64:
            return direct[1]
        text = _on_heap(file, window[place : place + 96])
        if text is not None:
            return text
    return None


def version_in(file: BinaryIO, window: bytes) -> str | None:
    """Return the version of Keras that wrote a file; None where it does not say."""
    found = attribute(file, window, "keras_version", r"\d+\.\d+\.\d+[\w.-]*")
    return None if found is None else found.decode("ascii", "replace")


def configuration(file: BinaryIO, window: bytes) -> Any:
    """Return the configuration in a file; None where there is none, or it is not whole."""
    found = attribute(file, window, "model_config", r"\{\".*")
    try:
        return None if found is None else json.JSONDecoder().raw_decode(found.decode("utf-8", "replace"))[0]
    except (ValueError, RecursionError):
        return None


def _sizes(value: Any) -> tuple[int | None, ...] | None:
    if not isinstance(value, list) or not all(size is None or isinstance(size, int) for size in value):
        return None
    return tuple(value)


def _type(config: dict[str, Any]) -> str | None:
    kind = config.get("dtype")
    return kind if isinstance(kind, str) else None


def inputs_of(whole: Any) -> list[TensorSpec]:
    """Collect input layers, those of the outermost model; without any, the first layer that says what comes into it."""
    layers: list[tuple[int, TensorSpec]] = []
    first: list[TensorSpec] = []
    pending: list[tuple[int, Any]] = [(0, whole)]
    for _ in range(MOST_NODES):
        if not pending:
            break
        depth, node = pending.pop()
        if isinstance(node, list):
            pending += [(depth, each) for each in reversed(node)]
        elif isinstance(node, dict):
            config = node.get("config")
            if isinstance(config, dict):
                shape = _sizes(config.get("batch_shape") or config.get("batch_input_shape"))
                if shape is not None:
                    spec = TensorSpec(str(config.get("name", "")), _type(config), shape)
                    if node.get("class_name") == "InputLayer":
                        layers.append((depth, spec))
                    else:
                        first.append(spec)
            # What a model is made of lies in `layers`; a model among them has input layers of its own.
            inner = depth + ("layers" in node)
            pending += reversed([(inner, value) for value in node.values() if isinstance(value, (dict, list))])
    outermost = min((depth for depth, _ in layers), default=0)
    return [spec for depth, spec in layers if depth == outermost] or first[:1]
