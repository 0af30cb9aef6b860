"""What is to be ported, and how it is held against the original."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """One port, as the command line asked for it."""

    model: Path
    format: str
    """As detection names it."""
    output: Path
    opset: int
    shapes: list[list[int | None]] | None
    """Shapes of the inputs with the batch first, None for any; None as a whole where the model says them."""
    types: list[str] | None
    """Types of the inputs, as NumPy names them."""
    factory: str | None
    """`FILE:FUNCTION` that makes the network of a state dictionary."""
    samples: int
    seed: int
    low: float
    high: float
    relative: float
    absolute: float
    blocks: int
    """Blocks of requests to each of the two; 0 for no timing."""
    requests: int
    """Requests of a block."""
    starts: int
    """Starts of a process for each of the two."""
    threads: int


def read_request(path: Path) -> Request:
    """Read what the command line wrote."""
    given: dict[str, Any] = json.loads(path.read_text())
    return Request(**{**given, "model": Path(given["model"]), "output": Path(given["output"])})
