"""What expressions say: accelerators, shapes of inputs, files that are loaded, imports by name, versions of Python."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from imports import REMOVED, Import
from outline import occurrences

GPU_CHECKS: Final = frozenset({"is_available", "list_physical_devices", "is_gpu_available", "device_count", "num_gpus"})
"""Calls that ask whether there is an accelerator: who asks can do without."""

LOADERS: Final = frozenset(
    {
        "load",
        "load_model",
        "load_weights",
        "load_state_dict",
        "load_learner",
        "load_checkpoint",
        "load_file",
        "from_file",
        "read_model",
        "InferenceSession",
        "Booster",
        "Interpreter",
    }
)
"""Calls whose first text is the file of a model, by its ending."""
MODEL_ENDINGS: Final = (
    *(".keras", ".h5", ".hdf5", ".pt", ".pth", ".ckpt", ".onnx", ".pkl", ".pickle", ".joblib", ".tflite", ".pb"),
    *(".safetensors", ".params", ".caffemodel", ".cbm", ".ubj", ".bst", ".gguf", ".mar", ".pt2"),
)

WINDOWS: Final = frozenset({"imshow", "namedWindow", "waitKey", "destroyAllWindows", "createTrackbar"})
"""Functions of OpenCV that open windows."""
CONTRIBUTED: Final = frozenset(
    {"xfeatures2d", "face", "ximgproc", "bgsegm", "xphoto", "saliency", "legacy", "bioinspired"}
)
"""Modules that only OpenCV's larger distribution has."""

FORMATS: Final = {
    "read_excel": "openpyxl",
    "to_excel": "openpyxl",
    "read_parquet": "pyarrow",
    "to_parquet": "pyarrow",
    "read_feather": "pyarrow",
    "read_hdf": "tables",
    "to_hdf": "tables",
}
"""Functions of pandas, and the distribution that each takes besides (pandas' guide, optional dependencies)."""

MARKS: Final = tuple(
    text.encode()
    for text in (
        *("import_module(", "__import__(", "importorskip(", "cuda", "CUDA", "GPU:", "gpu:", '"gpu"', "'gpu'", ".gpu("),
        *(
            "KERAS_BACKEND",
            "CPUExecutionProvider",
            "input_shape=",
            "input_shape =",
            "Input(",
            "InputLayer(",
            "InputSpec(",
        ),
        *(".trace(", ".export(", "torch.randn(", "torch.rand(", "torch.zeros(", "torch.ones(", "torch.empty("),
        *("cv2.", *(f"{name}(" for name in (*sorted(GPU_CHECKS), *sorted(LOADERS), *sorted(FORMATS)))),
    )
)
"""Statements on whose lines none of these is have no hint, and are not looked at."""

_NEWER_SYNTAX = re.compile(rb"^[ \t\f]*(?:match\b.*:|except\s*\*)", re.MULTILINE)
_SHAPES = {"Input": "shape", "InputLayer": "shape", "InputSpec": "shape"}
_MAKERS = frozenset({"randn", "rand", "zeros", "ones", "empty"})


@dataclass(frozen=True)
class Hint:
    """Something that an expression says."""

    kind: str
    """gpu, gpu-check, load, signature, window, contributed, format, backend, python."""
    line: int
    what: str
    """The expression, in short."""
    value: str = ""
    shape: tuple[int | None, ...] = ()
    library: str = ""


@dataclass
class Hints:
    """All of a part."""

    found: list[Hint] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)

    def add(self, kind: str, node: ast.expr | ast.stmt, value: str = "", **more: Any) -> None:
        """Note one."""
        self.found.append(Hint(kind, node.lineno, _short(node), value, **more))


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).split("\n", 1)[0]
    return text if len(text) <= 100 else f"{text[:99]}…"


def _name_of(function: ast.expr) -> str:
    """Return the last name of what is called."""
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _base_of(function: ast.expr) -> str:
    """Return the first name of what is called."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _shape(node: ast.expr | None) -> tuple[int | None, ...] | None:
    """Return a shape that is written out; None where it is not."""
    if not isinstance(node, (ast.Tuple, ast.List)):
        return None
    sizes = [each.value if isinstance(each, ast.Constant) else ... for each in node.elts]
    if not all(size is None or (isinstance(size, int) and not isinstance(size, bool)) for size in sizes):
        return None
    return tuple(size for size in sizes if size is None or isinstance(size, int))


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _is_gpu_name(text: str) -> bool:
    return (
        re.fullmatch(r"cuda(?::\d+)?|/(?:device:)?(?:GPU|gpu):\d+|gpu|CUDAExecutionProvider|CUDA_VISIBLE_DEVICES", text)
        is not None
    )


def _tensor_shape(node: ast.expr, known: dict[str, tuple[int | None, ...]]) -> tuple[int | None, ...] | None:
    """Return the shape of `torch.randn(1, 3, 224, 224)`, or of a name that was given one."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, (ast.Tuple, ast.List)) and node.elts:
        return _tensor_shape(node.elts[0], known)
    if not (isinstance(node, ast.Call) and _name_of(node.func) in _MAKERS):
        return None
    sizes = node.args[0].elts if len(node.args) == 1 and isinstance(node.args[0], (ast.Tuple, ast.List)) else node.args
    return _shape(ast.Tuple(elts=list(sizes), ctx=ast.Load()))


def _of_call(call: ast.Call, hints: Hints, tensors: dict[str, tuple[int | None, ...]]) -> None:
    name, base = _name_of(call.func), _base_of(call.func)
    first = _text(call.args[0]) if call.args else None
    if name in ("import_module", "__import__", "importorskip") and first is not None and not first.startswith("."):
        hints.imports.append(Import(first, (), call.lineno, "optional" if name == "importorskip" else "lazy"))
    if name in GPU_CHECKS:
        hints.add("gpu-check", call)
    elif (name == "cuda" and isinstance(call.func, ast.Attribute)) or (name == "gpu" and base in ("mx", "mxnet")):
        hints.add("gpu", call)
    if name in LOADERS and first is not None and first.endswith(MODEL_ENDINGS):
        hints.add("load", call, first)
    if name in FORMATS and (base in ("pd", "pandas") or name.startswith("to_")):
        hints.add("format", call, FORMATS[name])
    _signature_of_call(call, name, hints, tensors)


def _signature_of_call(call: ast.Call, name: str, hints: Hints, tensors: dict[str, tuple[int | None, ...]]) -> None:
    if name in _SHAPES:
        shape = _shape(_keyword(call, "shape") or (call.args[0] if call.args else None))
        if shape is not None:
            hints.add("signature", call, _text(_keyword(call, "dtype")) or "", shape=(None, *shape), library="keras")
        batched = _shape(_keyword(call, "batch_shape") or _keyword(call, "batch_input_shape"))
        if batched is not None:
            hints.add("signature", call, _text(_keyword(call, "dtype")) or "", shape=batched, library="keras")
    input_shape = _shape(_keyword(call, "input_shape"))
    if input_shape is not None:
        hints.add("signature", call, "", shape=(None, *input_shape), library="keras")
    if name in ("trace", "export") and len(call.args) > 1:
        shape = _tensor_shape(call.args[1], tensors)
        if shape is not None:
            hints.add("signature", call, "", shape=shape, library="pytorch")


def _of_attribute(node: ast.Attribute, hints: Hints) -> None:
    if isinstance(node.value, ast.Name) and node.value.id == "cv2":
        if node.attr in WINDOWS:
            hints.add("window", node)
        elif node.attr in CONTRIBUTED:
            hints.add("contributed", node)


def _backend_of(node: ast.AST) -> str | None:
    """Return what `os.environ["KERAS_BACKEND"] = …` or `setdefault` sets."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return _text(node.value) if _text(node.targets[0].slice) == "KERAS_BACKEND" else None
    if isinstance(node, ast.Call) and _name_of(node.func) in ("setdefault", "putenv") and len(node.args) == 2:
        return _text(node.args[1]) if _text(node.args[0]) == "KERAS_BACKEND" else None
    return None


def _of_node(node: ast.AST, hints: Hints, tensors: dict[str, tuple[int | None, ...]]) -> None:
    match node:
        case ast.Call():
            _of_call(node, hints, tensors)
        case ast.Attribute():
            _of_attribute(node, hints)
        case ast.Constant(value=str(text)) if len(text) < 40 and _is_gpu_name(text):
            hints.add("gpu", node)
        case ast.Constant(value="CPUExecutionProvider"):
            hints.add("gpu-check", node)
        case _:
            pass
    backend = _backend_of(node)
    if backend is not None and isinstance(node, (ast.Assign, ast.Call)):
        hints.add("backend", node, backend)


def marks_in(text: bytes) -> list[int]:
    """Return the places of marks, in order."""
    return sorted(place for mark in MARKS for place in occurrences(text, mark))


def newer_syntax_in(text: bytes) -> list[int]:
    """Return the places of what may be syntax that older versions of Python have not."""
    words = (*occurrences(text, b"match"), *occurrences(text, b"except"))
    return [place for place in words if _NEWER_SYNTAX.match(text, text.rfind(b"\n", 0, place) + 1)]


def lines_at(text: bytes, places: list[int]) -> list[int]:
    """Return the numbers of the lines of places, in order."""
    lines: list[int] = []
    line, before = 1, 0
    for place in places:
        line += text.count(b"\n", before, place)
        before = place
        if not lines or lines[-1] != line:
            lines.append(line)
    return lines


def _has_line(node: ast.stmt, lines: list[int]) -> bool:
    """Whether a statement, with its decorators, has a marked line."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    place = bisect_left(lines, first)
    return place < len(lines) and lines[place] <= (node.end_lineno or node.lineno)


def _nodes(module: ast.Module, lines: list[int]) -> Iterator[ast.AST]:
    """Yield the nodes of statements with a mark; of compound ones, their heads and what is marked inside."""
    pending: list[ast.AST] = [module]
    while pending:
        holder = pending.pop()
        for child in ast.iter_child_nodes(holder):
            if isinstance(child, ast.stmt):
                if _has_line(child, lines):
                    yield child
                    pending.append(child)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                pending.append(child)
            else:
                yield from ast.walk(child)


def hints_of(module: ast.Module, lines: list[int]) -> Hints:
    """Collect the hints of a part, whose lines with marks are given."""
    hints = Hints()
    if not lines:
        return hints
    nodes = list(_nodes(module, lines))
    tensors: dict[str, tuple[int | None, ...]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            shape = _tensor_shape(node.value, {})
            if shape is not None:
                tensors[node.targets[0].id] = shape
    for node in nodes:
        _of_node(node, hints, tensors)
    hints.found.sort(key=lambda hint: hint.line)
    return hints


def python_hints(module: ast.Module, imports: list[Import], *, newer: bool) -> list[Hint]:
    """Return what says which versions of Python a part runs with; the value is `>=3.10` or `<3.12`.

    Newer syntax is only looked for where there may be some.
    """
    found = [
        Hint("python", each.line, each.text(), f"<{version}")
        for each in imports
        if each.need == "always"
        for version, removed in REMOVED.items()
        if each.module.split(".", 1)[0] in removed
    ]
    found += [
        Hint("python", each.line, each.text(), ">=3.11")
        for each in imports
        if each.need == "always" and each.module == "tomllib"
    ]
    if newer:
        for node in ast.walk(module):
            if isinstance(node, ast.Match):
                found.append(Hint("python", node.lineno, "match", ">=3.10"))
            elif isinstance(node, ast.TryStar):
                found.append(Hint("python", node.lineno, "except*", ">=3.11"))
    return found
