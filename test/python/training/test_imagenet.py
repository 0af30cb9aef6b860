"""The ImageNet-format series: what becomes of the records, what is measured around a block, what can be wrong."""

import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Launch, photograph_bytes, record, write_records, write_shards
from test_session import TINY, cpu_seconds

from counters import Counters
from forked import Origin
from options import Options, parse_options
from protocol import SessionError

pytestmark = pytest.mark.usefixtures("tensorflow")


def options_for(folder: Path, page_cache: str = "warm", **changes: Any) -> Options:
    series = {"imagenet": {"directory": str(folder), "pageCache": page_cache}}
    given = {"model": "resnet50", "batchSize": 3, "imageSize": 48, "series": series, "threads": 1, **changes}
    return parse_options(given)


def series_of(folder: Path, page_cache: str = "warm", **changes: Any) -> Any:
    from imagenet import ImageNet
    from train import OneDevice

    return ImageNet(options_for(folder, page_cache, **changes), OneDevice(), "imagenet")


def batches_of(folder: Path, block: int, steps: int, **changes: Any) -> list[Any]:
    batches = series_of(folder, **changes).batches(block, steps)
    return [(images.numpy(), labels.numpy()) for images, labels in batches]


def test_records_become_batches(shards: Path) -> None:
    batches = batches_of(shards, 0, 4)
    assert len(batches) == 4
    for images, labels in batches:
        assert images.shape == (3, 48, 48, 3)
        assert images.dtype == "float32"
        assert labels.dtype == "int32"
        assert -1 <= images.min() < 0 < images.max() <= 1
    # Twelve images in the set, labelled 1 to 12: a pass uses each of them once, and labels from 0.
    assert sorted(label for _, labels in batches for label in labels) == list(range(12))


def test_blocks_go_through_the_data_set(shards: Path) -> None:
    labels = [label for block in range(4) for _, labels in batches_of(shards, block, 1) for label in labels]
    assert sorted(labels) == list(range(12))


def test_workers_share_out_a_pass(shards: Path) -> None:
    shared = {"peers": {"chief": "a", "worker-1": "b"}, "variableUpdate": "all-reduce"}
    batches = [batch for role in shared["peers"] for batch in batches_of(shards, 0, 2, role=role, **shared)]
    assert sorted(label for _, labels in batches for label in labels) == list(range(12))


def test_a_block_decides_its_images_whatever_the_threads(shards: Path) -> None:
    first, again = batches_of(shards, 2, 2), batches_of(shards, 2, 2)
    for (images, labels), (images_again, labels_again) in zip(first, again, strict=True):
        assert (images == images_again).all()
        assert (labels == labels_again).all()
    assert not (first[0][0] == batches_of(shards, 4, 2)[0][0]).all()
    assert not (first[0][0] == batches_of(shards, 2, 2, seed=9)[0][0]).all()


def test_records_are_shuffled(shards: Path) -> None:
    orders = {tuple(label for _, labels in batches_of(shards, 3 * n, 2) for label in labels) for n in range(3)}
    assert len(orders) == 3


def test_images_are_shared_out_over_devices(shards: Path) -> None:
    from imagenet import ImageNet
    from train import MirroredDevices

    devices = MirroredDevices(["CPU:0", "CPU:1"])
    ((images, labels),) = ImageNet(options_for(shards), devices, "imagenet").batches(0, 1)
    assert [part.shape for part in images.values] == [(3, 48, 48, 3)] * 2
    assert len({int(label) for part in labels.values for label in part.numpy()}) == 6


@pytest.mark.parametrize(("state", "before"), [("cold", 0.0), ("warm", 1.0)])
def test_the_page_cache_is_as_asked_for_before_a_block(tmp_path: Path, state: str, before: float) -> None:
    from test_shards import on_memory

    if on_memory(tmp_path):
        pytest.skip("the temporary folder lies in memory")
    write_shards(tmp_path, 2, 6)
    series = series_of(tmp_path, state)
    list(series.batches(0, 2))
    with series.around(0, 2) as metrics, Counters() as counters:
        assert metrics["pageCacheResidency"] == before
        list(series.batches(0, 2))
    assert metrics["pageCacheResidencyAfter"] == 1
    assert (counters.metrics["storageReadBytes"] > 0) == (state == "cold")


def test_the_facts_tell_what_was_read(shards: Path) -> None:
    size = sum(path.stat().st_size for path in shards.iterdir())
    assert series_of(shards, "cold").facts() == {"pageCache": "cold", "shards": 3, "bytes": size}


def broken_set(folder: Path, broken: bytes) -> Path:
    good = record(photograph_bytes(1, folder), 1)
    path = folder / "train-00000-of-00001"
    write_records(path, [good, good, broken])
    return path


@pytest.mark.parametrize(
    ("jpeg", "label", "problem"),
    [
        (b"not an image", 1, "image/encoded is no JPEG image that can be decoded"),
        ("image", 0, "image/class/label is 0; allowed: 1 to 1000"),
        ("image", 1001, "image/class/label is 1001; allowed: 1 to 1000"),
        ("image", None, "it has not one image/encoded and one image/class/label"),
        (None, 1, "it has not one image/encoded and one image/class/label"),
    ],
)
def test_a_record_that_cannot_be_used_is_named(tmp_path: Path, jpeg: Any, label: int | None, problem: str) -> None:
    path = broken_set(tmp_path, record(photograph_bytes(2, tmp_path) if jpeg == "image" else jpeg, label))
    with pytest.raises(SessionError, match=f"{path}: record 2, at byte [0-9]+, is damaged: {problem}") as caught:
        batches_of(tmp_path, 0, 1)
    assert caught.value.code == "data-corrupt"


def test_a_record_that_is_no_example_is_named(tmp_path: Path) -> None:
    path = broken_set(tmp_path, b"\xff\xff\xff")
    with pytest.raises(SessionError, match=rf"{path}: record 2, .*is no tf\.train\.Example") as caught:
        batches_of(tmp_path, 0, 1)
    assert caught.value.code == "data-corrupt"


def test_a_flipped_bit_is_found_and_its_record_named(tmp_path: Path) -> None:
    path = broken_set(tmp_path, record(photograph_bytes(2, tmp_path), 2))
    content = bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)
    with pytest.raises(SessionError, match=f"{path}: record 2, .*the checksum of its data is wrong") as caught:
        batches_of(tmp_path, 0, 1)
    assert caught.value.code == "data-corrupt"


def test_a_session_reads_cold_and_warm_and_rests_between_blocks(
    launch: Launch, shards: Path, tensorflow_origin: Origin
) -> None:
    program = launch(origin=tensorflow_origin)
    program.event()
    directory = {"directory": str(shards)}
    series = {"synthetic": {}, "imagenet": {**directory, "pageCache": "warm"}, "imagenet-cold": directory}
    program.send(command="start", options={**TINY, "series": series})
    ready = program.event()
    assert ready["event"] == "ready", ready
    told = ready["facts"]["training"]["series"]
    assert {name: facts.get("pageCache") for name, facts in told.items()} == {
        "synthetic": None,
        "imagenet": "warm",
        "imagenet-cold": "cold",
    }
    for name in series:
        program.send(command="block", series=name, block=0, steps=2)
        block = program.event()
        assert (block["event"], block["series"], block["items"]) == ("block", name, 4)
        assert 0 <= block["metrics"]["inputBoundFraction"] <= 1
        own = {"pageCacheResidency", "pageCacheResidencyAfter"} & set(block["metrics"])
        assert bool(own) == (name != "synthetic")
        assert (block["metrics"]["inputBoundFraction"] < 0.01) == (name == "synthetic")
    time.sleep(0.2)
    before = cpu_seconds(program.process.pid)
    time.sleep(1.5)
    assert cpu_seconds(program.process.pid) - before <= 0.02, "the session works between commands"
    program.send(command="stop")
    assert program.event()["event"] == "stopped"


def test_a_session_without_its_shards_says_so(launch: Launch, tmp_path: Path, tensorflow_origin: Origin) -> None:
    write_shards(tmp_path, 2, 1)
    (tmp_path / "train-00000-of-00002").unlink()
    program = launch(origin=tensorflow_origin)
    program.event()
    program.send(command="start", options={**TINY, "series": {"imagenet": {"directory": str(tmp_path)}}})
    error = program.event()
    assert (error["event"], error["code"]) == ("error", "data-incomplete")
    assert f"{tmp_path}/train-00000-of-00002 is missing" in error["message"]
