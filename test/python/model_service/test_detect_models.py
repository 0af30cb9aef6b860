"""Models on disk, written by the libraries that write them, and known by their content whatever they are called."""

import gzip
import pickle
import struct
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from detecting import Findings, needed, one, run, source_in, write

from forked import Origin


def made_in(folder: Path, program: str, origin: Origin) -> None:
    """Run a program that saves models in a folder."""
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        code = origin.start(f"import os; os.chdir({str(folder)!r})\n{program}", log).wait(300)
    assert code == 0, Path(log.name).read_text()


@pytest.fixture(scope="session")
def keras_models(tmp_path_factory: pytest.TempPathFactory, tensorflow_origin: Origin) -> Path:
    """Save one network as Keras and TensorFlow do."""
    folder = tmp_path_factory.mktemp("keras")
    program = """
import keras
model = keras.Sequential([keras.Input((28, 28, 1), name="picture"), keras.layers.Flatten(), keras.layers.Dense(3)])
model.save("whole.keras")
keras.Sequential([keras.Input((28, 28, 1), name="outer"), model]).save("nested.keras")
model.save("whole.h5")
model.save_weights("some.weights.h5")
model.export("exported", verbose=False)
"""
    made_in(folder, program, tensorflow_origin)
    (folder / "whole.keras").rename(folder / "whole.bin")  # The content counts.
    return folder


@pytest.fixture(scope="session")
def keras_findings(keras_models: Path) -> Findings:
    """Read these models."""
    return run(keras_models)


@pytest.fixture(scope="session")
def keras_version() -> str:
    """Return the version of Keras that wrote the models."""
    from importlib.metadata import version

    return version("keras")


def test_keras_archives_name_their_writer_and_their_input(keras_findings: Findings, keras_version: str) -> None:
    model = one(keras_findings, "artefacts", path="whole.bin")
    assert (model["format"], model["framework"], model["versions"]) == ("keras", "keras", {"keras": keras_version})
    signature = one(keras_findings, "signatures", file="whole.bin")
    assert signature["inputs"] == [{"name": "picture", "type": "float32", "shape": [None, 28, 28, 1]}]
    assert f"keras>={keras_version}" in [each["requirement"] for each in keras_findings["constraints"]]


def test_of_a_model_in_a_model_the_outer_inputs_count(keras_findings: Findings) -> None:
    inputs = one(keras_findings, "signatures", file="nested.keras")["inputs"]
    assert [each["name"] for each in inputs] == ["outer"]


def test_hdf5_files_of_keras_do_too(keras_findings: Findings, keras_version: str) -> None:
    model = one(keras_findings, "artefacts", path="whole.h5")
    assert (model["format"], model["versions"]) == ("keras-hdf5", {"keras": keras_version})
    assert one(keras_findings, "signatures", file="whole.h5")["inputs"][0]["shape"] == [None, 28, 28, 1]
    assert one(keras_findings, "artefacts", path="some.weights.h5")["format"] in ("hdf5", "keras-weights")


def test_saved_models_name_their_tensorflow_and_their_signature(keras_findings: Findings) -> None:
    from importlib.metadata import version

    model = one(keras_findings, "artefacts", path="exported")
    assert (model["format"], model["framework"]) == ("saved-model", "tensorflow")
    assert model["versions"] == {"tensorflow": version("tensorflow-cpu")}
    signature = one(keras_findings, "signatures", file="exported")
    assert [(each["type"], each["shape"]) for each in signature["inputs"]] == [("float32", [None, 28, 28, 1])]
    assert [each["shape"] for each in signature["outputs"]] == [[None, 3]]


def test_models_alone_say_what_reads_them(keras_findings: Findings) -> None:
    assert needed(keras_findings) == ["keras", "tensorflow"]


def test_pytorch_s_files_are_told_apart(tmp_path: Path, pytorch_origin: Origin) -> None:
    source = source_in(tmp_path)
    program = """
import torch
net = torch.nn.Linear(4, 2)
torch.save(net.state_dict(), "state.bin")
torch.save(net, "whole.bin")
torch.save(net.state_dict(), "old.bin", _use_new_zipfile_serialization=False)
torch.jit.trace(net, torch.zeros(1, 4)).save("script.bin")
"""
    made_in(source, program, pytorch_origin)
    findings = run(source)
    formats = {each["path"]: each["format"] for each in findings["artefacts"]}
    assert formats == {
        "old.bin": "torch-legacy",
        "script.bin": "torchscript",
        "state.bin": "torch-state",
        "whole.bin": "torch-pickle",
    }
    assert needed(findings) == ["torch"]
    assert findings["problems"] == []


def number(field: int, value: int) -> bytes:
    """Encode a number of a message."""
    return varint(field << 3) + varint(value)


def nested(field: int, content: bytes) -> bytes:
    """Encode a field with a length."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    """Encode a number as protocol buffers do."""
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def onnx_model(opset: int) -> bytes:
    """Encode a model with an input of (N, 3, 224, 224), and a weight that old writers list among the inputs."""
    dimensions = b"".join(nested(1, each) for each in [nested(2, b"N"), number(1, 3), number(1, 224), number(1, 224)])
    tensor = number(1, 1) + nested(2, dimensions)
    image = nested(1, b"image") + nested(2, nested(1, tensor))
    weight = nested(1, b"w") + nested(2, nested(1, number(1, 1)))
    graph = nested(5, nested(8, b"w") + nested(9, b"\0" * 1000)) + nested(11, image) + nested(11, weight)
    return number(1, 8) + nested(2, b"test") + nested(7, graph) + nested(8, nested(1, b"") + number(2, opset))


def test_onnx_models_name_their_operators_and_their_input(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "model.dat", onnx_model(17))
    write(source, "newer.onnx", onnx_model(99))
    findings = run(source)
    assert one(findings, "artefacts", path="model.dat")["versions"] == {"opset": "17", "ir": "8"}
    signature = one(findings, "signatures", file="model.dat")
    assert signature["inputs"] == [{"name": "image", "type": "float32", "shape": [None, 3, 224, 224]}]
    assert [each["requirement"] for each in findings["constraints"]] == ["onnxruntime>=1.12", "onnxruntime>=1.18"]
    assert needed(findings) == ["onnxruntime"]


@pytest.fixture
def estimator() -> Iterator[Any]:
    """Make an object of the kind that scikit-learn pickles, without scikit-learn."""
    module = types.ModuleType("sklearn.linear_model")
    parent = types.ModuleType("sklearn")

    def getstate(self: Any) -> dict[str, Any]:
        return {**self.__dict__, "_sklearn_version": "1.4.2"}

    kind = type("Ridge", (), {"__module__": "sklearn.linear_model", "__getstate__": getstate})
    module.__dict__["Ridge"] = kind
    sys.modules.update({"sklearn": parent, "sklearn.linear_model": module})
    instance = kind()
    instance.__dict__["alpha"] = 1.0
    yield instance
    del sys.modules["sklearn"], sys.modules["sklearn.linear_model"]


@pytest.mark.parametrize("protocol", [2, 4])
def test_pickles_name_what_wrote_them(protocol: int, estimator: Any, tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "model.joblib", gzip.compress(pickle.dumps([estimator, estimator], protocol)))
    findings = run(source)
    model = one(findings, "artefacts", path="model.joblib")
    assert (model["format"], model["framework"]) == ("pickle", "scikit-learn")
    assert model["versions"] == {"scikit-learn": "1.4.2"}
    assert [each["requirement"] for each in findings["constraints"]] == ["scikit-learn>=1.4.2,<1.5"]
    assert needed(findings) == ["scikit-learn"]
    assert findings["problems"] == []


def test_other_formats_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "a", b"\x1c\x00\x00\x00TFL3" + b"\0" * 8)
    write(source, "b.txt", "tree\nversion=v4\nnum_class=1\n")
    write(source, "c.json", '{"learner":{},"version":[2,0,3]}')
    write(source, "d", b"CBM1" + b"\0" * 8)
    header = b'{"weight":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    write(source, "e", struct.pack("<Q", len(header)) + header + b"\0" * 8)
    write(source, "f", b"\x12\x01" + b"\0" * 20)
    write(source, "g.caffemodel", b"\x0a\x03net" + b"\0" * 20)
    write(source, "h.json", '{"learning": "nothing of a model"}')
    write(source, "i.pkl", pickle.dumps([1, 2, 3]))
    findings = run(source)
    assert {each["path"]: each["format"] for each in findings["artefacts"]} == {
        "a": "tflite",
        "b.txt": "lightgbm",
        "c.json": "xgboost",
        "d": "catboost",
        "e": "safetensors",
        "f": "mxnet-params",
        "g.caffemodel": "caffe",
        "i.pkl": "pickle",
    }
    assert [each["requirement"] for each in findings["constraints"]] == ["xgboost>=2.0.3"]
    assert [each["code"] for each in findings["problems"]] == ["artefact-unserved"]
