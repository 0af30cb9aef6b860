"""What the tests of the training workload share: the program as a child process, photographs, a CPU split in two."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from forked import RUN, Forked, Origin, imported

PROGRAM = RUN / "main.py"


def start(stderr: BinaryIO, packages: str | None) -> subprocess.Popen[bytes]:
    """Start the program as the controller does, with a folder of packages."""
    return subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        cwd=RUN,
        env=os.environ if packages is None else {**os.environ, "PYTHONPATH": packages},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )


class Program:
    """The workload program, driven as the controller drives it."""

    def __init__(self, log: Path, packages: str | None = None, origin: Origin | None = None, change: str = "") -> None:
        """Start it, with a folder of packages; its standard error goes to a file.

        With an origin it is a copy of that, which has imported the framework already, after a change to its modules.
        """
        self.process: subprocess.Popen[bytes] | Forked
        with log.open("wb") as stderr:
            if origin is None:
                self.process = start(stderr, packages)
            else:
                self.process = origin.start(f"{change}\nimport main; main.main()", stderr)

    def send(self, **command: Any) -> None:
        """Send a command."""
        self.write(json.dumps(command).encode() + b"\n")

    def write(self, line: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin is not None
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def event(self) -> dict[str, Any]:
        """Read the next event; a line that is no JSON fails the test."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended without an event"
        event = json.loads(line)
        assert isinstance(event, dict)
        return event

    def close_input(self) -> None:
        """End its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> None:
        """End it, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def ended(self, seconds: float = 30) -> tuple[int, bytes]:
        """Wait for its end; return the exit code and what was left on standard output."""
        assert self.process.stdout is not None
        code = self.process.wait(seconds)
        return code, self.process.stdout.read()


Launch = Callable[..., Program]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start programs that end with the test."""
    programs: list[Program] = []

    def launched(packages: str | None = None, origin: Origin | None = None) -> Program:
        programs.append(Program(tmp_path / f"log-{len(programs)}", packages=packages, origin=origin))
        return programs[-1]

    yield launched
    for program in programs:
        program.end()


def draw_photograph(path: Path, size: tuple[int, int], seed: int, mode: str = "RGB") -> None:
    """Write a JPEG of coarse random tiles."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    tiles = Image.frombytes("RGB", (8, 8), random.Random(seed).randbytes(8 * 8 * 3))
    tiles.resize(size, Image.Resampling.NEAREST).convert(mode).save(path, "JPEG", quality=90)


def photograph_bytes(seed: int, folder: Path) -> bytes:
    """Return a small JPEG; the folder is where it is drawn."""
    path = folder / f".{seed}.jpg"
    draw_photograph(path, (60 + 5 * seed, 90 - 3 * seed), seed)
    try:
        return path.read_bytes()
    finally:
        path.unlink()


def record(jpeg: bytes | None, label: int | None) -> bytes:
    """Return an example of the 2012 layout, as far as training reads it."""
    import tensorflow as tf

    features = {}
    if jpeg is not None:
        features["image/encoded"] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[jpeg]))
    if label is not None:
        features["image/class/label"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
    return bytes(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


def write_records(path: Path, records: list[bytes]) -> None:
    """Write one shard."""
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(path)) as writer:
        for each in records:
            writer.write(each)


def write_shards(folder: Path, shards: int, records: int) -> None:
    """Write a data set; each image has a label of its own, from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        labels = range(shard * records + 1, (shard + 1) * records + 1)
        content = [record(photograph_bytes(label, folder), label) for label in labels]
        write_records(folder / f"train-{shard:05d}-of-{shards:05d}", content)


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, tensorflow: Any) -> Path:
    """Make a data set of twelve images in three shards."""
    del tensorflow  # Set up before its first use.
    folder = tmp_path_factory.mktemp("imagenet")
    write_shards(folder, 3, 4)
    return folder


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder of five photographs of unequal size in two subfolders, one of them grey."""
    folder = tmp_path_factory.mktemp("photographs")
    for index in range(4):
        draw_photograph(folder / f"class-{index % 2}" / f"{index}.jpg", (80 + 30 * index, 120 - 10 * index), index)
    draw_photograph(folder / "class-1" / "grey.JPEG", (64, 64), 4, mode="L")
    return folder


@pytest.fixture(scope="session")
def tensorflow() -> Any:
    """Import TensorFlow with a CPU split into two devices, so that mirrored training can be tried without GPUs."""
    tf = imported("tensorflow")
    cpus = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf


@pytest.fixture(scope="session")
def torch(pytorch_packages: str, tensorflow: Any) -> Any:
    """Import PyTorch beside TensorFlow, which it is compared with."""
    del tensorflow
    sys.path.append(pytorch_packages)
    torch = imported("torch")
    torch.set_num_threads(1)
    return torch
