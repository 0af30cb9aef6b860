"""Predicts by an ONNX model."""

from __future__ import annotations

import onnxruntime

from model_server.cpus import computing_threads
from model_server.description import Service
from model_server.inputs import Array

ACCELERATED = "CUDAExecutionProvider"


def providers() -> list[str]:
    """Return what computes: accelerators, where the runtime is one for them, before the processor."""
    if ACCELERATED not in onnxruntime.get_available_providers():
        return ["CPUExecutionProvider"]
    onnxruntime.preload_dlls()  # NVIDIA's libraries are distributions beside the runtime, where no linker looks.
    return [ACCELERATED, "CPUExecutionProvider"]


class Onnx:
    """A session of ONNX Runtime."""

    def __init__(self, path: str) -> None:
        """Load the model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = computing_threads()
        options.inter_op_num_threads = 1
        # A thread that spins takes the CPU from those that read requests.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(path, options, providers=providers())
        self.outputs = [each.name for each in self.session.get_outputs()]

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Pass a batch through the network."""
        try:
            values = self.session.run(self.outputs, tensors)
        except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument as error:
            raise ValueError(str(error)) from error
        return dict(zip(self.outputs, values, strict=True))


def load(service: Service) -> Onnx:
    """Load what predicts."""
    return Onnx(str(service.folder / service.entry["path"]))
