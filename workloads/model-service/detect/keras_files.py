"""What Keras writes beside its weights: its version, and the configuration with the shapes of inputs."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from onnx_files import TensorSpec

WINDOW: Final = 4 * 1024 * 1024
"""Bytes at either end of an HDF5 file that are looked at: attributes of its root lie there."""
MOST_NODES: Final = 100_000
"""Of a configuration."""


def attribute(window: bytes, name: str, value: str) -> str | None:
    """Find a short attribute in HDF5's object headers: its name, its type and size, then its value."""
    found = re.search(name.encode() + rb"\x00.{0,64}?(" + value.encode() + rb")", window, re.DOTALL)
    return None if found is None else found[1].decode("ascii", "replace")


def configuration(window: bytes) -> Any:
    """Find the configuration that lies in an attribute; None where it is not here, or not whole."""
    for found in re.finditer(rb"model_config\x00.{0,64}?(\{\")", window, re.DOTALL):
        text = window[found.start(1) :].decode("utf-8", "replace")
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _sizes(value: Any) -> tuple[int | None, ...] | None:
    if not isinstance(value, list) or not all(size is None or isinstance(size, int) for size in value):
        return None
    return tuple(value)


def _type(config: dict[str, Any]) -> str | None:
    kind = config.get("dtype")
    return kind if isinstance(kind, str) else None


def inputs_of(whole: Any) -> list[TensorSpec]:
    """Collect input layers; without any, the first layer that says what comes into it."""
    layers: list[TensorSpec] = []
    first: list[TensorSpec] = []
    pending = [whole]
    for _ in range(MOST_NODES):
        if not pending:
            break
        node = pending.pop()
        if isinstance(node, list):
            pending += reversed(node)
        elif isinstance(node, dict):
            config = node.get("config")
            if isinstance(config, dict):
                shape = _sizes(config.get("batch_shape") or config.get("batch_input_shape"))
                if shape is not None:
                    spec = TensorSpec(str(config.get("name", "")), _type(config), shape)
                    (layers if node.get("class_name") == "InputLayer" else first).append(spec)
            pending += reversed([value for value in node.values() if isinstance(value, (dict, list))])
    return layers or first[:1]
