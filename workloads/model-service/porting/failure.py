"""Why a model is not ported."""

from __future__ import annotations

from collections.abc import Iterable


class PortError(Exception):
    """The model cannot be ported; the code is stable, the message says why, the hint how to go on."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        """Take a code in kebab-case, what is wrong, and what to do about it."""
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def unsupported(operators: Iterable[str], framework: str) -> PortError:
    """Say which operators have no counterpart in ONNX."""
    names = ", ".join(sorted(set(operators)))
    return PortError(
        "operators-unsupported",
        f"ONNX has no operators for what this model of {framework} computes: {names}",
        "Write these layers with other operators, try another --opset, or serve the original.",
    )


def shortened(text: str, most: int = 500) -> str:
    """Return what a converter said on one line, its end where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"…{line[-most:]}"
