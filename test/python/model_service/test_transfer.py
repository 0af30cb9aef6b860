"""Clothes are drawn as they are said to be, images are read and shared out evenly, and domains are told apart."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from distance import proxy_distance
from draw_clothes import draw
from epochs.idx import CLASSES, SIZE
from images import read_halves
from settings import AdaptError, read_settings

PROGRAM = Path(__file__).parents[3] / "workloads" / "model-service" / "clothes" / "draw_clothes.py"


def drawn(folder: Path, domain: str) -> Path:
    folder.mkdir()
    counts = ["--images", "60", "--test-images", "20", "--seed", "3"]
    subprocess.run([sys.executable, "-B", str(PROGRAM), str(folder), "--domain", domain, *counts], check=True)
    return folder


def test_a_set_has_every_class_as_often_and_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    shop = drawn(tmp_path / "shop", "shop")
    again, street = drawn(tmp_path / "again", "shop"), drawn(tmp_path / "street", "street")
    training, test = read_halves(shop)
    assert training.pixels.shape == (60, SIZE, SIZE, 1)
    assert np.bincount(training.labels).tolist() == [6] * CLASSES
    assert np.bincount(test.labels).tolist() == [2] * CLASSES
    assert np.array_equal(training.pixels, read_halves(again)[0].pixels)
    # A shop's ground is black; in the street there is something everywhere.
    assert np.mean(training.pixels == 0) > 0.4
    assert np.mean(read_halves(street)[0].pixels == 0) < 0.1
    assert json.loads((street / "GENERATED").read_text())["notFashionMnist"] is True


def test_pieces_of_one_kind_are_more_alike_than_others() -> None:
    numbers = np.random.default_rng(1)
    pictures = np.stack([[draw(kind, "shop", numbers) > 60 for _ in range(8)] for kind in range(CLASSES)])
    means = pictures.mean(1).reshape(CLASSES, -1)
    apart = np.linalg.norm(means[:, None] - means[None], axis=2)
    within = np.linalg.norm(pictures.reshape(CLASSES, 8, -1) - means[:, None], axis=2).mean(1)
    nearest = np.sort(apart, axis=1)[:, 1]
    assert (nearest > 0.5 * within).all()


def test_images_that_are_drawn_for_training_have_every_class_as_often(tmp_path: Path) -> None:
    training, _ = read_halves(drawn(tmp_path / "shop", "shop"))
    some = training.some(25, np.random.default_rng(1))
    assert sorted(np.bincount(some.labels, minlength=CLASSES)) == [2] * 5 + [3] * 5
    other = training.some(25, np.random.default_rng(2))
    assert not np.array_equal(some.pixels, other.pixels)


def test_what_is_no_set_of_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AdaptError) as thrown:
        read_halves(tmp_path)
    assert thrown.value.code == "data-invalid"
    assert "train-images-idx3-ubyte" in thrown.value.message


def test_settings_are_read_as_the_command_line_writes_them(tmp_path: Path) -> None:
    said = {
        "model": "small-cnn",
        "weights": None,
        "source": "/data/source",
        "target": "/data/target",
        "output": "/out",
        "images": 100,
        "seeds": [1, 2],
        "sourceEpochs": 5,
        "headEpochs": 10,
        "fineEpochs": 20,
        "batch": 32,
        "threads": 2,
    }
    (tmp_path / "settings.json").write_text(json.dumps(said))
    assert vars(read_settings(tmp_path / "settings.json")) == said


def test_equal_domains_have_no_distance_and_others_the_largest() -> None:
    numbers = np.random.default_rng(1)
    one, same = (numbers.normal(0, 1, (400, 5)).astype(np.float32) for _ in range(2))
    far = one + np.float32(8)
    assert proxy_distance(one, same, np.random.default_rng(2)) < 0.4
    assert proxy_distance(one, far[::-1], np.random.default_rng(2)) == pytest.approx(2, abs=0.01)
    # Half as far apart as their spread: somewhere between.
    assert 0.3 < proxy_distance(one, same + np.float32(0.5), np.random.default_rng(2)) < 1.7
