"""The reader of examples: it reads what TensorFlow writes, and refuses what is none."""

import random
from typing import Any

import pytest

from example import image_and_label


def written(tensorflow: Any, **features: Any) -> bytes:
    """Return an example with features of all kinds; names have their slashes left out."""
    train = tensorflow.train
    named = {name.replace("_", "/"): feature for name, feature in features.items()}
    return bytes(train.Example(features=train.Features(feature=named)).SerializeToString())


def test_what_tensorflow_writes_is_read(tensorflow: Any) -> None:
    train = tensorflow.train
    numbers = random.Random(1)
    for label in (0, 1, 127, 128, 1000, 2**40):
        image = numbers.randbytes(numbers.choice((0, 1, 200, 70_000)))
        example = written(
            tensorflow,
            image_encoded=train.Feature(bytes_list=train.BytesList(value=[image])),
            image_class_label=train.Feature(int64_list=train.Int64List(value=[label])),
            image_object_bbox=train.Feature(float_list=train.FloatList(value=[0.25, 0.5])),
            image_sizes=train.Feature(int64_list=train.Int64List(value=[300, 4, 70_000])),
            image_nothing=train.Feature(),
        )
        assert image_and_label(example) == (image, label)


def test_numbers_that_are_not_packed_are_read() -> None:
    def message(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    def feature(name: bytes, kind: int, values: bytes) -> bytes:
        return message(1, message(1, name) + message(2, message(kind, values)))

    features = feature(b"image/encoded", 1, message(1, b"jpeg")) + feature(b"image/class/label", 3, b"\x08\x96\x01")
    assert image_and_label(message(1, features)) == (b"jpeg", 150)


@pytest.mark.parametrize("record", [b"\xff\xff\xff", b"\x0a\x05ab", b"\x0b", b"\x09\x00", b"\x0a\x04\x0a\x02\x0a\x7f"])
def test_what_is_no_example_is_refused(record: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is no tf\.train\.Example"):
        image_and_label(record)


@pytest.mark.parametrize("labels", [[], [1, 2]])
def test_an_example_without_one_image_and_one_label_is_refused(tensorflow: Any, labels: list[int]) -> None:
    train = tensorflow.train
    example = written(
        tensorflow,
        image_encoded=train.Feature(bytes_list=train.BytesList(value=[b"jpeg"])),
        image_class_label=train.Feature(int64_list=train.Int64List(value=labels)),
    )
    with pytest.raises(ValueError, match="it has not one image/encoded and one image/class/label"):
        image_and_label(example)
