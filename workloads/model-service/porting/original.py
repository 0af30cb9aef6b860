"""A model as its own framework runs it: loaded, asked, exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from failure import PortError
from request import Request

Array = NDArray[Any]


@dataclass(frozen=True)
class Tensor:
    """An input: its name, its type as NumPy names it, and its shape with None for any size."""

    name: str
    type: str
    shape: tuple[int | None, ...]

    def drawn(self, count: int, numbers: np.random.Generator, low: float, high: float) -> Array:
        """Draw so many samples, evenly between two values; the first size is the batch, others that are open are 1."""
        shape = (count, *(1 if size is None else size for size in self.shape[1:]))
        if np.issubdtype(np.dtype(self.type), np.floating):
            return numbers.uniform(low, high, shape).astype(self.type)
        return numbers.integers(int(low), max(int(low) + 1, int(high)), shape).astype(self.type)


class Original(Protocol):
    """A model in its own framework."""

    inputs: list[Tensor]

    @property
    def framework(self) -> str:
        """Return its framework, with its version."""

    @property
    def converter(self) -> str:
        """Return what exports it, with its version."""

    @property
    def distributions(self) -> tuple[str, ...]:
        """Return what serving it has to install."""

    def predict(self, inputs: list[Array]) -> list[Array]:
        """Return all outputs."""

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file. Raises `PortError` for what has no counterpart."""


def given_tensors(request: Request, names: list[str]) -> list[Tensor]:
    """Return the inputs as the command line says them. Raises `PortError` where it says none."""
    if request.shapes is None:
        raise PortError(
            "input-unknown",
            "This file does not say the shape of what goes into the model.",
            "Give one --input for each, such as --input 1x3x224x224.",
        )
    types = request.types or ["float32"] * len(request.shapes)
    named = names if len(names) == len(request.shapes) else [f"input_{index}" for index in range(len(request.shapes))]
    triples = zip(named, types, request.shapes, strict=True)
    return [Tensor(name, type_, (None, *shape[1:])) for name, type_, shape in triples]
