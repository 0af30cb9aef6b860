"""Files of models, known by their content; heads alone are read, whatever their size."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from findings import Problem, shortened
from keras_files import WINDOW, configuration, inputs_of, version_in
from onnx_files import TensorSpec, read_onnx, read_saved_model
from pickles import MOST_BYTES, names_of, unpacked
from protobuf import WireError
from tree import Entry, read_bytes

MOST_DIRECTORY: Final = 16 * 1024 * 1024
"""Bytes of a zip archive's list of files."""
MOST_MEMBER: Final = 4 * 1024 * 1024
"""Bytes that are unpacked of one file in an archive."""
BOMB_BYTES: Final = 1024 * 1024 * 1024
BOMB_FACTOR: Final = 100
"""An archive that unpacks to more than both, bytes and times its size, is no model: weights hardly shrink."""
HEAD: Final = 512

NOT_MODELS: Final = frozenset(
    {
        *(".py", ".pyw", ".ipynb", ".pyi", ".pyc", ".md", ".rst", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".lock"),
        *(".png", ".jpg", ".jpeg", ".gif", ".svg", ".bmp", ".webp", ".ico", ".pdf", ".mp4", ".wav", ".mp3", ".ttf"),
        *(".csv", ".tsv", ".parquet", ".html", ".css", ".js", ".ts", ".sh", ".c", ".h", ".cc", ".cpp", ".cu", ".so"),
        *(".npy", ".npz", ".whl", ".egg", ".docx", ".xlsx", ".pptx", ".jar", ".apk", ".tar", ".log"),
    }
)
"""Endings of files that are not opened to look for a model."""


@dataclass
class Artefact:
    """A model on disk."""

    path: str
    format: str
    bytes: int
    framework: str | None
    """A distribution that reads it."""
    versions: dict[str, str] = field(default_factory=dict)
    """What wrote it, or what its format asks for."""
    inputs: list[TensorSpec] = field(default_factory=list)
    outputs: list[TensorSpec] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    """Top-level modules that loading it imports."""
    executes: list[str] = field(default_factory=list)
    """Names in a pickle that would run a program."""


PICKLED: Final = {
    "sklearn": "scikit-learn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "torch": "torch",
    "keras": "keras",
    "tensorflow": "tensorflow",
    "statsmodels": "statsmodels",
    "mxnet": "mxnet",
}
"""Top-level modules in pickles, and the frameworks that they belong to; the first one counts."""


def _pickle(entry: Entry, head: bytes) -> Artefact | None:
    data = unpacked(read_bytes(entry.path, MOST_BYTES))
    if not data.startswith(b"\x80"):
        return None
    found = names_of(data)
    if not found.names and not found.whole:
        return None
    legacy = head.startswith(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")
    modules = found.modules()
    framework = "torch" if legacy else next((name for key, name in PICKLED.items() if key in modules), None)
    kind = "torch-legacy" if legacy else "pickle"
    artefact = Artefact(entry.name, kind, entry.bytes, framework, dict(found.versions))
    if any(name.startswith("numpy._core") for name in found.names):
        artefact.versions["numpy"] = "2.0"
    artefact.imports = sorted(modules)
    artefact.executes = found.executes()
    return artefact


def _hdf5(entry: Entry, _head: bytes) -> Artefact:
    windows = [read_bytes(entry.path, WINDOW)]
    if entry.bytes > WINDOW:
        windows.append(read_bytes(entry.path, WINDOW, max(WINDOW, entry.bytes - WINDOW)))
    with entry.path.open("rb") as file:
        version = next((each for window in windows if (each := version_in(file, window)) is not None), None)
        whole = next((each for window in windows if (each := configuration(file, window)) is not None), None)
    keras = version is not None or whole is not None
    versions = {} if version is None else {"keras": version}
    kind = "keras-hdf5" if whole is not None else "keras-weights" if keras else "hdf5"
    inputs = inputs_of(whole) if whole is not None else []
    return Artefact(entry.name, kind, entry.bytes, "keras" if keras else None, versions, inputs)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Unpack the beginning of a file in an archive, never more."""
    with archive.open(name) as file:
        return file.read(MOST_MEMBER)


def _directory_size(file: BinaryIO, size: int) -> int:
    """Return the size of a zip archive's list of files, from its end record."""
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise zipfile.BadZipFile("it has no end record")
    length = int(struct.unpack_from("<I", tail, place + 12)[0])
    if length == 0xFFFFFFFF:
        wide = tail.rfind(b"PK\x06\x06")
        length = int(struct.unpack_from("<Q", tail, wide + 40)[0]) if 0 <= wide <= len(tail) - 48 else length
    return length


def _keras_archive(entry: Entry, archive: zipfile.ZipFile) -> Artefact:
    metadata = json.loads(_member(archive, "metadata.json"))
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    inputs = inputs_of(json.loads(_member(archive, "config.json")))
    versions = {"keras": version} if isinstance(version, str) else {}
    return Artefact(entry.name, "keras", entry.bytes, "keras", versions, inputs)


def _torch_archive(entry: Entry, archive: zipfile.ZipFile, names: list[str]) -> Artefact:
    script = any(name.endswith("/constants.pkl") or "/code/" in name for name in names)
    data = next(name for name in names if PurePosixPath(name).name == "data.pkl")
    found = names_of(_member(archive, data))
    state = not script and all(name.startswith(("torch.", "collections.")) for name in found.names)
    kind = "torchscript" if script else "torch-state" if state else "torch-pickle"
    modules = [] if script else sorted(found.modules())
    return Artefact(entry.name, kind, entry.bytes, "torch", {}, imports=modules, executes=found.executes())


def _zip(entry: Entry, _head: bytes) -> Artefact | None:
    with entry.path.open("rb") as file:
        if _directory_size(file, entry.bytes) > MOST_DIRECTORY:
            raise zipfile.BadZipFile(f"its list of files is larger than {MOST_DIRECTORY} bytes")
        with zipfile.ZipFile(file) as archive:
            unpacked_bytes = sum(info.file_size for info in archive.infolist())
            if unpacked_bytes > max(BOMB_BYTES, BOMB_FACTOR * entry.bytes):
                raise zipfile.BadZipFile(f"it would unpack to {unpacked_bytes} bytes")
            names = archive.namelist()
            if {"metadata.json", "config.json"} <= set(names):
                return _keras_archive(entry, archive)
            if any(PurePosixPath(name).name == "data.pkl" for name in names):
                return _torch_archive(entry, archive, names)
            if any(name.endswith("archive_format") for name in names):
                return Artefact(entry.name, "torch-export", entry.bytes, "torch")
            if "MAR-INF/MANIFEST.json" in names:
                return Artefact(entry.name, "torchserve", entry.bytes, "torch")
    return None


def _onnx(entry: Entry, _head: bytes) -> Artefact | None:
    with entry.path.open("rb") as file:
        try:
            found = read_onnx(file, entry.bytes)
        except WireError as error:
            if entry.name.endswith(".onnx"):
                raise
            del error
            return None
    versions = {"opset": str(found.opsets.get("", 0)), "ir": str(found.ir_version)}
    return Artefact(entry.name, "onnx", entry.bytes, "onnxruntime", versions, found.inputs, found.outputs)


def _saved_model(entry: Entry) -> Artefact:
    with entry.path.open("rb") as file:
        found = read_saved_model(file, entry.bytes)
    folder = str(PurePosixPath(entry.name).parent)
    versions = {"tensorflow": found.tensorflow} if found.tensorflow else {}
    return Artefact(folder, "saved-model", entry.bytes, "tensorflow", versions, found.inputs, found.outputs)


def _safetensors(entry: Entry, head: bytes) -> Artefact | None:
    length = struct.unpack_from("<Q", head)[0]
    if not 2 <= length <= min(100_000_000, entry.bytes - 8):
        return None
    return Artefact(entry.name, "safetensors", entry.bytes, "safetensors")


def _xgboost(entry: Entry, head: bytes) -> Artefact:
    del head
    tail = read_bytes(entry.path, 4096, max(0, entry.bytes - 4096))
    place = tail.rfind(b'"version":[')
    numbers = tail[place + 11 :].split(b"]", 1)[0].split(b",") if place >= 0 else []
    version = ".".join(number.decode("ascii", "replace").strip() for number in numbers)
    versions = {"xgboost": version} if version and all(part.isdigit() for part in version.split(".")) else {}
    return Artefact(entry.name, "xgboost", entry.bytes, "xgboost", versions)


def _of_framework(kind: str, framework: str) -> Callable[[Entry, bytes], Artefact]:
    return lambda entry, _head: Artefact(entry.name, kind, entry.bytes, framework)


_HEADS: Final[tuple[tuple[int, bytes, Callable[[Entry, bytes], Artefact | None]], ...]] = (
    (0, b"PK\x03\x04", _zip),
    (0, b"\x89HDF\r\n\x1a\n", _hdf5),
    (4, b"TFL3", _of_framework("tflite", "tflite-runtime")),
    (0, b"CBM1", _of_framework("catboost", "catboost")),
    (0, b"GGUF", _of_framework("gguf", "llama-cpp-python")),
    (0, b"\x12\x01\x00\x00\x00\x00\x00\x00", _of_framework("mxnet-params", "mxnet")),
    (0, b"tree\nversion=", _of_framework("lightgbm", "lightgbm")),
    (0, b'{"learner":', _xgboost),
    (0, b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner", _xgboost),
    (8, b'{"', _safetensors),
    (0, b"\x80\x02", _pickle),
    (0, b"\x80\x03", _pickle),
    (0, b"\x80\x04", _pickle),
    (0, b"\x80\x05", _pickle),
    (0, b"\x1f\x8b", _pickle),
    (0, b"\x78\x9c", _pickle),
    (0, b"\x78\x5e", _pickle),
    (0, b"\x08", _onnx),
)
"""Place, bytes there, and who reads what has them."""

LFS: Final = b"version https://git-lfs.github.com/spec/"


def _classified(entry: Entry, head: bytes) -> Artefact | None:
    if entry.name.endswith((".caffemodel", ".prototxt")):
        kind = "caffe" if entry.name.endswith(".caffemodel") else "caffe-network"
        return Artefact(entry.name, kind, entry.bytes, "caffe")
    if PurePosixPath(entry.name).name == "saved_model.pb":
        return _saved_model(entry)
    for place, magic, reader in _HEADS:
        if head[place : place + len(magic)] == magic:
            return reader(entry, head)
    if entry.name.endswith(".onnx"):
        raise WireError("it does not begin as a model does")
    return None


def is_candidate(name: str) -> bool:
    """Whether a file is opened to look for a model in it."""
    return PurePosixPath(name).suffix.lower() not in NOT_MODELS


def artefact_of(entry: Entry) -> Artefact | Problem | None:
    """Say what model a file is; None where it is none, a problem where it is one that cannot be read."""
    if entry.bytes < 8:
        return None
    try:
        head = read_bytes(entry.path, HEAD)
        if head.startswith(LFS):
            message = "It is a pointer of Git LFS; the file itself is not here. Run `git lfs pull`."
            return Problem("artefact-missing", entry.name, 0, message)
        return _classified(entry, head)
    except (WireError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, KeyError, RecursionError) as error:
        return Problem("artefact-unreadable", entry.name, 0, f"It is no whole model: {shortened(str(error))}.")
    except (NotImplementedError, RuntimeError, EOFError, MemoryError, struct.error, zlib.error) as error:
        return Problem("artefact-unreadable", entry.name, 0, f"It cannot be unpacked: {shortened(str(error))}.")
    except OSError as error:
        return Problem("file-unreadable", entry.name, 0, error.strerror or "It cannot be read.")
