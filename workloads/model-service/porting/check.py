"""Holds what ONNX Runtime answers against what the original answers to the same inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from failure import PortError
from original import Array


@dataclass(frozen=True)
class Difference:
    """Of one output."""

    output: str
    values: int
    maximumAbsolute: float | None  # noqa: N815 (JSON of the project)
    """Largest |ported − original|; None for what are no floating-point numbers."""
    maximumRelative: float | None  # noqa: N815 (JSON of the project)
    """Largest |ported − original| ÷ |original| where |original| is above the absolute tolerance."""
    outside: int
    """Values for which |ported − original| > absolute + relative × |original|, or that are not equal."""


def differences(
    names: list[str], originals: list[Array], ported: list[Array], relative: float, absolute: float
) -> list[Difference]:
    """Compare all outputs, in their order."""
    if len(originals) != len(ported):
        raise PortError("outputs-differ", f"The original has {len(originals)} outputs, the ported model {len(ported)}.")
    return [
        _difference(name, original, other, relative, absolute)
        for name, original, other in zip(names, originals, ported, strict=True)
    ]


def _difference(name: str, original: Array, ported: Array, relative: float, absolute: float) -> Difference:
    if original.size != ported.size:
        shapes = f"{original.shape}, and of the ported model {ported.shape}"
        raise PortError("outputs-differ", f"The shape of {name} of the original is {shapes}.")
    other = ported.reshape(original.shape)
    if not np.issubdtype(original.dtype, np.floating):
        return Difference(name, original.size, None, None, int(np.sum(original != other)))
    left, right = original.astype(np.float64), other.astype(np.float64)
    same = np.isnan(left) & np.isnan(right)
    apart = np.where(same, 0, np.abs(right - left))
    size = np.abs(left)
    large = size > absolute
    # What is not a number on one side only is outside, and as far away as can be.
    inside = same | (apart <= absolute + relative * size)
    return Difference(
        name,
        original.size,
        _finite(apart.max(initial=0)),
        _finite((apart[large] / size[large]).max(initial=0)),
        int(np.sum(~inside)),
    )


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
