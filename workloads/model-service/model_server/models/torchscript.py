"""Predicts by a model of TorchScript."""

from __future__ import annotations

from typing import Any

import torch

from model_server.cpus import computing_threads
from model_server.description import Service
from model_server.inputs import Array


class TorchScript:
    """A module of TorchScript, in its mode for inference."""

    def __init__(self, path: str) -> None:
        """Load the model."""
        torch.set_num_threads(computing_threads())
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.module = torch.jit.load(path, map_location=self.device).eval()

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Pass a batch through the network."""
        values = [self._tensor(each) for each in tensors.values()]
        with torch.inference_mode():
            try:
                answers = self._passed(values)
            except RuntimeError as error:
                raise ValueError(str(error).rsplit("\n", 2)[-1] or str(error)) from error
        if isinstance(answers, dict):
            return {name: each.cpu().numpy() for name, each in answers.items()}
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        return {f"output_{index}": each.cpu().numpy() for index, each in enumerate(answers)}

    def _passed(self, values: list[torch.Tensor]) -> Any:
        try:
            return self.module(*values)
        except RuntimeError:
            # Whole numbers of JSON are integers: a network that takes none takes them as what it computes in.
            if all(each.is_floating_point() for each in values):
                raise
            return self.module(*[each.float() for each in values])

    def _tensor(self, value: Array) -> torch.Tensor:
        # Python's numbers are double precision, and the weights of networks hardly ever are.
        return torch.from_numpy(value.astype("float32") if value.dtype == "float64" else value).to(self.device)


def load(service: Service) -> TorchScript:
    """Load what predicts."""
    return TorchScript(str(service.folder / service.entry["path"]))
