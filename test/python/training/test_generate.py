"""The generator of an ImageNet-format data set."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import draw_photograph

from forked import Origin

PROGRAM = Path(__file__).parents[3] / "workloads" / "training" / "imagenet" / "generate.py"
BYTES, SHARDS = 4_000_000, 2


def words_for(folder: Path, *more: str) -> list[str]:
    return [str(folder), "--bytes", str(BYTES), "--shards", str(SHARDS), *more]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two pictures to make images from."""
    folder = tmp_path_factory.mktemp("material")
    for seed in range(2):
        draw_photograph(folder / f"{seed}.jpg", (400, 300), seed)
    return folder


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, material: Path, tensorflow_origin: Origin
) -> tuple[Path, list[dict[str, Any]]]:
    """Make a data set in one go."""
    folder = tmp_path_factory.mktemp("made")
    log = folder.with_suffix(".log")
    with log.open("wb") as stderr:
        run = tensorflow_origin.run(PROGRAM, words_for(folder, "--photographs", str(material)), stderr)
    with run.stdin, run.stdout:
        printed = run.stdout.read()
    said = log.read_text()
    assert run.wait() == 0, said
    assert "MB" in said  # Its progress.
    shards = json.loads(printed)["shards"]
    assert isinstance(shards, list)
    return folder, shards


def test_a_run_that_was_killed_goes_on_to_the_same_bytes(
    tmp_path: Path,
    made: tuple[Path, list[dict[str, Any]]],
    material: Path,
    tensorflow_origin: Origin,
    tensorflow: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del tensorflow  # Set up before its first use.
    folder = tmp_path / "set"
    words = words_for(folder, "--photographs", str(material))
    with (tmp_path / "log").open("wb") as log:
        run = tensorflow_origin.run(PROGRAM, words, log)
    while run.poll() is None and not any(path.stat().st_size for path in folder.glob(".train-*.unfinished")):
        time.sleep(0.01)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    finished = {path.name: path.stat().st_ino for path in folder.glob("train-*")}
    assert len(finished) < SHARDS
    assert made_here(words, monkeypatch, capsys) == made[1]
    assert sorted(path.name for path in folder.iterdir()) == [
        "data-set.json",
        "train-00000-of-00002",
        "train-00001-of-00002",
    ]
    for name, inode in finished.items():
        assert (folder / name).stat().st_ino == inode
        os.utime(folder / name, (0, 0))
    assert made_here(words, monkeypatch, capsys) == made[1]


def made_here(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the generator in this process; return the shards that it tells."""
    from generate import main

    monkeypatch.setattr(sys, "argv", [str(PROGRAM), *words])
    main()
    return json.loads(capsys.readouterr().out)["shards"]


def test_the_shards_are_as_large_as_asked_for(made: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, shards = made
    assert [shard["name"] for shard in shards] == ["train-00000-of-00002", "train-00001-of-00002"]
    assert len({shard["sha256"] for shard in shards}) == SHARDS
    for shard in shards:
        assert (folder / shard["name"]).stat().st_size == shard["bytes"]
        assert BYTES / SHARDS <= shard["bytes"] < BYTES / SHARDS + 1_500_000


def test_records_have_the_features_of_the_2012_layout(made: tuple[Path, list[dict[str, Any]]], tensorflow: Any) -> None:
    tf = tensorflow
    folder, shards = made
    records = list(tf.data.TFRecordDataset([str(folder / shard["name"]) for shard in shards]))
    assert len(records) == sum(shard["images"] for shard in shards)
    names = set()
    for record in records:
        features = tf.train.Example.FromString(record.numpy()).features.feature
        texts = {key: features[key].bytes_list.value[0].decode() for key in TEXTS}
        numbers = {key: features[key].int64_list.value[0] for key in NUMBERS}
        boxes = [list(features[f"image/object/bbox/{side}"].float_list.value) for side in SIDES]
        assert set(features) == {"image/encoded", "image/object/bbox/label", *TEXTS, *NUMBERS} | {
            f"image/object/bbox/{side}" for side in SIDES
        }
        label = numbers["image/class/label"]
        assert 1 <= label <= 1000
        assert texts["image/class/synset"] == f"n{label:08d}"
        assert (texts["image/colorspace"], texts["image/format"], numbers["image/channels"]) == ("RGB", "JPEG", 3)
        for low_x, high_x, low_y, high_y in zip(*boxes, strict=True):
            assert 0 <= low_x <= high_x <= 1
            assert 0 <= low_y <= high_y <= 1
        assert list(features["image/object/bbox/label"].int64_list.value) == [label] * len(boxes[0])
        image = tf.io.decode_jpeg(features["image/encoded"].bytes_list.value[0])
        assert image.shape == (numbers["image/height"], numbers["image/width"], 3)
        assert image.numpy().std() > 5
        names.add(texts["image/filename"])
    assert len(names) > 0.9 * len(records)


TEXTS = ("image/colorspace", "image/format", "image/filename", "image/class/synset", "image/class/text")
NUMBERS = ("image/height", "image/width", "image/channels", "image/class/label")
SIDES = ("xmin", "xmax", "ymin", "ymax")


def test_sizes_are_distributed_as_those_of_imagenet(tensorflow: Any) -> None:
    del tensorflow
    import numpy as np

    from generate import MEAN_JPEG_BYTES, MEAN_PIXELS, SHORTFALL, draw_bytes, draw_size

    random = np.random.Generator(np.random.PCG64(1))
    sizes = [draw_size(random) for _ in range(20_000)]
    pixels = np.array([height * width for height, width in sizes])
    assert pixels.mean() == pytest.approx(MEAN_PIXELS, rel=0.03)
    assert np.mean([max(size) == 500 for size in sizes]) == pytest.approx(0.9, abs=0.02)
    assert np.mean([width > height for height, width in sizes]) == pytest.approx(0.7, abs=0.03)
    wanted = [draw_bytes(random, *size) for size in sizes]
    assert np.mean(wanted) == pytest.approx(SHORTFALL * MEAN_JPEG_BYTES, rel=0.05)


def test_an_image_is_about_as_large_as_wanted(tensorflow: Any) -> None:
    del tensorflow
    import numpy as np

    from generate import encode
    from pictures import picture

    random = np.random.Generator(np.random.PCG64(1))
    pixels = picture(random, [], 375, 500)
    assert pixels.shape == (375, 500, 3)
    assert pixels.dtype == np.uint8
    assert len(encode(pixels, 60_000)) == pytest.approx(60_000, rel=0.35)
    assert len(encode(pixels, 30_000)) < len(encode(pixels, 90_000))


def test_a_resize_keeps_corners_and_goes_straight_between_them() -> None:
    import numpy as np

    from pictures import resize

    source = np.array([[[0], [100]], [[200], [255]]], np.uint8)
    large = resize(source, 5, 9)
    assert large.shape == (5, 9, 1)
    assert [large[0, 0, 0], large[0, -1, 0], large[-1, 0, 0], large[-1, -1, 0]] == [0, 100, 200, 255]
    assert large[0, :, 0].tolist() == pytest.approx([12.5 * step for step in range(9)], abs=1)


def test_another_seed_makes_other_images(tensorflow: Any) -> None:
    del tensorflow
    import numpy as np

    from generate import example

    records = [example(np.random.Generator(np.random.PCG64([seed, 0, 1])), [], 0) for seed in (1, 1, 2)]
    assert records[0] == records[1] != records[2]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (("--seed", "7"), "holds a data set with other parameters"),
        (("--photographs", "/no/such"), "/no/such holds no JPEG file"),
        (("--bytes", "0"), "0 is not above 0"),
        (("--shards", "100000"), "--shards is at most 99999"),
    ],
)
def test_what_is_wrong_is_said(
    made: tuple[Path, list[dict[str, Any]]],
    material: Path,
    more: tuple[str, ...],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tensorflow: Any,
) -> None:
    del tensorflow
    from generate import main

    monkeypatch.setattr(sys, "argv", [str(PROGRAM), *words_for(made[0], "--photographs", str(material)), *more])
    with pytest.raises(SystemExit) as caught:
        main()
    printed = capsys.readouterr()
    assert expected in f"{caught.value.code} {printed.err}"
    assert caught.value.code not in (0, None)
    assert printed.out == ""


def test_two_runs_do_not_fill_one_folder(tmp_path: Path, tensorflow: Any) -> None:
    del tensorflow
    from generate import take_folder

    lock = take_folder(tmp_path, {"seed": 1})
    with pytest.raises(SystemExit, match="is being filled by another run"):
        take_folder(tmp_path, {"seed": 1})
    os.close(lock)
    os.close(take_folder(tmp_path, {"seed": 1}))
