"""What is served, and within which limits: `service.json`, which may be edited."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PLACE: Final = Path(__file__).resolve().parent.parent
"""Folder of `service.json`, of this package and of the model's source."""


@dataclass(frozen=True)
class Tensor:
    """An input or output: `shape` has None for a size that is free, and is None where nothing is known."""

    name: str
    type: str | None
    shape: tuple[int | None, ...] | None

    @staticmethod
    def of(value: dict[str, Any]) -> Tensor:
        """Read one."""
        shape = value.get("shape")
        return Tensor(value["name"], value.get("type"), None if shape is None else tuple(shape))


@dataclass(frozen=True)
class Limits:
    """What one request may take."""

    body_bytes: int
    """Largest body, in bytes."""
    predict_sec: float
    """Longest time for a prediction, waiting included, in seconds."""
    instances: int
    """Most inputs of one request."""
    waiting: int
    """Most requests that wait or are worked at, of one process."""


@dataclass(frozen=True)
class Batching:
    """Requests that come at the same time are predicted together."""

    most: int
    """Inputs of a batch."""
    wait_ms: float
    """Longest time that a request waits for others, in ms."""


@dataclass(frozen=True)
class Image:
    """How a picture becomes numbers: (value × scale - mean) ÷ deviation, each channel its own."""

    scale: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


@dataclass(frozen=True)
class Service:
    """What is served."""

    name: str
    version: str
    entry: dict[str, Any]
    """`{"kind": "function", "module", "function", "parameters"}` or `{"kind": "model", "format", "path"}`."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    limits: Limits
    batching: Batching | None
    image: Image
    folder: Path
    """Where the model's source is."""


def read(place: Path = PLACE) -> Service:
    """Read `service.json` in a folder."""
    value = json.loads((place / "service.json").read_text())
    limits, batching, image = value["limits"], value["batching"], value["image"]
    return Service(
        name=value["name"],
        version=value["version"],
        entry=value["entry"],
        inputs=tuple(Tensor.of(each) for each in value["inputs"]),
        outputs=tuple(Tensor.of(each) for each in value["outputs"]),
        limits=Limits(limits["bodyBytes"], limits["predictSec"], limits["instances"], limits["waiting"]),
        batching=None if batching is None else Batching(batching["most"], batching["waitMs"]),
        image=Image(image["scale"], tuple(image["mean"]), tuple(image["deviation"])),
        folder=place / "source",
    )
