"""The data sets."""

from pathlib import Path
from typing import Any

import pytest
from conftest import draw_photograph

from options import Options, parse_options
from protocol import SessionError

pytestmark = pytest.mark.usefixtures("tensorflow")


def options_for(folder: Path, **changes: Any) -> Options:
    series = {"synthetic": {}, "photographs": {"directory": str(folder)}}
    return parse_options({"model": "resnet50", "batchSize": 3, "imageSize": 48, "series": series, **changes})


def photograph_batches(folder: Path, block: int, steps: int, **changes: Any) -> list[Any]:
    from data import Photographs
    from train import OneDevice

    batches = Photographs(options_for(folder, **changes), OneDevice()).batches(block, steps)
    return [(images.numpy(), labels.numpy()) for images, labels in batches]


def test_synthetic_images_are_made_once() -> None:
    from data import Synthetic
    from train import OneDevice

    options = parse_options({"model": "resnet50", "batchSize": 16, "imageSize": 48})
    first, second = Synthetic(options, OneDevice()).batches(3, 2)
    assert first[0] is second[0]
    images, labels = first[0].numpy(), first[1].numpy()
    assert images.shape == (16, 48, 48, 3)
    assert images.dtype == "float32"
    assert abs(images.mean()) < 0.02
    assert images.std() == pytest.approx(60 / 127.5 * 0.88, rel=0.02)  # Cut off at two standard deviations.
    assert labels.min() >= 0
    assert labels.max() < 1000
    assert len(set(labels)) > 8


def test_photographs_become_batches(photographs: Path) -> None:
    batches = photograph_batches(photographs, 0, 4)
    assert len(batches) == 4
    for images, labels in batches:
        assert images.shape == (3, 48, 48, 3)
        assert images.dtype == "float32"
        assert -1 <= images.min() < 0 < images.max() <= 1
        assert set(labels) <= {0, 1}


def test_a_block_decides_its_images(photographs: Path) -> None:
    first, again, other = (photograph_batches(photographs, block, 2) for block in (4, 4, 5))
    for (images, labels), (images_again, labels_again) in zip(first, again, strict=True):
        assert (images == images_again).all()
        assert (labels == labels_again).all()
    assert not (first[0][0] == other[0][0]).all()
    assert not (first[0][0] == photograph_batches(photographs, 4, 2, seed=9)[0][0]).all()


def test_workers_see_different_images(photographs: Path) -> None:
    from data import Synthetic
    from train import OneDevice

    peers = {"chief": "a", "worker-1": "b"}
    shared = {"peers": peers, "variableUpdate": "all-reduce"}
    roles = [{**shared, "role": role} for role in peers]
    # Together they use what one alone uses in blocks of the same size.
    alone = [photograph_batches(photographs, block, 2) for block in (6, 7)]
    together = [photograph_batches(photographs, 3, 2, **role) for role in roles]
    for one, other in zip(alone, together, strict=True):
        assert all((a[0] == b[0]).all() for a, b in zip(one, other, strict=True))
    first, second = (next(Synthetic(options_for(photographs, **role), OneDevice()).batches(0, 1)) for role in roles)
    assert not (first[0].numpy() == second[0].numpy()).any()
    assert not (first[1].numpy() == second[1].numpy()).all()


def test_each_pass_uses_every_photograph_once_in_a_new_order(tensorflow: Any) -> None:
    from data import _pick

    tf = tensorflow
    passes = [[int(_pick(tf.constant(10 * start + i, tf.int64), 10, 1)) for i in range(10)] for start in range(4)]
    assert all(sorted(order) == list(range(10)) for order in passes)
    assert len({tuple(order) for order in passes}) > 1


def test_a_photograph_is_cropped_and_flipped_anew_each_time(photographs: Path) -> None:
    from data import augment

    jpeg = (photographs / "class-0" / "0.jpg").read_bytes()
    images = [augment(jpeg, 32, [1, place]).numpy() for place in range(6)]
    assert all(not (images[0] == image).all() for image in images[1:])
    assert (images[0] == augment(jpeg, 32, [1, 0]).numpy()).all()


def test_labels_follow_the_subfolders(photographs: Path) -> None:
    from data_set import list_photographs

    files, labels = list_photographs(photographs)
    assert [file.name for file in files] == ["0.jpg", "2.jpg", "1.jpg", "3.jpg", "grey.JPEG"]
    assert labels == [0, 0, 1, 1, 1]


def test_in_a_flat_folder_each_photograph_is_a_class(tmp_path: Path) -> None:
    from data_set import list_photographs

    for index in range(3):
        draw_photograph(tmp_path / f"{index}.jpeg", (20, 20), index)
    (tmp_path / "notes.txt").write_text("not a photograph")
    assert list_photographs(tmp_path)[1] == [0, 1, 2]


def test_a_single_photograph_will_do(tmp_path: Path) -> None:
    draw_photograph(tmp_path / "only.jpg", (30, 20), 1)
    ((images, _),) = photograph_batches(tmp_path, 0, 1)
    assert images.shape == (3, 48, 48, 3)


def test_a_folder_without_photographs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=f"{tmp_path} holds no file that ends in .jpg or .jpeg") as caught:
        photograph_batches(tmp_path, 0, 1)
    assert caught.value.code == "data-not-found"


def test_more_subfolders_than_classes_are_an_error(tmp_path: Path) -> None:
    from data_set import list_photographs

    for index in range(1001):
        (tmp_path / str(index)).mkdir()
        (tmp_path / str(index) / "x.jpg").touch()
    with pytest.raises(SessionError, match="at most 1000 subfolders of photographs, not 1001") as caught:
        list_photographs(tmp_path)
    assert caught.value.code == "bad-option"


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    draw_photograph(tmp_path / "good.jpg", (30, 20), 1)
    (tmp_path / "bad.jpg").write_bytes(b"not an image")
    with pytest.raises(SessionError, match=r"bad\.jpg is no JPEG image") as caught:
        photograph_batches(tmp_path, 0, 1)
    assert caught.value.code == "data-not-found"


def test_photographs_are_shared_out_over_devices(photographs: Path) -> None:
    from data import Photographs
    from train import MirroredDevices

    devices = MirroredDevices(["CPU:0", "CPU:1"])
    ((images, labels),) = Photographs(options_for(photographs), devices).batches(0, 1)
    assert [part.shape for part in images.values] == [(3, 48, 48, 3)] * 2
    assert [part.shape for part in labels.values] == [(3,)] * 2
    assert not (images.values[0].numpy() == images.values[1].numpy()).all()
