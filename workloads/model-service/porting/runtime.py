"""The ported model, as ONNX Runtime serves it. Imports nothing else: its start is timed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime


class Ported:
    """A session."""

    def __init__(self, path: Path, threads: int) -> None:
        """Load a model for so many threads."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.names = [each.name for each in self.session.get_inputs()]
        self.outputs = [each.name for each in self.session.get_outputs()]

    def predict(self, inputs: list[Any]) -> list[Any]:
        """Ask it."""
        answer: list[Any] = self.session.run(None, dict(zip(self.names, inputs, strict=True)))
        return answer
