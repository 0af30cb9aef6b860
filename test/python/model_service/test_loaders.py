"""Models of each framework, as it saves them, loaded and asked by what serves them."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forked import Origin
from install import trim

PROGRAM = Path(__file__).with_name("loaded_models.py")
BUILD = Path(__file__).parents[3] / "workloads" / "model-service" / "build"
ROWS = [[1, 2, 3], [4, 5, 6]]


@pytest.fixture(scope="module")
def scikit_learn_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    """Make the origin of programs that use scikit-learn, one of ONNX's converters, as far as an image has it."""
    packages = os.environ.get("UNDERLAY_ONNX")
    if not packages:
        pytest.skip(
            "scikit-learn is not here: run `npx underlay setup --with onnx`, or set UNDERLAY_ONNX to its folder"
        )
    trimmed = tmp_path_factory.mktemp("image") / "packages"
    shutil.copytree(packages, trimmed, copy_function=os.symlink)
    for folder in Path(np.__file__).parents[1].glob("numpy*"):
        shutil.copytree(folder, trimmed / folder.name, copy_function=os.symlink)
    trim(trimmed, json.loads((BUILD / "unneeded.json").read_text())["files"])
    origin = Origin("sklearn.linear_model", packages=str(trimmed))
    yield origin
    origin.end()


def run(origin: Origin, folder: Path, *words: str) -> str:
    """Run the program in a copy of a process that has imported the framework; return what it prints."""
    with (folder / "log").open("wb") as log:
        process = origin.run(PROGRAM, words, log)
    with process.stdin, process.stdout:
        said = process.stdout.read().decode()
    assert process.wait() == 0, (folder / "log").read_text()
    return said


def served(origin: Origin, loader: str, folder: Path, model: str, *bodies: Any) -> list[Any]:
    """Serve a model in a process of its own, and return its answers."""
    answers: list[Any] = json.loads(run(origin, folder, "serve", loader, str(folder), model, json.dumps(bodies)))
    return answers


def test_torchscript_answers_as_in_inference_and_refuses_what_it_cannot_take(
    pytorch_origin: Origin, tmp_path: Path
) -> None:
    run(pytorch_origin, tmp_path, "save", "pytorch", str(tmp_path))
    (doubled,) = served(pytorch_origin, "torchscript", tmp_path, "doubled.pt", ROWS)
    assert doubled == [[2, 4, 6], [8, 10, 12]]
    (split,) = served(pytorch_origin, "torchscript", tmp_path, "split.pt", ROWS)
    assert split == [{"output_0": [1], "output_1": 6}, {"output_0": [4], "output_1": 15}]
    refused, (taken, _) = served(pytorch_origin, "torchscript", tmp_path, "narrow.pt", [[1, 2]], ROWS)
    assert refused == [400, "input-refused"]
    assert len(taken) == 1


def test_a_network_of_keras_answers_the_same_as_archive_as_hdf5_and_as_saved_model(
    tensorflow_origin: Origin, tmp_path: Path
) -> None:
    run(tensorflow_origin, tmp_path, "save", "tensorflow", str(tmp_path))
    for loader, model in (("keras_model", "model.keras"), ("keras_model", "model.h5"), ("saved_model", "saved")):
        answered, refused = served(tensorflow_origin, loader, tmp_path, model, ROWS, [[1, 2]])
        assert answered == [[6], [15]], model
        assert refused == [400, "input-refused"], model


def test_a_pickle_of_scikit_learn_gives_classes_with_their_probabilities_and_finds_classes_of_its_source(
    scikit_learn_origin: Origin, tmp_path: Path
) -> None:
    run(scikit_learn_origin, tmp_path, "save", "scikit_learn", str(tmp_path))
    bodies = ([[5, 5, 5], [-5, -5, -5]], [[1, 2]], [["a", "b", "c"]])
    for model in ("model.joblib", "model.pkl"):
        (above, below), narrow, words = served(scikit_learn_origin, "pickled", tmp_path, model, *bodies)
        assert [above["prediction"], below["prediction"]] == ["above", "below"]
        assert above["probabilities"][0] > 0.99
        assert below["probabilities"][1] > 0.99
        assert [narrow, words] == [[400, "input-refused"]] * 2
    (sums,) = served(scikit_learn_origin, "pickled", tmp_path, "own.joblib", ROWS)
    assert sums == [6, 15]
