"""Exports a model to ONNX: torchvision's architecture, with the user's weights or seeded random ones."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

OPSET: Final = 17
"""Newest that ONNX Runtime 1.16 is certified for with a format (IR version 8) that it reads."""

ARCHITECTURES: Final = {
    "squeezenet-1.0": "squeezenet1_0",
    "resnet-18": "resnet18",
    "resnext-50": "resnext50_32x4d",
}
"""Names of the models, and of the functions of torchvision that make them."""


@dataclass(frozen=True)
class Model:
    """A model to be exported."""

    name: str
    weights: Path | None
    """A state dictionary of torchvision's architecture; None for random weights."""
    seed: int

    def key(self) -> str:
        """Name what comes out: equal keys are equal files, from the same versions."""
        source = "random" if self.weights is None else hashlib.sha256(self.weights.read_bytes()).hexdigest()
        program = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
        parts = json.dumps([self.name, source, self.seed, OPSET, program])
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Description:
    """What is known of an exported model."""

    name: str
    sha256: str
    bytes: int
    weights: Literal["trained", "random"]


def make(model: Model) -> Any:
    """Make the network, with its weights."""
    import torch
    import torchvision

    torch.manual_seed(model.seed)
    network = getattr(torchvision.models, ARCHITECTURES[model.name])(weights=None)
    if model.weights is not None:
        network.load_state_dict(torch.load(model.weights, map_location="cpu", weights_only=True))
    return network.eval()


def export(model: Model, target: Path) -> Description:
    """Write a model's ONNX file, for one RGB image of 224×224 at a time."""
    import torch

    network = make(model)
    with warnings.catch_warnings():
        # The exporter that traces is called the old one. Only it writes the format that the pinned runtime reads.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 224, 224),),
            str(target),
            opset_version=OPSET,
            dynamo=False,
            input_names=["image"],
            output_names=["logits"],
        )
    content = target.read_bytes()
    weights: Literal["trained", "random"] = "random" if model.weights is None else "trained"
    return Description(model.name, hashlib.sha256(content).hexdigest(), len(content), weights)


def cached(model: Model, cache: Path) -> tuple[Path, Description]:
    """Find a model in a folder, or export it there."""
    folder = cache / model.key()
    file, notes = folder / "model.onnx", folder / "model.json"
    if not notes.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / "model.onnx.unfinished"
        description = export(model, unfinished)
        unfinished.rename(file)
        notes.write_text(json.dumps(asdict(description), indent=2) + "\n")
    return file, Description(**json.loads(notes.read_text()))
