"""The ImageNet-format series on PyTorch: the records that TensorFlow reads, and what can be wrong with them."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Launch, photograph_bytes, record
from test_imagenet import broken_set, options_for
from test_pytorch_training import devices, started

from forked import Origin
from protocol import SessionError

pytestmark = pytest.mark.usefixtures("torch")


def batches_of(folder: Path, block: int, steps: int, **changes: Any) -> list[Any]:
    """Return images and labels of a block on the one device."""
    from pytorch_imagenet import ImageNet

    series = ImageNet(options_for(folder, framework="pytorch", **changes), devices(), "imagenet")
    return [(images, labels) for (images,), (labels,) in series.batches(block, steps)]


def labels_of(batches: list[Any]) -> list[int]:
    return [int(label) for _, labels in batches for label in labels]


def test_records_become_batches(shards: Path) -> None:
    batches = batches_of(shards, 0, 4)
    assert len(batches) == 4
    for images, _ in batches:
        assert tuple(images.shape) == (3, 3, 48, 48)
        assert -1 <= images.min() < 0 < images.max() <= 1
    # Twelve images in the set, labelled 1 to 12: a pass uses each of them once, and labels from 0.
    assert sorted(labels_of(batches)) == list(range(12))


@pytest.mark.usefixtures("tensorflow")
def test_a_block_has_the_records_that_it_has_on_tensorflow(shards: Path) -> None:
    from test_imagenet import batches_of as on_tensorflow

    for block in range(3):
        theirs = [int(label) for _, labels in on_tensorflow(shards, block, 1) for label in labels]
        assert sorted(labels_of(batches_of(shards, block, 1))) == sorted(theirs)


def test_a_block_decides_its_images_whatever_the_threads(shards: Path) -> None:
    first, again, other = (batches_of(shards, 2, 2, seed=seed) for seed in (1, 1, 9))
    for (images, labels), (images_again, labels_again) in zip(first, again, strict=True):
        assert (images == images_again).all()
        assert (labels == labels_again).all()
    assert not (first[0][0] == other[0][0]).all()


def test_records_are_shuffled(shards: Path) -> None:
    orders = {tuple(labels_of(batches_of(shards, 4 * block, 2))) for block in range(3)}
    assert len(orders) == 3


@pytest.mark.parametrize(
    ("jpeg", "label", "problem"),
    [
        (b"not an image", 1, "image/encoded is no JPEG image that can be decoded"),
        ("image", 0, "image/class/label is 0; allowed: 1 to 1000"),
        ("image", None, "it has not one image/encoded and one image/class/label"),
    ],
)
def test_a_record_that_cannot_be_used_is_named(tmp_path: Path, jpeg: Any, label: int | None, problem: str) -> None:
    path = broken_set(tmp_path, record(photograph_bytes(2, tmp_path) if jpeg == "image" else jpeg, label))
    with pytest.raises(SessionError, match=f"{path}: record 2, at byte [0-9]+, is damaged: {problem}") as caught:
        batches_of(tmp_path, 0, 1)
    assert caught.value.code == "data-corrupt"


def test_damage_that_is_noticed_is_told_from_a_bad_record(tmp_path: Path) -> None:
    path = broken_set(tmp_path, record(photograph_bytes(2, tmp_path), 2))
    content = path.read_bytes()
    path.write_bytes(content[:-300] + bytes(296) + content[-4:])
    with pytest.raises(SessionError, match=f"{path}: record 2, .*the checksum of its data is wrong"):
        batches_of(tmp_path, 0, 1)


def test_a_session_trains_on_shards_without_tensorflow(launch: Launch, pytorch_origin: Origin, shards: Path) -> None:
    program = launch(origin=pytorch_origin)
    series = {name: {"directory": str(shards)} for name in ("imagenet", "imagenet-cold")}
    ready = started(program, series=series)
    assert ready["facts"]["training"]["series"]["imagenet-cold"]["pageCache"] == "cold"
    for name in series:
        program.send(command="block", series=name, block=1, steps=2)
        block = program.event()
        assert (block["event"], block["series"], len(block["steps"])) == ("block", name, 2)
        assert {"pageCacheResidency", "inputBoundFraction"} <= set(block["metrics"])
    assert "tensorflow" not in Path(f"/proc/{program.process.pid}/maps").read_text()
