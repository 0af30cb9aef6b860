"""The options of `start`."""

import os
from pathlib import Path

import pytest

from options import parse_options
from protocol import SessionError


def test_defaults_are_those_of_the_paper() -> None:
    batch_sizes = {"resnet50": (32, 224), "inception-v3": (32, 299), "alexnet": (512, 227)}
    for model, expected in batch_sizes.items():
        options = parse_options({"model": model})
        assert (options.batch_size, options.image_size) == expected
        assert options.series == ("synthetic",)
        assert (options.warm_up_steps, options.device) == (10, "auto")
        assert options.threads == len(os.sched_getaffinity(0))
        assert options.framework == "tensorflow"


def test_null_means_the_default() -> None:
    assert parse_options({"model": "inception-v3", "imageSize": None}).image_size == 299


def test_everything_can_be_said(tmp_path: Path) -> None:
    options = parse_options(
        {
            "model": "alexnet",
            "batchSize": 2,
            "imageSize": 128,
            "series": {"synthetic": {}, "photographs": {"directory": str(tmp_path)}},
            "warmUpSteps": 0,
            "seed": 7,
            "threads": 1,
            "device": "cpu",
            "learningRate": 0.1,
            "framework": "pytorch",
        }
    )
    assert (options.model.name, options.batch_size, options.image_size) == ("alexnet", 2, 128)
    assert (options.series, options.photographs) == (("synthetic", "photographs"), tmp_path)
    assert (options.warm_up_steps, options.seed, options.threads) == (0, 7, 1)
    assert (options.device, options.learning_rate, options.framework) == ("cpu", 0.1, "pytorch")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"model": "vgg"}, "option model is 'vgg'; allowed: resnet50, inception-v3, alexnet"),
        ({"model": ["alexnet"]}, "option model is ['alexnet']; allowed"),
        ({"model": None}, "option model is None; allowed"),
        ({"batchSize": 0}, "option batchSize is 0; allowed: a whole number from 1 to 1000000"),
        ({"batchSize": 2.5}, "option batchSize is 2.5"),
        ({"batchSize": True}, "option batchSize is True"),
        ({"batchSize": "4"}, "option batchSize is '4'"),
        ({"imageSize": 31, "model": "inception-v3"}, "at least one pixel"),
        ({"imageSize": 100_000}, "from 1 to 4096"),
        ({"warmUpSteps": -1}, "option warmUpSteps is -1"),
        ({"seed": 2**31}, "option seed is 2147483648"),
        ({"threads": 0}, "option threads is 0"),
        ({"threads": len(os.sched_getaffinity(0)) + 1}, f"from 1 to {len(os.sched_getaffinity(0))}"),
        ({"device": "tpu"}, "option device is 'tpu'; allowed: auto, cpu, gpu"),
        ({"learningRate": 0}, "option learningRate is 0; allowed: a number above 0, at most 1"),
        ({"learningRate": float("nan")}, "option learningRate is nan"),
        ({"series": {}}, "option series is {}"),
        ({"series": ["synthetic"]}, "option series is ['synthetic']"),
        ({"series": {"photograph": {}}}, "photograph is unknown; did you mean photographs?"),
        ({"series": {"synthetic": None}}, "option series.synthetic is None"),
        ({"series": {"synthetic": {"size": 1}}}, "option series.synthetic: size is unknown"),
        ({"series": {"photographs": {}}}, "option series.photographs.directory is None"),
        ({"series": {"photographs": {"folder": "/"}}}, "did you mean directory?"),
        (
            {"series": {"imagenet": {}}},
            "option series.imagenet.directory is None; allowed: the path of a folder of TFRecord",
        ),
        ({"series": {"imagenet": {"directory": "/", "pageCache": "hot"}}}, "pageCache is 'hot'; allowed: warm, cold"),
        ({"series": {"imagenet-cold": {"directory": "/", "pageCache": "warm"}}}, "pageCache is 'warm'; allowed: cold"),
        ({"series": {"imagenet": {"directory": "/", "pagecache": "warm"}}}, "did you mean pageCache?"),
        ({"series": {"synthetic": {"pageCache": "warm"}}}, "option series.synthetic: pageCache is unknown"),
        ({"warmupSteps": 1}, "did you mean warmUpSteps?"),
        ({"framework": "torch"}, "option framework is 'torch'; allowed: tensorflow, pytorch"),
        ({"framework": 1}, "option framework is 1; allowed: tensorflow, pytorch"),
        (
            {"framework": "pytorch", "series": {"synthetic": {}, "imagenet": {"directory": "/"}}},
            "option series is 'imagenet'; allowed: synthetic, photographs, with framework pytorch",
        ),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(change: dict[str, object], expected: str) -> None:
    with pytest.raises(SessionError) as caught:
        parse_options({"model": "resnet50", **change})
    assert caught.value.code == "bad-option"
    assert expected in caught.value.message


def test_options_must_be_an_object() -> None:
    with pytest.raises(SessionError, match="options is not an object"):
        parse_options("resnet50")


@pytest.mark.parametrize("series", ["photographs", "imagenet", "imagenet-cold"])
def test_a_missing_folder_is_named(tmp_path: Path, series: str) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(SessionError, match=rf"series\.{series}\.directory.*{missing}.*no such folder") as caught:
        parse_options({"model": "resnet50", "series": {series: {"directory": str(missing)}}})
    assert caught.value.code == "data-not-found"


def test_the_name_of_a_series_says_the_state_of_the_page_cache(tmp_path: Path) -> None:
    directory = {"directory": str(tmp_path)}
    series = {"imagenet": directory, "imagenet-cold": directory}
    options = parse_options({"model": "resnet50", "series": series})
    assert {name: source.page_cache for name, source in options.imagenet.items()} == {
        "imagenet": "warm",
        "imagenet-cold": "cold",
    }
    assert all(source.directory == tmp_path for source in options.imagenet.values())
