"""The shards of an ImageNet-format data set, and the page cache below them."""

import os
import zlib
from pathlib import Path

import pytest
from conftest import write_shards

import page_cache
from counters import Counters
from protocol import SessionError
from shards import ShardSet, Span, list_shards, masked_crc32c

pytestmark = pytest.mark.usefixtures("tensorflow")


def places(spans: list[Span]) -> list[tuple[str, int]]:
    return [(span.path.name, span.first + index) for span in spans for index in range(span.records)]


def test_the_checksum_is_crc_32c() -> None:
    # RFC 3720, appendix B.4: 32 bytes of zeros give 0x8A9136AA; the mask is that of TFRecord.
    crc = 0x8A9136AA
    assert masked_crc32c(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert masked_crc32c(bytes(32)) != zlib.crc32(bytes(32))


def test_records_are_found_where_they_begin(shards: Path) -> None:
    import tensorflow as tf

    for shard in ShardSet(shards, 1).shards:
        content = shard.path.read_bytes()
        records = [record.numpy() for record in tf.data.TFRecordDataset(str(shard.path))]
        assert len(shard) == len(records)
        assert shard.offsets[-1] == len(content)
        for begin, record in zip(shard.offsets, records, strict=False):
            assert content[begin + 12 : begin + 12 + len(record)] == record


def test_blocks_follow_each_other_without_gap_or_repetition(shards: Path) -> None:
    one = ShardSet(shards, 1)
    images = sum(len(shard) for shard in one.shards)
    lanes = {lane: places(one._in_lane(lane, 40)) for lane in range(one.lanes)}
    expected = [lanes[place % one.lanes][place // one.lanes] for place in range(40)]
    for size in (1, 2, 4, 5):
        taken: list[tuple[str, int]] = []
        for first in range(0, 40, size):
            spans = [places(lane) for lane in one.spans(first, size)]
            assert sum(len(lane) for lane in spans) == size
            turns = max(len(lane) for lane in spans)
            taken += [lane[turn] for turn in range(turns) for lane in spans if turn < len(lane)]
        assert taken == expected
    assert len(set(expected[:images])) == images


def test_a_seed_decides_the_order_of_the_shards(tmp_path: Path) -> None:
    write_shards(tmp_path, 6, 1)
    orders = [[shard.path.name for shard in ShardSet(tmp_path, seed).shards] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_a_folder_without_shards_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "train-0.tfrecord").touch()
    with pytest.raises(SessionError, match=f"{tmp_path} holds no shard") as caught:
        list_shards(tmp_path)
    assert caught.value.code == "data-not-found"


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    write_shards(tmp_path, 3, 1)
    (tmp_path / "train-00001-of-00003").unlink()
    with pytest.raises(SessionError, match="train-00001-of-00003 is missing: 2 of 3 shards are there") as caught:
        list_shards(tmp_path)
    assert caught.value.code == "data-incomplete"


def test_a_shard_too_many_is_named(tmp_path: Path) -> None:
    write_shards(tmp_path, 2, 1)
    (tmp_path / "train-00002-of-00002").touch()
    with pytest.raises(SessionError, match="train-00002-of-00002 cannot be of this set") as caught:
        list_shards(tmp_path)
    assert caught.value.code == "data-incomplete"


def test_shards_of_two_sets_are_an_error(tmp_path: Path) -> None:
    write_shards(tmp_path, 1, 1)
    write_shards(tmp_path, 2, 1)
    with pytest.raises(SessionError, match="2 sets: of 00001, of 00002") as caught:
        list_shards(tmp_path)
    assert caught.value.code == "data-incomplete"


def test_an_empty_shard_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "train-00000-of-00001").touch()
    with pytest.raises(SessionError, match="train-00000-of-00001 holds no record") as caught:
        ShardSet(tmp_path, 1).spans(0, 1)
    assert caught.value.code == "data-incomplete"


@pytest.mark.parametrize(
    ("cut", "changed", "problem"),
    [(10, None, "the file ends within it"), (None, 3, "the checksum of its length is wrong")],
)
def test_a_broken_header_or_end_is_an_error(tmp_path: Path, cut: int | None, changed: int | None, problem: str) -> None:
    write_shards(tmp_path, 1, 3)
    path = tmp_path / "train-00000-of-00001"
    begin = ShardSet(tmp_path, 1).shards[0].offsets[2]
    content = bytearray(path.read_bytes())
    if changed is not None:
        content[begin + changed] ^= 1
    path.write_bytes(content[:-cut] if cut else content)
    with pytest.raises(SessionError, match=f"{path}: record 2, at byte {begin}, is damaged: {problem}") as caught:
        ShardSet(tmp_path, 1).spans(0, 1)
    assert caught.value.code == "data-corrupt"


@pytest.fixture
def file(tmp_path: Path) -> page_cache.ByteRange:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(4 << 20))
    return page_cache.ByteRange(path, 5000, (4 << 20) - 7)


def on_memory(path: Path) -> bool:
    """Whether a folder lies in memory alone, where nothing can be dropped."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    inside = [words for words in mounts if path.is_relative_to(words[1])]
    return max(inside, key=lambda words: len(words[1]))[2] == "tmpfs"


def test_pages_are_dropped_and_filled_and_counted(file: page_cache.ByteRange) -> None:
    if on_memory(file.path):
        pytest.skip("the temporary folder lies in memory")
    assert page_cache.residency([file]) == 1
    page_cache.drop(file.path)
    assert page_cache.residency([file]) == 0
    with Counters() as counters:
        page_cache.fill([file])
    assert page_cache.residency([file]) == 1
    # The first page is not of the range.
    assert counters.metrics.get("storageReadBytes", 4 << 20) >= (4 << 20) - page_cache.PAGE


def test_residency_is_that_of_the_bytes_alone(file: page_cache.ByteRange) -> None:
    if on_memory(file.path):
        pytest.skip("the temporary folder lies in memory")
    page_cache.drop(file.path)
    descriptor = os.open(file.path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)  # Nothing is read ahead.
    os.pread(descriptor, 1, 2 * page_cache.PAGE)
    os.close(descriptor)
    part = page_cache.ByteRange(file.path, 2 * page_cache.PAGE + 5, 4 * page_cache.PAGE)
    assert page_cache.residency([part]) == 0.5
    assert page_cache.residency([part, page_cache.ByteRange(file.path, 0, 2 * page_cache.PAGE)]) == 0.25


def test_of_nothing_there_is_no_residency(file: page_cache.ByteRange) -> None:
    assert page_cache.residency([page_cache.ByteRange(file.path, 9, 9)]) is None


def test_what_the_kernel_would_make_up_is_not_told(file: page_cache.ByteRange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_cache, "_is_told", lambda _owner: False)
    assert page_cache.residency([file]) is None
