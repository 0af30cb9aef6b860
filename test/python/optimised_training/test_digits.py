"""The digits that are drawn where there is no MNIST, and the files that they are written to."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import draw_digits
from epochs.idx import IMAGES, LABELS, DataError, idx, read_images


def write(folder: Path, pixels: bytes, labels: bytes, count: int) -> Path:
    (folder / IMAGES).write_bytes(idx((count, 28, 28), pixels))
    (folder / LABELS).write_bytes(idx((count,), labels))
    return folder


def test_equal_seeds_draw_equal_digits_and_others_do_not() -> None:
    one, two, other = (draw_digits.digits(20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_every_digit_comes_as_often_and_has_ink_on_paper() -> None:
    pixels, labels = draw_digits.digits(200, np.random.default_rng(3))
    assert sorted(labels) == sorted(list(range(10)) * 20)
    images = np.frombuffer(pixels, np.uint8).reshape(200, 28 * 28)
    assert ((images > 200).sum(1) > 8).all()
    assert ((images == 0).sum(1) > 350).all()


def test_digits_can_be_told_apart_by_their_nearest_neighbours() -> None:
    pixels, labels = draw_digits.digits(1200, np.random.default_rng(4))
    images = np.frombuffer(pixels, np.uint8).reshape(1200, -1).astype(np.float64)
    known, asked, truth = images[:1000], images[1000:], np.frombuffer(labels, np.uint8)
    distances = ((known**2).sum(1)[None] - 2 * asked @ known.T).argmin(1)
    right = float((truth[:1000][distances] == truth[1000:]).mean())
    assert right > 0.9
    assert len({each.tobytes() for each in images}) == 1200  # None is drawn twice.


def test_files_are_read_back_plain_and_compressed(tmp_path: Path) -> None:
    write(tmp_path, bytes(range(256)) * 6 + bytes(32), bytes([3, 9]), 2)
    plain = read_images(tmp_path)
    assert (plain.count, plain.labels, plain.pixels[:3]) == (2, b"\x03\x09", b"\x00\x01\x02")
    for name in (IMAGES, LABELS):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert read_images(tmp_path) == plain


def test_damaged_files_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has neither train-images-idx3-ubyte nor"):
        read_images(tmp_path)
    write(tmp_path, bytes(784), bytes([10]), 1)
    with pytest.raises(DataError, match="has a label 10; allowed: 0 to 9"):
        read_images(tmp_path)
    write(tmp_path, bytes(783), bytes([1]), 1)
    with pytest.raises(DataError, match="has 783 bytes behind its header, which says 784"):
        read_images(tmp_path)
    (tmp_path / IMAGES).write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match="is no IDX file of bytes"):
        read_images(tmp_path)
