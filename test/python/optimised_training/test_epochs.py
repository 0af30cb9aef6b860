"""The training by epochs: its options, its record, and that it learns."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import draw_digits
from epochs import command, loop
from epochs.backend import Batch
from epochs.idx import IMAGES, LABELS, DataError, idx
from epochs.settings import read_settings
from epochs.tasks import TASKS
from forked import Origin

PROGRAM = Path(__file__).parents[3] / "workloads" / "optimised-training" / "run" / "train.py"
SHORT = ("--batch", "16", "--epochs", "2", "--images", "320")
"""As little training as shows that something is learnt."""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a small set."""
    folder = tmp_path_factory.mktemp("digits")
    pixels, labels = draw_digits.digits(640, np.random.default_rng(1))
    (folder / IMAGES).write_bytes(idx((640, 28, 28), pixels))
    (folder / LABELS).write_bytes(idx((640,), labels))
    return folder


def train(record: Path, data: Path, *words: str, origin: Origin | None = None) -> dict[str, Any]:
    """Run the program as a job does, or as a copy of an origin; return its record."""
    given = ["--data", str(data), "--record", str(record), "--model", "mnist-cnn", *words]
    log = record.with_suffix(".log")
    with log.open("wb") as stderr:
        program = (
            subprocess.Popen([sys.executable, str(PROGRAM), *given], stderr=stderr)
            if origin is None
            else origin.run(PROGRAM, given, stderr)
        )
        code = program.wait(900)
    assert code == 0, log.read_text()
    made = json.loads(record.read_text())
    assert isinstance(made, dict)
    return made


def test_the_network_of_the_paper_has_the_parameters_and_the_arithmetic_of_kerass_example() -> None:
    assert TASKS["mnist-cnn"].parameters() == 1_199_882
    forward = 2 * (26 * 26 * 32 * 9 + 24 * 24 * 64 * 9 * 32 + 9216 * 128 + 128 * 10)
    assert TASKS["mnist-cnn"].flops() == 3 * forward


def test_resnet_50_has_the_parameters_of_the_zoo() -> None:
    assert TASKS["resnet-50"].parameters() == 25_557_032


@pytest.mark.parametrize("compiler", ["none", "xla"])
def test_tensorflow_learns_and_writes_what_it_did(
    tmp_path: Path, digits: Path, compiler: str, tensorflow_origin: Origin
) -> None:
    words = ("--framework", "tensorflow", "--compiler", compiler, *SHORT)
    record = train(tmp_path / "record.json", digits, *words, origin=tensorflow_origin)
    assert {
        key: record[key] for key in ("schema", "model", "framework", "compiler", "batch", "images", "finished")
    } == {
        "schema": "underlay/epochs/1",
        "model": "mnist-cnn",
        "framework": "tensorflow",
        "compiler": compiler,
        "batch": 16,
        "images": 320,
        "finished": True,
    }
    assert [epoch["images"] for epoch in record["epochs"]] == [320] * 2
    assert all(epoch["seconds"] > 0 for epoch in record["epochs"])
    assert record["epochs"][-1]["accuracy"] > record["epochs"][0]["accuracy"] + 0.1
    assert record["steps"]["count"] == 40 - 5
    assert record["steps"]["images"] == 35 * 16
    assert record["first_step_seconds"] > record["steps"]["seconds"] / 35


def test_a_short_session_ends_after_its_timed_steps(tmp_path: Path, digits: Path) -> None:
    words = ("--framework", "tensorflow", "--batch", "128", "--steps", "7", "--prefetch", "0", "--onednn", "off")
    record = train(tmp_path / "record.json", digits, *words)
    assert (record["steps"]["count"], record["steps"]["images"]) == (7, 7 * 128)
    assert sum(epoch["images"] for epoch in record["epochs"]) == 12 * 128
    assert record["settings"]["onednn"] == "off"
    assert record["settings"]["environment"]["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_pytorch_learns(tmp_path: Path, digits: Path, pytorch_origin: Origin) -> None:
    record = train(tmp_path / "record.json", digits, "--framework", "pytorch", *SHORT, origin=pytorch_origin)
    assert record["epochs"][-1]["accuracy"] > record["epochs"][0]["accuracy"] + 0.1
    assert record["steps"]["count"] == 35


def test_what_inductor_keeps_lies_apart_with_and_without_onednns_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--model", "mnist-cnn", "--framework", "pytorch", "--data", str(tmp_path), "--record", "record.json"]
    folders = set()
    for onednn in ("on", "off"):
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.setenv(command.KERNELS, str(tmp_path / "kept"))
        with command.kernels(read_settings([*words, "--onednn", onednn])):
            folders.add(Path(os.environ[command.KERNELS]))
    assert {folder.parent for folder in folders} == {tmp_path / "kept"}
    assert len(folders) == 2


@pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("g++", "openssl")),
    reason="inductor compiles by g++ and sums its headers by openssl: install both",
)
def test_inductor_trains_as_eager_does_by_kernels_that_it_compiled(
    tmp_path: Path, digits: Path, pytorch_origin: Origin, pytorch_packages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--framework", "pytorch", *SHORT, "--onednn", "off")
    eager = train(tmp_path / "eager.json", digits, *words, origin=pytorch_origin)
    kernels = tmp_path / "kernels"
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(kernels))
    monkeypatch.setenv("PYTHONPATH", pytorch_packages)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    compiled = train(tmp_path / "compiled.json", digits, *words, "--compiler", "inductor")
    assert (compiled["compiler"], compiled["finished"], compiled["steps"]["count"]) == ("inductor", True, 35)
    assert any("cpp_prefix.h" in file.read_text() for file in kernels.rglob("*.cpp"))
    assert list(kernels.rglob("*.so"))
    assert not list(tmp_path.glob("torchinductor_*"))
    # The dropout of both is drawn differently.
    assert compiled["epochs"][-1]["loss"] == pytest.approx(eager["epochs"][-1]["loss"], rel=0.3)
    assert compiled["epochs"][-1]["accuracy"] > compiled["epochs"][0]["accuracy"] + 0.1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--framework", "pytorch", "--compiler", "xla"], "--compiler is 'xla'; pytorch has none, inductor"),
        (["--framework", "tensorflow", "--batch", "0"], "allowed: a whole number from 1"),
        (["--framework", "tensorflow", "--data", "/nowhere"], "--data is '/nowhere': no such folder"),
    ],
)
def test_wrong_options_are_named_with_what_is_allowed(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_settings(["--model", "mnist-cnn", "--data", str(tmp_path), "--record", "r.json", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


class Few:
    """A training of few images that nobody gets to start."""

    version, images = "0", 640

    def batches(self, epoch: int, steps: int) -> Iterator[Batch]:
        """See `Backend`."""
        raise NotImplementedError((epoch, steps))

    def step(self, batch: Batch) -> tuple[float, int]:
        """See `Backend`."""
        raise NotImplementedError(batch)


@pytest.mark.parametrize("words", [["--images", "6400"], ["--batch", "641"]])
def test_more_images_than_there_are_are_refused_before_any_step(tmp_path: Path, words: list[str]) -> None:
    given = ["--model", "mnist-cnn", "--framework", "tensorflow", "--data", str(tmp_path), "--record", "r.json"]
    with pytest.raises(DataError, match="cannot be had of 640"):
        loop.train(read_settings([*given, *words]), Few())
