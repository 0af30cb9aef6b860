"""Builds a function's package: one zip archive, whose bytes depend on nothing but what goes in.

`export.py`, in the folder `models` beside this one, must be on the path. Options come as JSON on standard input, what
is known of the package goes as JSON to standard output.
"""

from __future__ import annotations

import hashlib
import json
import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from export import Description, Model, cached

EPOCH: Final = (2024, 1, 1, 0, 0, 0)
TASK: Final = "/var/task"
"""Where the package is unpacked: what compiled byte code says of its source."""

UNUSED: Final = (
    ".lock",
    "bin/",
    "numpy/f2py/",
    "numpy/distutils/",
    "onnxruntime/backend/",
    "onnxruntime/datasets/",
    "onnxruntime/quantization/",
    "onnxruntime/tools/",
    "onnxruntime/transformers/",
)
"""Parts of the packages that no prediction imports."""

Entry = tuple[str, bytes]


@dataclass(frozen=True)
class Part:
    """What a part of the package takes."""

    name: str
    bytes: int
    """Unpacked."""
    zipped_bytes: int


def is_used(name: str) -> bool:
    """Whether a file of a package belongs into the archive."""
    parts = name.split("/")
    return not (
        name.startswith(UNUSED) or "tests" in parts or "__pycache__" in parts or name.endswith((".pyi", ".pxd", ".h"))
    )


def files_of(folder: Path) -> Iterator[Entry]:
    """List the files of a folder that belong into the archive, by name."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and is_used(name):
            yield name, path.read_bytes()


def byte_code(name: str, source: bytes, scratch: Path) -> Entry | None:
    """Compile a source, for a place that cannot be written to; None when it is for another Python."""
    path = scratch / "source.py"
    path.write_bytes(source)
    target = scratch / "compiled.pyc"
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(str(path), str(target), f"{TASK}/{name}", doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        return None
    folder, _, file = name.rpartition("/")
    tag = sys.implementation.cache_tag
    return f"{folder}/__pycache__/{file[:-3]}.{tag}.pyc".lstrip("/"), target.read_bytes()


def with_byte_code(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Put its byte code beside every source."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in entries:
            yield name, content
            compiled = byte_code(name, content, Path(scratch)) if name.endswith(".py") else None
            if compiled is not None:
                yield compiled


def part_of(name: str) -> str:
    """Name the part of the package that a file belongs to."""
    top = name.split("/", 1)[0]
    return top.split("-")[0].split(".")[0] if "/" in name else top


def write(archive: Path, entries: list[Entry]) -> list[Part]:
    """Write the archive, and say what its parts take, the largest first."""
    sizes: dict[str, list[int]] = {}
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        for name, content in sorted(entries):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3
            info.external_attr = (0o755 if ".so" in name else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
            size = sizes.setdefault(part_of(name), [0, 0])
            size[0] += len(content)
            size[1] += target.getinfo(name).compress_size
    parts = [Part(name, *size) for name, size in sizes.items()]
    return sorted(parts, key=lambda part: part.bytes, reverse=True)


def build(options: dict[str, Any]) -> dict[str, Any]:
    """Build the package, or find it."""
    cache = Path(options["cache"])
    weights = None if options["weights"] is None else Path(options["weights"])
    model_file, model = cached(Model(options["model"], weights, options["seed"]), cache / "models")
    baked_in = options["modelIn"] == "package"
    entries = list(with_byte_code(files_of(Path(options["packages"]))))
    entries += with_byte_code(files_of(Path(__file__).parent.parent / "function"))
    entries.append(("image.jpg", Path(options["image"]).read_bytes()))
    entries.append(("model.json", description_of(model)))
    if baked_in:
        entries.append(("model.onnx", model_file.read_bytes()))
    unfinished = cache / f"package.{model.sha256[:16]}.unfinished"
    parts = write(unfinished, entries)
    digest = hashlib.sha256(unfinished.read_bytes()).hexdigest()
    archive = cache / "packages" / f"{digest}.zip"
    archive.parent.mkdir(exist_ok=True)
    zipped = unfinished.stat().st_size
    unfinished.rename(archive)
    return {
        "archive": archive.relative_to(cache).as_posix(),
        "sha256": digest,
        "bytes": zipped,
        "unzippedBytes": sum(len(content) for _, content in entries),
        "parts": [{"name": part.name, "bytes": part.bytes, "zippedBytes": part.zipped_bytes} for part in parts],
        "modelFile": model_file.relative_to(cache).as_posix(),
        "model": asdict(model),
    }


def description_of(model: Description) -> bytes:
    """Write down what the handler tells of the model."""
    return (json.dumps(asdict(model), indent=2) + "\n").encode()


if __name__ == "__main__":
    json.dump(build(json.load(sys.stdin)), sys.stdout)
