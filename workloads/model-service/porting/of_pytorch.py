"""Models of PyTorch, exported by its own exporters."""

from __future__ import annotations

import importlib.util
import re
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from failure import PortError, shortened, unsupported
from original import Array, Tensor, given_tensors
from request import Request


def _failure(error: Exception) -> PortError:
    """Say what the exporter could not convert."""
    text = f"{error} {error.__cause__ or ''}"
    operators = re.findall(
        r"(?:ONNX export of operator|Exporting the operator|No ONNX function found for) '?<?([^\s,'>]+)", text
    )
    if operators:
        return unsupported((re.sub(r"^.*aten[:.]+", "aten::", name) for name in operators), "PyTorch")
    return PortError("conversion-failed", f"torch.onnx says: {shortened(text)}")


class Network:
    """A network that can be asked; how it is exported is its kind's."""

    framework = f"torch {torch.__version__}"
    distributions = ("torch", "numpy")
    traced = False

    def __init__(self, network: Any, inputs: list[Tensor]) -> None:
        """Take a network in its mode for predictions."""
        self.network, self.inputs = network, inputs
        exporter = "by tracing" if self.traced else f"by onnxscript {version('onnxscript')}"
        self.converter = f"torch {torch.__version__} {exporter}"

    def predict(self, inputs: list[Array]) -> list[Array]:
        """Ask it."""
        with torch.inference_mode():
            answer = self.network(*map(torch.from_numpy, inputs))
        outputs = (
            answer if isinstance(answer, (list, tuple)) else answer.values() if isinstance(answer, dict) else [answer]
        )
        return [each.numpy() for each in outputs]

    def _examples(self) -> tuple[Any, ...]:
        # Two of each: a batch of one would be taken for a size that is always one.
        return tuple(
            torch.zeros((2, *(size or 1 for size in each.shape[1:])), dtype=getattr(torch, each.type))
            for each in self.inputs
        )

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file, for batches of any size."""
        names = [each.name for each in self.inputs]
        batch = {0: "batch"}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                how: dict[str, Any] = (
                    {"dynamo": False, "dynamic_axes": dict.fromkeys(names, batch)}
                    if self.traced
                    else {
                        "dynamo": True,
                        "external_data": False,
                        "verbose": False,
                        "dynamic_shapes": tuple({0: torch.export.Dim("batch")} for _ in names),
                    }
                )
                torch.onnx.export(
                    self.network, self._examples(), str(target), opset_version=opset, input_names=names, **how
                )
        except Exception as error:
            raise _failure(error) from error


class Script(Network):
    """TorchScript: only the exporter that traces reads it."""

    traced = True


class Exported(Network):
    """An archive of torch.export, whose program has its inputs' shapes."""

    def __init__(self, program: Any) -> None:
        """Take the program."""
        self.program = program
        names = program.graph_signature.user_inputs
        values = {node.name: node.meta["val"] for node in program.graph.nodes if node.op == "placeholder"}
        tensors = [values[name] for name in names]
        shapes = [tuple(size if isinstance(size, int) else None for size in each.shape) for each in tensors]
        types = [str(each.dtype).removeprefix("torch.") for each in tensors]
        triples = zip(names, types, shapes, strict=True)
        super().__init__(program.module(), [Tensor(*triple) for triple in triples])

    def export(self, target: Path, opset: int) -> None:
        """Write the ONNX file with the shapes that it was exported with."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(
                    self.program, (), str(target), opset_version=opset, external_data=False, verbose=False
                )
        except Exception as error:
            raise _failure(error) from error


def _made_by(factory: str) -> Any:
    """Make a network by a function of the user's module."""
    place, _, function = factory.rpartition(":")
    spec = importlib.util.spec_from_file_location("network_of_the_model", place)
    if spec is None or spec.loader is None:
        raise PortError("factory-invalid", f"{place} is no module of Python.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return getattr(module, function)()
    except Exception as error:
        said = f"{type(error).__name__}: {shortened(str(error))}"
        raise PortError("factory-failed", f"{function} of {Path(place).name} made no network: {said}") from error


def load_pytorch(request: Request) -> Network:
    """Load what its format allows without a pickle that runs anything."""
    torch.set_num_threads(request.threads)
    try:
        if request.format == "torch-export":
            return Exported(torch.export.load(str(request.model)))
        if request.format == "torchscript":
            script = torch.jit.load(str(request.model), map_location="cpu").eval()
            names = [name.debugName() for name in list(script.graph.inputs())[1:]]
            return Script(script, given_tensors(request, names))
        if request.factory is None:
            raise PortError(
                "factory-needed",
                "A state dictionary has weights without a network.",
                "Name the function that makes the network: --factory network.py:make.",
            )
        network = _made_by(request.factory)
        network.load_state_dict(torch.load(request.model, map_location="cpu", weights_only=True))
        return Network(network.eval(), given_tensors(request, []))
    except PortError:
        raise
    except Exception as error:
        raise PortError("model-unreadable", f"PyTorch cannot load it: {shortened(str(error))}") from error
