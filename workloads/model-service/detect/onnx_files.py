"""ONNX models and TensorFlow's SavedModels, by the fields of their messages (onnx.proto, saved_model.proto)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, Final

from protobuf import Field, WireError, fields, text

ONNX_TYPES: Final = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
}
TENSORFLOW_TYPES: Final = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    9: "int64",
    10: "bool",
    14: "bfloat16",
    17: "uint16",
    19: "float16",
    22: "uint32",
    23: "uint64",
}
MOST_INPUTS: Final = 64


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a model."""

    name: str
    type: str | None
    """As NumPy names it."""
    shape: tuple[int | None, ...] | None
    """None for a size that is not fixed; None as a whole where it is not known."""


@dataclass
class Onnx:
    """What an ONNX model says of itself."""

    ir_version: int = 0
    producer: str = ""
    opsets: dict[str, int] = field(default_factory=dict)
    """By domain; "" is ONNX's own."""
    inputs: list[TensorSpec] = field(default_factory=list)
    outputs: list[TensorSpec] = field(default_factory=list)


@dataclass
class SavedModel:
    """What a SavedModel says of itself."""

    tensorflow: str = ""
    inputs: list[TensorSpec] = field(default_factory=list)
    outputs: list[TensorSpec] = field(default_factory=list)


def _onnx_type(file: BinaryIO, value: Field) -> tuple[str | None, tuple[int | None, ...] | None]:
    """Read TypeProto.Tensor: its element type, and the sizes of its shape."""
    kind: str | None = None
    shape: tuple[int | None, ...] | None = None
    for each in fields(file, value.start, value.end):
        if each.number == 1 and not each.long:
            kind = ONNX_TYPES.get(each.value)
        elif each.number == 2 and each.long:
            sizes: list[int | None] = []
            for dimension in fields(file, each.start, each.end):
                size = [part.value for part in fields(file, dimension.start, dimension.end) if part.number == 1]
                sizes.append(size[0] if size and 0 < size[0] < 2**40 else None)
            shape = tuple(sizes)
    return kind, shape


def _onnx_value(file: BinaryIO, value: Field) -> TensorSpec:
    name, kind, shape = "", None, None
    for each in fields(file, value.start, value.end):
        if each.number == 1 and each.long:
            name = text(file, each)
        elif each.number == 2 and each.long:
            for tensor in fields(file, each.start, each.end):
                if tensor.number == 1 and tensor.long:
                    kind, shape = _onnx_type(file, tensor)
    return TensorSpec(name, kind, shape)


def _onnx_graph(file: BinaryIO, graph: Field, found: Onnx) -> None:
    weights: set[str] = set()
    for each in fields(file, graph.start, graph.end):
        if each.number == 5 and each.long:  # An initializer; old models list them among the inputs too.
            weights |= {text(file, part) for part in fields(file, each.start, each.end) if part.number == 8}
        elif each.number == 11 and len(found.inputs) < MOST_INPUTS + len(weights):
            found.inputs.append(_onnx_value(file, each))
        elif each.number == 12 and len(found.outputs) < MOST_INPUTS:
            found.outputs.append(_onnx_value(file, each))
    found.inputs = [each for each in found.inputs if each.name not in weights][:MOST_INPUTS]


def read_onnx(file: BinaryIO, size: int) -> Onnx:
    """Read ModelProto; raises WireError where it is none."""
    found = Onnx()
    graph: Field | None = None
    for each in fields(file, 0, size):
        if each.number == 1 and not each.long:
            found.ir_version = each.value
        elif each.number == 2 and each.long:
            found.producer = text(file, each)
        elif each.number == 7 and each.long:
            graph = each
        elif each.number == 8 and each.long:
            parts = list(fields(file, each.start, each.end))
            domain = next((text(file, part) for part in parts if part.number == 1 and part.long), "")
            version = next((part.value for part in parts if part.number == 2), 0)
            found.opsets["" if domain == "ai.onnx" else domain] = version
    if graph is None or not found.opsets:
        raise WireError("it has no graph, or no set of operators")
    _onnx_graph(file, graph, found)
    return found


def _tensor_info(file: BinaryIO, entry: Field) -> TensorSpec:
    """Read an entry of map<string, TensorInfo>."""
    name, kind, shape = "", None, None
    for each in fields(file, entry.start, entry.end):
        if each.number == 1 and each.long:
            name = text(file, each)
        elif each.number == 2 and each.long:
            for part in fields(file, each.start, each.end):
                if part.number == 2 and not part.long:
                    kind = TENSORFLOW_TYPES.get(part.value)
                elif part.number == 3 and part.long:
                    shape = _tensorflow_shape(file, part)
    return TensorSpec(name, kind, shape)


def _tensorflow_shape(file: BinaryIO, shape: Field) -> tuple[int | None, ...] | None:
    sizes: list[int | None] = []
    for each in fields(file, shape.start, shape.end):
        if each.number == 3 and each.value == 1:
            return None  # Of unknown rank.
        if each.number == 2 and each.long:
            size = next((part.value for part in fields(file, each.start, each.end) if part.number == 1), 0)
            sizes.append(size if 0 < size < 2**40 else None)  # A negative one is a large number here.
    return tuple(sizes)


def _signature(file: BinaryIO, entry: Field, found: SavedModel) -> None:
    """Read an entry of map<string, SignatureDef>: that of `serving_default` counts, or else the first."""
    parts = list(fields(file, entry.start, entry.end))
    key = next((text(file, part) for part in parts if part.number == 1 and part.long), "")
    if key.startswith("__saved_model") or (found.inputs and key != "serving_default"):
        return
    for value in (part for part in parts if part.number == 2 and part.long):
        inside = list(fields(file, value.start, value.end))
        found.inputs = [_tensor_info(file, each) for each in inside if each.number == 1 and each.long][:MOST_INPUTS]
        found.outputs = [_tensor_info(file, each) for each in inside if each.number == 2 and each.long][:MOST_INPUTS]


def read_saved_model(file: BinaryIO, size: int) -> SavedModel:
    """Read SavedModel; raises WireError where it is none."""
    found = SavedModel()
    graphs = [each for each in fields(file, 0, size) if each.number == 2 and each.long]
    if not graphs:
        raise WireError("it has no graph")
    for each in fields(file, graphs[0].start, graphs[0].end):
        if each.number == 1 and each.long:
            for part in fields(file, each.start, each.end):
                if part.number == 5 and part.long:
                    found.tensorflow = text(file, part)
        elif each.number == 5 and each.long:
            _signature(file, each, found)
    return found
