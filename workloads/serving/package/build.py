"""Builds a function's package: one zip archive, whose bytes depend on nothing but what goes in.

`export.py`, in the folder `models` beside this one, must be on the path. Options come as JSON on standard input, what
is known of the package goes as JSON to standard output.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from archive import Entry, with_byte_code, write
from export import Description, Model, cached

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
